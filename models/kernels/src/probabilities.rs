//! Numbers that are positive and add up to 1.

use crate::Real;
use crate::sums::Sums;
use pulp::{Arch, Simd, WithSimd};

/// Replaces `row` by `exp(row − top)` and returns the sum of that. With `top` the row's largest number none overflows.
///
/// To be inlined into what is compiled for each instruction set; the bits are the same on all of them.
#[inline(always)]
pub(crate) fn exponentials<F: Real>(row: &mut [F], top: F) -> F {
    for x in &mut *row {
        *x = (*x - top).exponential();
    }
    let mut sums = Sums::default();
    sums.add(row, |x| x);
    sums.total()
}

/// The largest number of `row`, whatever there is of NaN.
#[inline(always)]
pub(crate) fn largest<F: Real>(row: &[F]) -> F {
    const LANES: usize = 16;
    let larger = |a: F, b: F| if b > a { b } else { a };
    let mut best = [F::from_f64(f64::NEG_INFINITY); LANES];
    let (groups, rest) = row.as_chunks::<LANES>();
    for group in groups {
        for (best, &x) in best.iter_mut().zip(group) {
            *best = larger(*best, x);
        }
    }
    rest.iter().chain(&best).fold(best[0], |best, &x| larger(best, x))
}

/// Turns every row of `x [rows, columns]` into its softmax, `exp(x) / Σ exp(x)`. A row with NaN becomes NaN.
pub fn softmax<F: Real>(columns: usize, x: &mut [F]) {
    Arch::new().dispatch(Softmax { columns, x });
}

/// [`softmax`], to be compiled for each instruction set.
pub(crate) struct Softmax<'a, F> {
    pub columns: usize,
    pub x: &'a mut [F],
}

impl<F: Real> WithSimd for Softmax<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.x.chunks_exact_mut(self.columns) {
            let total = exponentials(row, largest(row));
            let scale = F::ONE / total;
            for x in row {
                *x *= scale;
            }
        }
    }
}
