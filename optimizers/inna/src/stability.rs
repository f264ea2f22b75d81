//! Which step sizes are stable on a quadratic.
//!
//! In a direction of curvature λ > 0 the iteration is a 2×2 matrix of trace 2 − γ(α + βλ) and determinant
//! 1 − γ(α + βλ) + γ²λ. Both eigenvalues are inside the unit circle iff γ < β + α/λ and
//! γ²λ − 2γ(α + βλ) + 4 > 0.

use crate::Inna;

impl Inna {
    /// The supremum of the curvatures that a constant step size `gamma` is stable for; every smaller one is.
    /// 0 if αγ ≥ 2.
    pub fn largest_stable_curvature(&self, gamma: f64) -> f64 {
        let (alpha, beta) = (self.alpha, self.beta);
        if alpha * gamma >= 2.0 {
            return 0.0;
        }
        let undamped = gamma > beta || (gamma == beta && alpha == 0.0);
        let determinant = match undamped {
            true if alpha == 0.0 => 0.0,
            true => alpha / (gamma - beta),
            false => f64::INFINITY,
        };
        let overshoot = if gamma < 2.0 * beta {
            (4.0 - 2.0 * alpha * gamma) / (gamma * (2.0 * beta - gamma))
        } else {
            f64::INFINITY
        };
        determinant.min(overshoot)
    }

    /// Schedules never exceed 1, so the first step sizes are the largest.
    pub(crate) fn stability_warnings(&self) -> Vec<String> {
        let (gamma, alpha, beta) = (self.learning_rate, self.alpha, self.beta);
        if alpha * gamma >= 2.0 {
            return vec![format!(
                "alpha · learning_rate = {} is 2 or more, so the velocity grows at every step until the schedule lowers \
                 it; stable: learning_rate < {}",
                alpha * gamma,
                2.0 / alpha
            )];
        }
        let limit = self.largest_stable_curvature(gamma);
        if gamma > beta || limit == 0.0 {
            return vec![format!(
                "learning_rate {gamma} is not below beta {beta}: the first steps are stable only in directions of \
                 curvature below {limit:.3}, until the schedule lowers the step size"
            )];
        }
        Vec::new()
    }
}
