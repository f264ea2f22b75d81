//! How often one competitor does better than another, and whether often enough to matter.

use crate::verdict::{FEWEST_PAIRS, LEVEL};
use crate::{Interval, normal_quantile};

/// Probability of doing better from which on a difference matters (Bouthillier et al., "Accounting for
/// variance in machine learning benchmarks", MLSys 2021).
pub const GAMMA: f64 = 0.75;

/// The probability of doing better, estimated from pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Win {
    /// Pairs.
    pub n: usize,
    /// Share of them that was won, ties counting half.
    pub estimate: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

impl Win {
    /// Whether doing better is both beyond chance and frequent enough to matter: the interval lies above 1/2
    /// and the estimate is at least [`GAMMA`]; from five pairs on. Bouthillier et al. ask only that the
    /// *upper* bound exceed γ; holding the estimate to it is stricter.
    pub fn is_meaningful(self) -> bool {
        self.n >= FEWEST_PAIRS && self.interval.low > 0.5 && self.estimate >= GAMMA
    }
}

/// The probability that a difference is positive. A difference of 0 is a tie and counts as half a pair won.
/// `None` without differences, or if one is not a number.
pub fn win(differences: &[f64]) -> Option<Win> {
    if differences.iter().any(|difference| difference.is_nan()) {
        return None;
    }
    let count = |is: fn(f64) -> bool| differences.iter().filter(|difference| is(**difference)).count() as f64;
    let won = count(|difference| difference > 0.0) + 0.5 * count(|difference| difference == 0.0);
    let n = differences.len();
    Some(Win { n, estimate: won / n as f64, interval: wilson_interval(won, n)? })
}

/// Wilson's 95 % score interval of a probability from `won` of `n` trials (Wilson, "Probable inference, the
/// law of succession, and statistical inference", Journal of the American Statistical Association 22, 1927);
/// `None` for no trial, or unless 0 ≤ won ≤ n.
///
/// Halves may be among those won. A tie adds half a win and no more variance than an outcome drawn by a fair
/// coin would, p (1 − p) being the most that outcomes in [0, 1] of mean p can have, so with ties the interval
/// is too wide if anything.
pub fn wilson_interval(won: f64, n: usize) -> Option<Interval> {
    let trials = n as f64;
    if n == 0 || !(0.0..=trials).contains(&won) {
        return None;
    }
    let (z, p) = (normal_quantile(1.0 - 0.5 * LEVEL), won / trials);
    let shrink = 1.0 / (1.0 + z * z / trials);
    let centre = shrink * (p + 0.5 * z * z / trials);
    let half = shrink * z * (p * (1.0 - p) / trials + 0.25 * z * z / (trials * trials)).sqrt();
    // The share itself always lies inside; at 0 and 1 rounding must not say otherwise.
    Some(Interval { low: (centre - half).clamp(0.0, p), high: (centre + half).clamp(p, 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998,
    /// table I, method 3.
    #[test]
    fn published_intervals() {
        for (won, n, low, high) in [
            (81.0, 263, 0.2553, 0.3662),
            (15.0, 148, 0.0624, 0.1605),
            (0.0, 20, 0.0, 0.1611),
            (1.0, 29, 0.0061, 0.1718),
        ] {
            let interval = wilson_interval(won, n).unwrap();
            assert!((interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5, "{interval:?}");
        }
        assert_eq!(
            (wilson_interval(0.0, 0), wilson_interval(3.0, 2), wilson_interval(-1.0, 2)),
            (None, None, None)
        );
    }

    /// With all of n won the lower bound is n / (n + z²), z² = 3.841459; for nine of ten it is
    /// (0.9 + 0.192073 − 1.959964 √(0.009 + 0.009604)) / 1.384146 = 0.595850.
    #[test]
    fn meaningful_is_beyond_chance_and_frequent() {
        let wins = |won: usize, tied: usize, n: usize| {
            let mut differences = vec![-1.0; n];
            differences[..won].fill(1.0);
            differences[won..won + tied].fill(0.0);
            win(&differences).unwrap()
        };
        let five = wins(5, 0, 5);
        assert!((five.interval.low - 5.0 / 8.841_459).abs() < 1e-6 && five.is_meaningful());
        assert!((wins(9, 0, 10).interval.low - 0.595_850).abs() < 1e-6);
        // Four of four lie above 1/2 as well, 4 / 7.84 = 0.51, and are too few.
        assert!(wins(4, 0, 4).interval.low > 0.5 && !wins(4, 0, 4).is_meaningful());
        // Seven of ten may be chance; seventy of a hundred are not, but too few to matter; 75 are enough.
        assert!(wins(7, 0, 10).interval.low < 0.5 && !wins(8, 0, 10).is_meaningful());
        assert!(wins(70, 0, 100).interval.low > 0.5 && !wins(70, 0, 100).is_meaningful());
        assert!(wins(75, 0, 100).is_meaningful());
        // Ties count half: seventy won, ten tied, twenty lost.
        let tied = wins(70, 10, 100);
        assert_eq!((tied.estimate, tied), (0.75, wins(75, 0, 100)));
        assert_eq!((win(&[]), win(&[1.0, f64::NAN])), (None, None));
        assert_eq!(win(&[f64::INFINITY, -0.0]).unwrap().estimate, 0.75);
    }

    proptest! {
        #[test]
        fn changing_places_mirrors(differences in vec(-2i32..=2, 1..40)) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            let mirrored: Vec<f64> = differences.iter().map(|d| -d).collect();
            let (a, b) = (win(&differences).unwrap(), win(&mirrored).unwrap());
            prop_assert!((a.estimate + b.estimate - 1.0).abs() < 1e-12);
            prop_assert!((a.interval.low + b.interval.high - 1.0).abs() < 1e-12);
            prop_assert!(0.0 <= a.interval.low && a.interval.low <= a.estimate);
            prop_assert!(a.estimate <= a.interval.high && a.interval.high <= 1.0);
            prop_assert!(!(a.is_meaningful() && b.is_meaningful()));
        }
    }
}
