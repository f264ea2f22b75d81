//! INNAprop: INNA on gradients that are divided by their size, as RMSprop divides them, with decoupled weight decay.
//!
//! J. Bolte, R. Boustany, E. Pauwels, A. Purica, arXiv 2410.05871, 2024. As in the authors' code, with
//! ψ₀ = (1 − αβ) θ₀ and v₀ = 0:
//!
//! ```text
//! θ ← (1 − γ_k λ) θ
//! v ← σ v + (1 − σ) g²
//! d = √v/√(1 − σ^{k+1}) + ε
//! ψ ← (1 − γ_k/β) ψ + γ_k (1/β − α) θ
//! θ ← (1 + γ_k (1 − αβ)/(β − γ_k)) θ − γ_k/(β − γ_k) ψ − γ_k β g/d
//! ```
//!
//! Here in the equivalent one-state form of INNA, with w = (1/β − α) θ − ψ/β, hence w₀ = 0:
//!
//! ```text
//! v ← σ v + (1 − σ) g²
//! u = g / (√v/√(1 − σ^{k+1}) + ε)
//! w ← w − (1/β − α) γ_k λ θ,  θ ← (1 − γ_k λ) θ          only if λ > 0
//! θ ← θ + γ_k (w − β u)
//! w ← (1 − α γ_k) w − (1 − αβ) γ_k u
//! ```
//!
//! The decay changes θ and leaves ψ alone, so w, which contains both, takes the change of (1/β − α) θ over. After it
//! ψ moves by γ_k w, and (1 − αβ) θ − ψ is (β − γ_k) w with the new ψ: the authors' quotient by β − γ_k cancels. Their
//! form is undefined at γ_k = β and loses digits near it; this one is not.
//!
//! With αβ = 1, w stays 0 and the method is bias-corrected RMSprop (Adam with β1 = 0) with step γ_k β.
//!
//! | parameter | default | range | meaning |
//! | --- | --- | --- | --- |
//! | `learning_rate` | 0.001 | > 0 | γ₀ |
//! | `schedule` | constant | | how γ₀ decays |
//! | `alpha` | 0.1 | ≥ 0 | viscous damping |
//! | `beta` | 0.9 | > 0 | Newton damping |
//! | `sigma` | 0.999 | [0, 1) | memory of the square |
//! | `eps` | 1e-8 | > 0 | ε |
//! | `weight_decay` | 0.01 | ≥ 0 | λ, shrinks θ by γ_k λ and does not act on ψ |
//!
//! The defaults are those of the authors' code.

use rule::conformance::{Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Innaprop>();

settings! {
    /// Hyper-parameters of INNAprop; see the crate documentation.
    pub struct Innaprop("innaprop", "INNAprop", "Bolte, Boustany, Pauwels, Purica, arXiv 2410.05871, 2024") {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        alpha: f64 = 0.1, Range::AtLeast(0.0), "viscous damping α";
        beta: f64 = 0.9, Range::Above(0.0), "Newton damping β";
        sigma: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        weight_decay: f64 = 0.01, Range::AtLeast(0.0), "decay λ of θ, not of ψ";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with αβ = 1 it is Adam without mean, with step γβ",
                with: || json!({"learning_rate": 0.01, "alpha": 2, "beta": 0.5, "weight_decay": 0}),
                is: "adam",
                of: || json!({"learning_rate": 0.005, "beta1": 0}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "innaprop",
            keys: &[&[
                ("lr", "learning_rate"),
                ("alpha", "alpha"),
                ("beta", "beta"),
                ("sigma", "sigma"),
                ("eps", "eps"),
                ("weight_decay", "weight_decay"),
            ]],
            defaults: || json!({"learning_rate": 0.001, "alpha": 0.1, "beta": 0.9, "sigma": 0.999, "eps": 1e-8, "weight_decay": 0.01}),
        }];

        /// Schedules never exceed 1, so the first step sizes are the largest.
        fn warnings(&self) -> Vec<String> {
            let product = self.alpha * self.learning_rate;
            if product < 2.0 {
                return Vec::new();
            }
            vec![format!(
                "alpha · learning_rate = {product} is 2 or more, so nothing damps the velocity until the schedule lowers the \
                 step size; stable: learning_rate < {}",
                2.0 / self.alpha
            )]
        }
    }
}

impl Rule for Innaprop {
    const STATE_COUNTS: [usize; 2] = [2, 2];

    fn states(&self) -> &'static [&'static str] {
        &["v", "w"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "beta", symbol: "β", definition: "" },
                Scalar { name: "friction", symbol: "μ_k", definition: "1 − α γ_k" },
                Scalar { name: "drive", symbol: "ν_k", definition: "(1 − α β) γ_k" },
                Scalar { name: "sigma", symbol: "σ", definition: "" },
                Scalar { name: "rest", symbol: "1 − σ", definition: "" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − σ^{k+1})" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
                Scalar { name: "recoil", symbol: "ρ_k", definition: "(1/β − α) γ_k λ" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let Self { alpha, beta, sigma, eps, weight_decay, .. } = *self;
        let bias = 1.0 - power(sigma, (step + 1) as f64);
        let decay = gamma * weight_decay;
        vec![
            gamma,
            beta,
            1.0 - alpha * gamma,
            (1.0 - alpha * beta) * gamma,
            sigma,
            1.0 - sigma,
            1.0 / bias.sqrt(),
            eps,
            1.0 - decay,
            (1.0 / beta - alpha) * decay,
        ]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let (gamma, beta, mu, nu) = (scalars[0], scalars[1], scalars[2], scalars[3]);
        states[0] = scalars[4] * states[0] + scalars[5] * (g * g);
        let u = g / (scalars[6] * states[0].sqrt() + scalars[7]);
        let mut w = states[1];
        let mut start = theta;
        if self.weight_decay > 0.0 {
            // ψ does not see the decay of θ, so w, which contains both, must.
            w = w - scalars[9] * theta;
            start = scalars[8] * theta;
        }
        states[1] = mu * w - nu * u;
        start + gamma * (w - beta * u)
    }
}
