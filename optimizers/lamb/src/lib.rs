//! LAMB: Adam whose step in each tensor is as long as the tensor itself, times the learning rate.
//!
//! ```text
//! m ← β1 m + (1 − β1) g
//! v ← β2 v + (1 − β2) g²
//! u = m/(1 − β1^{k+1}) / (√v/√(1 − β2^{k+1}) + ε) + λ θ
//! τ = ‖θ‖₂/‖u‖₂                            norms of the tensor; 1 if one of them is 0
//! θ ← θ − γ_k τ u
//! ```
//!
//! Y. You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", ICLR 2020, algorithm 2 with φ the
//! identity. timm's defaults clip the global norm at 1 as well and leave τ out without weight decay: say `clip_norm: 1` for the
//! first; the second is not here.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::serde_json::json;
use rule::{Family, Invariance, Number, Range, Rule, Scalar, Scope, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Lamb>();

settings! {
    /// Hyper-parameters of LAMB; see the crate documentation.
    pub struct Lamb(
        "lamb",
        "LAMB",
        "You et al., Large batch optimization for deep learning: training BERT in 76 minutes, ICLR 2020, algorithm 2"
    ) {
        learning_rate: f64 = 0.001, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::HalfOpen(0.0, 1.0), "memory of the square";
        eps: f64 = 1e-6, Range::Above(0.0), "ε, beside the root";
        weight_decay: f64 = 0.01, Range::AtLeast(0.0), "decay λ inside the step";
    }
    {
        // Steps are as long as what they change: it knows where zero is.
        const INVARIANCES: &'static [Invariance] = &[Invariance::Permutation];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "lamb",
            keys: &[ADAM_KEYS],
            defaults: || json!({"weight_decay": 0.01}),
        }];
    }
}

impl Lamb {
    /// The step before it is scaled, from the new moments.
    #[inline(always)]
    fn direction<N: Number>(&self, theta: N, scalars: &[N], m: N, v: N) -> N {
        let adam = scalars[1] * m / (scalars[2] * v.sqrt() + scalars[7]);
        if self.weight_decay > 0.0 { adam + scalars[8] * theta } else { adam }
    }

    #[inline(always)]
    fn moments<N: Number>(g: N, scalars: &[N], states: &[N]) -> (N, N) {
        (scalars[3] * states[0] + scalars[4] * g, scalars[5] * states[1] + scalars[6] * (g * g))
    }
}

impl Rule for Lamb {
    const STATE_COUNTS: [usize; 2] = [2, 2];
    const SUMS: &'static [Scalar] = &[
        Scalar { name: "weights", symbol: "T_k", definition: "" },
        Scalar { name: "steps", symbol: "U_k", definition: "" },
    ];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "step", symbol: "η_k", definition: "γ_k √(T_k/U_k)" },
                Scalar { name: "mean", symbol: "a_k", definition: "1/(1 − β_1^{k+1})" },
                Scalar { name: "root", symbol: "κ_k", definition: "1/√(1 − β_2^{k+1})" },
                Scalar { name: "beta1", symbol: "β_1", definition: "" },
                Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
                Scalar { name: "beta2", symbol: "β_2", definition: "" },
                Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
                Scalar { name: "eps", symbol: "ε", definition: "" },
                Scalar { name: "lambda", symbol: "λ", definition: "" },
                Scalar { name: "one", symbol: "1", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        vec![
            gamma,
            1.0 / (1.0 - power(self.beta1, i)),
            1.0 / (1.0 - power(self.beta2, i)).sqrt(),
            self.beta1,
            1.0 - self.beta1,
            self.beta2,
            1.0 - self.beta2,
            self.eps,
            self.weight_decay,
            1.0,
        ]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    #[inline(always)]
    fn terms<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &[N], terms: &mut [N]) {
        let (m, v) = Self::moments(g, scalars, states);
        let u = self.direction(theta, scalars, m, v);
        terms[0] = theta * theta;
        terms[1] = u * u;
    }

    fn conclude<N: Number>(&self, sums: &[N], _memory: &mut [N], scalars: &mut [N]) {
        // 1 where both norms are above 0: then the ratio, else 1.
        let both = sums[0].positive() * sums[1].positive();
        let neither = scalars[9] - both;
        let ratio = both * (sums[0].sqrt() / (sums[1].sqrt() + neither)) + neither;
        scalars[0] = scalars[0] * ratio;
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let (m, v) = Self::moments(g, scalars, states);
        (states[0], states[1]) = (m, v);
        theta - scalars[0] * self.direction(theta, scalars, m, v)
    }
}
