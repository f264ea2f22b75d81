//! What theory says of INNA in one direction of curvature λ.

/// Trace and determinant of the 2×2 matrix that one iteration multiplies (θ, w) by.
pub(crate) fn trace_and_determinant(gamma: f64, [alpha, beta]: [f64; 2], lambda: f64) -> [f64; 2] {
    let damping = gamma * (alpha + beta * lambda);
    [2.0 - damping, 1.0 - damping + gamma * gamma * lambda]
}

/// The larger of its eigenvalues in size: the factor per iteration in the long run.
pub(crate) fn spectral_radius(gamma: f64, pair: [f64; 2], lambda: f64) -> f64 {
    let [trace, determinant] = trace_and_determinant(gamma, pair, lambda);
    let discriminant = trace * trace / 4.0 - determinant;
    if discriminant < 0.0 { determinant.sqrt() } else { trace.abs() / 2.0 + discriminant.sqrt() }
}

/// Whether a constant step `gamma` is stable for the curvature `lambda` > 0.
pub(crate) fn stable(gamma: f64, [alpha, beta]: [f64; 2], lambda: f64) -> bool {
    gamma < beta + alpha / lambda
        && gamma * gamma * lambda - 2.0 * gamma * (alpha + beta * lambda) + 4.0 > 0.0
}

/// The supremum of the stable steps; every smaller one is stable, because the roots of the second condition lie
/// on both sides of the first one's bound.
pub(crate) fn largest_stable_step([alpha, beta]: [f64; 2], lambda: f64) -> f64 {
    let damping = alpha + beta * lambda;
    let discriminant = damping * damping - 4.0 * lambda;
    if discriminant < 0.0 {
        return damping / lambda;
    }
    // The smaller root, 4/λ divided by the larger one: no difference of nearly equal numbers.
    4.0 / (damping + discriminant.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [[f64; 2]; 4] = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.5, 1.0]];

    /// Against the same limits solved for the curvature, in the optimizer's own crate.
    #[test]
    fn the_limit_agrees_with_the_optimizers_largest_curvature() {
        for [alpha, beta] in PAIRS {
            for i in 0..200 {
                let lambda = 10_f64.powf(-1.0 + 0.02 * f64::from(i));
                let limit = largest_stable_step([alpha, beta], lambda);
                if alpha * limit > 1.99 {
                    // From αγ = 2 on the smaller curvatures are unstable, and there is no largest one.
                    continue;
                }
                let below = inna::Inna { alpha, beta, learning_rate: 0.999 * limit, ..Default::default() };
                assert!(below.largest_stable_curvature(0.999 * limit) > lambda, "{alpha} {beta} {lambda}");
                assert!(below.largest_stable_curvature(1.001 * limit) < lambda, "{alpha} {beta} {lambda}");
            }
        }
    }

    #[test]
    fn stable_means_a_spectral_radius_below_one() {
        for pair in PAIRS {
            for i in 0..50 {
                for j in 0..50 {
                    let lambda = 10_f64.powf(-1.03 + 0.081 * f64::from(i));
                    let gamma = 10_f64.powf(-3.02 + 0.071 * f64::from(j));
                    let said = stable(gamma, pair, lambda);
                    assert_eq!(said, spectral_radius(gamma, pair, lambda) < 1.0, "{pair:?} {lambda} {gamma}");
                    assert_eq!(said, gamma < largest_stable_step(pair, lambda), "{pair:?} {lambda} {gamma}");
                }
            }
        }
    }

    /// The smaller root as the textbook writes it.
    #[test]
    fn the_stiff_limit_is_the_smaller_root() {
        let (pair, lambda): ([f64; 2], f64) = ([0.5, 0.5], 100.0);
        let damping = pair[0] + pair[1] * lambda;
        let root = (damping - (damping * damping - 4.0 * lambda).sqrt()) / lambda;
        assert!((largest_stable_step(pair, lambda) - root).abs() < 1e-12);
    }
}
