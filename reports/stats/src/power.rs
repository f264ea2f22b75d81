//! How many seeds a question needs.

use crate::normal_quantile;

/// Standard deviation of paired differences when the two sides scatter by `a` and `b` and the seeds correlate
/// by `rho`: √(a² + b² − 2ρab), for a plan made before there are pairs. The measured spread of paired
/// differences ([`crate::Paired::spread`]) is this already, so ρ must not be applied to it again.
pub fn difference_spread(a: f64, b: f64, rho: f64) -> f64 {
    (a * a + b * b - 2.0 * rho * a * b).max(0.0).sqrt()
}

/// Pairs needed to tell a mean difference of `margin` from zero, when single differences scatter by
/// `standard_deviation` (measured, or from [`difference_spread`]): two-sided level `alpha`, probability `power` of
/// seeing it. The normal formula with half the squared quantile added for the estimated spread (Guenther 1981); at least
/// as many as the sign-flip test needs to reach `alpha` at all, 2 / 2ⁿ ≤ `alpha`. `None` for a margin that is not positive.
pub fn pairs_to_resolve(margin: f64, standard_deviation: f64, alpha: f64, power: f64) -> Option<u64> {
    if !(margin > 0.0 && standard_deviation.is_finite()) {
        return None;
    }
    let z = normal_quantile(1.0 - 0.5 * alpha);
    let n = ((z + normal_quantile(power)) * standard_deviation / margin).powi(2) + 0.5 * z * z;
    Some((n.ceil() as u64).max((2.0 / alpha).log2().ceil() as u64))
}

/// Pairs needed to tell a probability of doing better of `gamma` from one half: Noether's formula, one-sided
/// level `alpha`, probability `power` of seeing it (Noether 1987; Bouthillier et al. 2021).
pub fn noether_pairs(gamma: f64, alpha: f64, power: f64) -> f64 {
    (normal_quantile(1.0 - alpha) + normal_quantile(power)).powi(2) / (6.0 * (gamma - 0.5).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{paired, pairs_to_resolve, standard_deviation};
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Spreads 3 and 4 make 5, 1 or 7 for ρ of 0, 1 and −1.
    #[test]
    fn spreads_by_hand() {
        assert_eq!([0.0, 1.0, -1.0].map(|rho| difference_spread(3.0, 4.0, rho)), [5.0, 1.0, 7.0]);
        // Equal spreads: 1 − ρ is the factor on n, apart from what the estimated spread costs.
        let pairs = |rho| pairs_to_resolve(0.1, difference_spread(1.0, 1.0, rho), 0.05, 0.8).unwrap();
        // (1.959964 + 0.841621)² · 2 (1 − ρ) · 100 + 1.920729: 1571.70 and 786.81 for ρ of 0 and 1/2.
        assert_eq!((pairs(0.0), pairs(0.5)), (1572, 787));
    }

    proptest! {
        /// The spread of the differences contains the correlation.
        #[test]
        fn measured_differences_contain_rho(
            pairs in vec((-1.0..1.0f64, -1.0..1.0f64), 3..20),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let result = paired(&a, &b).unwrap();
            if let Some(rho) = result.correlation {
                let deviation = |x: &[f64]| standard_deviation(x).unwrap();
                let expected = difference_spread(deviation(&a), deviation(&b), rho);
                prop_assert!((result.spread.unwrap() - expected).abs() < 1e-9);
            }
        }
    }
}
