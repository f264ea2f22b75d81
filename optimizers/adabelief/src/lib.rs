//! AdaBelief: Adam that divides by how far gradients are from their mean.
//!
//! ```text
//! θ ← (1 − γ_k λ) θ
//! m ← β1 m + (1 − β1) g
//! s ← β2 s + (1 − β2) (g − m)² + ε
//! θ ← θ − γ_k/(1 − β1^{k+1}) · m / (√s/√(1 − β2^{k+1}) + ε)
//! ```
//!
//! J. Zhuang et al., "AdaBelief optimizer: adapting stepsizes by the belief in observed gradients", NeurIPS 2020, algorithm 2,
//! as the authors' adabelief-pytorch computes it without `rectify`: ε goes into the state at every step, and once more beside
//! the root. The authors advise 1e-8 where SGD beats Adam and 1e-16 where Adam beats SGD; squared, so to speak, since ε is
//! about the square of Adam's.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<AdaBelief>();

settings! {
    /// Hyper-parameters of AdaBelief; see the crate documentation.
    pub struct AdaBelief(
        "adabelief",
        "AdaBelief",
        "Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, NeurIPS 2020, algorithm 2"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-16, Range::Above(0.0), "ε, in the state and beside the root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "adabelief",
            keys: &[ADAM_KEYS],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

impl Rule for AdaBelief {
    const STATE_COUNTS: [usize; 2] = [2, 2];

    fn states(&self) -> &'static [&'static str] {
        &["m", "s"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "step", symbol: "η_k", definition: "γ_k/(1 − β_1^{k+1})" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_2^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        vec![
            gamma / (1.0 - power(self.beta1, i)),
            1.0 / (1.0 - power(self.beta2, i)).sqrt(),
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            1.0 - gamma * self.weight_decay,
        ]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let theta = if self.weight_decay > 0.0 { scalars[7] * theta } else { theta };
        states[0] = scalars[2] * states[0] + scalars[3] * g;
        let residual = g - states[0];
        states[1] = scalars[4] * states[1] + scalars[5] * (residual * residual) + scalars[6];
        theta - scalars[0] * states[0] / (scalars[1] * states[1].sqrt() + scalars[6])
    }
}
