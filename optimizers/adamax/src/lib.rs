//! AdaMax: Adam in the maximum norm, as PyTorch defines it.
//!
//! ```text
//! m ← β1 m + (1 − β1) g
//! u ← max(β2 u, |g| + ε)
//! θ ← θ − γ_k/(1 − β1^{k+1}) · m / u
//! ```
//!
//! with g + λθ in place of g.
//!
//! D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2, which has no ε.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<AdaMax>();

settings! {
    /// Hyper-parameters of AdaMax; see the crate documentation.
    pub struct AdaMax("adamax", "AdaMax", "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 2") {
        learning_rate: f64 = 0.002, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the largest gradient";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, added to the size of the gradient";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ added to the gradient";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "without memory it is signSGD",
                with: || json!({"learning_rate": 0.01, "beta1": 0, "beta2": 0, "eps": 1e-12}),
                is: "lion",
                of: || json!({"learning_rate": 0.01, "beta1": 0, "beta2": 0}),
                limit: 1e-6,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "adamax",
            keys: &[ADAM_KEYS],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

impl Rule for AdaMax {
    const STATE_COUNTS: [usize; 2] = [2, 2];

    fn states(&self) -> &'static [&'static str] {
        &["m", "u"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "step", symbol: "η_k", definition: "γ_k/(1 − β_1^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let eta = gamma / (1.0 - power(self.beta1, (step + 1) as f64));
        vec![eta, self.beta1, 1.0 - self.beta1, self.beta2, self.eps, self.weight_decay]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let g = if self.weight_decay > 0.0 { g + scalars[5] * theta } else { g };
        states[0] = scalars[1] * states[0] + scalars[2] * g;
        states[1] = (scalars[3] * states[1]).maximum(g.abs() + scalars[4]);
        theta - scalars[0] * states[0] / states[1]
    }
}
