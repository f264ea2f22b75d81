//! How many seeds a question needs.

use crate::normal_quantile;

/// Pairs needed to tell a mean difference of `margin` from zero, when single differences scatter by
/// `standard_deviation`: two-sided level `alpha`, probability `power` of seeing it. The normal formula with half
/// the squared quantile added for the estimated spread (Guenther 1981); at least 6, the fewest pairs with which
/// the sign-flip test can reach 0.05. `None` for a margin that is not positive.
pub fn pairs_to_resolve(margin: f64, standard_deviation: f64, alpha: f64, power: f64) -> Option<u64> {
    if !(margin > 0.0 && standard_deviation.is_finite()) {
        return None;
    }
    let z = normal_quantile(1.0 - 0.5 * alpha);
    let n = ((z + normal_quantile(power)) * standard_deviation / margin).powi(2) + 0.5 * z * z;
    Some((n.ceil() as u64).max(6))
}

/// Pairs needed to tell a probability of doing better of `gamma` from one half: Noether's formula, one-sided
/// level `alpha`, probability `power` of seeing it (Noether 1987; Bouthillier et al. 2021).
pub fn noether_pairs(gamma: f64, alpha: f64, power: f64) -> f64 {
    (normal_quantile(1.0 - alpha) + normal_quantile(power)).powi(2) / (6.0 * (gamma - 0.5).powi(2))
}
