//! MARS in AdamW's form: the gradient is corrected by its last change, and clipped tensor by tensor.
//!
//! ```text
//! c = g + ζ β1/(1 − β1) (g − p),  p ← g        (p starts at 0)
//! c ← c / max(1, ‖c‖₂)                          norm of the tensor
//! m ← β1 m + (1 − β1) c
//! v ← β2 v + (1 − β2) c²
//! θ ← θ − γ_k [ m/(1 − β1^{k+1}) / (√v/√(1 − β2^{k+1}) + ε) + λ θ ]
//! ```
//!
//! H. Yuan, Y. Liu, S. Wu, X. Zhou, Q. Gu, "MARS: unleashing the power of variance reduction for training large models", ICML
//! 2025, algorithm 1 in its approximate version (p is the last step's gradient on the last batch), for every tensor: the
//! authors' code with `optimize_1d`.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, Scope, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Mars>();

settings! {
    /// Hyper-parameters of MARS; see the crate documentation.
    pub struct Mars(
        "mars",
        "MARS",
        "Yuan, Liu, Wu, Zhou, Gu, MARS: unleashing the power of variance reduction for training large models, ICML 2025, algorithm 1"
    ) {
        learning_rate: f64 = 0.003, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.95, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.99, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        zeta: f64 = 0.025, Range::AtLeast(0.0), "ζ: weight of the correction (`gamma` in the authors' code)";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
    }
    {
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "mars",
            keys: &[ADAM_KEYS, &[("gamma", "zeta")]],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

impl Mars {
    #[inline(always)]
    fn corrected<N: Number>(g: N, scalars: &[N], states: &[N]) -> N {
        g + scalars[9] * (g - states[2])
    }
}

impl Rule for Mars {
    const STATE_COUNTS: [usize; 2] = [3, 3];
    const SUMS: &'static [Scalar] = &[Scalar { name: "square", symbol: "S_k", definition: "" }];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v", "p"]
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
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "zeta", symbol: "c", definition: "ζ β_1/(1 − β_1)" },
                Scalar { name: "clip", symbol: "s_k", definition: "max(1, √(S_k))" },
                Scalar { name: "one", symbol: "1", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        vec![
            1.0 / (1.0 - power(self.beta1, i)),
            1.0 / (1.0 - power(self.beta2, i)).sqrt(),
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            gamma,
            self.weight_decay,
            self.zeta * self.beta1 / (1.0 - self.beta1),
            1.0,
            1.0,
        ]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    #[inline(always)]
    fn terms<N: Number>(&self, _theta: N, g: N, scalars: &[N], states: &[N], terms: &mut [N]) {
        let c = Self::corrected(g, scalars, states);
        terms[0] = c * c;
    }

    fn conclude<N: Number>(&self, sums: &[N], _memory: &mut [N], scalars: &mut [N]) {
        scalars[10] = scalars[11].maximum(sums[0].sqrt());
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let c = Self::corrected(g, scalars, states) / scalars[10];
        states[2] = g;
        states[0] = scalars[2] * states[0] + scalars[3] * c;
        states[1] = scalars[4] * states[1] + scalars[5] * (c * c);
        let direction = scalars[0] * states[0] / (scalars[1] * states[1].sqrt() + scalars[6]);
        let direction = if self.weight_decay > 0.0 { direction + scalars[8] * theta } else { direction };
        theta - scalars[7] * direction
    }
}
