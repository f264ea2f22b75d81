//! Normalisation of every row by its own mean and variance.

use crate::Real;
use crate::lanes::{LANES, padded, sum, total};
use crate::recipe::{AddSquare, follow};
use pulp::{Arch, Scalar, Simd, WithSimd};

/// `y = gain · (x − mean) / √(variance + eps) + shift` over the rows of `[rows, size]`; the variance is the biased one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Length of a row.
    pub size: usize,
    /// What is added to the variance.
    pub eps: f64,
}

impl LayerNorm {
    /// Numbers per row that [`LayerNorm::backward`] needs: the mean and the inverse of the deviation.
    pub const KEPT: usize = 2;

    /// `y [rows, size]` from `x [rows, size]`, `gain [size]` and `shift [size]`; sets `kept [rows, 2]`.
    pub fn forward<F: Real>(&self, x: &[F], gain: &[F], shift: &[F], y: &mut [F], kept: &mut [F]) {
        Arch::new().dispatch(Forward { norm: self, x, gain, shift, y, kept });
    }

    /// Sets `dx [rows, size]` from `dy [rows, size]` and adds this shard's part to `dgain [size]` and `dshift [size]`.
    pub fn backward<F: Real>(
        &self,
        x: &[F],
        kept: &[F],
        gain: &[F],
        dy: &[F],
        dx: &mut [F],
        [dgain, dshift]: [&mut [F]; 2],
    ) {
        Arch::new().dispatch(Backward { norm: self, x, kept, gain, dy, dx, dgain, dshift });
    }
}

/// [`LayerNorm::forward`], to be compiled for each instruction set.
pub(crate) struct Forward<'a, F> {
    pub norm: &'a LayerNorm,
    pub x: &'a [F],
    pub gain: &'a [F],
    pub shift: &'a [F],
    pub y: &'a mut [F],
    pub kept: &'a mut [F],
}

impl<F: Real> WithSimd for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { norm: &LayerNorm { size, eps }, x, gain, shift, y, kept } = self;
        let share = F::from_f64(1.0 / size as f64);
        let (gains, gain_rest) = F::vectors::<S>(&gain[..size]);
        let (shifts, shift_rest) = F::vectors::<S>(&shift[..size]);
        let [gain_rest, shift_rest] = [gain_rest, shift_rest].map(|rest| F::vectors::<Scalar>(rest).0);
        let rows = x.chunks_exact(size).zip(y.chunks_exact_mut(size));
        for ((x, y), kept) in rows.zip(kept.as_chunks_mut().0) {
            let mean = sum(simd, x) * share;
            let mut squares = [F::ZERO; LANES];
            let (groups, rest) = x.as_chunks::<LANES>();
            for group in groups {
                follow(simd, AddSquare, &mut squares, [group, &[-mean; LANES]]);
            }
            if !rest.is_empty() {
                follow(simd, AddSquare, &mut squares, [&padded(rest, mean), &[-mean; LANES]]);
            }
            let inverse = F::from_f64(1.0 / ((total(squares) * share).to_f64() + eps).sqrt());
            *kept = [mean, inverse];
            let normal = Normal { mean, inverse };
            let ((xs, x_rest), (ys, y_rest)) = (F::vectors::<S>(x), F::vectors_mut::<S>(y));
            normal.write(simd, [xs, gains, shifts], ys);
            let (x, y) = (F::vectors::<Scalar>(x_rest).0, F::vectors_mut::<Scalar>(y_rest).0);
            normal.write(Scalar, [x, gain_rest, shift_rest], y);
        }
    }
}

/// [`LayerNorm::backward`], to be compiled for each instruction set.
pub(crate) struct Backward<'a, F> {
    pub norm: &'a LayerNorm,
    pub x: &'a [F],
    pub kept: &'a [F],
    pub gain: &'a [F],
    pub dy: &'a [F],
    pub dx: &'a mut [F],
    pub dgain: &'a mut [F],
    pub dshift: &'a mut [F],
}

