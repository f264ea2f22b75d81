//! Convolution with an optional bias and an optional rectifier: a matrix product over patches that are never written
//! out as a matrix. With padding they are patches of a copy of the images inside a border of zeros.

use crate::affine::{Activate, Upstream};
use crate::border::Border;
use crate::combine::{Sum, combine};
use crate::product::{
    Add, Block, Columns, Left, Right, Rows, RowsTransposed, STRIDE, Sink, Workspace, copy, multiply,
};
use crate::transpose::transpose;
use crate::{Affine, Real};
use pulp::Simd;
use std::ops::Range;

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
    /// Distance between windows.
    pub stride: usize,
    /// Rows of zeros above and below an image, columns of zeros at its left and right.
    pub padding: usize,
    /// Channels of an output image.
    pub filters: usize,
    /// Whether `max(0, ·)` follows.
    pub relu: bool,
}

impl Conv {
    /// Rows and columns of an output image.
    pub fn output(&self) -> (usize, usize) {
        let windows = |side: usize| (side + 2 * self.padding - self.kernel) / self.stride + 1;
        (windows(self.height), windows(self.width))
    }

    /// Numbers of its weight.
    pub fn weights(&self) -> usize {
        self.inputs() * self.filters
    }

    /// Numbers of a window.
    fn inputs(&self) -> usize {
        self.kernel * self.kernel * self.channels
    }

    /// Numbers that one row of a window has side by side in an image.
    fn run(&self) -> usize {
        self.kernel * self.channels
    }

    /// Numbers of one row of an image.
    fn line(&self) -> usize {
        self.width * self.channels
    }

    /// Whether the windows are the pixels: the convolution is the product behind it, one row per pixel.
    fn is_affine(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }

    /// That product.
    fn affine(&self) -> Affine {
        Affine { inputs: self.inputs(), outputs: self.filters, relu: self.relu }
    }

    /// Where padding puts the images, and the convolution over them there.
    fn bordered(&self) -> (Border, Self) {
        let (rows, margin) = (self.padding, self.padding * self.channels);
        let border = Border { height: self.height, line: self.line(), rows, margin };
        let (height, width) = (self.height + 2 * self.padding, self.width + 2 * self.padding);
        (border, Self { height, width, padding: 0, ..*self })
    }

    /// `y [n, output, filters]` from `x [n, height, width, channels]`; without `bias [filters]`, none is added.
    pub fn forward<F: Real>(
        &self,
        x: &[F],
        weight: &[F],
        bias: Option<&[F]>,
        y: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        if self.padding > 0 {
            let (border, conv) = self.bordered();
            return workspace.with_border(border.len(x.len()), |bordered, workspace| {
                border.add(x, bordered);
                conv.forward(bordered, weight, bias, y, workspace);
            });
        }
        let Some(bias) = bias else {
            let zeros = vec![F::ZERO; self.filters];
            return self.forward(x, weight, Some(&zeros), y, workspace);
        };
        if self.is_affine() {
            return self.affine().forward(x, weight, bias, y, workspace);
        }
        let windows = self.windows(x.len());
        let out = Activate { y, bias, relu: self.relu };
        multiply(
            Patches { conv: self, x, windows: &windows },
            Columns::new(weight, self.filters),
            out,
            workspace,
        );
    }

    /// Adds this shard's part to the gradients of weight and, if there is one, bias; `dy` is the gradient before the
    /// rectifier.
    pub fn add_parameter_gradient<F: Real>(
        &self,
        x: &[F],
        dy: &[F],
        dweight: &mut [F],
        dbias: Option<&mut [F]>,
        workspace: &mut Workspace<F>,
    ) {
        if self.padding > 0 {
            let (border, conv) = self.bordered();
            return workspace.with_border(border.len(x.len()), |bordered, workspace| {
                border.add(x, bordered);
                conv.add_parameter_gradient(bordered, dy, dweight, dbias, workspace);
            });
        }
        match dbias {
            Some(dbias) => self.add_products(x, Upstream::new(dy, dbias), dweight, workspace),
            None => self.add_products(x, Columns::new(dy, self.filters), dweight, workspace),
        }
    }

    /// Adds to the gradient of the weight the products of the patches' numbers with `dy`.
    fn add_products<F: Real>(
        &self,
        x: &[F],
        dy: impl Right<F>,
        dweight: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let out = Add { out: dweight, columns: self.filters };
        if self.is_affine() {
            return multiply(RowsTransposed::new(x, self.channels), dy, out, workspace);
        }
        let windows = self.windows(x.len());
        let left = PatchesTransposed(Patches { conv: self, x, windows: &windows });
        multiply(left, dy, out, workspace);
    }

    /// Sets `transposed [kernel, filters, kernel, channels]`, which [`Conv::input_gradient`] takes: made once for all shards
    /// of a step.
    pub fn transpose<F: Real>(&self, weight: &[F], transposed: &mut [F]) {
        let size = self.run() * self.filters;
        for (weight, transposed) in weight.chunks_exact(size).zip(transposed.chunks_exact_mut(size)) {
            transpose(weight, self.filters, transposed);
        }
    }

