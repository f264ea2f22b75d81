//! Adan: Adam with Nesterov's momentum written with differences of gradients.
//!
//! ```text
//! δ = g − p,  p ← g                    (δ = 0 at the first step)
//! m ← β1 m + (1 − β1) g
//! d ← β2 d + (1 − β2) δ
//! n ← β3 n + (1 − β3) (g + β2 δ)²
//! θ ← ( θ − γ_k ( m/(1 − β1^{k+1}) + β2 d/(1 − β2^{k+1}) ) / (√n/√(1 − β3^{k+1}) + ε) ) / (1 + γ_k λ)
//! ```
//!
//! X. Xie et al., "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models", TPAMI 2024, algorithm 1. The
//! betas are those of the authors' code, one minus the paper's; the moments start at 0 with bias corrections as there.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Adan>();

settings! {
    /// Hyper-parameters of Adan; see the crate documentation.
    pub struct Adan(
        "adan",
        "Adan",
        "Xie et al., Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models, TPAMI 2024, algorithm 1"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.98, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.92, Range::HalfOpen(0.0, 1.0), "memory of the differences";
        beta3: f64 = 0.99, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "proximal decay λ";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with β₂ = 0 it is Adam with β₃ for the square",
                with: || json!({"learning_rate": 0.01, "beta1": 0.9, "beta2": 0, "beta3": 0.999}),
                is: "adam",
                of: || json!({"learning_rate": 0.01}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "adan",
            keys: &[ADAM_KEYS, &[("beta3", "beta3")]],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

impl Rule for Adan {
    const STATE_COUNTS: [usize; 2] = [4, 4];

    fn states(&self) -> &'static [&'static str] {
        &["m", "d", "n", "p"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "mean", symbol: "a_k", definition: "γ_k/(1 − β_1^{k+1})" },
                Scalar { name: "ahead", symbol: "b_k", definition: "γ_k β_2/(1 − β_2^{k+1})" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_3^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "beta3", symbol: "β_3", definition: "" },
                Scalar { name: "rest3", symbol: "1 − β_3", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "shrink", symbol: "1 + γ_k λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let Self { beta1, beta2, beta3, .. } = *self;
        vec![
            gamma / (1.0 - power(beta1, i)),
            gamma * beta2 / (1.0 - power(beta2, i)),
            1.0 / (1.0 - power(beta3, i)).sqrt(),
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            beta3,
            1.0 - beta3,
            self.eps,
            1.0 + gamma * self.weight_decay,
        ]
    }

    #[inline(always)]
    fn start<N: Number>(&self, _theta: N, g: N, _scalars: &[N], states: &mut [N]) {
        states[3] = g;
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let difference = g - states[3];
        states[3] = g;
        states[0] = scalars[3] * states[0] + scalars[4] * g;
        states[1] = scalars[5] * states[1] + scalars[6] * difference;
        let ahead = g + scalars[5] * difference;
        states[2] = scalars[7] * states[2] + scalars[8] * (ahead * ahead);
        let direction = scalars[0] * states[0] + scalars[1] * states[1];
        let moved = theta - direction / (scalars[2] * states[2].sqrt() + scalars[9]);
        if self.weight_decay > 0.0 { moved / scalars[10] } else { moved }
    }
}
