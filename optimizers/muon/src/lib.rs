//! Muon: momentum whose matrix is made orthogonal before it is used.
//!
//! ```text
//! m ← μ m + (1 − μ) g
//! u = (1 − μ) g + μ m                        nesterov; else u = m
//! X = u/max(‖u‖_F, ε);  n times:  Y = X Xᵀ,  X ← a X + (b Y + c Y²) X     on the shorter side
//! θ ← (1 − γ_k λ) θ − γ_k s X
//! ```
//!
//! with (a, b, c) = (3.4445, −4.7750, 2.0315), which bring all singular values near 1. s is √max(1, out/in) (`original`),
//! 0.2 √max(in, out) (`match_rms_adamw`: steps as long as AdamW's, so that both may have one learning rate) or √(out/in)
//! (`spectral`).
//!
//! Tables of tokens and positions, the last layer, biases and gains go to the fallback, which has the learning rate and the
//! schedule of the matrices unless it says otherwise. A convolution is a matrix of kernel · kernel · in rows.
//!
//! K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the scales: J. Liu et al., "Muon is
//! scalable for LLM training", arXiv 2502.16982, 2025, section 2.2, and PyTorch's `torch.optim.Muon`, which iterates in bfloat16
//! where this takes the precision of the weights.

use rule::conformance::Translation;
use rule::matrix::{Bench, Factor, MatrixFloat, MatrixRule, Shape, Step, number};
use rule::serde_json::{Value, json};
use rule::{Family, Invariance, Range, Role, Slot, settings};

/// The catalogue entry.
pub const FAMILY: Family = Family::matrices::<Muon>();

/// How long a step is beside the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, rule::serde::Serialize, rule::serde::Deserialize)]
#[serde(crate = "rule::serde", rename_all = "snake_case")]
pub enum Scale {
    /// √max(1, out/in).
    Original,
    /// 0.2 √max(in, out).
    MatchRmsAdamw,
    /// √(out/in).
    Spectral,
}

/// AdamW with the betas that Muon's authors use for it.
fn fallback() -> Value {
    json!({"optimizer": "adam", "amsgrad": false, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.0, "decay": "coupled"})
}

settings! {
    /// Hyper-parameters of Muon; see the crate documentation.
    pub struct Muon(
        "muon",
        "Muon",
        "Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; scales: Liu et al., arXiv 2502.16982, 2025"
    ) {
        learning_rate: f64 = 1e-3, Range::Above(0.0), "step size γ₀";
        momentum: f64 = 0.95, Range::HalfOpen(0.0, 1.0), "momentum μ";
        nesterov: bool = true, Range::Flag, "Nesterov's variant";
        iterations: u64 = 5, Range::WholeBetween(0, 100), "Newton–Schulz iterations n";
        scale: Scale = Scale::MatchRmsAdamw, Range::OneOf(&["original", "match_rms_adamw", "spectral"]),
            "s: how long a step is beside the learning rate";
        eps: f64 = 1e-7, Range::Above(0.0), "ε, the least norm that is divided by";
        weight_decay: f64 = 0.1, Range::AtLeast(0.0), "decoupled decay λ of the matrices";
        fallback: Value = fallback(), Range::Other("a map: optimizer, and its hyper-parameters"),
            "optimizer of tables, the last layer, biases and gains";
    }
    {
        const F32_LIMIT: f64 = 1e-3;
        const INVARIANCES: &'static [Invariance] =
            &[Invariance::Permutation, Invariance::Translation, Invariance::Rotation];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "muon",
            keys: &[&[
                ("lr", "learning_rate"),
                ("momentum", "momentum"),
                ("nesterov", "nesterov"),
                ("ns_steps", "iterations"),
                ("adjust_lr_fn", "scale"),
                ("eps", "eps"),
                ("weight_decay", "weight_decay"),
            ]],
            defaults: || json!({}),
        }];
    }
}

/// The coefficients of the iteration.
const QUINTIC: (f64, f64, f64) = (3.4445, -4.7750, 2.0315);

