//! Maximum and average pooling without padding; incomplete windows at the far edges are left out.

use crate::Real;
use pulp::{Arch, Simd, WithSimd};

/// Geometry of a pooling layer over `[n, height, width, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of an input image.
    pub height: usize,
    /// Columns of an input image.
    pub width: usize,
    /// Channels, pooled separately.
    pub channels: usize,
    /// Side of the window.
    pub kernel: usize,
    /// Distance between windows.
    pub stride: usize,
}

impl Window {
    /// Rows and columns of an output image.
    pub fn output(&self) -> (usize, usize) {
        ((self.height - self.kernel) / self.stride + 1, (self.width - self.kernel) / self.stride + 1)
    }

    /// Calls `visit(output offset, input offset)` for every output pixel; offsets of its first channel.
    #[inline(always)]
    fn each(&self, n: usize, mut visit: impl FnMut(usize, usize)) {
        let (height, width) = self.output();
        let mut out = 0;
        for image in 0..n {
            for row in 0..height {
                for column in 0..width {
                    let pixel = (image * self.height + row * self.stride) * self.width + column * self.stride;
                    visit(out, pixel * self.channels);
                    out += self.channels;
                }
            }
        }
    }

    /// Offsets of the positions of a window from its first number, in row order.
    fn offsets(&self) -> Vec<usize> {
        let position = |ky: usize| (0..self.kernel).map(move |kx| (ky * self.width + kx) * self.channels);
        (0..self.kernel).flat_map(position).collect()
    }
}

/// Maximum over every window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool(pub Window);

impl MaxPool {
    /// `y` and, in `winner`, the position within the window that gave it (the first among equals; a NaN wins).
    pub fn forward<F: Real>(&self, n: usize, x: &[F], y: &mut [F], winner: &mut [u8]) {
        Arch::new().dispatch(Maximum { window: &self.0, n, x, y, winner });
    }

    /// Sets `dx`: each window's gradient goes to its winner.
    pub fn backward<F: Real>(&self, n: usize, winner: &[u8], dy: &[F], dx: &mut [F]) {
        dx.fill(F::ZERO);
        let Self(window) = self;
        let (channels, offsets) = (window.channels, window.offsets());
        window.each(n, |out, from| {
            let dy = &dy[out..out + channels];
            let winner = &winner[out..out + channels];
            for (channel, (&d, &winner)) in dy.iter().zip(winner).enumerate() {
                dx[from + offsets[usize::from(winner)] + channel] += d;
            }
        });
    }
}

/// The forward pass of [`MaxPool`], to be compiled for each instruction set.
struct Maximum<'a, F> {
    window: &'a Window,
    n: usize,
    x: &'a [F],
    y: &'a mut [F],
    winner: &'a mut [u8],
}

impl<F: Real> WithSimd for Maximum<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { window, n, x, y, winner } = self;
        let (channels, offsets) = (window.channels, window.offsets());
        window.each(n, |out, from| {
            let best = &mut y[out..out + channels];
            let winner = &mut winner[out..out + channels];
            best.copy_from_slice(&x[from..from + channels]);
            winner.fill(0);
            for (position, offset) in offsets.iter().enumerate().skip(1) {
                let candidates = &x[from + offset..from + offset + channels];
                for ((best, winner), &x) in best.iter_mut().zip(winner.iter_mut()).zip(candidates) {
                    // `x != x`: not a number.
                    #[allow(clippy::eq_op)]
                    let wins = x > *best || x != x;
                    *best = if wins { x } else { *best };
                    *winner = if wins { position as u8 } else { *winner };
                }
            }
        });
    }
}

/// Mean over every window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePool(pub Window);

impl AveragePool {
    /// The weight of each number of a window in its mean.
    pub fn share<F: Real>(&self) -> F {
        F::from_f64(1.0 / (self.0.kernel * self.0.kernel) as f64)
    }

    /// `y [n, output, channels]`.
    pub fn forward<F: Real>(&self, n: usize, x: &[F], y: &mut [F]) {
        let Self(window) = self;
        let (share, offsets) = (self.share::<F>(), window.offsets());
        window.each(n, |out, from| {
            let mean = &mut y[out..out + window.channels];
            mean.fill(F::ZERO);
            for offset in &offsets {
                for (mean, &x) in mean.iter_mut().zip(&x[from + offset..]) {
                    *mean += x;
                }
            }
            for mean in mean {
                *mean *= share;
            }
        });
    }

    /// Sets `dx`: each window's gradient is shared out evenly.
    pub fn backward<F: Real>(&self, n: usize, dy: &[F], dx: &mut [F]) {
        dx.fill(F::ZERO);
        let Self(window) = self;
        let (share, offsets) = (self.share::<F>(), window.offsets());
        window.each(n, |out, from| {
            let dy = &dy[out..out + window.channels];
            for offset in &offsets {
                for (dx, &d) in dx[from + offset..].iter_mut().zip(dy) {
                    *dx += d * share;
                }
            }
        });
    }
}
