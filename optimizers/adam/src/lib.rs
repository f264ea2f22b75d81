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

use rule::{Family, HyperError, Number, Parameter, Range, Rule, Scalar, Schedule, Settings, power};
use serde::{Deserialize, Serialize};

/// The catalogue entry.
pub const FAMILY: Family = Family::of::<Adam>();

/// Where weight decay acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// Added to the gradient.
    Coupled,
    /// Shrinks the parameter directly (AdamW).
    Decoupled,
}

/// Hyper-parameters of Adam; see the crate documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adam {
    /// γ₀.
    pub learning_rate: f64,
    /// How γ₀ decays.
    pub schedule: Schedule,
    /// Memory of the mean.
    pub beta1: f64,
    /// Memory of the square.
    pub beta2: f64,
    /// ε.
    pub eps: f64,
    /// AMSGrad.
    pub amsgrad: bool,
    /// λ.
    pub weight_decay: f64,
    /// Where λ acts.
    pub decay: Decay,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            learning_rate: 0.001,
            schedule: Schedule::default(),
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            amsgrad: false,
            weight_decay: 0.0,
            decay: Decay::Coupled,
        }
    }
}

impl Rule for Adam {
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

impl Settings for Adam {
    const NAME: &'static str = "adam";
    const TITLE: &'static str = "Adam";
    const REFERENCE: &'static str = "Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1; AMSGrad: Reddi et al. 2018; AdamW: Loshchilov, Hutter 2019";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { key: "learning_rate", range: Range::Above(0.0), meaning: "step size γ₀" },
        Parameter { key: "schedule", range: Range::Schedule, meaning: "how γ₀ decays" },
        Parameter { key: "beta1", range: Range::HalfOpen(0.0, 1.0), meaning: "memory of the mean" },
        Parameter { key: "beta2", range: Range::HalfOpen(0.0, 1.0), meaning: "memory of the square" },
        Parameter { key: "eps", range: Range::Above(0.0), meaning: "ε, beside the root" },
        Parameter { key: "amsgrad", range: Range::Flag, meaning: "divide by the largest square so far" },
        Parameter { key: "weight_decay", range: Range::AtLeast(0.0), meaning: "decay λ" },
        Parameter {
            key: "decay",
            range: Range::OneOf(&["coupled", "decoupled"]),
            meaning: "whether λ acts on the gradient or on the parameter (AdamW)",
        },
    ];

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn check(&self) -> Result<(), HyperError> {
        let acts = self.decay == Decay::Coupled || self.weight_decay > 0.0;
        HyperError::unless(acts, "decay", "decoupled", "coupled, or decoupled with weight_decay > 0")
    }
}
