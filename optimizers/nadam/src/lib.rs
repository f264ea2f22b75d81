//! NAdam: Adam with Nesterov's momentum, as PyTorch defines it.
//!
//! ```text
//! μ_k = β1 (1 − ½ · 0.96^{kψ}),  P ← P μ_{k+1}   (P starts at 1)
//! m ← β1 m + (1 − β1) g
//! v ← β2 v + (1 − β2) g²
//! θ ← θ − γ_k [ (1 − μ_{k+1})/(1 − P) g + μ_{k+2}/(1 − P μ_{k+2}) m ] / (√v/√(1 − β2^{k+1}) + ε)
//! ```
//!
//! with g + λθ in place of g (`decay: coupled`) or θ shrunk by γ_k λ first (`decay: decoupled`, NAdamW).
//!
//! T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, algorithm 2 with the schedule of its section 3; the 0.96 is
//! fixed there as here.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Decay, Family, HyperError, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<NAdam>();

settings! {
    /// Hyper-parameters of NAdam; see the crate documentation.
    pub struct NAdam("nadam", "NAdam", "Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016, algorithm 2") {
        learning_rate: f64 = 0.002, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        momentum_decay: f64 = 0.004, Range::AtLeast(0.0), "ψ: how fast the momentum rises to β₁";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ";
        decay: Decay = Decay::Coupled, Range::OneOf(&["coupled", "decoupled"]),
            "whether λ acts on the gradient or on the parameter";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with β₁ = 0 it is Adam with β₁ = 0",
                with: || json!({"learning_rate": 0.01, "beta1": 0}),
                is: "adam",
                of: || json!({"learning_rate": 0.01, "beta1": 0}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "nadam",
            keys: &[ADAM_KEYS, &[
                ("momentum_decay", "momentum_decay"),
                ("decoupled_weight_decay", "decay"),
            ]],
            defaults: || json!({"weight_decay": 0.0, "decay": "coupled"}),
        }];

        fn check(&self) -> Result<(), HyperError> {
            self.decay.check(self.weight_decay)
        }
    }
}

impl NAdam {
    /// μ of step `i`, counted from 1.
    fn momentum(&self, i: f64) -> f64 {
        self.beta1 * (1.0 - 0.5 * power(0.96, i * self.momentum_decay))
    }
}

impl Rule for NAdam {
    const STATE_COUNTS: [usize; 2] = [2, 2];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "now", symbol: "a_k", definition: "γ_k (1 − μ_{k+1})/(1 − P_{k+1})" },
                Scalar { name: "next", symbol: "b_k", definition: "γ_k μ_{k+2}/(1 − P_{k+1} μ_{k+2})" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_2^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
                Scalar { name: "mu", symbol: "μ_{k+1}", definition: "" },
                Scalar { name: "mu_next", symbol: "μ_{k+2}", definition: "" },
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "one", symbol: "1", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let root = 1.0 / (1.0 - power(self.beta2, i)).sqrt();
        vec![
            0.0,
            0.0,
            root,
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            self.weight_decay,
            1.0 - gamma * self.weight_decay,
            self.momentum(i),
            self.momentum(i + 1.0),
            gamma,
            1.0,
        ]
    }

    fn memory(&self) -> &'static [(&'static str, f64)] {
        &[("P", 1.0)]
    }

    fn conclude<N: Number>(&self, _sums: &[N], memory: &mut [N], scalars: &mut [N]) {
        let (mu, next, gamma, one) = (scalars[10], scalars[11], scalars[12], scalars[13]);
        memory[0] = memory[0] * mu;
        scalars[0] = gamma * ((one - mu) / (one - memory[0]));
        scalars[1] = gamma * (next / (one - memory[0] * next));
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let decays = self.weight_decay > 0.0;
        let g = if decays && self.decay == Decay::Coupled { g + scalars[8] * theta } else { g };
        let theta = if decays && self.decay == Decay::Decoupled { scalars[9] * theta } else { theta };
        states[0] = scalars[3] * states[0] + scalars[4] * g;
        states[1] = scalars[5] * states[1] + scalars[6] * (g * g);
        theta - (scalars[0] * g + scalars[1] * states[0]) / (scalars[2] * states[1].sqrt() + scalars[7])
    }
}
