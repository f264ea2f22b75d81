//! INNA, the inertial Newton algorithm.
//!
//! C. Castera, J. Bolte, C. Févotte, E. Pauwels, "An Inertial Newton Algorithm for Deep Learning", JMLR 22(134),
//! 2021, equation (12): with v_k the mini-batch (sub)gradient,
//!
//! ```text
//! θ ← θ + γ_k [(1/β − α) θ − ψ/β − β v_k]
//! ψ ← ψ + γ_k [(1/β − α) θ − ψ/β]
//! ```
//!
//! Here in the equivalent one-state form, with w = (1/β − α) θ − ψ/β:
//!
//! ```text
//! θ ← θ + γ_k (w − β g)
//! w ← (1 − α γ_k) w − (1 − αβ) γ_k g
//! ```
//!
//! It needs no copy of θ, costs the memory of SGD with momentum, and does not subtract two nearly equal numbers
//! (ψ ≈ θ) when β is small.
//!
//! | parameter | default | range | meaning |
//! | --- | --- | --- | --- |
//! | `learning_rate` | 0.1 | > 0 | γ₀ |
//! | `alpha` | 0.5 | ≥ 0 | viscous damping |
//! | `beta` | 0.1 | > 0 | Newton damping |
//! | `schedule` | power ½ | | γ_k = γ₀/√(k+1), as in the paper |
//! | `weight_decay` | 0 | ≥ 0 | λ, acts on θ and not on ψ (the authors' PyTorch code) |
//! | `initial_velocity` | 1 | number or `beta` | s: the first velocity is −s times the first gradient |

mod stability;
mod velocity;

pub use velocity::InitialVelocity;

use rule::conformance::{Reduction, Translation};
use rule::serde_json::json;
use rule::{Family, Number, Range, Rule, Scalar, Schedule, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::of::<Inna>();

settings! {
    /// Hyper-parameters of INNA; see the crate documentation.
    pub struct Inna(
        "inna",
        "INNA",
        "Castera, Bolte, Févotte, Pauwels, An Inertial Newton Algorithm for Deep Learning, JMLR 22(134), 2021, eq. (12)"
    ) {
        learning_rate: f64 = 0.1, Range::Above(0.0), "step size γ₀";
        alpha: f64 = 0.5, Range::AtLeast(0.0), "viscous damping α";
        beta: f64 = 0.1, Range::Above(0.0), "Newton damping β";
        weight_decay: f64 = 0.0, Range::AtLeast(0.0), "decay λ of θ, not of ψ";
        initial_velocity: InitialVelocity = InitialVelocity::Times(1.0),
            Range::Other("a number s (first velocity −s g) or the word beta"),
            "first velocity: 1 as in the paper, beta as in the authors' PyTorch code";
    }
    schedule: Schedule::Power { exponent: 0.5 };
    {
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with αβ = 1 and the first velocity −β g it is SGD with step γβ",
                with: || json!({"learning_rate": 0.1, "schedule": {"kind": "constant"}, "alpha": 2, "beta": 0.5, "initial_velocity": "beta"}),
                is: "sgd",
                of: || json!({"learning_rate": 0.05}),
                limit: 1e-12,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "inna",
            keys: &[&[
                ("lr", "learning_rate"),
                ("alpha", "alpha"),
                ("beta", "beta"),
                ("decay_power", "schedule"),
                ("weight_decay", "weight_decay"),
            ]],
            // The authors' PyTorch code starts from ψ₀ = (1 − αβ)θ₀, without a gradient term: velocity −β g₀.
            defaults: || json!({"learning_rate": 0.1, "alpha": 0.5, "beta": 0.1, "weight_decay": 0.0, "initial_velocity": "beta"}),
        }];

        fn warnings(&self) -> Vec<String> {
            self.stability_warnings()
        }
    }
}

impl Rule for Inna {
    const STATE_COUNTS: [usize; 2] = [1, 1];

    fn states(&self) -> &'static [&'static str] {
        &["w"]
    }

    fn scalars(&self) -> &'static [Scalar] {
        const {
            &[
                Scalar { name: "gamma", symbol: "γ_k", definition: "" },
                Scalar { name: "beta", symbol: "β", definition: "" },
                Scalar { name: "friction", symbol: "μ_k", definition: "1 − α γ_k" },
                Scalar { name: "drive", symbol: "ν_k", definition: "(1 − α β) γ_k" },
                Scalar { name: "decay", symbol: "λ_k", definition: "γ_k λ" },
                Scalar { name: "recoil", symbol: "ρ_k", definition: "(1/β − α) γ_k λ" },
                Scalar { name: "start", symbol: "β − s", definition: "" },
            ]
        }
    }

    fn scalars_at(&self, _step: u64, gamma: f64) -> Vec<f64> {
        let Self { alpha, beta, weight_decay, .. } = *self;
        let s = self.initial_velocity.resolve(beta);
        let decay = gamma * weight_decay;
        let recoil = (1.0 / beta - alpha) * decay;
        vec![gamma, beta, 1.0 - alpha * gamma, (1.0 - alpha * beta) * gamma, decay, recoil, beta - s]
    }

    #[inline(always)]
    fn start<N: Number>(&self, _theta: N, g: N, scalars: &[N], states: &mut [N]) {
        states[0] = scalars[6] * g;
    }

    #[inline(always)]
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let (gamma, beta, mu, nu) = (scalars[0], scalars[1], scalars[2], scalars[3]);
        let w = states[0];
        states[0] = mu * w - nu * g;
        let moved = theta + gamma * (w - beta * g);
        if self.weight_decay == 0.0 {
            return moved;
        }
        // ψ does not see the decay of θ, so w, which contains both, must.
        states[0] = states[0] - scalars[5] * theta;
        moved - scalars[4] * theta
    }
}
