//! Left factors.

use super::{STRIDE, copy};
use crate::Real;
use std::ops::Range;

/// A matrix `[rows, terms]` that can be packed a few rows and a block of terms at a time.
pub(crate) trait Left<F: Real> {
    /// How panels are laid out: by row, with the terms of a row `STRIDE` apart from those of the next; or by term,
    /// with the `HEIGHT` rows' numbers side by side. Whichever is a plain copy.
    const BY_ROW: bool;

    /// Number of rows.
    fn rows(&self) -> usize;

    /// Number of terms of every sum.
    fn terms(&self) -> usize;

    /// Packs `count ≤ HEIGHT` rows from `row` on; what belongs to rows beyond is left as it is and never used.
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]);
}

/// A row-major matrix `[rows, terms]`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, F> {
    data: &'a [F],
    terms: usize,
}

impl<'a, F> Rows<'a, F> {
    /// `data` holds rows of `terms` numbers.
    pub fn new(data: &'a [F], terms: usize) -> Self {
        Self { data, terms }
    }
}

impl<F: Real> Left<F> for Rows<'_, F> {
    const BY_ROW: bool = true;

    fn rows(&self) -> usize {
        self.data.len() / self.terms
    }

    fn terms(&self) -> usize {
        self.terms
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        for (i, to) in panel.chunks_exact_mut(STRIDE).enumerate().take(count) {
            let from = &self.data[(row + i) * self.terms..];
            copy(to, &from[terms.start..], terms.len());
        }
    }
}

/// The transpose of a row-major matrix `[terms, rows]`.
#[derive(Clone, Copy)]
pub(crate) struct RowsTransposed<'a, F> {
    data: &'a [F],
    rows: usize,
}

impl<'a, F> RowsTransposed<'a, F> {
    /// `data` holds rows of `rows` numbers, the columns of this factor.
    pub fn new(data: &'a [F], rows: usize) -> Self {
        Self { data, rows }
    }
}

impl<F: Real> Left<F> for RowsTransposed<'_, F> {
    const BY_ROW: bool = false;

    fn rows(&self) -> usize {
        self.rows
    }

    fn terms(&self) -> usize {
        self.data.len() / self.rows
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        let lines = self.data[terms.start * self.rows..terms.end * self.rows].chunks_exact(self.rows);
        for (to, line) in panel.as_chunks_mut::<HEIGHT>().0.iter_mut().zip(lines) {
            let from = &line[row..row + count];
            match <&[F; HEIGHT]>::try_from(from) {
                Ok(whole) => *to = *whole,
                Err(_) => to[..count].copy_from_slice(from),
            }
        }
    }
}
