//! Cautious AdamW: AdamW that leaves out the steps that go up the gradient at hand.
//!
//! ```text
//! θ ← (1 − γ_k λ) θ
//! m ← β1 m + (1 − β1) g
//! v ← β2 v + (1 − β2) g²
//! q = 1 where m g > 0, else 0;  q ← q / max(mean q, 10⁻³)       mean over the tensor
//! θ ← θ − γ_k √(1 − β2^{k+1})/(1 − β1^{k+1}) · q m / (√v + ε)
//! ```
//!
//! K. Liang, L. Chen, B. Liu, Q. Liu, "Cautious optimizers: improving training with one line of code", arXiv 2411.16085, 2024,
//! algorithm 2, with the scaling of the authors' code since then (the paper's divides by the count and one more). ε is beside
//! the uncorrected root.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, Scope, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Cautious>();

settings! {
    /// Hyper-parameters of cautious AdamW; see the crate documentation.
    pub struct Cautious(
        "cautious",
        "Cautious AdamW",
        "Liang, Chen, Liu, Liu, Cautious optimizers: improving training with one line of code, arXiv 2411.16085, 2024, algorithm 2"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-6, Range::Above(0.0), "ε, beside the uncorrected root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "cautious-adamw",
            keys: &[ADAM_KEYS],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

impl Rule for Cautious {
    const STATE_COUNTS: [usize; 2] = [2, 2];
    const SUMS: &'static [Scalar] = &[
        Scalar { name: "kept", symbol: "S_k", definition: "" },
        Scalar { name: "count", symbol: "N", definition: "" },
    ];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar {
                    name: "step",
                    symbol: "η_k",
                    definition: "γ_k √(1 − β_2^{k+1})/((1 − β_1^{k+1}) max(10^{−3}, S_k/N))",
                },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
                Scalar { name: "one", symbol: "1", definition: "" },
                Scalar { name: "least", symbol: "10^{−3}", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let eta = gamma * (1.0 - power(self.beta2, i)).sqrt() / (1.0 - power(self.beta1, i));
        let Self { beta1, beta2, eps, weight_decay, .. } = *self;
        vec![eta, beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps, 1.0 - gamma * weight_decay, 1.0, 1e-3]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    #[inline(always)]
    fn terms<N: Number>(&self, _theta: N, g: N, scalars: &[N], states: &[N], terms: &mut [N]) {
        let m = scalars[1] * states[0] + scalars[2] * g;
        terms[0] = (m * g).positive();
        terms[1] = scalars[7];
    }

    fn conclude<N: Number>(&self, sums: &[N], _memory: &mut [N], scalars: &mut [N]) {
        scalars[0] = scalars[0] / scalars[8].maximum(sums[0] / sums[1]);
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let theta = if self.weight_decay > 0.0 { scalars[6] * theta } else { theta };
        states[0] = scalars[1] * states[0] + scalars[2] * g;
        states[1] = scalars[3] * states[1] + scalars[4] * (g * g);
        let kept = (states[0] * g).positive() * states[0];
        theta - scalars[0] * kept / (states[1].sqrt() + scalars[5])
    }
}
