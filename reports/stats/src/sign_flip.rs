//! The sign-flip test of a mean difference.

use streams::Stream;

/// Most differences whose sign patterns are enumerated: 2¹⁶ of them.
pub const EXACT_LIMIT: usize = 16;
/// Patterns drawn above [`EXACT_LIMIT`].
const DRAWN: u32 = 99_999;

/// Two-sided p value of the hypothesis that the differences are symmetric about zero: the share of the 2ⁿ ways
/// to choose their signs whose sum is at least as far from zero as the observed one. Exact up to
/// [`EXACT_LIMIT`] differences; above, from patterns of a fixed stream, the observed one counted in, so that the
/// test keeps its level. `None` without differences or if one is not finite.
pub fn sign_flip_p(differences: &[f64]) -> Option<f64> {
    let n = differences.len();
    if n == 0 || differences.iter().any(|d| !d.is_finite()) {
        return None;
    }
    let observed = differences.iter().sum::<f64>().abs();
    // Patterns that tie in exact arithmetic must count as ties however their sums are rounded.
    let threshold = observed - 1e-12 * differences.iter().map(|d| d.abs()).sum::<f64>();
    if n <= EXACT_LIMIT {
        let patterns = 1_u32 << n;
        let is_extreme = |pattern: &u32| flipped(differences, |i| pattern >> i & 1 == 1).abs() >= threshold;
        return Some((0..patterns).filter(is_extreme).count() as f64 / f64::from(patterns));
    }
    let stream = Stream::new(0, "", "sign-flip", 0);
    let mut extreme = 1;
    for pattern in 0..DRAWN {
        let mut draws = stream.draws(u64::from(pattern));
        let (mut bits, mut left) = (0, 0);
        let sum = flipped(differences, |_| {
            if left == 0 {
                (bits, left) = (draws.bits(), 32);
            }
            left -= 1;
            bits >> left & 1 == 1
        });
        extreme += u32::from(sum.abs() >= threshold);
    }
    Some(f64::from(extreme) / f64::from(DRAWN + 1))
}

fn flipped(differences: &[f64], mut flips: impl FnMut(usize) -> bool) -> f64 {
    differences.iter().enumerate().map(|(i, d)| if flips(i) { -d } else { *d }).sum()
}
