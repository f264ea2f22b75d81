//! Prodigy: Adam that estimates its own step size from how far the weights have come.
//!
//! ```text
//! η = γ_k, with `bias_correction` times √(1 − β2^{k+1})/(1 − β1^{k+1});  β3 = √β2
//! r ← β3 r + (d/d0) d η Σ g o                            sums over all parameters; o = θ0 − θ
//! s ← β3 s + (d/d0) d η g                                (without η if `safeguard`)
//! m ← β1 m + (1 − β1) d g
//! v ← β2 v + (1 − β2) (d g)²
//! d⁺ = max(d, c r / Σ|s|)
//! θ ← θ − d η m / (√v + d⁺ ε) − λ d η θ;  d ← d⁺
//! ```
//!
//! K. Mishchenko, A. Defazio, "Prodigy: an expeditiously adaptive parameter-free learner", ICML 2024, algorithm 4, as the
//! authors' prodigyopt computes it. While every gradient has been 0 nothing moves and nothing decays. Their
//! code does not count such steps for the bias corrections; this does. It keeps θ0 where this keeps o, whose digits single
//! precision would lose in the difference while the steps are as small as d0.

use rule::conformance::{ADAM_KEYS, Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Prodigy>();

settings! {
    /// Hyper-parameters of Prodigy; see the crate documentation.
    pub struct Prodigy(
        "prodigy",
        "Prodigy",
        "Mishchenko, Defazio, Prodigy: an expeditiously adaptive parameter-free learner, ICML 2024, algorithm 4"
    ) {
        learning_rate: f64 = 1.0, Range::Above(0.0), "step size γ₀, a factor on the estimate; the authors keep 1";
        beta1: f64 = 0.9, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.999, Range::Open(0.0, 1.0), "memory of the square; its root is that of the estimate";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the root";
        d0: f64 = 1e-6, Range::Above(0.0), "d₀: the first estimate";
        d_coef: f64 = 1.0, Range::AtLeast(0.0), "c: a factor on every later one";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decoupled decay λ";
        bias_correction: bool = false, Range::Flag, "correct the moments' first steps";
        safeguard: bool = false, Range::Flag, "leave the step size out of s, for warm-ups and restarts";
    }
    {
        // While the estimate grows from d₀ it doubles every other step, and what rounding did to it with it.
        const F32_LIMIT: f64 = 1e-3;
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with c = 0 its estimate stays d₀, and it is Adam with step d₀",
                with: || json!({"d0": 0.01, "d_coef": 0, "bias_correction": true}),
                is: "adam",
                of: || json!({"learning_rate": 0.01}),
                limit: 1e-6,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "prodigy",
            keys: &[ADAM_KEYS, &[
                ("d0", "d0"),
                ("d_coef", "d_coef"),
                ("use_bias_correction", "bias_correction"),
                ("safeguard_warmup", "safeguard"),
            ]],
            defaults: || json!({"weight_decay": 0.0}),
        }];
    }
}

/// η with `bias_correction`.
const CORRECTED: &str = "γ_k √(1 − β_2^{k+1})/(1 − β_1^{k+1})";

/// The scalars, with what η and the weight of a gradient in s are.
const fn scalars(eta: &'static str, feed: &'static str) -> [Scalar; 17] {
    [
        Scalar { name: "eta", symbol: "η_k", definition: eta },
        Scalar { name: "d", symbol: "d_k", definition: "" },
        Scalar { name: "pull", symbol: "p_k", definition: "d_k^2 η_k/d_0" },
        Scalar { name: "feed", symbol: "q_k", definition: feed },
        Scalar { name: "beta3", symbol: "√(β_2)", definition: "" },
        Scalar { name: "beta1", symbol: "β_1", definition: "" },
        Scalar { name: "rest1", symbol: "1 − β_1", definition: "" },
        Scalar { name: "beta2", symbol: "β_2", definition: "" },
        Scalar { name: "rest2", symbol: "1 − β_2", definition: "" },
        Scalar { name: "step", symbol: "d_k η_k", definition: "" },
        Scalar {
            name: "floor",
            symbol: "ε_k",
            definition: "d_{k+1} ε (d_{k+1} = max(d_k, c r_{k+1}/D_k), r_{k+1} = √(β_2) r_k + p_k A_k)",
        },
        Scalar { name: "decay", symbol: "λ d_k η_k", definition: "" },
        Scalar { name: "one", symbol: "1", definition: "" },
        Scalar { name: "lambda", symbol: "λ", definition: "" },
        Scalar { name: "coefficient", symbol: "c", definition: "" },
        Scalar { name: "inverse", symbol: "1/d_0", definition: "" },
        Scalar { name: "eps", symbol: "ε", definition: "" },
    ]
}

