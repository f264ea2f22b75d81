//! What common seeds are worth.

use crate::verdict::FEWEST_PAIRS;
use crate::{correlation, variance};

/// How alike the runs of different competitors with the same seed are, on one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedCorrelation {
    /// Mean of the correlations of pairs of competitors.
    pub rho: f64,
    /// Variance of the paired differences over the sum of the variances of both sides, each summed over the pairs of
    /// competitors: the number of seeds that a paired comparison needs over what an unpaired one needs. For equal spreads
    /// it is 1 − ρ; with unequal ones, however alike, little is gained. Above 1 pairing does harm.
    pub factor: f64,
    /// Pairs of competitors.
    pub pairs: usize,
}

/// Measured correlation ρ of the seeds: Pearson's over the repetitions that two competitors have in common, averaged
/// over all pairs of competitors for which there is one (as many common repetitions as [`FEWEST_PAIRS`] and some
/// spread on both sides). `runs` holds a result, or `None` where there is none, for each competitor and repetition;
/// results that are not finite count as none. `None` without any such pair.
pub fn seed_correlation<R: AsRef<[Option<f64>]>>(runs: &[R]) -> Option<SeedCorrelation> {
    let mut correlations = Vec::new();
    let (mut paired, mut unpaired) = (0.0, 0.0);
    for (i, a) in runs.iter().enumerate() {
        for b in &runs[i + 1..] {
            let both = a.as_ref().iter().zip(b.as_ref()).filter_map(|(a, b)| a.zip(*b));
            let (a, b): (Vec<f64>, Vec<f64>) = both.filter(|(a, b)| a.is_finite() && b.is_finite()).unzip();
            let Some(rho) = correlation(&a, &b).filter(|_| a.len() >= FEWEST_PAIRS) else { continue };
            let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            correlations.push(rho);
            paired += variance(&differences)?;
            unpaired += variance(&a)? + variance(&b)?;
        }
    }
    let rho = crate::mean(&correlations)?;
    Some(SeedCorrelation { rho, factor: paired / unpaired, pairs: correlations.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// (1, 2, 3, 4, 5) with (2, 1, 3, 5, 4) has 0.8, with (5, 4, 3, 2, 1) has −1; the latter two have −0.8. All variances
    /// are 2.5; those of the differences, 2 · 2.5 · (1 − ρ), are 1, 10 and 9: 20 over 15.
    #[test]
    fn by_hand() {
        let some = |values: [f64; 5]| values.map(Some).to_vec();
        let runs = [
            some([1.0, 2.0, 3.0, 4.0, 5.0]),
            some([2.0, 1.0, 3.0, 5.0, 4.0]),
            some([5.0, 4.0, 3.0, 2.0, 1.0]),
        ];
        let found = seed_correlation(&runs).unwrap();
        assert_eq!(found.pairs, 3);
        assert!((found.rho + 1.0 / 3.0).abs() < 1e-15 && (found.factor - 4.0 / 3.0).abs() < 1e-14);
        let two = seed_correlation(&runs[..2]).unwrap();
        assert!((two.rho - 0.8).abs() < 1e-15 && (two.factor - 0.2).abs() < 1e-14);
    }

    /// Ten times the spread and perfectly alike: ρ = 1, but (10 − 1)² = 81 of 100 + 1 parts of the variance remain.
    #[test]
    fn unequal_spreads_gain_little() {
        let one: Vec<Option<f64>> = (0..5).map(|k| Some(f64::from(k))).collect();
        let ten: Vec<Option<f64>> = (0..5).map(|k| Some(10.0 * f64::from(k))).collect();
        let found = seed_correlation(&[one, ten]).unwrap();
        assert!((found.rho - 1.0).abs() < 1e-12 && (found.factor - 81.0 / 101.0).abs() < 1e-12);
    }

    #[test]
    fn only_common_repetitions_count() {
        let a = [Some(1.0), None, Some(2.0), Some(3.0), Some(4.0), Some(5.0), Some(9.0)];
        let b = [Some(2.0), Some(-7.0), Some(1.0), Some(3.0), Some(5.0), Some(4.0)];
        let c = [Some(1.0), Some(2.0), Some(f64::NAN), Some(5.0), Some(4.0), Some(1.0)];
        // a with b as above; c has four repetitions in common with a, five with b.
        let found = seed_correlation(&[&a[..], &b, &c]).unwrap();
        let other = correlation(&[2.0, -7.0, 3.0, 5.0, 4.0], &[1.0, 2.0, 5.0, 4.0, 1.0]).unwrap();
        assert_eq!(found.pairs, 2);
        assert!((found.rho - 0.5 * (0.8 + other)).abs() < 1e-15);
        assert_eq!(seed_correlation(&[&a[..], &c]), None);
        assert_eq!(seed_correlation(&[&a[..]]), None);
        assert_eq!(seed_correlation::<&[Option<f64>]>(&[]), None);
        assert_eq!(seed_correlation(&[vec![Some(1.0); 5], vec![Some(2.0); 5]]), None);
    }

    proptest! {
        #[test]
        fn competitors_may_differ_in_level_and_scale(
            values in vec(-1.0..1.0f64, 5..12), level in -5.0..5.0f64, scale in 0.1..9.0f64,
        ) {
            let shifted: Vec<_> = values.iter().map(|x| Some(level + scale * x)).collect();
            let values: Vec<_> = values.into_iter().map(Some).collect();
            if let Some(found) = seed_correlation(&[&values, &shifted]) {
                prop_assert!((found.rho - 1.0).abs() < 1e-6);
            }
        }
    }
}
