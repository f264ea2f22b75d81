//! Convolution, stride 1, no padding, bias, optional rectifier: patches gathered, then one matrix product.

use crate::{Affine, Real};

/// Geometry of a convolution over `[n, height, width, channels]` images with a `kernel × kernel` window.
/// The weight is `[kernel, kernel, channels, filters]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Rows of an input image.
    pub height: usize,
    /// Columns of an input image.
    pub width: usize,
    /// Channels of an input image.
    pub channels: usize,
    /// Side of the window.
    pub kernel: usize,
    /// Channels of an output image.
    pub filters: usize,
    /// Whether `max(0, ·)` follows.
    pub relu: bool,
}

impl Conv {
    /// Rows and columns of an output image.
    pub fn output(&self) -> (usize, usize) {
        (self.height + 1 - self.kernel, self.width + 1 - self.kernel)
    }

    /// The product behind it: one row per output pixel.
    fn affine(&self) -> Affine {
        Affine { inputs: self.kernel * self.kernel * self.channels, outputs: self.filters, relu: self.relu }
    }

    fn rows(&self, n: usize) -> usize {
        let (height, width) = self.output();
        n * height * width
    }

    /// Numbers of scratch space needed for `n` images; a 1×1 convolution needs none.
    pub fn scratch(&self, n: usize) -> usize {
        if self.kernel == 1 { 0 } else { self.rows(n) * self.affine().inputs }
    }

    /// `y [n, output, filters]` from `x [n, height, width, channels]`.
    pub fn forward<F: Real>(
        &self,
        n: usize,
        x: &[F],
        weight: &[F],
        bias: &[F],
        y: &mut [F],
        scratch: &mut [F],
    ) {
        let x = self.patches(n, x, scratch);
        self.affine().forward(self.rows(n), x, weight, bias, y);
    }

    /// Adds to `dweight` and `dbias` and, if wanted, sets `dx`. `dy` is overwritten.
    #[allow(clippy::too_many_arguments)]
    pub fn backward<F: Real>(
        &self,
        n: usize,
        x: &[F],
        weight: &[F],
        y: &[F],
        dy: &mut [F],
        dweight: &mut [F],
        dbias: &mut [F],
        dx: Option<&mut [F]>,
        scratch: &mut [F],
    ) {
        let affine = self.affine();
        let rows = self.rows(n);
        affine.unrectify(y, dy);
        affine.add_parameter_gradient(rows, self.patches(n, x, scratch), dy, dweight, dbias);
        let Some(dx) = dx else { return };
        if self.kernel == 1 {
            affine.input_gradient(rows, dy, weight, dx);
        } else {
            // The patches have served; their space takes the patches' gradient.
            let dpatches = &mut scratch[..rows * affine.inputs];
            affine.input_gradient(rows, dy, weight, dpatches);
            self.scatter(dpatches, dx);
        }
    }

    /// One row per output pixel: its window, `[kernel, kernel, channels]`.
    fn patches<'a, F: Real>(&self, n: usize, x: &'a [F], scratch: &'a mut [F]) -> &'a [F] {
        if self.kernel == 1 {
            return x;
        }
        let run = self.kernel * self.channels;
        let line = self.width * self.channels;
        let patches = &mut scratch[..self.scratch(n)];
        let mut runs = patches.chunks_exact_mut(run);
        self.each_window(n, |start| {
            for ky in 0..self.kernel {
                let from = start + ky * line;
                if let Some(to) = runs.next() {
                    to.copy_from_slice(&x[from..from + run]);
                }
            }
        });
        patches
    }

    /// The transpose of [`Conv::patches`]: every pixel sums what its windows hold for it.
    fn scatter<F: Real>(&self, dpatches: &[F], dx: &mut [F]) {
        let run = self.kernel * self.channels;
        let line = self.width * self.channels;
        let n = dx.len() / (self.height * line);
        dx.fill(F::ZERO);
        let mut runs = dpatches.chunks_exact(run);
        self.each_window(n, |start| {
            for ky in 0..self.kernel {
                let to = start + ky * line;
                if let Some(from) = runs.next() {
                    for (sum, &d) in dx[to..to + run].iter_mut().zip(from) {
                        *sum += d;
                    }
                }
            }
        });
    }

    /// Calls `visit` with the offset of the first number of every window, in row order.
    fn each_window(&self, n: usize, mut visit: impl FnMut(usize)) {
        let (height, width) = self.output();
        let line = self.width * self.channels;
        for image in 0..n {
            for row in 0..height {
                let start = (image * self.height + row) * line;
                for column in 0..width {
                    visit(start + column * self.channels);
                }
            }
        }
    }
}
