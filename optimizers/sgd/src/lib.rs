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

use rule::conformance::Translation;
use rule::serde_json::json;
use rule::{Family, HyperError, Number, Range, Rule, Scalar, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Sgd>();

settings! {
    /// Hyper-parameters of SGD; see the crate documentation.
    pub struct Sgd(
        "sgd",
        "SGD",
        "Robbins, Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951; momentum: Polyak 1964, Sutskever et al. 2013"
    ) {
        learning_rate: f64 = 0.01, Range::Above(0.0), "step size γ₀";
        momentum: f64 = 0.0, Range::HalfOpen(0.0, 1.0), "momentum μ; 0 keeps no state";
        dampening: f64 = 0.0, Range::HalfOpen(0.0, 1.0), "dampening d of the gradient";
        nesterov: bool = false, Range::Flag, "Nesterov's variant";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ added to the gradient";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "sgd",
            keys: &[&[
                ("lr", "learning_rate"),
                ("momentum", "momentum"),
                ("dampening", "dampening"),
                ("weight_decay", "weight_decay"),
                ("nesterov", "nesterov"),
            ]],
            defaults: || json!({"learning_rate": 0.001, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": false}),
        }];

        fn check(&self) -> Result<(), HyperError> {
            let usable = !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0);
            HyperError::unless(usable, "nesterov", self.nesterov, "true only with momentum > 0 and dampening 0")?;
            let acts = self.dampening == 0.0 || self.momentum > 0.0;
            HyperError::unless(acts, "dampening", self.dampening, "other than 0 only with momentum > 0")
        }
    }
}

impl Rule for Sgd {
    const STATE_COUNTS: [usize; 2] = [0, 1];

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
