//! What common seeds are worth.

use crate::correlation;

/// How alike the runs of different competitors with the same seed are, on one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedCorrelation {
    /// Mean of the correlations of pairs of competitors.
    pub rho: f64,
    /// Pairs it is the mean of.
    pub pairs: usize,
}

impl SeedCorrelation {
    /// Factor that pairing puts on the number of seeds: 1 − ρ. The difference of two means of n runs each has
    /// variance 2 σ² / n unpaired and 2 σ² (1 − ρ) / n paired, for equal spreads σ; above 1 pairing does
    /// harm.
    pub fn factor(self) -> f64 {
        1.0 - self.rho
    }
}

/// Measured correlation ρ of the seeds: Pearson's over the repetitions that two competitors have in common,
/// averaged over all pairs of competitors for which there is one (three common repetitions and some spread on
/// both sides). `runs` holds a result, or `None` where there is none, for each competitor and repetition;
/// results that are not finite count as none. `None` without any such pair.
pub fn seed_correlation<R: AsRef<[Option<f64>]>>(runs: &[R]) -> Option<SeedCorrelation> {
    let mut correlations = Vec::new();
    for (i, a) in runs.iter().enumerate() {
        for b in &runs[i + 1..] {
            let both = a.as_ref().iter().zip(b.as_ref()).filter_map(|(a, b)| a.zip(*b));
            let (a, b): (Vec<f64>, Vec<f64>) = both.filter(|(a, b)| a.is_finite() && b.is_finite()).unzip();
            correlations.extend(correlation(&a, &b));
        }
    }
    let rho = crate::mean(&correlations)?;
    Some(SeedCorrelation { rho, pairs: correlations.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// (1, 2, 3) with (2, 1, 3) has 1/2, with (3, 2, 1) has −1; (2, 1, 3) with (3, 2, 1) has −1/2.
    #[test]
    fn by_hand() {
        let some = |values: [f64; 3]| values.map(Some).to_vec();
        let runs = [some([1.0, 2.0, 3.0]), some([2.0, 1.0, 3.0]), some([3.0, 2.0, 1.0])];
        let found = seed_correlation(&runs).unwrap();
        assert_eq!(found.pairs, 3);
        assert!((found.rho + 1.0 / 3.0).abs() < 1e-15 && (found.factor() - 4.0 / 3.0).abs() < 1e-15);
        let two = seed_correlation(&runs[..2]).unwrap();
        assert!((two.rho - 0.5).abs() < 1e-15 && (two.factor() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn only_common_repetitions_count() {
        let a = [Some(1.0), None, Some(2.0), Some(3.0), Some(9.0)];
        let b = [Some(2.0), Some(-7.0), Some(1.0), Some(3.0)];
        let c = [Some(1.0), Some(2.0), Some(f64::NAN), Some(5.0)];
        // a with b as above; c has two repetitions in common with a, three with b: (2, 1), (−7, 2), (3, 5).
        let found = seed_correlation(&[&a[..], &b, &c]).unwrap();
        let other = correlation(&[2.0, -7.0, 3.0], &[1.0, 2.0, 5.0]).unwrap();
        assert_eq!((found.pairs, found.rho), (2, 0.5 * (0.5 + other)));
        assert_eq!(seed_correlation(&[&a[..], &c]), None);
        assert_eq!(seed_correlation(&[&a[..]]), None);
        assert_eq!(seed_correlation::<&[Option<f64>]>(&[]), None);
        assert_eq!(seed_correlation(&[vec![Some(1.0); 5], vec![Some(2.0); 5]]), None);
    }

    proptest! {
        #[test]
        fn competitors_may_differ_in_level_and_scale(
            values in vec(-1.0..1.0f64, 3..12), level in -5.0..5.0f64, scale in 0.1..9.0f64,
        ) {
            let shifted: Vec<_> = values.iter().map(|x| Some(level + scale * x)).collect();
            let values: Vec<_> = values.into_iter().map(Some).collect();
            if let Some(found) = seed_correlation(&[&values, &shifted]) {
                prop_assert!((found.rho - 1.0).abs() < 1e-6);
            }
        }
    }
}
