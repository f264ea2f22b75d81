//! Two competitors on the same seeds.

use crate::{Interval, correlation, mean, mean_interval, sign_flip_p, standard_deviation};

/// A paired comparison: differences are challenger minus reference, seed by seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Number of pairs.
    pub n: usize,
    /// The differences, pair by pair.
    pub differences: Vec<f64>,
    /// Mean difference.
    pub difference: f64,
    /// Student's 95 % interval of the mean difference.
    pub interval: Option<Interval>,
    /// Standard deviation of the differences.
    pub spread: Option<f64>,
    /// Two-sided p value of the sign-flip test.
    pub p: Option<f64>,
    /// Share of the pairs won, ties counting half.
    pub won: f64,
    /// Correlation of the two sides over the seeds: what pairing is worth.
    pub correlation: Option<f64>,
}

/// Compares `challenger` with `reference`, the same seed at the same index. `None` for no pair or unequal
/// lengths.
pub fn paired(challenger: &[f64], reference: &[f64]) -> Option<Paired> {
    if challenger.len() != reference.len() {
        return None;
    }
    let differences: Vec<f64> = challenger.iter().zip(reference).map(|(a, b)| a - b).collect();
    let won = challenger.iter().zip(reference).map(|(a, b)| match a.total_cmp(b) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    });
    Some(Paired {
        n: differences.len(),
        difference: mean(&differences)?,
        interval: mean_interval(&differences, 0.95),
        spread: standard_deviation(&differences),
        p: sign_flip_p(&differences),
        won: won.sum::<f64>() / differences.len() as f64,
        correlation: correlation(challenger, reference),
        differences,
    })
}
