//! Where products go.

use crate::Real;
use crate::combine::{Copy, Gate, Sum, combine};
use pulp::Simd;

/// Which block of terms a partial sum is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Nothing has been put for this element before.
    pub first: bool,
    /// Nothing more will be.
    pub last: bool,
}

/// Takes a product's partial sums, stretch by stretch of a row.
pub(crate) trait Sink<F: Real> {
    /// Whether different elements of the product are added to one number. Sums are then put row by row: in the order of
    /// tiles, whose shape depends on the processor, so would that number's rounding.
    const OVERLAPS: bool = false;

    /// The sums over a block of terms for `row`, from `column` on. What is left in `sums` is not used again.
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], block: Block);
}

/// `out = product`, or zero where `mask` is not positive.
pub(crate) struct Store<'a, F> {
    /// `[rows, columns]`.
    pub out: &'a mut [F],
    /// Columns of the product.
    pub columns: usize,
    /// What the product is the gradient of, if that came out of a rectifier: `[rows, columns]`.
    pub mask: Option<&'a [F]>,
}

impl<F: Real> Sink<F> for Store<'_, F> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], block: Block) {
        let start = row * self.columns + column;
        let range = start..start + sums.len();
        let out = &mut self.out[range.clone()];
        if block.first {
            combine(simd, Copy, out, sums);
        } else {
            combine(simd, Sum, out, sums);
        }
        if block.last
            && let Some(mask) = self.mask
        {
            combine(simd, Gate, out, &mask[range]);
        }
    }
}

/// `out += product`.
pub(crate) struct Add<'a, F> {
    /// `[rows, columns]`.
    pub out: &'a mut [F],
    /// Columns of the product.
    pub columns: usize,
}

impl<F: Real> Sink<F> for Add<'_, F> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], _: Block) {
        let start = row * self.columns + column;
        combine(simd, Sum, &mut self.out[start..start + sums.len()], sums);
    }
}
