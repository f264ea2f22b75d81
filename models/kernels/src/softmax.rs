//! Softmax of a row, forwards and backwards.

use crate::Real;
use crate::lanes::{LANES, fold, padded};

/// Natural exponentials of a group of numbers at a time.
pub trait Exponential: Copy {
    /// `eˣ` of every number, for `x ≤ 0`.
    fn exponentials(x: [Self; LANES]) -> [Self; LANES];
}

impl Exponential for f64 {
    #[inline(always)]
    fn exponentials(x: [f64; LANES]) -> [f64; LANES] {
        x.map(libm::exp)
    }
}

impl Exponential for f32 {
    /// Within one unit in the last place, and 0 where `eˣ` is below the smallest normal number. No branches: the compiler
    /// makes vector instructions of it.
    #[inline(always)]
    fn exponentials(x: [f32; LANES]) -> [f32; LANES] {
        let mut y = x;
        for y in &mut y {
            *y = exponential(*y);
        }
        y
    }
}

/// `eˣ = 2ⁿ eʳ` with `n` the whole number next to `x / ln 2`, and `eʳ` a polynomial.
#[inline(always)]
fn exponential(x: f32) -> f32 {
    /// 1.5 · 2²³: added to a small number it leaves the nearest whole one in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 is the sum of these.
    const LN_2: [f32; 2] = [std::f32::consts::LN_2, -1.904_654_3e-9];
    /// ln of the smallest normal number, rounded up.
    const LEAST: f32 = -87.336_54;
    /// `(eʳ − 1 − r) / r²` for `|r| ≤ ln 2 / 2`, lowest power last; the error is a twentieth of a unit in the last place.
    const POLYNOMIAL: [f32; 5] = [0.001_381_451_8, 0.008_368_779, 0.041_668_393, 0.166_665_2, 0.499_999_94];
    // Written so that NaN, which no comparison holds for, stays NaN.
    let low = x < LEAST;
    let x = if low { LEAST } else { x };
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = n.mul_add(-LN_2[1], n.mul_add(-LN_2[0], x));
    let q = POLYNOMIAL[1..].iter().fold(POLYNOMIAL[0], |sum, &c| sum.mul_add(r, c));
    let y = (r * r).mul_add(q, r) + 1.0;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1f32.to_bits()));
    if low { 0.0 } else { y * power }
}

/// `row = softmax(scale · row)` over the first `valid` numbers; 0 beyond.
#[inline(always)]
pub(crate) fn softmax<F: Real>(scale: F, row: &mut [F], valid: usize) {
    let least = F::from_f64(f64::NEG_INFINITY);
    let (row, beyond) = row.split_at_mut(row.len().min(valid.next_multiple_of(LANES)));
    beyond.fill(F::ZERO);
    row[valid..].fill(least);
    let (groups, rest) = row.as_chunks_mut::<LANES>();
    let mut last = padded(rest, least);

    let greater = |a: F, b: F| if b > a { b } else { a };
    let mut tops = last;
    for group in groups.iter() {
        for (top, &x) in tops.iter_mut().zip(group) {
            *top = greater(*top, x);
        }
    }
    let top = fold(tops, greater);

    let mut sums = [F::ZERO; LANES];
    let mut exponentiate = |group: &mut [F; LANES]| {
        let mut shifted = *group;
        for x in &mut shifted {
            *x = (*x - top) * scale;
        }
        *group = F::exponentials(shifted);
        for (sum, &x) in sums.iter_mut().zip(group.iter()) {
            *sum += x;
        }
    };
    groups.iter_mut().for_each(&mut exponentiate);
    if !rest.is_empty() {
        exponentiate(&mut last);
    }
    let share = F::ONE / fold(sums, |a, b| a + b);

    for group in groups {
        for x in group {
            *x *= share;
        }
    }
    for (x, last) in rest.iter_mut().zip(last) {
        *x = last * share;
    }
}

/// Turns the gradient at a row `p` that came out of [`softmax`] into the one at what went in, in place: the same `scale`,
/// the same `valid`, 0 beyond.
#[inline(always)]
pub(crate) fn differentiate<F: Real>(scale: F, p: &[F], dp: &mut [F], valid: usize) {
    dp[valid..].fill(F::ZERO);
    let whole = dp.len().min(valid.next_multiple_of(LANES));
    let (p_groups, p_rest) = p[..whole].as_chunks::<LANES>();
    let (groups, rest) = dp[..whole].as_chunks_mut::<LANES>();
    let mut sums = [F::ZERO; LANES];
    let mut add = |p: &[F; LANES], dp: &[F; LANES]| {
        for i in 0..LANES {
            sums[i] += p[i] * dp[i];
        }
    };
    for (p, dp) in p_groups.iter().zip(groups.iter()) {
        add(p, dp);
    }
    if !rest.is_empty() {
        add(&padded(p_rest, F::ZERO), &padded(rest, F::ZERO));
    }
    let mean = fold(sums, |a, b| a + b);
    let finish = |p: F, dp: &mut F| *dp = (*dp - mean) * (p * scale);
    for (p, dp) in p_groups.iter().zip(groups) {
        for i in 0..LANES {
            finish(p[i], &mut dp[i]);
        }
    }
    for (&p, dp) in p_rest.iter().zip(rest) {
        finish(p, dp);
    }
}
