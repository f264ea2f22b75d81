//! Adagrad as PyTorch defines it.
//!
//! ```text
//! g ← g + λ θ
//! G ← G + g²                       (G starts at the initial accumulator)
//! θ ← θ − γ_k/(1 + δ k) · g / (√G + ε)
//! ```
//!
//! J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
//! JMLR 12, 2011, section 1.1 (diagonal form).
//!
//! | parameter | default | range | meaning |
//! | --- | --- | --- | --- |
//! | `learning_rate` | 0.01 | > 0 | γ₀ |
//! | `schedule` | constant | | how γ₀ decays |
//! | `lr_decay` | 0 | ≥ 0 | δ |
//! | `initial_accumulator` | 0 | ≥ 0 | G before the first step |
//! | `eps` | 1e-10 | > 0 | ε |
//! | `weight_decay` | 0 | ≥ 0 | λ |

use rule::{Family, Number, Parameter, Range, Rule, Scalar, Schedule, Settings};
use serde::{Deserialize, Serialize};

/// The catalogue entry.
pub const FAMILY: Family = Family::of::<Adagrad>();

/// Hyper-parameters of Adagrad; see the crate documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Adagrad {
    /// γ₀.
    pub learning_rate: f64,
    /// How γ₀ decays.
    pub schedule: Schedule,
    /// δ.
    pub lr_decay: f64,
    /// G before the first step.
    pub initial_accumulator: f64,
    /// ε.
    pub eps: f64,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            schedule: Schedule::default(),
            lr_decay: 0.0,
            initial_accumulator: 0.0,
            eps: 1e-10,
            weight_decay: 0.0,
        }
    }
}

impl Rule for Adagrad {
    fn states(&self) -> &'static [&'static str] {
        &["G"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "step", symbol: "η_k", definition: "γ_k/(1 + δ k)" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "initial", symbol: "G_0", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let eta = gamma / (1.0 + self.lr_decay * step as f64);
        vec![eta, self.eps, self.weight_decay, self.initial_accumulator]
    }

    #[inline(always)]
    fn start<N: Number>(&self, _theta: N, _g: N, scalars: &[N], states: &mut [N]) {
        states[0] = scalars[3];
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let g = if self.weight_decay > 0.0 { g + scalars[2] * theta } else { g };
        states[0] = states[0] + g * g;
        theta - scalars[0] * g / (states[0].sqrt() + scalars[1])
    }
}

impl Settings for Adagrad {
    const NAME: &'static str = "adagrad";
    const TITLE: &'static str = "Adagrad";
    const REFERENCE: &'static str = "Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and stochastic optimization, JMLR 12, 2011";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { key: "learning_rate", range: Range::Above(0.0), meaning: "step size γ₀" },
        Parameter { key: "schedule", range: Range::Schedule, meaning: "how γ₀ decays" },
        Parameter {
            key: "lr_decay",
            range: Range::AtLeast(0.0),
            meaning: "δ: the step is divided by 1 + δk",
        },
        Parameter {
            key: "initial_accumulator",
            range: Range::AtLeast(0.0),
            meaning: "G before the first step",
        },
        Parameter { key: "eps", range: Range::Above(0.0), meaning: "ε, beside the root" },
        Parameter {
            key: "weight_decay",
            range: Range::AtLeast(0.0),
            meaning: "decay λ added to the gradient",
        },
    ];

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}
