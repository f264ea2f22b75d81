//! Matrices that are parts of wider ones, as factors and results of products.

use super::{Block, Left, Right, STRIDE, Sink, copy};
use crate::Real;
use crate::combine::{Copy, Sum, combine};
use pulp::Simd;
use std::ops::Range;

/// Side of the squares that a transposed factor is packed in.
const SQUARE: usize = 16;

/// A matrix `[rows, columns]` whose rows lie `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, F> {
    /// From the matrix's first number on.
    pub data: &'a [F],
    pub rows: usize,
    pub columns: usize,
    pub stride: usize,
}

impl<'a, F> Strided<'a, F> {
    /// Some of its rows.
    pub fn rows(self, rows: Range<usize>) -> Self {
        Self { data: &self.data[rows.start * self.stride..], rows: rows.len(), ..self }
    }

    /// A row from column `column` on, and what follows it.
    #[inline(always)]
    fn from(&self, row: usize, column: usize) -> &'a [F] {
        &self.data[row * self.stride + column..]
    }
}

impl<F: Real> Left<F> for Strided<'_, F> {
    const BY_ROW: bool = true;

    fn rows(&self) -> usize {
        self.rows
    }

    fn terms(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        for (i, to) in panel.chunks_exact_mut(STRIDE).enumerate().take(count) {
            copy(to, self.from(row + i, terms.start), terms.len());
        }
    }
}

impl<F: Real> Right<F> for Strided<'_, F> {
    fn terms(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, simd: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]) {
        let valid = width.min(self.columns - column);
        for (to, term) in panel.chunks_exact_mut(width).zip(terms) {
            let (to, beyond) = to.split_at_mut(valid);
            combine(simd, Copy, to, &self.from(term, column)[..valid]);
            beyond.fill(F::ZERO);
        }
    }
}

/// The transpose of a matrix.
#[derive(Clone, Copy)]
pub(crate) struct Transposed<'a, F>(pub Strided<'a, F>);

impl<F: Real> Left<F> for Transposed<'_, F> {
    const BY_ROW: bool = false;

    fn rows(&self) -> usize {
        let Self(original) = self;
        original.columns
    }

    fn terms(&self) -> usize {
        let Self(original) = self;
        original.rows
    }

    #[inline(always)]
    fn pack<const HEIGHT: usize>(&self, row: usize, count: usize, terms: Range<usize>, panel: &mut [F]) {
        for (to, term) in panel.as_chunks_mut::<HEIGHT>().0.iter_mut().zip(terms) {
            let from = &self.0.from(term, row)[..count];
            match <&[F; HEIGHT]>::try_from(from) {
                Ok(whole) => *to = *whole,
                Err(_) => to[..count].copy_from_slice(from),
            }
        }
    }
}

impl<F: Real> Right<F> for Transposed<'_, F> {
    fn terms(&self) -> usize {
        let Self(original) = self;
        original.columns
    }

    fn columns(&self) -> usize {
        let Self(original) = self;
        original.rows
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, simd: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]) {
        let valid = width.min(self.0.rows - column);
        if valid < width {
            panel.fill(F::ZERO);
        }
        for first in (0..valid).step_by(SQUARE) {
            let count = SQUARE.min(valid - first);
            for start in terms.clone().step_by(SQUARE) {
                let height = SQUARE.min(terms.end - start);
                let mut square = [[F::ZERO; SQUARE]; SQUARE];
                for (i, line) in square.iter_mut().enumerate().take(count) {
                    let from = self.0.from(column + first + i, start);
                    match from.first_chunk() {
                        Some(from) => *line = *from,
                        None => line[..height].copy_from_slice(&from[..height]),
                    }
                }
                let mut other = [[F::ZERO; SQUARE]; SQUARE];
                for _ in 0..SQUARE.ilog2() / 2 {
                    shuffle(&square, &mut other);
                    shuffle(&other, &mut square);
                }
                let panel = &mut panel[(start - terms.start) * width..];
                for (line, to) in square.iter().zip(panel.chunks_exact_mut(width)).take(height) {
                    combine(simd, Copy, &mut to[first..first + count], &line[..count]);
                }
            }
        }
    }
}

/// The lines of the upper half and of the lower half alternate, and so do their numbers: as many times as 16 can be halved,
/// that is the transpose (four). Vector instructions do it, which they do not for numbers that lie a line apart.
#[inline(always)]
fn shuffle<F: Real>(square: &[[F; SQUARE]; SQUARE], shuffled: &mut [[F; SQUARE]; SQUARE]) {
    const HALF: usize = SQUARE / 2;
    let (above, below) = square.split_at(HALF);
    for (pair, (above, below)) in shuffled.as_chunks_mut::<2>().0.iter_mut().zip(above.iter().zip(below)) {
        for i in 0..HALF {
            pair[0][2 * i] = above[i];
            pair[0][2 * i + 1] = below[i];
        }
        for i in 0..HALF {
            pair[1][2 * i] = above[HALF + i];
            pair[1][2 * i + 1] = below[HALF + i];
        }
    }
}

/// Sets a matrix whose rows lie `stride` apart, or adds to it.
pub(crate) struct Part<'a, F> {
    /// From the matrix's first number on.
    pub out: &'a mut [F],
    pub stride: usize,
    /// Whether the product is added to what is there.
    pub add: bool,
}

impl<F: Real> Sink<F> for Part<'_, F> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], block: Block) {
        let start = row * self.stride + column;
        let out = &mut self.out[start..start + sums.len()];
        if block.first && !self.add {
            combine(simd, Copy, out, sums);
        } else {
            combine(simd, Sum, out, sums);
        }
    }
}
