//! The rank-sum test: which of two samples has the larger values, where some have no size.

use crate::normal_cdf;

/// Most values, of both samples together, whose divisions are counted: above, the normal law is near enough.
const EXACT_LIMIT: usize = 60;

/// Two-sided p value of the hypothesis that two samples have the same distribution (Wilcoxon, "Individual comparisons by
/// ranking methods", Biometrics Bulletin 1, 1945; Mann and Whitney 1947): the share of the ways to divide all values into
/// samples of these sizes in which the sum of the ranks of the first is at least as far from its mean as it is. Equal values
/// share the mean of their ranks; an infinity is a value like any other, beyond all numbers. Exact up to 60 values in all;
/// above, by the normal law with the variance that ties leave. `None` without values on either side or if one is not a number.
///
/// ```
/// let infinity = f64::INFINITY;
/// // All five of one beyond all five of the other: 2 of 252 ways.
/// let p = stats::rank_sum_p(&[0.1, 0.2, 0.3, 0.4, 0.5], &[infinity; 5]).unwrap();
/// assert!((p - 2.0 / 252.0).abs() < 1e-12);
/// ```
pub fn rank_sum_p(first: &[f64], second: &[f64]) -> Option<f64> {
    let ranks = doubled_ranks(first, second)?;
    let (n, all) = (first.len(), ranks.len());
    let observed: usize = ranks[..n].iter().sum();
    // Of doubled ranks the mean sum is n (N + 1), always whole.
    let mean = n * (all + 1);
    let away = observed.abs_diff(mean);
    Some(if all > EXACT_LIMIT { by_normal_law(&ranks, n, away) } else { by_counting(&ranks, n, away) })
}

/// The share of the choices of `n` ranks whose sum is at least `away` from the mean, by the normal law with a correction for
/// the steps between sums.
fn by_normal_law(ranks: &[usize], n: usize, away: usize) -> f64 {
    if away == 0 {
        return 1.0;
    }
    let all = ranks.len();
    let squares: f64 = ranks.iter().map(|rank| (*rank as f64 - (all + 1) as f64).powi(2)).sum();
    let share = n as f64 * (all - n) as f64 / (all as f64 * (all - 1) as f64);
    let deviation = (squares * share).sqrt();
    (2.0 * normal_cdf(-(away as f64 - 1.0) / deviation)).min(1.0)
}

/// The same, exactly.
fn by_counting(ranks: &[usize], n: usize, away: usize) -> f64 {
    let mean = n * (ranks.len() + 1);
    // ways[k][s]: how many choices of k values have doubled ranks that sum to s.
    let most: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0_f64; most + 1]; n + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for k in (1..=n).rev() {
            for sum in *rank..=most {
                ways[k][sum] += ways[k - 1][sum - rank];
            }
        }
    }
    let total: f64 = ways[n].iter().sum();
    let extreme: f64 =
        ways[n].iter().enumerate().filter(|(sum, _)| sum.abs_diff(mean) >= away).map(|(_, ways)| ways).sum();
    (extreme / total).min(1.0)
}

/// Whether the first sample ranks lower on average; none if neither does.
pub fn ranks_lower(first: &[f64], second: &[f64]) -> Option<bool> {
    let ranks = doubled_ranks(first, second)?;
    let (sum, mean) = (ranks[..first.len()].iter().sum::<usize>(), first.len() * (ranks.len() + 1));
    (sum != mean).then_some(sum < mean)
}

/// Twice the rank of every value, those of the first sample before those of the second.
fn doubled_ranks(first: &[f64], second: &[f64]) -> Option<Vec<usize>> {
    if first.is_empty() || second.is_empty() || first.iter().chain(second).any(|value| value.is_nan()) {
        return None;
    }
    let all = || first.iter().chain(second);
    let rank = |value: &f64| {
        let below = all().filter(|other| *other < value).count();
        let alike = all().filter(|other| *other == value).count();
        2 * below + alike + 1
    };
    Some(all().map(rank).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn close(p: Option<f64>, expected: f64) {
        assert!((p.unwrap() - expected).abs() < 1e-12, "{p:?}, not {expected}");
    }

    /// Printed tables of the rank sum: for 4 and 4 values P(W ≤ 11) = 2/70; ties by counting: of {1, 2.5, 2.5, 4} two have a sum
    /// of 3.5, 3.5, 5, 5, 6.5 or 6.5.
    #[test]
    fn by_tables_and_by_counting() {
        close(rank_sum_p(&[1.0, 2.0, 3.0, 5.0], &[4.0, 6.0, 7.0, 8.0]), 4.0 / 70.0);
        close(rank_sum_p(&[1.0, 2.0], &[2.0, 3.0]), 4.0 / 6.0);
        close(rank_sum_p(&[1.0], &[1.0]), 1.0);
        // Six against six that have no size, and one of six.
        close(rank_sum_p(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[f64::INFINITY; 6]), 2.0 / 924.0);
        assert_eq!(rank_sum_p(&[], &[1.0]), None);
        assert_eq!(rank_sum_p(&[f64::NAN], &[1.0]), None);
        assert_eq!(ranks_lower(&[1.0, 2.0], &[f64::INFINITY]), Some(true));
        assert_eq!(ranks_lower(&[2.0], &[1.0]), Some(false));
        assert_eq!(ranks_lower(&[1.0, 3.0], &[2.0]), None);
    }

    /// Where one takes over from the other the two ways agree, without ties and with many.
    #[test]
    fn the_normal_law_is_near_the_count_at_the_limit() {
        for (modulus, shifts) in [(101, [3.5, 14.5, 30.5]), (7, [0.0, 1.0, 2.0])] {
            for shift in shifts {
                let sample =
                    |shift: f64| (0..30).map(|k| (k * 37 % modulus) as f64 + shift).collect::<Vec<f64>>();
                let ranks = doubled_ranks(&sample(0.0), &sample(shift)).unwrap();
                let away = ranks[..30].iter().sum::<usize>().abs_diff(30 * 61);
                let (exact, near) = (by_counting(&ranks, 30, away), by_normal_law(&ranks, 30, away));
                assert!((exact - near).abs() < 0.005, "{modulus} {shift}: {exact} {near}");
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_a_p_value_and_does_not_ask_who_is_first(
            first in vec(0..6_i32, 1..8), second in vec(0..6_i32, 1..8),
        ) {
            let number = |values: &[i32]| {
                values.iter().map(|v| if *v == 5 { f64::INFINITY } else { f64::from(*v) }).collect::<Vec<f64>>()
            };
            let (first, second) = (number(&first), number(&second));
            let p = rank_sum_p(&first, &second).unwrap();
            prop_assert!(p > 0.0 && p <= 1.0);
            prop_assert!((p - rank_sum_p(&second, &first).unwrap()).abs() < 1e-12);
            let turned = |values: &[f64]| values.iter().map(|v| -v).collect::<Vec<f64>>();
            prop_assert!((p - rank_sum_p(&turned(&first), &turned(&second)).unwrap()).abs() < 1e-12);
        }
    }
}
