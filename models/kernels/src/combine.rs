//! Two slices combined element by element, in place, with vector instructions.

use crate::Real;
use pulp::{Scalar, Simd};

/// What becomes of `out` and `other`.
pub(crate) trait Combination {
    /// The new `out`.
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S>;
}

/// `out + other`.
pub(crate) struct Sum;

/// `max(0, out + other)`.
pub(crate) struct RectifiedSum;

/// `out` where `other > 0`, elsewhere 0: the derivative of a rectifier whose output is `other`.
pub(crate) struct Gate;

/// `out · other`.
pub(crate) struct Product;

/// `other`.
pub(crate) struct Copy;

impl Combination for Sum {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S> {
        F::sum(simd, out, other)
    }
}

impl Combination for RectifiedSum {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S> {
        F::rectify(simd, F::sum(simd, out, other))
    }
}

impl Combination for Gate {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S> {
        F::gate(simd, out, other)
    }
}

impl Combination for Product {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, out: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S> {
        F::product(simd, out, other)
    }
}

impl Combination for Copy {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(_: S, _: F::Vector<S>, other: F::Vector<S>) -> F::Vector<S> {
        other
    }
}

/// `out = combination(out, other)`. Written with explicit vectors: the short stretches that tiles consist of are too
/// short for a compiler to vectorise a loop over a length it does not know.
#[inline(always)]
pub(crate) fn combine<C: Combination, F: Real, S: Simd>(simd: S, _: C, out: &mut [F], other: &[F]) {
    let (out, out_rest) = F::vectors_mut::<S>(out);
    let (other, other_rest) = F::vectors::<S>(other);
    for (out, &other) in out.iter_mut().zip(other) {
        *out = C::apply::<F, S>(simd, *out, other);
    }
    let out_rest = F::vectors_mut::<Scalar>(out_rest).0;
    let other_rest = F::vectors::<Scalar>(other_rest).0;
    for (out, &other) in out_rest.iter_mut().zip(other_rest) {
        *out = C::apply::<F, Scalar>(Scalar, *out, other);
    }
}
