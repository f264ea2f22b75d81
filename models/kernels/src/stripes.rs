//! A matrix `[rows, columns]` cut into stripes of whole rows, for passes that know a number for every column.
//!
//! A row may be shorter than a register or of an odd length. A stripe has as many rows as make whole registers of any
//! width and enough of them; the numbers of the columns are repeated over its length.

use crate::Real;
use crate::combine::{Sum, combine};
use crate::lanes::{LANES, padded};
use crate::recipe::{AddProduct, follow};
use pulp::Simd;

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

    /// Adds up, over a block and with a stripe of `offset`, the terms and the products of the terms with `x + offset`: as one
    /// stripe each. The terms are `x + offset` themselves if there are no others.
    #[inline(always)]
    pub fn sum<F: Real, S: Simd>(
        self,
        simd: S,
        [x, offset]: [&[F]; 2],
        terms: Option<&[F]>,
        [plain, products]: [&mut [F]; 2],
    ) {
        let sums = plain.as_chunks_mut::<LANES>().0.iter_mut().zip(products.as_chunks_mut::<LANES>().0);
        for (group, (offset, (plain, products))) in offset.as_chunks::<LANES>().0.iter().zip(sums).enumerate()
        {
            // In registers, down the whole block.
            let mut sums = [[F::ZERO; LANES]; 2];
            for start in (group * LANES..x.len()).step_by(self.length) {
                let others = terms.map(|terms| &terms[start..]);
                match (x[start..].first_chunk(), others.map(|others| others.first_chunk())) {
                    (Some(x), None) => add(simd, [x, offset], None, &mut sums),
                    (Some(x), Some(Some(term))) => add(simd, [x, offset], Some(term), &mut sums),
                    _ => {
                        let rest = &x[start..];
                        let mut x = offset.map(|offset| -offset);
                        x[..rest.len()].copy_from_slice(rest);
                        let term = others.map(|others| padded(others, F::ZERO));
                        add(simd, [&x, offset], term.as_ref(), &mut sums);
                    }
                }
            }
            [*plain, *products] = sums;
        }
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

/// Adds a group's terms, `x + offset` if there are no others, and their products with `x + offset`.
#[inline(always)]
fn add<F: Real, S: Simd>(
    simd: S,
    [x, offset]: [&[F; LANES]; 2],
    term: Option<&[F; LANES]>,
    sums: &mut [[F; LANES]; 2],
) {
    let mut apart = *x;
    combine(simd, Sum, &mut apart, offset);
    let term = term.unwrap_or(&apart);
    combine(simd, Sum, &mut sums[0], term);
    follow(simd, AddProduct, &mut sums[1], [&apart, term]);
}
