//! The mean over all positions of an image.

use crate::Real;
use crate::combine::{Copy, Product, Sum, combine};
use pulp::{Arch, Simd, WithSimd};

/// `[n, positions, channels]` to `[n, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanPool {
    /// Positions of an image.
    pub positions: usize,
    /// Channels, averaged separately.
    pub channels: usize,
}

impl MeanPool {
    /// `y [n, channels]` from `x [n, positions, channels]`.
    pub fn forward<F: Real>(&self, x: &[F], y: &mut [F]) {
        Arch::new().dispatch(Forward { pool: self, x, y });
    }

    /// Sets `dx [n, positions, channels]`: every position gets an even share of `dy [n, channels]`.
    pub fn backward<F: Real>(&self, dy: &[F], dx: &mut [F]) {
        Arch::new().dispatch(Backward { pool: self, dy, dx });
    }

    /// The weight of a position, for every channel.
    fn shares<F: Real>(&self) -> Vec<F> {
        vec![F::from_f64(1.0 / self.positions as f64); self.channels]
    }
}

/// [`MeanPool::forward`], to be compiled for each instruction set.
struct Forward<'a, F> {
    pool: &'a MeanPool,
    x: &'a [F],
    y: &'a mut [F],
}

impl<F: Real> WithSimd for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pool, x, y } = self;
        let shares = pool.shares();
        let images = x.chunks_exact(pool.positions * pool.channels);
        for (x, y) in images.zip(y.chunks_exact_mut(pool.channels)) {
            y.fill(F::ZERO);
            for x in x.chunks_exact(pool.channels) {
                combine(simd, Sum, y, x);
            }
            combine(simd, Product, y, &shares);
        }
    }
}

/// [`MeanPool::backward`], to be compiled for each instruction set.
struct Backward<'a, F> {
    pool: &'a MeanPool,
    dy: &'a [F],
    dx: &'a mut [F],
}

impl<F: Real> WithSimd for Backward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pool, dy, dx } = self;
        let shares = pool.shares();
        let images = dx.chunks_exact_mut(pool.positions * pool.channels);
        for (dy, dx) in dy.chunks_exact(pool.channels).zip(images) {
            let mut positions = dx.chunks_exact_mut(pool.channels);
            let Some(first) = positions.next() else { continue };
            combine(simd, Copy, first, dy);
            combine(simd, Product, first, &shares);
            for dx in positions {
                combine(simd, Copy, dx, first);
            }
        }
    }
}
