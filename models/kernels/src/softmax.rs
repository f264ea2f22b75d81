//! Softmax of a row, forwards and backwards.

use crate::Real;
use crate::combine::{Product, Sum, combine};
use crate::lanes::{LANES, fold, padded, total};
use crate::recipe::{AddProduct, Recipe, follow};
use pulp::Simd;

/// `(x + offset) · scale`.
struct Shift;

impl Recipe<2> for Shift {
    #[inline(always)]
    fn apply<F: Real, S: Simd>(simd: S, x: F::Vector<S>, [offset, scale]: [F::Vector<S>; 2]) -> F::Vector<S> {
        F::product(simd, F::sum(simd, x, offset), scale)
    }
}

/// The greater number; a NaN is passed over, as the exponentials keep it.
#[inline(always)]
fn greater<F: Real>(a: F, b: F) -> F {
    if b > a { b } else { a }
}

/// `group = e^(scale · (group + offset))`, added to the sums.
#[inline(always)]
fn exponentiate<F: Real, S: Simd>(
    simd: S,
    [offset, scale]: &[[F; LANES]; 2],
    group: &mut [F; LANES],
    sums: &mut [F; LANES],
) {
    follow(simd, Shift, group, [offset, scale]);
    for x in &mut *group {
        *x = x.exponential();
    }
    combine(simd, Sum, sums, group);
}

/// `row = softmax(scale · row)` over the first `valid` numbers; 0 beyond.
#[inline(always)]
pub(crate) fn softmax<F: Real, S: Simd>(simd: S, scale: F, row: &mut [F], valid: usize) {
    let least = F::from_f64(f64::NEG_INFINITY);
    let (row, beyond) = row.split_at_mut(row.len().min(valid.next_multiple_of(LANES)));
    beyond.fill(F::ZERO);
    row[valid..].fill(least);
    let (groups, rest) = row.as_chunks_mut::<LANES>();
    let mut last = padded(rest, least);

    let mut tops = last;
    for group in groups.iter() {
        for i in 0..LANES {
            tops[i] = greater(tops[i], group[i]);
        }
    }
    let shift = [[-fold(tops, greater); LANES], [scale; LANES]];

    let mut sums = [F::ZERO; LANES];
    for group in groups.iter_mut() {
        exponentiate(simd, &shift, group, &mut sums);
    }
    if !rest.is_empty() {
        exponentiate(simd, &shift, &mut last, &mut sums);
    }
    let share = [F::ONE / total(sums); LANES];

    for group in groups {
        combine(simd, Product, group, &share);
    }
    if !rest.is_empty() {
        combine(simd, Product, &mut last, &share);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// Turns the gradient at a row `p` that came out of [`softmax`] into the one at what went in, in place: the same `scale`,
/// the same `valid`, 0 beyond.
#[inline(always)]
pub(crate) fn differentiate<F: Real, S: Simd>(simd: S, scale: F, p: &[F], dp: &mut [F], valid: usize) {
    dp[valid..].fill(F::ZERO);
    let whole = dp.len().min(valid.next_multiple_of(LANES));
    let (p_groups, p_rest) = p[..whole].as_chunks::<LANES>();
    let (groups, rest) = dp[..whole].as_chunks_mut::<LANES>();
    let (last_p, mut last) = (padded(p_rest, F::ZERO), padded(rest, F::ZERO));
    let mut sums = [F::ZERO; LANES];
    for (p, dp) in p_groups.iter().zip(groups.iter()) {
        follow(simd, AddProduct, &mut sums, [p, dp]);
    }
    follow(simd, AddProduct, &mut sums, [&last_p, &last]);
    let [offset, scale] = [[-total(sums); LANES], [scale; LANES]];
    for (p, dp) in p_groups.iter().zip(groups) {
        follow(simd, Shift, dp, [&offset, &scale]);
        combine(simd, Product, dp, p);
    }
    if !rest.is_empty() {
        follow(simd, Shift, &mut last, [&offset, &scale]);
        combine(simd, Product, &mut last, &last_p);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}