    /// Sets `dx`. With `x`, which must have come out of a rectifier, `dx` is the gradient before that.
    pub fn input_gradient<F: Real>(
        &self,
        dy: &[F],
        transposed: &[F],
        x: Option<&[F]>,
        dx: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        if self.is_affine() {
            return self.affine().input_gradient(dy, transposed, x, dx, workspace);
        }
        if self.padding > 0 {
            let (border, conv) = self.bordered();
            workspace.with_border(border.len(dx.len()), |bordered, workspace| {
                conv.input_gradient(dy, transposed, None, bordered, workspace);
                border.crop(bordered, dx);
            });
        } else {
            self.scatter(dy, transposed, dx, workspace);
        }
        if let Some(x) = x {
            crate::unrectify(x, dx);
        }
    }

    /// Sets `dx` of images without padding.
    fn scatter<F: Real>(&self, dy: &[F], transposed: &[F], dx: &mut [F], workspace: &mut Workspace<F>) {
        dx.fill(F::ZERO);
        let windows = self.windows(dx.len());
        // One row of the window at a time: its numbers lie side by side in the image.
        for (ky, weight) in transposed.chunks_exact(self.run() * self.filters).enumerate() {
            let right = Columns::new(weight, self.run());
            let out = Scatter { dx, windows: &windows, offset: ky * self.line() };
            multiply(Rows::new(dy, self.filters), right, out, workspace);
        }
    }

    /// Offset of the first number of every window in `[n, height, width, channels]` of `len` numbers, in order of the
    /// output pixels.
    fn windows(&self, len: usize) -> Vec<usize> {
        let (height, width) = self.output();
        let n = len / (self.height * self.line());
        let mut offsets = Vec::with_capacity(n * height * width);
        for image in 0..n {
            for row in 0..height {
                let start = (image * self.height + row * self.stride) * self.line();
                offsets.extend((0..width).map(|column| start + column * self.stride * self.channels));
            }
        }
        offsets
    }
}

/// Patches as a left factor: a row per output pixel, its window as `[kernel, kernel, channels]`.
#[derive(Clone, Copy)]
struct Patches<'a, F> {
    conv: &'a Conv,
    x: &'a [F],
    windows: &'a [usize],
}

impl<F: Real> Left<F> for Patches<'_, F> {
    const BY_ROW: bool = true;

    fn rows(&self) -> usize {
        self.windows.len()
    }

    fn terms(&self) -> usize {
        self.conv.inputs()
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        let (run, line) = (self.conv.run(), self.conv.line());
        for (to, window) in panel.chunks_exact_mut(STRIDE).zip(&self.windows[row..row + count]) {
            let (mut ky, mut skip) = (terms.start / run, terms.start % run);
            let mut done = 0;
            while done < terms.len() {
                let len = (run - skip).min(terms.len() - done);
                let from = window + ky * line + skip;
                copy(&mut to[done..], &self.x[from..], len);
                (ky, skip, done) = (ky + 1, 0, done + len);
            }
        }
    }
}

/// The transpose of [`Patches`]: a row per number of a window, a term per output pixel.
struct PatchesTransposed<'a, F>(Patches<'a, F>);

impl<F: Real> Left<F> for PatchesTransposed<'_, F> {
    const BY_ROW: bool = false;

    fn rows(&self) -> usize {
        self.0.terms()
    }

    fn terms(&self) -> usize {
        self.0.rows()
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        let Patches { conv, x, windows } = self.0;
        let (run, line) = (conv.run(), conv.line());
        // The rows' places in an image: stretches that lie side by side, as (first row, offset).
        let mut stretches = [(0, 0); HEIGHT];
        let mut used = 0;
        let mut i = 0;
        while i < count {
            let number = row + i;
            stretches[used] = (i, number / run * line + number % run);
            used += 1;
            i += run - number % run;
        }
        for (term, window) in windows[terms].iter().enumerate() {
            for &(i, offset) in &stretches[..used] {
                let (to, from) = (&mut panel[term * HEIGHT + i..], &x[window + offset..]);
                // HEIGHT numbers whatever the stretch has: the next stretch or term overwrites the excess.
                match (to.first_chunk_mut::<HEIGHT>(), from.first_chunk::<HEIGHT>()) {
                    (Some(to), Some(from)) => *to = *from,
                    _ => {
                        let len = from.len().min(HEIGHT);
                        to[..len].copy_from_slice(&from[..len]);
                    }
                }
            }
        }
    }
}

/// Adds the gradient of one row of every patch to the image.
struct Scatter<'a, F> {
    dx: &'a mut [F],
    windows: &'a [usize],
    offset: usize,
}

impl<F: Real> Sink<F> for Scatter<'_, F> {
    const OVERLAPS: bool = true;

    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], _: Block) {
        let start = self.windows[row] + self.offset + column;
        combine(simd, Sum, &mut self.dx[start..start + sums.len()], sums);
    }
}