impl Rule for Prodigy {
    const STATE_COUNTS: [usize; 2] = [4, 4];
    const SUMS: &'static [Scalar] = &[
        Scalar { name: "way", symbol: "A_k", definition: "" },
        Scalar { name: "size", symbol: "D_k", definition: "" },
    ];

    fn states(&self) -> &'static [&'static str] {
        &["m", "v", "s", "o"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        match (self.bias_correction, self.safeguard) {
            (false, false) => const { &scalars("γ_k", "d_k^2 η_k/d_0") },
            (false, true) => const { &scalars("γ_k", "d_k^2/d_0") },
            (true, false) => const { &scalars(CORRECTED, "d_k^2 η_k/d_0") },
            (true, true) => const { &scalars(CORRECTED, "d_k^2/d_0") },
        }
    }

    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64> {
        let i = (step + 1) as f64;
        let corrected = (1.0 - power(self.beta2, i)).sqrt() / (1.0 - power(self.beta1, i));
        let eta = if self.bias_correction { gamma * corrected } else { gamma };
        let Self { beta1, beta2, weight_decay, d_coef, d0, eps, .. } = *self;
        let beta3 = beta2.sqrt();
        vec![
            eta,
            d0,
            0.0,
            0.0,
            beta3,
            beta1,
            1.0 - beta1,
            beta2,
            1.0 - beta2,
            0.0,
            0.0,
            1.0,
            1.0,
            weight_decay,
            d_coef,
            1.0 / d0,
            eps,
        ]
    }

    #[inline(always)]
    fn terms<N: Number>(&self, _theta: N, g: N, scalars: &[N], states: &[N], terms: &mut [N]) {
        terms[0] = g * states[3];
        terms[1] = (scalars[4] * states[2] + scalars[3] * g).abs();
    }

    fn memory(&self) -> &'static [(&'static str, f64)] {
        // The first estimate is a hyper-parameter: kept as a multiple of it.
        &[("d", 1.0), ("r", 0.0)]
    }

    fn recall<N: Number>(&self, memory: &[N], scalars: &mut [N]) {
        let (eta, growth) = (scalars[0], memory[0]);
        let d = growth * scalars[1];
        scalars[1] = d;
        scalars[2] = growth * d * eta;
        scalars[3] = if self.safeguard { growth * d } else { growth * d * eta };
        scalars[9] = d * eta;
    }

    fn conclude<N: Number>(&self, sums: &[N], memory: &mut [N], scalars: &mut [N]) {
        let (one, d) = (scalars[12], scalars[1]);
        memory[1] = scalars[4] * memory[1] + scalars[2] * sums[0];
        // 0 while there has been no gradient: then nothing is estimated, and nothing decays.
        let moving = sums[1].positive();
        let estimate = moving * (scalars[14] * memory[1] / (sums[1] + (one - moving)));
        let next = d.maximum(estimate);
        memory[0] = next * scalars[15];
        scalars[10] = next * scalars[16];
        scalars[11] = moving * (scalars[13] * scalars[9]);
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let scaled = scalars[1] * g;
        states[0] = scalars[5] * states[0] + scalars[6] * scaled;
        states[1] = scalars[7] * states[1] + scalars[8] * (scaled * scaled);
        states[2] = scalars[4] * states[2] + scalars[3] * g;
        let step = scalars[9] * states[0] / (states[1].sqrt() + scalars[10]);
        let step = if self.weight_decay > 0.0 { step + scalars[11] * theta } else { step };
        states[3] = states[3] + step;
        theta - step
    }
}
