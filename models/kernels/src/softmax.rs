//! Softmax of a row, forwards and backwards.

use crate::Real;
use crate::combine::{Product, Sum, combine};
use crate::lanes::{LANES, fold, padded, total};
use crate::recipe::{AddProduct, Recipe, follow};
use pulp::Simd;

/// Natural exponentials of a group of numbers.
pub trait Exponential: Copy {
    /// `x = eˣ` for every number, all of them `≤ 0`.
    fn exponentiate<S: Simd>(simd: S, x: &mut [Self; LANES]);
}

impl Exponential for f64 {
    #[inline(always)]
    fn exponentiate<S: Simd>(_: S, x: &mut [f64; LANES]) {
        for x in x {
            *x = libm::exp(*x);
        }
    }
}

impl Exponential for f32 {
    /// Within one unit in the last place, and 0 where `eˣ` is below the smallest normal number.
    #[inline(always)]
    fn exponentiate<S: Simd>(simd: S, x: &mut [f32; LANES]) {
        for x in S::as_mut_simd_f32s(x).0 {
            *x = exponential(simd, *x);
        }
    }
}

/// `eˣ = 2ⁿ eʳ` with `n` the whole number next to `x / ln 2`, and `eʳ` a polynomial.
#[inline(always)]
fn exponential<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// 1.5 · 2²³: added to a small number it leaves the nearest whole one in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 is the sum of these.
    const LN_2: [f32; 2] = [std::f32::consts::LN_2, -1.904_654_3e-9];
    /// ln of the smallest normal number, rounded up.
    const LEAST: f32 = -87.336_54;
    /// `(eʳ − 1 − r) / r²` for `|r| ≤ ln 2 / 2`, lowest power last; the error is a twentieth of a unit in the last place.
    const POLYNOMIAL: [f32; 5] = [0.001_381_451_8, 0.008_368_779, 0.041_668_393, 0.166_665_2, 0.499_999_94];
    let least = simd.splat_f32s(LEAST);
    // Selected so that NaN, which no comparison holds for, stays NaN.
    let low = simd.less_than_f32s(x, least);
    let x = simd.select_f32s(low, least, x);
    let round = simd.splat_f32s(ROUND);
    let rounded = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), round);
    let n = simd.sub_f32s(rounded, round);
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-LN_2[0]), x);
    let r = simd.mul_add_f32s(n, simd.splat_f32s(-LN_2[1]), r);
    let mut q = simd.splat_f32s(POLYNOMIAL[0]);
    for coefficient in &POLYNOMIAL[1..] {
        q = simd.mul_add_f32s(q, r, simd.splat_f32s(*coefficient));
    }
    let y = simd.mul_add_f32s(simd.mul_f32s(r, r), q, r);
    let y = simd.add_f32s(y, simd.splat_f32s(1.0));
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(rounded), simd.splat_u32s(23));
    let power = simd.add_u32s(exponent, simd.splat_u32s(1f32.to_bits()));
    let y = simd.mul_f32s(y, simd.transmute_f32s_u32s(power));
    simd.select_f32s(low, simd.splat_f32s(0.0), y)
}

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
    F::exponentiate(simd, group);
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
