//! What is done to whole activations and gradients, element by element.

use crate::Real;
use crate::combine::{Combination, Gate, Product, combine};
use pulp::{Arch, Simd, WithSimd};

/// Turns the gradient at the output `y` of a rectifier into the one before it, in place: zero where `y` is not
/// positive.
pub fn unrectify<F: Real>(y: &[F], dy: &mut [F]) {
    Arch::new().dispatch(Combine { combination: Gate, out: dy, other: y });
}

/// `x = x · mask`: dropout, forwards and backwards.
pub fn multiply_by<F: Real>(mask: &[F], x: &mut [F]) {
    Arch::new().dispatch(Combine { combination: Product, out: x, other: mask });
}

struct Combine<'a, F, C> {
    combination: C,
    out: &'a mut [F],
    other: &'a [F],
}

impl<F: Real, C: Combination> WithSimd for Combine<'_, F, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        combine(simd, self.combination, self.out, self.other);
    }
}
