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

/// The transpose of a row-major matrix `[columns, terms]`.
#[derive(Clone, Copy)]
pub(crate) struct ColumnsTransposed<'a, F> {
    data: &'a [F],
    terms: usize,
}

impl<'a, F> ColumnsTransposed<'a, F> {
    /// `data` holds rows of `terms` numbers, the columns of this factor.
    pub fn new(data: &'a [F], terms: usize) -> Self {
        Self { data, terms }
    }
}

/// Side of the squares that a transposition goes through: reads and writes both stay within a few cache lines.
const SQUARE: usize = 16;

impl<F: Real> Right<F> for ColumnsTransposed<'_, F> {
    fn terms(&self) -> usize {
        self.terms
    }

    fn columns(&self) -> usize {
        self.data.len() / self.terms
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, _: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]) {
        let valid = width.min(self.columns() - column);
        if valid < width {
            panel.fill(F::ZERO);
        }
        for first in (0..valid).step_by(SQUARE) {
            let lines = (column + first) * self.terms..(column + valid.min(first + SQUARE)) * self.terms;
            let lines = self.data[lines].chunks_exact(self.terms);
            for (start, panel) in (terms.clone()).step_by(SQUARE).zip(panel.chunks_mut(SQUARE * width)) {
                let end = terms.end.min(start + SQUARE);
                let mut square = [[F::ZERO; SQUARE]; SQUARE];
                for (to, line) in square.iter_mut().zip(lines.clone()) {
                    match line[start..end].first_chunk() {
                        Some(from) => *to = *from,
                        None => to[..end - start].copy_from_slice(&line[start..end]),
                    }
                }
                for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                    let line: [F; SQUARE] = std::array::from_fn(|i| square[i][k]);
                    match row[first..].first_chunk_mut() {
                        Some(to) if first + SQUARE <= valid => *to = line,
                        _ => row[first..valid].copy_from_slice(&line[..valid - first]),
                    }
                }
            }
        }
    }
}
