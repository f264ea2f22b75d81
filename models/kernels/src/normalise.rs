//! Normalisation of the columns of a matrix by given means and deviations: what batch and group normalisation share.

use crate::Real;
use crate::recipe::{Recipe, follow};
use crate::stripes::Stripes;
use pulp::{Simd, WithSimd};

/// `(x + offset) · scale + shift`.
struct Normalise;

impl Recipe<4> for Normalise {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(
        simd: S,
        _: F::Vector<S>,
        [x, offset, scale, shift]: [F::Vector<S>; 4],
    ) -> F::Vector<S> {
        F::mul_add(simd, F::sum(simd, x, offset), scale, shift)
    }
}

/// `out + (x + offset) · factor`.
struct AddMultiple;

impl Recipe<3> for AddMultiple {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(
        simd: S,
        out: F::Vector<S>,
        [x, offset, factor]: [F::Vector<S>; 3],
    ) -> F::Vector<S> {
        F::mul_add(simd, F::sum(simd, x, offset), factor, out)
    }
}

/// `dy · scale + constant`.
struct Affine;

impl Recipe<3> for Affine {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(
        simd: S,
        _: F::Vector<S>,
        [dy, scale, constant]: [F::Vector<S>; 3],
    ) -> F::Vector<S> {
        F::mul_add(simd, dy, scale, constant)
    }
}

/// `y [rows, columns] = (x + offset) · scale + shift`, with a stripe of each of `[offset, scale, shift]`.
pub(crate) struct Forward<'a, F> {
    pub x: &'a [F],
    pub stripes: [&'a [F]; 3],
    pub y: &'a mut [F],
}

impl<F: Real> WithSimd for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, stripes: [offset, scale, shift], y } = self;
        for (x, y) in x.chunks(offset.len()).zip(y.chunks_mut(offset.len())) {
            follow(simd, Normalise, y, [x, offset, scale, shift]);
        }
    }
}

/// `dx [rows, columns] = dy · scale + (x + offset) · slope + constant`, with a stripe of each of
/// `[offset, scale, slope, constant]`.
pub(crate) struct Backward<'a, F> {
    pub x: &'a [F],
    pub dy: &'a [F],
    pub stripes: [&'a [F]; 4],
    pub dx: &'a mut [F],
}

impl<F: Real> WithSimd for Backward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, dy, stripes: [offset, scale, slope, constant], dx } = self;
        let length = offset.len();
        for ((x, dy), dx) in x.chunks(length).zip(dy.chunks(length)).zip(dx.chunks_mut(length)) {
            follow(simd, Affine, dx, [dy, scale, constant]);
            follow(simd, AddMultiple, dx, [x, offset, slope]);
        }
    }
}

/// Adds `Σ dy` and `Σ dy · (x + offset)` over the rows to every column's totals, with a stripe of `offset`.
pub(crate) struct Sums<'a, F> {
    pub x: &'a [F],
    pub dy: &'a [F],
    pub offset: &'a [F],
    pub plain: &'a mut [f64],
    pub products: &'a mut [f64],
}

impl<F: Real> WithSimd for Sums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, dy, offset, plain, products } = self;
        let stripes = Stripes::new(plain.len());
        let (mut first, mut second) = (vec![F::ZERO; offset.len()], vec![F::ZERO; offset.len()]);
        for (x, dy) in x.chunks(stripes.block()).zip(dy.chunks(stripes.block())) {
            stripes.sum(simd, [x, offset], Some(dy), [&mut first, &mut second]);
            stripes.collect(&mut first, plain);
            stripes.collect(&mut second, products);
        }
    }
}
