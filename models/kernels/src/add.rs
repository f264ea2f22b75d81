//! Sums of activations, as where branches of a network meet.

use crate::Real;
use crate::combine::{Sum, combine};
use pulp::{Arch, Simd, WithSimd};

/// `y = y + x`. Backwards, the gradient of both is the upstream one.
pub fn add<F: Real>(x: &[F], y: &mut [F]) {
    Arch::new().dispatch(Add { x, y });
}

/// [`add`], to be compiled for each instruction set.
struct Add<'a, F> {
    x: &'a [F],
    y: &'a mut [F],
}

impl<F: Real> WithSimd for Add<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        combine(simd, Sum, self.y, self.x);
    }
}
