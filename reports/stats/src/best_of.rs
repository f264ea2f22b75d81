//! What a tuning budget buys.

use crate::Direction;

/// Expected best of k trials drawn without replacement from the K that were made: Σ x₍ᵢ₎ C(i − 1, k − 1) /
/// C(K, k) over the values in order from worst to best. This form is unbiased (Tang et al., "Showing your
/// work doesn't always work", ACL 2020, arXiv:2004.13705); the plug-in of Dodge et al. 2019 promises too
/// little.
///
/// A trial that failed belongs in it, as the worst value there is (an infinity, if the metric has no bound).
/// `None` for k = 0 or k > K, and if a value is not a number.
pub fn expected_best(values: &[f64], k: usize, better: Direction) -> Option<f64> {
    expected(&sorted(values, better)?, k)
}

/// [`expected_best`] for k = 1 … K. Empty of nothing; `None` if a value is not a number.
pub fn expected_best_curve(values: &[f64], better: Direction) -> Option<Vec<f64>> {
    let sorted = sorted(values, better)?;
    (1..=sorted.len()).map(|k| expected(&sorted, k)).collect()
}

fn sorted(values: &[f64], better: Direction) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| better.compare(*a, *b));
    sorted.iter().all(|value| !value.is_nan()).then_some(sorted)
}

fn expected(sorted: &[f64], k: usize) -> Option<f64> {
    let count = sorted.len();
    if k == 0 || k > count {
        return None;
    }
    // The weight of the best is k / K, and from i to i − 1 it changes by (i − k) / (i − 1): no binomial
    // coefficient, which would overflow from a thousand trials on.
    let (mut weight, mut sum) = (k as f64 / count as f64, 0.0);
    for i in (k..=count).rev() {
        if weight == 0.0 {
            // Too small for a double; times an infinity it would not be a number.
            break;
        }
        sum += weight * sorted[i - 1];
        weight *= (i - k) as f64 / (i - 1) as f64;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mean;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const TRIALS: [f64; 8] = [0.60, 0.10, 0.35, 0.61, 0.42, 0.51, 0.58, 0.55];

    /// Of {1, …, 5} two at a time: (2·1 + 3·2 + 4·3 + 5·4) / 10. Of the eight, four at a time:
    /// (0.51·1 + 0.55·4 + 0.58·10 + 0.60·20 + 0.61·35) / 70.
    #[test]
    fn known_values() {
        let five = [3.0, 1.0, 5.0, 2.0, 4.0];
        assert!((expected_best(&five, 2, Direction::Larger).unwrap() - 4.0).abs() < 1e-14);
        assert!((expected_best(&five, 2, Direction::Smaller).unwrap() - 2.0).abs() < 1e-14);
        assert!((expected_best(&TRIALS, 4, Direction::Larger).unwrap() - 0.598).abs() < 1e-14);
        assert_eq!(expected_best(&five, 0, Direction::Larger), None);
        assert_eq!(expected_best(&five, 6, Direction::Larger), None);
        assert_eq!(expected_best(&[1.0, f64::NAN], 1, Direction::Larger), None);
        assert_eq!(expected_best_curve(&[], Direction::Larger), Some(vec![]));
    }

    /// All subsets of four of the eight, by enumeration.
    #[test]
    fn it_is_the_mean_over_all_subsets() {
        let subsets = (0_u32..256).filter(|set| set.count_ones() == 4);
        let best = subsets.map(|set| {
            (0..8).filter(|i| set >> i & 1 == 1).map(|i| TRIALS[i]).fold(f64::NEG_INFINITY, f64::max)
        });
        let best: Vec<f64> = best.collect();
        assert_eq!(best.len(), 70);
        let expected = expected_best(&TRIALS, 4, Direction::Larger).unwrap();
        assert!((expected - mean(&best).unwrap()).abs() < 1e-14);
    }

    /// Of 1, …, K the expected largest of k is k (K + 1) / (k + 1).
    #[test]
    fn many_trials_overflow_nothing() {
        let values: Vec<f64> = (1..=2000).map(f64::from).collect();
        for (i, value) in expected_best_curve(&values, Direction::Larger).unwrap().into_iter().enumerate() {
            let k = (i + 1) as f64;
            assert!((value - k * 2001.0 / (k + 1.0)).abs() < 1e-8);
        }
    }

    #[test]
    fn failed_trials_are_the_worst() {
        let losses = [0.3, f64::INFINITY, 0.5];
        let curve = expected_best_curve(&losses, Direction::Smaller).unwrap();
        assert_eq!((curve[0], curve[2]), (f64::INFINITY, 0.3));
        // Two of three: {0.3, ∞}, {0.3, 0.5}, {∞, 0.5}.
        assert!((curve[1] - 1.1 / 3.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn more_trials_never_hurt(values in vec(-5.0..5.0f64, 1..40)) {
            let curve = expected_best_curve(&values, Direction::Larger).unwrap();
            prop_assert!((curve[0] - mean(&values).unwrap()).abs() < 1e-12);
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(curve[values.len() - 1], largest);
            prop_assert!(curve.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
            let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
            let mirrored = expected_best_curve(&mirrored, Direction::Smaller).unwrap();
            prop_assert!(curve.iter().zip(mirrored).all(|(a, b)| *a == -b));
        }
    }
}
