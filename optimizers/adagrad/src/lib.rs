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

use rule::conformance::Translation;
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Adagrad>();

settings! {
    /// Hyper-parameters of Adagrad; see the crate documentation.
    pub struct Adagrad(
        "adagrad",
        "Adagrad",
        "Duchi, Hazan, Singer, Adaptive subgradient methods for online learning and stochastic optimization, JMLR 12, 2011"
    ) {
        learning_rate: f64 = 0.01, Range::Above(0.0), "step size γ₀";
        lr_decay: f64 = 0.0, Range::AtLeast(0.0), "δ: the step is divided by 1 + δk";
        initial_accumulator: f64 = 0.0, Range::AtLeast(0.0), "G before the first step";
        eps: f64 = 1e-10, Range::Above(0.0), "ε, beside the root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ added to the gradient";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "adagrad",
            keys: &[&[
                ("lr", "learning_rate"),
                ("lr_decay", "lr_decay"),
                ("weight_decay", "weight_decay"),
                ("initial_accumulator_value", "initial_accumulator"),
                ("eps", "eps"),
            ]],
            defaults: || json!({"learning_rate": 0.01, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator": 0.0, "eps": 1e-10}),
        }];
    }
}

impl Rule for Adagrad {
    const STATE_COUNTS: [usize; 2] = [1, 1];

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
