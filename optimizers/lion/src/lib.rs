//! Lion: every weight moves by the learning rate, against the sign of a momentum.
//!
//! ```text
//! θ ← (1 − γ_k λ) θ
//! θ ← θ − γ_k sign(β1 m + (1 − β1) g)
//! m ← β2 m + (1 − β2) g
//! ```
//!
//! X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, program 1. With β1 = β2 it is signSGD with
//! momentum (J. Bernstein et al., "signSGD: compressed optimisation for non-convex problems", ICML 2018, algorithm 1 with the
//! momentum of its section 4, "Signum"), with both 0 signSGD.

use rule::conformance::Translation;
use rule::serde_json::json;
use rule::{Family, Invariance, Number, Range, Rule, Scalar, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Lion>();

settings! {
    /// Hyper-parameters of Lion; see the crate documentation.
    pub struct Lion(
        "lion",
        "Lion",
        "Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, program 1; equal betas: signSGD with momentum, Bernstein et al., ICML 2018"
    ) {
        learning_rate: f64 = 1e-4, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "weight of the momentum in the direction";
        beta2: f64 = 0.99, Range::HalfOpen(0.0, 1.0), "memory of the momentum; β₁ makes signSGD with momentum";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
    }
    {
        const INVARIANCES: &'static [Invariance] =
            &[Invariance::Permutation, Invariance::Translation, Invariance::Scale];
        const TRANSLATIONS: &'static [Translation] = &[
            Translation {
                theirs: "lion",
                keys: &[&[
                    ("lr", "learning_rate"),
                    ("beta1", "beta1"),
                    ("beta2", "beta2"),
                    ("weight_decay", "weight_decay"),
                ]],
                defaults: || json!({"weight_decay": 0.0}),
            },
            Translation {
                theirs: "signsgd",
                keys: &[&[
                    ("lr", "learning_rate"),
                    ("momentum", "beta1"),
                    ("momentum", "beta2"),
                    ("weight_decay", "weight_decay"),
                ]],
                defaults: || json!({"weight_decay": 0.0}),
            },
        ];
    }
}

impl Rule for Lion {
    const STATE_COUNTS: [usize; 2] = [1, 1];

    fn states(&self) -> &'static [&'static str] {
        &["m"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, _step: u64, gamma: f64) -> Vec<f64> {
        let Self { beta1, beta2, weight_decay, .. } = *self;
        vec![gamma, beta1, 1.0 - beta1, beta2, 1.0 - beta2, 1.0 - gamma * weight_decay]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let theta = if self.weight_decay > 0.0 { scalars[5] * theta } else { theta };
        let direction = (scalars[1] * states[0] + scalars[2] * g).sign();
        states[0] = scalars[3] * states[0] + scalars[4] * g;
        theta - scalars[0] * direction
    }
}
