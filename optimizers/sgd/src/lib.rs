//! Stochastic gradient descent, with heavy-ball or Nesterov momentum as PyTorch defines them.
//!
//! ```text
//! g ← g + λ θ
//! m ← μ m + (1 − d) g      (first step: m = g)
//! θ ← θ − γ_k m            (Nesterov: θ − γ_k (g + μ m))
//! ```
//!
//! H. Robbins, S. Monro, "A stochastic approximation method", Ann. Math. Stat. 22, 1951; B. Polyak, "Some methods of
//! speeding up the convergence of iteration methods", 1964; I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the
//! importance of initialization and momentum in deep learning", ICML 2013.
//!
//! | parameter | default | range | meaning |
//! | --- | --- | --- | --- |
//! | `learning_rate` | 0.01 | > 0 | γ₀ |
//! | `schedule` | constant | | how γ₀ decays |
//! | `momentum` | 0 | [0, 1) | μ; 0 keeps no state |
//! | `dampening` | 0 | [0, 1) | d; needs momentum |
//! | `nesterov` | false | | needs momentum and no dampening |
//! | `weight_decay` | 0 | ≥ 0 | λ |

use rule::{Family, HyperError, Number, Parameter, Range, Rule, Scalar, Schedule, Settings};
use serde::{Deserialize, Serialize};

/// The catalogue entry.
pub const FAMILY: Family = Family::of::<Sgd>();

/// Hyper-parameters of SGD; see the crate documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sgd {
    /// γ₀.
    pub learning_rate: f64,
    /// How γ₀ decays.
    pub schedule: Schedule,
    /// μ.
    pub momentum: f64,
    /// d.
    pub dampening: f64,
    /// Nesterov's variant.
    pub nesterov: bool,
    /// λ.
    pub weight_decay: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self {
            learning_rate: 0.01,
            schedule: Schedule::default(),
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        }
    }
}

impl Rule for Sgd {
    fn states(&self) -> &'static [&'static str] {
        if self.momentum > 0.0 { &["m"] } else { &[] }
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "mu", symbol: "μ", definition: "" },
                Scalar { name: "gain", symbol: "1 − d", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        // The first buffer is the whole gradient, dampening or not.
        let gain = if step == 0 { 1.0 } else { 1.0 - self.dampening };
        vec![gamma, self.momentum, gain, self.weight_decay]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let (gamma, mu, gain, lambda) = (scalars[0], scalars[1], scalars[2], scalars[3]);
        let g = if self.weight_decay == 0.0 { g } else { g + lambda * theta };
        if self.momentum == 0.0 {
            return theta - gamma * g;
        }
        let kept = mu * states[0];
        states[0] = if self.dampening == 0.0 { kept + g } else { kept + gain * g };
        let direction = if self.nesterov { g + mu * states[0] } else { states[0] };
        theta - gamma * direction
    }
}

impl Settings for Sgd {
    const NAME: &'static str = "sgd";
    const TITLE: &'static str = "SGD";
    const REFERENCE: &'static str = "Robbins, Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951; momentum: Polyak 1964, Sutskever et al. 2013";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { key: "learning_rate", range: Range::Above(0.0), meaning: "step size γ₀" },
        Parameter { key: "schedule", range: Range::Schedule, meaning: "how γ₀ decays" },
        Parameter {
            key: "momentum",
            range: Range::HalfOpen(0.0, 1.0),
            meaning: "momentum μ; 0 keeps no state",
        },
        Parameter {
            key: "dampening",
            range: Range::HalfOpen(0.0, 1.0),
            meaning: "dampening d of the gradient",
        },
        Parameter { key: "nesterov", range: Range::Flag, meaning: "Nesterov's variant" },
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

    fn check(&self) -> Result<(), HyperError> {
        let usable = !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0);
        HyperError::unless(usable, "nesterov", self.nesterov, "true only with momentum > 0 and dampening 0")?;
        let acts = self.dampening == 0.0 || self.momentum > 0.0;
        HyperError::unless(acts, "dampening", self.dampening, "other than 0 only with momentum > 0")
    }
}
