//! Adam, AdamW and AMSGrad as PyTorch defines them.
//!
//! ```text
//! m ← β1 m + (1 − β1) g
//! v ← β2 v + (1 − β2) g²           AMSGrad: v̂ ← max(v̂, v)
//! θ ← θ − γ_k/(1 − β1^{k+1}) · m / (√v/√(1 − β2^{k+1}) + ε)
//! ```
//!
//! with g + λθ in place of g (`decay: coupled`) or θ shrunk by γ_k λ first (`decay: decoupled`, AdamW).
//!
//! D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; S. Reddi, S. Kale, S. Kumar,
//! "On the convergence of Adam and beyond", ICLR 2018; I. Loshchilov, F. Hutter, "Decoupled weight decay
//! regularization", ICLR 2019.
//!
//! | parameter | default | range | meaning |
//! | --- | --- | --- | --- |
//! | `learning_rate` | 0.001 | > 0 | γ₀ |
//! | `schedule` | constant | | how γ₀ decays |
//! | `beta1` | 0.9 | [0, 1) | memory of the mean |
//! | `beta2` | 0.999 | [0, 1) | memory of the square |
//! | `eps` | 1e-8 | > 0 | ε |
//! | `amsgrad` | false | | keep the largest v: a third state |
//! | `weight_decay` | 0 | ≥ 0 | λ |
//! | `decay` | coupled | coupled, decoupled | where λ acts; decoupled needs it > 0 |

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::{Value, json};
use rule::{Decay, Family, HyperError, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Adam>();

settings! {
    /// Hyper-parameters of Adam; see the crate documentation.
    pub struct Adam(
        "adam",
        "Adam",
        "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1; AMSGrad: Reddi et al. 2018; AdamW: Loshchilov, Hutter 2019"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        amsgrad: bool = false, Range::Flag, "divide by the largest square so far";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ";
        decay: Decay = Decay::Coupled, Range::OneOf(&["coupled", "decoupled"]),
            "whether λ acts on the gradient or on the parameter (AdamW)";
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
        const TRANSLATIONS: &'static [Translation] = &[
            Translation { theirs: "adam", keys: KEYS, defaults: || defaults(0.0, "coupled") },
            Translation { theirs: "adamw", keys: KEYS, defaults: || defaults(0.01, "decoupled") },
        ];

        fn check(&self) -> Result<(), HyperError> {
            self.decay.check(self.weight_decay)
        }
    }
}

const KEYS: &[&[(&str, &str)]] = &[ADAM_KEYS, &[("amsgrad", "amsgrad")]];

fn defaults(weight_decay: f64, decay: &str) -> Value {
    json!({"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": weight_decay,
        "decay": decay, "amsgrad": false})
}

impl Rule for Adam {
    const STATE_COUNTS: [usize; 2] = [2, 3];

    fn states(&self) -> &'static [&'static str] {
        if self.amsgrad { &["m", "v", "v_hat"] } else { &["m", "v"] }
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
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let t = (step + 1) as f64;
        let (bias1, bias2) = (1.0 - power(self.beta1, t), 1.0 - power(self.beta2, t));
        vec![
            gamma / bias1,
            1.0 / bias2.sqrt(),
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            self.weight_decay,
            1.0 - gamma * self.weight_decay,
        ]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let decays = self.weight_decay > 0.0;
        let g = if decays && self.decay == Decay::Coupled { g + scalars[7] * theta } else { g };
        let theta = if decays && self.decay == Decay::Decoupled { scalars[8] * theta } else { theta };
        states[0] = scalars[2] * states[0] + scalars[3] * g;
        states[1] = scalars[4] * states[1] + scalars[5] * (g * g);
        let square = if self.amsgrad {
            states[2] = states[2].maximum(states[1]);
            states[2]
        } else {
            states[1]
        };
        theta - scalars[0] * states[0] / (scalars[1] * square.sqrt() + scalars[6])
    }
}
