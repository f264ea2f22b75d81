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
use rule::matrix::{Bench, MatrixFloat, MatrixRule, Operation, Place, Plan, Shape, Side, Step};
use rule::serde_json::{Value, json};
use rule::{Family, Invariance, Range, Role, Slot, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::matrices::<Muon>();

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

    fn operations(&self, gamma: f64, shape: Shape) -> Plan {
        let Shape { rows, columns, .. } = shape;
        let side = rows.min(columns);
        // Where u and all X are in turn, and Y and c Y² + b Y.
        let (u, next, y, z) = (Place::Room(0), Place::Room(1), Place::Room(2), Place::Room(3));
        let (m, g) = (Place::State(0), Place::Gradient);
        let (mu, rest) = (self.momentum, 1.0 - self.momentum);
        let blend = |to, first, second| Operation::Blend { to, first, second };
        let mut operations = vec![blend(m, (mu, m), (rest, g))];
        if self.nesterov {
            operations.push(blend(u, (rest, g), (mu, m)));
        }
        let of = if self.nesterov { u } else { m };
        operations.push(Operation::Normalise { to: u, of, floor: self.eps });
        let (a, b, c) = QUINTIC;
        let x = Side::new(u, rows, columns);
        let square = |place| Side::new(place, side, side);
        let wide = rows <= columns;
        for _ in 0..self.iterations {
            let (left, right) = if wide { (x, x.transposed()) } else { (x.transposed(), x) };
            operations.push(Operation::Product { to: y, left, right });
            operations.push(Operation::Product { to: z, left: square(y), right: square(y) });
            operations.push(blend(z, (b, y), (c, z)));
            let (left, right) = if wide { (square(z), x) } else { (x, square(z)) };
            operations.push(Operation::Product { to: next, left, right });
            operations.push(blend(u, (a, u), (1.0, next)));
        }
        let (shrink, length) = (1.0 - gamma * self.weight_decay, gamma * self.scale_of(shape));
        operations.push(blend(Place::Theta, (shrink, Place::Theta), (-length, u)));
        Plan { operations, rooms: vec![shape.len(), shape.len(), side * side, side * side] }
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
        self.operations(step.gamma, step.shape).run(step, bench);
    }

    fn plan(&self, gamma: f64, shape: Shape) -> Option<Plan> {
        Some(self.operations(gamma, shape))
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