impl<F: Real> WithSimd for Backward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { norm: &LayerNorm { size, .. }, x, kept, gain, dy, dx, dgain, dshift } = self;
        let share = F::from_f64(1.0 / size as f64);
        let (gain, dgain, dshift) = (&gain[..size], &mut dgain[..size], &mut dshift[..size]);
        let rows = x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
        for (((x, dy), dx), &[mean, inverse]) in rows.zip(kept.as_chunks().0) {
            let normal = Normal { mean, inverse };
            let mut sums = [[F::ZERO; LANES]; 2];
            let (xs, x_rest) = x.as_chunks::<LANES>();
            let (dys, dy_rest) = dy.as_chunks::<LANES>();
            let (gains, gain_rest) = gain.as_chunks::<LANES>();
            for ((x, dy), gain) in xs.iter().zip(dys).zip(gains) {
                normal.add(simd, [x, dy, gain], &mut sums);
            }
            if !x_rest.is_empty() {
                let [dy, gain] = [padded(dy_rest, F::ZERO), padded(gain_rest, F::ZERO)];
                normal.add(simd, [&padded(x_rest, mean), &dy, &gain], &mut sums);
            }
            let [plain, products] = sums;
            let means = [total(plain) * share, total(products) * share];

            let [(xs, x_rest), (dys, dy_rest), (gains, gain_rest)] = [x, dy, gain].map(F::vectors::<S>);
            let (dxs, dx_rest) = F::vectors_mut::<S>(dx);
            let (dgains, dgain_rest) = F::vectors_mut::<S>(dgain);
            let (dshifts, dshift_rest) = F::vectors_mut::<S>(dshift);
            normal.differentiate(simd, means, [xs, dys, gains], [dxs, dgains, dshifts]);
            let [x, dy, gain] = [x_rest, dy_rest, gain_rest].map(|rest| F::vectors::<Scalar>(rest).0);
            let dx = F::vectors_mut::<Scalar>(dx_rest).0;
            let dgain = F::vectors_mut::<Scalar>(dgain_rest).0;
            let dshift = F::vectors_mut::<Scalar>(dshift_rest).0;
            normal.differentiate(Scalar, means, [x, dy, gain], [dx, dgain, dshift]);
        }
    }
}

/// What a row is normalised by.
#[derive(Clone, Copy)]
struct Normal<F> {
    mean: F,
    inverse: F,
}

impl<F: Real> Normal<F> {
    /// `x`, a part of the row, normalised.
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S> {
        let offset = F::splat(simd, -self.mean);
        F::product(simd, F::sum(simd, x, offset), F::splat(simd, self.inverse))
    }

    /// Sets a stretch of `y`.
    #[inline(always)]
    fn write<S: Simd>(self, simd: S, [x, gain, shift]: [&[F::Vector<S>]; 3], y: &mut [F::Vector<S>]) {
        for (((y, &x), &gain), &shift) in y.iter_mut().zip(x).zip(gain).zip(shift) {
            *y = F::mul_add(simd, self.of(simd, x), gain, shift);
        }
    }

    /// Adds a stretch of the gradient at the normalised row, and of its products with that, to the sums.
    #[inline(always)]
    fn add<S: Simd>(self, simd: S, group: [&[F; LANES]; 3], sums: &mut [[F; LANES]; 2]) {
        let [x, dy, gain] = group.map(|group| F::vectors::<S>(group).0);
        let [plain, products] = sums;
        let (plain, products) = (F::vectors_mut::<S>(plain).0, F::vectors_mut::<S>(products).0);
        for i in 0..plain.len() {
            let d = F::product(simd, dy[i], gain[i]);
            plain[i] = F::sum(simd, plain[i], d);
            products[i] = F::mul_add(simd, d, self.of(simd, x[i]), products[i]);
        }
    }

    /// Sets a stretch of `dx` and adds to those of `dgain` and `dshift`; `means` are those of what [`Normal::add`] sums up.
    #[inline(always)]
    fn differentiate<S: Simd>(
        self,
        simd: S,
        means: [F; 2],
        [x, dy, gain]: [&[F::Vector<S>]; 3],
        [dx, dgain, dshift]: [&mut [F::Vector<S>]; 3],
    ) {
        let [plain, products] = means.map(|mean| F::splat(simd, -mean));
        let inverse = F::splat(simd, self.inverse);
        let parameters = gain.iter().zip(dgain).zip(dshift);
        for (((&x, &dy), dx), ((&gain, dgain), dshift)) in x.iter().zip(dy).zip(dx).zip(parameters) {
            let normal = self.of(simd, x);
            let apart = F::mul_add(simd, normal, products, F::mul_add(simd, dy, gain, plain));
            *dx = F::product(simd, apart, inverse);
            *dgain = F::mul_add(simd, dy, normal, *dgain);
            *dshift = F::sum(simd, *dshift, dy);
        }
    }
}
