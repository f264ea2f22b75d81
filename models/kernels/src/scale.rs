//! Activations times one number.

use crate::Real;
use pulp::{Arch, Simd, WithSimd};

/// `y = factor · x`. Backwards it is the same with the gradients in the places of `x` and `y`.
pub fn scale<F: Real>(factor: F, x: &[F], y: &mut [F]) {
    Arch::new().dispatch(Scale { factor, x, y });
}

/// [`scale`], to be compiled for each instruction set.
struct Scale<'a, F> {
    factor: F,
    x: &'a [F],
    y: &'a mut [F],
}

impl<F: Real> WithSimd for Scale<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = self.factor * x;
        }
    }
}