impl Muon {
    fn scale_of(&self, shape: Shape) -> f64 {
        let (inputs, outputs) = (shape.rows as f64, shape.columns as f64);
        match self.scale {
            Scale::Original => (outputs / inputs).max(1.0).sqrt(),
            Scale::MatchRmsAdamw => 0.2 * inputs.max(outputs).sqrt(),
            Scale::Spectral => (outputs / inputs).sqrt(),
        }
    }

    /// `u [rows, columns]` with singular values near 1.
    fn orthogonal<F: MatrixFloat>(&self, u: &[F], shape: Shape, bench: &mut Bench<F>) -> Vec<F> {
        let Shape { rows, columns, .. } = shape;
        let square: f64 = u.iter().map(|&u| rule::Float::to_f64(u)).map(|u| u * u).sum();
        let inverse = number::<F>(1.0 / square.sqrt().max(self.eps));
        let mut x: Vec<F> = u.iter().map(|&u| inverse * u).collect();
        let (a, b, c) = QUINTIC;
        let (a, b, c) = (number::<F>(a), number::<F>(b), number::<F>(c));
        for _ in 0..self.iterations {
            let factor = Factor::new(&x, rows, columns);
            let wide = rows <= columns;
            let side = rows.min(columns);
            let y = if wide {
                bench.product(factor, factor.transposed(), side, side)
            } else {
                bench.product(factor.transposed(), factor, side, side)
            };
            let y_factor = Factor::new(&y, side, side);
            let mut z = bench.product(y_factor, y_factor, side, side);
            z.iter_mut().zip(&y).for_each(|(z, &y)| *z = b * y + c * *z);
            let z = Factor::new(&z, side, side);
            let moved = if wide {
                bench.product(z, factor, rows, columns)
            } else {
                bench.product(factor, z, rows, columns)
            };
            x = x.iter().zip(moved).map(|(&x, moved)| a * x + moved).collect();
        }
        x
    }
}

impl MatrixRule for Muon {
    fn states(&self) -> &'static [&'static str] {
        &["m"]
    }

    fn lengths(&self, shape: Shape) -> Vec<usize> {
        vec![shape.len()]
    }

    fn takes(&self, slot: &Slot) -> bool {
        slot.is_matrix() && slot.role == Role::Inner
    }

    fn step<F: MatrixFloat>(&self, step: Step<'_, F>, bench: &mut Bench<F>) {
        let Step { gamma, shape, theta, g, mut states, .. } = step;
        let m = &mut *states[0];
        let (mu, rest) = (number::<F>(self.momentum), number::<F>(1.0 - self.momentum));
        m.iter_mut().zip(g).for_each(|(m, &g)| *m = mu * *m + rest * g);
        let x = if self.nesterov {
            let u: Vec<F> = m.iter().zip(g).map(|(&m, &g)| rest * g + mu * m).collect();
            self.orthogonal(&u, shape, bench)
        } else {
            self.orthogonal(m, shape, bench)
        };
        let (shrink, length) =
            (number::<F>(1.0 - gamma * self.weight_decay), number::<F>(gamma * self.scale_of(shape)));
        theta.iter_mut().zip(x).for_each(|(theta, x)| *theta = shrink * *theta - length * x);
    }

    fn formula(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("m_{k+1}", "μ m_k + (1 − μ) g_k"),
            ("u_k", if self.nesterov { "(1 − μ) g_k + μ m_{k+1}" } else { "m_{k+1}" }),
            ("X_0", "u_k/max(‖u_k‖_F, ε)"),
            ("X_{i+1}", "a X_i + (b Y_i + c Y_i^2) X_i (Y_i = X_i X_i^T, i < n)"),
            ("θ_{k+1}", "(1 − γ_k λ) θ_k − γ_k s X_n"),
        ]
    }

    fn fallback(&self) -> Option<&Value> {
        Some(&self.fallback)
    }
}
