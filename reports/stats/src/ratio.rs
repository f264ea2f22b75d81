//! Costs against a fixed reference.

use crate::bootstrap::{pooled, stratified_interval};
use crate::{Interval, mean};

/// Geometric mean of cost / reference cost, the same problem at the same index; below 1 is cheaper. Unlike
/// ratios to the best of the pool, it does not change with who else takes part, and unlike the arithmetic
/// mean it is inverted when the two change places (Fleming and Wallace, "How not to lie with statistics",
/// Communications of the ACM 29, 1986).
///
/// `None` for no problem, for unequal lengths, or for a cost that is not positive and finite: a target that
/// was not reached is penalised first (see [`crate::runtime::penalised_mean`]), so that the factor is the
/// caller's to state.
pub fn geometric_mean_ratio(costs: &[f64], reference: &[f64]) -> Option<f64> {
    mean(&log_ratios(costs, reference)?).map(f64::exp)
}

/// 95 % interval of [`geometric_mean_ratio`] over all problems of all strata (runs of a task: the same seed
/// at the same index) by the expanded stratified bootstrap, which draws the seeds of both sides together.
/// `None` where either is.
pub fn geometric_mean_ratio_interval(costs: &[&[f64]], reference: &[&[f64]]) -> Option<Interval> {
    if costs.len() != reference.len() {
        return None;
    }
    let logs: Option<Vec<Vec<f64>>> = costs.iter().zip(reference).map(|(a, b)| log_ratios(a, b)).collect();
    let logs = logs?;
    let strata: Vec<&[f64]> = logs.iter().map(Vec::as_slice).collect();
    let sizes: Vec<usize> = logs.iter().map(Vec::len).collect();
    let interval = stratified_interval(&sizes, |indices| mean(&pooled(&strata, indices)))?;
    Some(Interval { low: interval.low.exp(), high: interval.high.exp() })
}

fn log_ratios(costs: &[f64], reference: &[f64]) -> Option<Vec<f64>> {
    let is_cost = |cost: &f64| *cost > 0.0 && cost.is_finite();
    let usable = costs.len() == reference.len() && costs.iter().chain(reference).all(is_cost);
    usable.then(|| costs.iter().zip(reference).map(|(a, b)| (a / b).ln()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// √(3/2 · 12/1) = √18 and √(8/2 · 3/1) = √12.
    #[test]
    fn ratios_by_hand() {
        let a = [2.0, 1.0];
        assert!((geometric_mean_ratio(&[3.0, 12.0], &a).unwrap() - 4.242_640_687_119_285).abs() < 1e-14);
        assert!((geometric_mean_ratio(&[8.0, 3.0], &a).unwrap() - 3.464_101_615_137_754_4).abs() < 1e-14);
        assert_eq!(geometric_mean_ratio(&a, &a), Some(1.0));
        for (costs, reference) in
            [(&[1.0][..], &[][..]), (&[], &[]), (&[0.0], &[1.0]), (&[f64::INFINITY], &[1.0])]
        {
            assert_eq!(geometric_mean_ratio(costs, reference), None);
        }
    }

    /// Of eight seeds the first cost twice as much and the others the same: with K ~ B(8, 1/8) of it in a
    /// resample, the ratio is 2^(K/8). The share left out is 0.005738; P(K ≥ 4) = 0.011248 and P(K ≥ 5) =
    /// 0.001230.
    #[test]
    fn interval_by_counting() {
        let costs = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let interval = geometric_mean_ratio_interval(&[&costs], &[&[1.0; 8]]).unwrap();
        assert_eq!(interval.low, 1.0);
        assert!((interval.high - 2.0_f64.sqrt()).abs() < 1e-14);
        assert_eq!(geometric_mean_ratio_interval(&[&costs[..4]], &[&[1.0; 4]]), None);
        assert_eq!(geometric_mean_ratio_interval(&[&costs], &[]), None);
        assert_eq!(geometric_mean_ratio_interval(&[&costs], &[&[1.0; 7]]), None);
    }

    proptest! {
        #[test]
        fn changing_places_inverts(costs in vec((0.01..100.0f64, 0.01..100.0f64), 1..20)) {
            let (a, b): (Vec<f64>, Vec<f64>) = costs.into_iter().unzip();
            let product = geometric_mean_ratio(&a, &b).unwrap() * geometric_mean_ratio(&b, &a).unwrap();
            prop_assert!((product - 1.0).abs() < 1e-12);
        }
    }
}
