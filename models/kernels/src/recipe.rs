//! Several slices combined number by number, with vector instructions.

use crate::Real;
use pulp::{Scalar, Simd};

/// What becomes of a number, given those at its place in `N` other slices.
pub(crate) trait Recipe<const N: usize> {
    /// The new `out`.
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, others: [F::Vector<S>; N]) -> F::Vector<S>;
}

/// `out = recipe(out, others)`; the others may be longer.
#[inline(always)]
pub(crate) fn follow<R: Recipe<N>, F: Real, S: Simd, const N: usize>(
    simd: S,
    _: R,
    out: &mut [F],
    others: [&[F]; N],
) {
    let others = others.map(|other| F::vectors::<S>(&other[..out.len()]));
    let (out, out_rest) = F::vectors_mut::<S>(out);
    let whole = others.map(|(whole, _)| &whole[..out.len()]);
    for (i, out) in out.iter_mut().enumerate() {
        *out = R::apply::<F, S>(simd, *out, whole.map(|other| other[i]));
    }
    let out_rest = F::vectors_mut::<Scalar>(out_rest).0;
    let rest = others.map(|(_, rest)| &F::vectors::<Scalar>(rest).0[..out_rest.len()]);
    for (i, out) in out_rest.iter_mut().enumerate() {
        *out = R::apply::<F, Scalar>(Scalar, *out, rest.map(|other| other[i]));
    }
}

/// `out + (x + offset)²`.
pub(crate) struct AddSquare;

impl Recipe<2> for AddSquare {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, [x, offset]: [F::Vector<S>; 2]) -> F::Vector<S> {
        let x = F::sum(simd, x, offset);
        F::mul_add(simd, x, x, out)
    }
}

/// `out + a · b`.
pub(crate) struct AddProduct;

impl Recipe<2> for AddProduct {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, [a, b]: [F::Vector<S>; 2]) -> F::Vector<S> {
        F::mul_add(simd, a, b, out)
    }
}
