//! RAdam: Adam whose adaptive step waits until the variance of its square is known, as PyTorch defines it.
//!
//! ```text
//! m ← β1 m + (1 − β1) g
//! v ← β2 v + (1 − β2) g²
//! ρ_k = ρ_∞ − 2 (k+1) β2^{k+1}/(1 − β2^{k+1}),  ρ_∞ = 2/(1 − β2) − 1
//! ρ_k > 5:    θ ← θ − γ_k/(1 − β1^{k+1}) · r_k √(1 − β2^{k+1}) m / (√v + ε)
//!             r_k = √( (ρ_k − 4)(ρ_k − 2) ρ_∞ / ((ρ_∞ − 4)(ρ_∞ − 2) ρ_k) )
//! otherwise:  θ ← θ − γ_k/(1 − β1^{k+1}) · m
//! ```
//!
//! with g + λθ in place of g (`decay: coupled`) or θ shrunk by γ_k λ first (`decay: decoupled`).
//!
//! L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020, algorithm 2. The paper switches at
//! ρ > 4, PyTorch at 5; ε is beside the uncorrected root.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Decay, Family, HyperError, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<RAdam>();

settings! {
    /// Hyper-parameters of RAdam; see the crate documentation.
    pub struct RAdam(
        "radam",
        "RAdam",
        "Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020, algorithm 2"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the uncorrected root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ";
        decay: Decay = Decay::Coupled, Range::OneOf(&["coupled", "decoupled"]),
            "whether λ acts on the gradient or on the parameter";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "without memory it is SGD",
                with: || json!({"learning_rate": 0.01, "beta1": 0, "beta2": 0}),
                is: "sgd",
                of: || json!({"learning_rate": 0.01}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "radam",
            keys: &[ADAM_KEYS, &[("decoupled_weight_decay", "decay")]],
            defaults: || json!({"weight_decay": 0.0, "decay": "coupled"}),
        }];

        fn check(&self) -> Result<(), HyperError> {
            self.decay.check(self.weight_decay)
        }
    }
}

impl RAdam {
    /// The factor r√(1 − β₂ⁱ) of step `i`, counted from 1; none before the variance is known.
    fn rectification(&self, i: f64) -> Option<f64> {
        let memory = power(self.beta2, i);
        let limit = 2.0 / (1.0 - self.beta2) - 1.0;
        let rho = limit - 2.0 * i * memory / (1.0 - memory);
        let square = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
        (rho > 5.0).then(|| square.sqrt() * (1.0 - memory).sqrt())
    }
}

impl Rule for RAdam {
    const STATE_COUNTS: [usize; 2] = [2, 2];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar {
                    name: "step",
                    symbol: "η_k",
                    definition: "γ_k r_k √(1 − β_2^{k+1})/(1 − β_1^{k+1}) (r_k √(1 − β_2^{k+1}) = 1 while ρ_k is at most 5)",
                },
                Scalar { name: "adapts", symbol: "a_k", definition: "1 (0 while ρ_k is at most 5)" },
                Scalar { name: "floor", symbol: "ε_k", definition: "ε (1 while ρ_k is at most 5)" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let rectified = self.rectification(i);
        let (adapts, floor) = if rectified.is_some() { (1.0, self.eps) } else { (0.0, 1.0) };
        vec![
            gamma * rectified.unwrap_or(1.0) / (1.0 - power(self.beta1, i)),
            adapts,
            floor,
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.weight_decay,
            1.0 - gamma * self.weight_decay,
        ]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let decays = self.weight_decay > 0.0;
        let g = if decays && self.decay == Decay::Coupled { g + scalars[7] * theta } else { g };
        let theta = if decays && self.decay == Decay::Decoupled { scalars[8] * theta } else { theta };
        states[0] = scalars[3] * states[0] + scalars[4] * g;
        states[1] = scalars[5] * states[1] + scalars[6] * (g * g);
        theta - scalars[0] * states[0] / (scalars[1] * states[1].sqrt() + scalars[2])
    }
}
