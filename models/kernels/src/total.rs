//! The sum of all numbers of an image.

use crate::Real;
use crate::lanes::sum;
use pulp::{Arch, Simd, WithSimd};

/// `[n, size]` to `[n]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Numbers of an image.
    pub size: usize,
}

impl Total {
    /// `y [n]`, the sums of the images of `x [n, size]`.
    pub fn forward<F: Real>(&self, x: &[F], y: &mut [F]) {
        Arch::new().dispatch(Forward { size: self.size, x, y });
    }

    /// Sets `dx [n, size]`: all numbers of an image get its gradient of `dy [n]`.
    pub fn backward<F: Real>(&self, dy: &[F], dx: &mut [F]) {
        for (&dy, dx) in dy.iter().zip(dx.chunks_exact_mut(self.size)) {
            dx.fill(dy);
        }
    }
}

/// [`Total::forward`], to be compiled for each instruction set.
struct Forward<'a, F> {
    size: usize,
    x: &'a [F],
    y: &'a mut [F],
}

impl<F: Real> WithSimd for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (x, y) in self.x.chunks_exact(self.size).zip(self.y) {
            *y = sum(simd, x);
        }
    }
}
