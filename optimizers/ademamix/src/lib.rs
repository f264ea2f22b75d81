//! AdEMAMix: AdamW with a second, slow momentum.
//!
//! ```text
//! m ← β1 m + (1 − β1) g
//! n ← β3 n + (1 − β3) g               β3 and α rise during their warm-ups
//! v ← β2 v + (1 − β2) g²
//! θ ← θ − γ_k [ (m/(1 − β1^{k+1}) + α n) / (√v/√(1 − β2^{k+1}) + ε) + λ θ ]
//! ```
//!
//! With i = k + 1: α_i = α i/T_α for i < T_α. β3 goes from β1 to its value so that the half-life of the memory,
//! f(β) = ln ½ / ln(β + 10⁻⁸) − 1, rises linearly during T_β steps: β3_i = ½^{1/((1 − i/T_β) f(β1) + (i/T_β) f(β3) + 1)}.
//!
//! M. Pagliardini, P. Ablin, D. Grangier, "The AdEMAMix optimizer: better, faster, older", ICLR 2025, algorithm 1 and appendix
//! A.1; the 10⁻⁸ is in the authors' code alone. n has no bias correction, on purpose.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, HyperError, Number, Range, Rule, Scalar, logarithm, power, settings};
use std::f64::consts::LN_2;

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<AdEmaMix>();

settings! {
    /// Hyper-parameters of AdEMAMix; see the crate documentation.
    pub struct AdEmaMix(
        "ademamix",
        "AdEMAMix",
        "Pagliardini, Ablin, Grangier, The AdEMAMix optimizer: better, faster, older, ICLR 2025, algorithm 1"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the fast mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        beta3: f64 = 0.9999, Range::Open(0.0, 1.0), "memory of the slow mean";
        alpha: f64 = 2.0, Range::AtLeast(0.0), "weight of the slow mean";
        alpha_warmup: u64 = 0, Range::Whole(0), "steps T_α in which α rises from 0; 0 for none";
        beta3_warmup: u64 = 0, Range::Whole(0), "steps T_β in which β₃ rises from β₁; 0 for none";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with α = 0 it is AdamW",
                with: || json!({"learning_rate": 0.01, "alpha": 0, "weight_decay": 0.1}),
                is: "adam",
                of: || json!({"learning_rate": 0.01, "weight_decay": 0.1, "decay": "decoupled"}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "ademamix",
            keys: &[ADAM_KEYS, &[
                ("beta3", "beta3"),
                ("alpha", "alpha"),
                ("alpha_warmup", "alpha_warmup"),
                ("beta3_warmup", "beta3_warmup"),
            ]],
            defaults: || json!({"weight_decay": 0.0}),
        }];

        fn check(&self) -> Result<(), HyperError> {
            let warms = self.beta3_warmup == 0 || self.beta3 + 1e-8 < 1.0;
            HyperError::unless(warms, "beta3", self.beta3, "with a beta3_warmup a number below 1 − 10⁻⁸")
        }
    }
}

/// The half-life of a memory, less one step.
fn half_life(beta: f64) -> f64 {
    -LN_2 / logarithm(beta + 1e-8) - 1.0
}

impl AdEmaMix {
    /// α of step `i`, counted from 1.
    fn alpha_at(&self, i: u64) -> f64 {
        if i < self.alpha_warmup { self.alpha * i as f64 / self.alpha_warmup as f64 } else { self.alpha }
    }

    /// β₃ of step `i`, counted from 1.
    fn beta3_at(&self, i: u64) -> f64 {
        if i >= self.beta3_warmup {
            return self.beta3;
        }
        let share = i as f64 / self.beta3_warmup as f64;
        let life = (1.0 - share) * half_life(self.beta1) + share * half_life(self.beta3);
        power(0.5, 1.0 / (life + 1.0))
    }
}

impl Rule for AdEmaMix {
    const STATE_COUNTS: [usize; 2] = [3, 3];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v", "n"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "mean", symbol: "a_k", definition: "1/(1 − β_1^{k+1})" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_2^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "beta3", symbol: "β_{3 k}", definition: "" },
                Scalar { name: "rest3", symbol: "1 − β_{3 k}", definition: "" },
                Scalar { name: "alpha", symbol: "α_k", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = step + 1;
        let beta3 = self.beta3_at(i);
        vec![
            1.0 / (1.0 - power(self.beta1, i as f64)),
            1.0 / (1.0 - power(self.beta2, i as f64)).sqrt(),
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            beta3,
            1.0 - beta3,
            self.alpha_at(i),
            self.eps,
            gamma,
            self.weight_decay,
        ]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        states[0] = scalars[2] * states[0] + scalars[3] * g;
        states[1] = scalars[4] * states[1] + scalars[5] * (g * g);
        states[2] = scalars[6] * states[2] + scalars[7] * g;
        let mixed = scalars[0] * states[0] + scalars[8] * states[2];
        let direction = mixed / (scalars[1] * states[1].sqrt() + scalars[9]);
        let direction = if self.weight_decay > 0.0 { direction + scalars[11] * theta } else { direction };
        theta - scalars[10] * direction
    }
}
