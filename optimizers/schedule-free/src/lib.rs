//! Schedule-Free SGD and AdamW: gradients are taken between a sequence of steps and its running average, which is what is
//! evaluated.
//!
//! ```text
//! γ_k: the scheduled step size (a warm-up and nothing else, if the name is to be kept);  M ← max(M, γ_k)
//! w = (k+1)^r M^p;  W ← W + w;  c = w/W
//! q = g + λ θ                                                              base: sgd
//! v ← β2 v + (1 − β2) g²;  q = g / (√v/√(1 − β2^{k+1}) + ε) + λ θ          base: adamw
//! θ ← (1 − c) θ + c z + γ_k (β1 (1 − c) − 1) q                             with the old z
//! z ← z − γ_k q
//! x = (θ − (1 − β1) z)/β1                                                  evaluate here
//! ```
//!
//! θ = β1 x + (1 − β1) z is where gradients are taken; z and x start at θ. Statistics of batch normalisation are those of θ and
//! not of x.
//!
//! A. Defazio et al., "The road less scheduled", NeurIPS 2024, algorithm 1 and equations (3) to (5), as the authors' schedulefree
//! stores it. β1 is called momentum in its SGD.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::serde_json::json;
use rule::{Family, HyperError, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<ScheduleFree>();

/// What the averaging is put around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, rule::serde::Serialize, rule::serde::Deserialize)]
#[serde(crate = "rule::serde", rename_all = "snake_case")]
pub enum Base {
    /// The gradient itself.
    Sgd,
    /// The gradient over the root of its mean square.
    Adamw,
}

settings! {
    /// Hyper-parameters of Schedule-Free; see the crate documentation.
    pub struct ScheduleFree("schedule-free", "Schedule-Free", "Defazio et al., The road less scheduled, NeurIPS 2024, algorithm 1") {
        learning_rate: f64 = 0.0025, Range::Above(0.0), "step size γ₀";
        base: Base = Base::Adamw, Range::OneOf(&["sgd", "adamw"]), "what the averaging is put around";
        beta1: f64 = 0.9, Range::Open(0.0, 1.0), "how near to the average gradients are taken";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square (adamw)";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root (adamw)";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ, at θ";
        r: f64 = 0.0, Range::AtLeast(0.0), "power of the step in the weights of the average";
        weight_power: f64 = 2.0, Range::Among(&[0.0, 1.0, 2.0]), "power p of the step size in the weights of the average";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[
            Translation {
                theirs: "schedule-free-sgd",
                keys: &[&[
                    ("lr", "learning_rate"),
                    ("momentum", "beta1"),
                    ("weight_decay", "weight_decay"),
                    ("warmup_steps", "schedule"),
                    ("r", "r"),
                    ("weight_lr_power", "weight_power"),
                ]],
                defaults: || json!({"base": "sgd", "weight_decay": 0.0}),
            },
            Translation {
                theirs: "schedule-free-adamw",
                keys: &[ADAM_KEYS, &[
                    ("warmup_steps", "schedule"),
                    ("r", "r"),
                    ("weight_lr_power", "weight_power"),
                ]],
                defaults: || json!({"base": "adamw", "weight_decay": 0.0}),
            },
        ];

        fn check(&self) -> Result<(), HyperError> {
            let usual = Self::default();
            for (key, value, usual) in [("beta2", self.beta2, usual.beta2), ("eps", self.eps, usual.eps)] {
                let acts = self.base == Base::Adamw || value == usual;
                HyperError::unless(acts, key, value, "with base: sgd nothing else than the default, which has no effect there")?;
            }
            Ok(())
        }
    }
}

impl Rule for ScheduleFree {
    const STATE_COUNTS: [usize; 2] = [1, 2];

    fn states(&self) -> &'static [&'static str] {
        match self.base {
            Base::Sgd => &["z"],
            Base::Adamw => &["z", "v"],
        }
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar {
                    name: "share",
                    symbol: "c_k",
                    definition: "w_k/W_{k+1}, W_{k+1} = W_k + w_k (w_k = (k + 1)^r M_k^p, M_k = max(γ_0, …, γ_k))",
                },
                Scalar { name: "keep", symbol: "1 − c_k", definition: "" },
                Scalar { name: "push", symbol: "b_k", definition: "γ_k (β_1 (1 − c_k) − 1)" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_2^{k+1})" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "power", symbol: "(k + 1)^r", definition: "" },
                Scalar { name: "one", symbol: "1", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let Self { beta1, beta2, eps, weight_decay, r, .. } = *self;
        let root = 1.0 / (1.0 - power(beta2, i)).sqrt();
        vec![
            gamma,
            0.0,
            0.0,
            0.0,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            root,
            eps,
            weight_decay,
            power(i, r),
            1.0,
        ]
    }

    #[inline(always)]
    fn start<N: Number>(&self, theta: N, _g: N, _scalars: &[N], states: &mut [N]) {
        states[0] = theta;
    }

    fn memory(&self) -> &'static [(&'static str, f64)] {
        &[("W", 0.0), ("M", 0.0)]
    }

    fn conclude<N: Number>(&self, _sums: &[N], memory: &mut [N], scalars: &mut [N]) {
        let (gamma, one) = (scalars[0], scalars[12]);
        memory[1] = memory[1].maximum(gamma);
        let weight = (0..self.weight_power as u64).fold(scalars[11], |weight, _| weight * memory[1]);
        memory[0] = memory[0] + weight;
        let share = weight / memory[0];
        scalars[1] = share;
        scalars[2] = one - share;
        scalars[3] = gamma * (scalars[4] * (one - share) - one);
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let mut q = g;
        if self.base == Base::Adamw {
            states[1] = scalars[6] * states[1] + scalars[7] * (g * g);
            q = g / (scalars[8] * states[1].sqrt() + scalars[9]);
        }
        let q = if self.weight_decay > 0.0 { q + scalars[10] * theta } else { q };
        let z = states[0];
        states[0] = z - scalars[0] * q;
        scalars[2] * theta + scalars[1] * z + scalars[3] * q
    }

    fn averages(&self) -> bool {
        true
    }

    #[inline(always)]
    fn evaluated<N: Number>(&self, theta: N, scalars: &[N], states: &[N]) -> N {
        (theta - scalars[5] * states[0]) / scalars[4]
    }
}
