//! Right factors.

use crate::Real;
use crate::combine::{Copy, combine};
use pulp::Simd;
use std::ops::Range;

/// A matrix `[terms, columns]` that can be packed in panels of some columns.
pub(crate) trait Right<F: Real> {
    /// Number of terms of every sum.
    fn terms(&self) -> usize;

    /// Number of columns.
    fn columns(&self) -> usize;

    /// A block of terms that is packed already, panel behind panel.
    #[inline(always)]
    fn packed(&self, _terms: Range<usize>) -> Option<&[F]> {
        None
    }

    /// Packs `width` columns from `column` on as `[terms, width]`, zeros beyond the last column. Each number of the
    /// matrix is packed exactly once in a product, block after block.
    fn pack<S: Simd>(&mut self, simd: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]);
}

/// A row-major matrix `[terms, columns]`.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a, F> {
    data: &'a [F],
    columns: usize,
}

impl<'a, F> Columns<'a, F> {
    /// `data` holds rows of `columns` numbers.
    pub fn new(data: &'a [F], columns: usize) -> Self {
        Self { data, columns }
    }
}

impl<F: Real> Right<F> for Columns<'_, F> {
    fn terms(&self) -> usize {
        self.data.len() / self.columns
    }

    fn columns(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, simd: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]) {
        let valid = width.min(self.columns - column);
        let lines = self.data[terms.start * self.columns..].chunks_exact(self.columns);
        for (to, line) in panel.chunks_exact_mut(width).zip(lines) {
            let (to, beyond) = to.split_at_mut(valid);
            combine(simd, Copy, to, &line[column..column + valid]);
            beyond.fill(F::ZERO);
        }
    }
}
