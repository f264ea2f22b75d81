//! The interquartile mean.

/// Mean of the middle half: ⌊n/4⌋ values are cut from each side, as in Agarwal et al., "Deep reinforcement
/// learning at the edge of the statistical precipice", NeurIPS 2021. `None` of nothing.
pub fn interquartile_mean(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    crate::mean(&sorted[cut..sorted.len() - cut])
}
