//! RMSprop as PyTorch defines it, plain or centred, with or without momentum.
//!
//! ```text
//! v ← α v + (1 − α) g²
//! b ← μ b + g / (√v + ε)       without momentum b is the fraction itself
//! θ ← θ − γ_k b
//! ```
//!
//! with g + λθ in place of g. Centred, v is the square about the mean a, which PyTorch takes as a difference of two averages
//! (v − a²), and this from the equivalent recursion that loses no digits and cannot become negative:
//!
//! ```text
//! v ← α (v + (1 − α) (g − a)²)
//! a ← α a + (1 − α) g
//! ```
//!
//! T. Tieleman, G. Hinton, lecture 6.5 of "Neural networks for machine learning", 2012; centred: A. Graves, "Generating
//! sequences with recurrent neural networks", arXiv 1308.0850, 2013, equations (38) to (45). PyTorch has ε beside the root,
//! TensorFlow inside.

use rule::conformance::{Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<RmsProp>();

settings! {
    /// Hyper-parameters of RMSprop; see the crate documentation.
    pub struct RmsProp(
        "rmsprop",
        "RMSprop",
        "Tieleman, Hinton, Neural networks for machine learning, lecture 6.5, 2012; centred: Graves, arXiv 1308.0850, 2013, eqs. (38) to (45)"
    ) {
        learning_rate: f64 = 0.01, Range::Above(0.0), "step size γ₀";
        alpha: f64 = 0.99, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        momentum: f64 = 0.0, Range::HalfOpen(0.0, 1.0), "momentum μ; 0 keeps no state for it";
        centered: bool = false, Range::Flag, "subtract the square of the mean gradient under the root";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ added to the gradient";
    }
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "without memory it is signSGD",
                with: || json!({"learning_rate": 0.01, "alpha": 0, "eps": 1e-12}),
                is: "lion",
                of: || json!({"learning_rate": 0.01, "beta1": 0, "beta2": 0}),
                limit: 1e-6,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "rmsprop",
            keys: &[&[
                ("lr", "learning_rate"),
                ("alpha", "alpha"),
                ("eps", "eps"),
                ("momentum", "momentum"),
                ("centered", "centered"),
                ("weight_decay", "weight_decay"),
            ]],
            defaults: || json!({"learning_rate": 0.01, "alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": false}),
        }];
    }
}

impl Rule for RmsProp {
    const STATE_COUNTS: [usize; 2] = [1, 3];

    fn states(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum > 0.0) {
            (false, false) => &["v"],
            (false, true) => &["v", "b"],
            (true, false) => &["v", "a"],
            (true, true) => &["v", "a", "b"],
        }
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "alpha", symbol: "α", definition: "" },
                Scalar { name: "rest", symbol: "1 − α", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "mu", symbol: "μ", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, _step: u64, gamma: f64) -> Vec<f64> {
        vec![gamma, self.alpha, 1.0 - self.alpha, self.eps, self.momentum, self.weight_decay]
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let (gamma, alpha, rest, eps) = (scalars[0], scalars[1], scalars[2], scalars[3]);
        let g = if self.weight_decay > 0.0 { g + scalars[5] * theta } else { g };
        if self.centered {
            let residual = g - states[1];
            states[0] = alpha * (states[0] + rest * (residual * residual));
            states[1] = alpha * states[1] + rest * g;
        } else {
            states[0] = alpha * states[0] + rest * (g * g);
        }
        let u = g / (states[0].sqrt() + eps);
        if self.momentum == 0.0 {
            return theta - gamma * u;
        }
        let last = if self.centered { 2 } else { 1 };
        states[last] = scalars[4] * states[last] + u;
        theta - gamma * states[last]
    }
}
