//! Transposition of a matrix.

use crate::Real;
use pulp::{Arch, Simd, WithSimd};

/// Side of the squares that a transposition goes through: reads and writes both stay within a few cache lines.
const SQUARE: usize = 16;

/// `to [columns, rows]` from `from`, rows of `columns` numbers.
pub(crate) fn transpose<F: Real>(from: &[F], columns: usize, to: &mut [F]) {
    Arch::new().dispatch(Transpose { from, columns, to });
}

struct Transpose<'a, F> {
    from: &'a [F],
    columns: usize,
    to: &'a mut [F],
}

impl<F: Real> WithSimd for Transpose<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { from, columns, to } = self;
        let rows = from.len() / columns;
        for (band, to) in to.chunks_mut(SQUARE * rows).enumerate() {
            let column = band * SQUARE;
            let height = SQUARE.min(columns - column);
            for row in (0..rows).step_by(SQUARE) {
                let width = SQUARE.min(rows - row);
                let mut square = [[F::ZERO; SQUARE]; SQUARE];
                for (i, line) in square.iter_mut().enumerate().take(width) {
                    let from = &from[(row + i) * columns + column..];
                    match from.first_chunk() {
                        Some(from) => *line = *from,
                        None => line[..height].copy_from_slice(&from[..height]),
                    }
                }
                for (j, to) in to.chunks_exact_mut(rows).enumerate() {
                    let line: [F; SQUARE] = std::array::from_fn(|i| square[i][j]);
                    to[row..row + width].copy_from_slice(&line[..width]);
                }
            }
        }
    }
}
