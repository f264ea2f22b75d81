//! A matrix `[rows, columns]` cut into stripes of whole rows, for passes that know a number for every column.
//!
//! A row may be shorter than a register or of an odd length. A stripe has as many rows as make whole registers of any
//! width and enough of them; the numbers of the columns are repeated over its length.

use crate::Real;

/// The least length of a stripe.
const LENGTH: usize = 256;

/// Stripes whose numbers are summed up together before the sums go on in double precision.
const BLOCK: usize = 16;

/// How a matrix is cut.
#[derive(Clone, Copy)]
pub(crate) struct Stripes {
    columns: usize,
    /// Numbers in a stripe.
    pub length: usize,
}

impl Stripes {
    /// Stripes of a matrix of `columns` columns.
    pub fn new(columns: usize) -> Self {
        // Sixteen numbers are whole registers, whatever the instruction set.
        let even = columns << (4 - columns.trailing_zeros().min(4));
        Self { columns, length: even * LENGTH.div_ceil(even) }
    }

    /// Numbers in a block of stripes.
    pub fn block(self) -> usize {
        self.length * BLOCK
    }

    /// Numbers per column, repeated over a stripe.
    pub fn repeat<F: Real>(self, number: impl Fn(usize) -> F) -> Vec<F> {
        let mut stripe: Vec<F> = (0..self.columns).map(number).collect();
        stripe.reserve_exact(self.length - self.columns);
        while stripe.len() < self.length {
            stripe.extend_from_within(..self.columns);
        }
        stripe
    }

    /// Adds the sums over a block, those of one stripe, to the columns' totals and sets them to 0.
    pub fn collect<F: Real>(self, sums: &mut [F], totals: &mut [f64]) {
        for sums in sums.chunks_exact_mut(self.columns) {
            for (sum, total) in sums.iter_mut().zip(totals.iter_mut()) {
                *total += sum.to_f64();
                *sum = F::ZERO;
            }
        }
    }
}
