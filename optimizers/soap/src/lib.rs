//! SOAP: Adam in the eigenbasis of Shampoo's two sides.
//!
//! ```text
//! first step:  L = (1 − β_s) g gᵀ,  R = (1 − β_s) gᵀ g,  P and Q their eigenvectors; θ does not move
//! then:        m ← β1 m + (1 − β1) g
//!              v ← β2 v + (1 − β2) (Pᵀ g Q)²
//!              θ ← θ − γ_k √(1 − β2^k)/(1 − β1^k) · P [ Pᵀ m Q / (√v + ε) ] Qᵀ
//!              θ ← (1 − γ_k λ) θ
//!              L ← β_s L + (1 − β_s) g gᵀ,  R likewise
//! every f-th:  columns of P by diag(Pᵀ L P), descending, v with them;  P ← the orthogonal factor of L P;  Q likewise
//! ```
//!
//! A side longer than `max_side` keeps the identity, and so does a vector: that is Adam with ε beside the uncorrected root,
//! which begins a step later.
//!
//! N. Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam", ICLR 2025, algorithm 3, as the authors' code computes it. Where a
//! gradient leaves a null space (the longer side of a matrix after the first step), its basis is whatever the decomposition
//! gives, there and here.

use rule::conformance::{ADAM_KEYS, Translation};
use rule::matrix::{Bench, Factor, MatrixFloat, MatrixRule, Shape, Square, Step, number};
use rule::serde_json::json;
use rule::{Family, Invariance, Range, Slot, power, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::matrices::<Soap>();

settings! {
    /// Hyper-parameters of SOAP; see the crate documentation.
    pub struct Soap("soap", "SOAP", "Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, ICLR 2025, algorithm 3") {
        learning_rate: f64 = 3e-3, Range::Above(0.0), "step size γ₀";
        beta1: f64 = 0.95, Range::HalfOpen(0.0, 1.0), "memory of the mean";
        beta2: f64 = 0.95, Range::HalfOpen(0.0, 1.0), "memory of the square";
        beta_shampoo: f64 = 0.95, Range::HalfOpen(0.0, 1.0), "β_s: memory of the two sides";
        eps: f64 = 1e-8, Range::Above(0.0), "ε, beside the uncorrected root";
        weight_decay: f64 = 0.01, Range::AtLeast(0.0), "decoupled decay λ, after the step";
        frequency: u64 = 10, Range::Whole(1), "f: steps from one change of basis to the next";
        max_side: u64 = 10_000, Range::Whole(0), "longest side that is given a basis";
    }
    {
        const F32_LIMIT: f64 = 1e-1;
        const INVARIANCES: &'static [Invariance] = &[Invariance::Translation, Invariance::Rotation];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "soap",
            keys: &[ADAM_KEYS, &[
                ("shampoo_beta", "beta_shampoo"),
                ("precondition_frequency", "frequency"),
                ("max_precond_dim", "max_side"),
            ]],
            defaults: || json!({}),
        }];
    }
}

/// A state's place among [`Soap::states`].
mod place {
    pub const M: usize = 0;
    pub const V: usize = 1;
    pub const L: usize = 2;
    pub const R: usize = 3;
    pub const P: usize = 4;
    pub const Q: usize = 5;
}

impl Soap {
    /// The sides that have a basis, 0 for one without.
    fn sides(&self, shape: Shape) -> (usize, usize) {
        let side = |len: usize| if shape.is_matrix && len as u64 <= self.max_side { len } else { 0 };
        (side(shape.rows), side(shape.columns))
    }
}

/// A matrix in the basis (`into`), or back from it.
fn turned<F: MatrixFloat>(
    x: &[F],
    shape: Shape,
    p: &[F],
    q: &[F],
    into: bool,
    bench: &mut Bench<F>,
) -> Vec<F> {
    let Shape { rows, columns, .. } = shape;
    let mut out = x.to_vec();
    if !p.is_empty() {
        let p = Factor::new(p, rows, rows);
        let p = if into { p.transposed() } else { p };
        out = bench.product(p, Factor::new(&out, rows, columns), rows, columns);
    }
    if !q.is_empty() {
        let q = Factor::new(q, columns, columns);
        let q = if into { q } else { q.transposed() };
        out = bench.product(Factor::new(&out, rows, columns), q, rows, columns);
    }
    out
}

/// `side ← β side + (1 − β) new`.
fn average<F: MatrixFloat>(side: &mut [F], new: &[F], beta: f64) {
    let (keep, take) = (number::<F>(beta), number::<F>(1.0 - beta));
    side.iter_mut().zip(new).for_each(|(side, &new)| *side = keep * *side + take * new);
}

/// The order of a basis' columns by `diag(Pᵀ L P)`, descending, and the basis that a step of the power iteration makes of
/// them in that order.
fn refreshed<F: MatrixFloat>(
    side: &[F],
    basis: &[F],
    len: usize,
    bench: &mut Bench<F>,
) -> (Vec<usize>, Vec<F>) {
    let product = bench.product(Factor::new(side, len, len), Factor::new(basis, len, len), len, len);
    let weight = |column: usize| -> f64 {
        let term = |row: usize| rule::Float::to_f64(basis[row * len + column] * product[row * len + column]);
        (0..len).map(term).sum()
    };
    let weights: Vec<f64> = (0..len).map(weight).collect();
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let sorted: Vec<F> = (0..len * len).map(|at| product[at / len * len + order[at % len]]).collect();
    (order, Square::new(&sorted, len).orthogonal().data)
}

impl MatrixRule for Soap {
    fn states(&self) -> &'static [&'static str] {
        &["m", "v", "L", "R", "P", "Q"]
    }

    fn lengths(&self, shape: Shape) -> Vec<usize> {
        let (rows, columns) = self.sides(shape);
        let (l, r) = (rows * rows, columns * columns);
        vec![shape.len(), shape.len(), l, r, l, r]
    }

    fn takes(&self, _: &Slot) -> bool {
        true
    }

    fn step<F: MatrixFloat>(&self, step: Step<'_, F>, bench: &mut Bench<F>) {
        let Step { k, gamma, shape, theta, g, mut states } = step;
        let Shape { rows, columns, .. } = shape;
        let factor = Factor::new(g, rows, columns);
        let (left, right) = self.sides(shape);
        if k > 0 {
            average(states[place::M], g, self.beta1);
            let (p, q) = (states[place::P].to_vec(), states[place::Q].to_vec());
            let turned_g = turned(g, shape, &p, &q, true, bench);
            let squares: Vec<F> = turned_g.iter().map(|&g| g * g).collect();
            average(states[place::V], &squares, self.beta2);
            let mut direction = turned(states[place::M], shape, &p, &q, true, bench);
            let eps = number::<F>(self.eps);
            direction.iter_mut().zip(states[place::V].iter()).for_each(|(x, &v)| {
                *x /= rule::Number::sqrt(v) + eps;
            });
            let direction = turned(&direction, shape, &p, &q, false, bench);
            let i = k as f64;
            let corrected = (1.0 - power(self.beta2, i)).sqrt() / (1.0 - power(self.beta1, i));
            let (eta, shrink) =
                (number::<F>(gamma * corrected), number::<F>(1.0 - gamma * self.weight_decay));
            theta.iter_mut().zip(direction).for_each(|(theta, step)| *theta = shrink * (*theta - eta * step));
        }
        if left > 0 {
            let new = bench.product(factor, factor.transposed(), rows, rows);
            average(states[place::L], &new, self.beta_shampoo);
        }
        if right > 0 {
            let new = bench.product(factor.transposed(), factor, columns, columns);
            average(states[place::R], &new, self.beta_shampoo);
        }
        if k == 0 {
            for (side, basis, len) in [(place::L, place::P, left), (place::R, place::Q, right)] {
                if len > 0 {
                    let (_, vectors) = Square::new(states[side], len).eigen();
                    states[basis].copy_from_slice(&vectors.data);
                }
            }
        } else if k.is_multiple_of(self.frequency) {
            if left > 0 {
                let (order, basis) = refreshed(states[place::L], states[place::P], left, bench);
                states[place::P].copy_from_slice(&basis);
                let v = states[place::V].to_vec();
                for (row, &from) in order.iter().enumerate() {
                    states[place::V][row * columns..(row + 1) * columns]
                        .copy_from_slice(&v[from * columns..(from + 1) * columns]);
                }
            }
            if right > 0 {
                let (order, basis) = refreshed(states[place::R], states[place::Q], right, bench);
                states[place::Q].copy_from_slice(&basis);
                let v = states[place::V].to_vec();
                for (at, to) in states[place::V].iter_mut().enumerate() {
                    *to = v[at / columns * columns + order[at % columns]];
                }
            }
        }
    }

    fn formula(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("m_{k+1}", "β_1 m_k + (1 − β_1) g_k"),
            ("v_{k+1}", "β_2 v_k + (1 − β_2) (P_k^T g_k Q_k)^2"),
            ("u_k", "P_k [P_k^T m_{k+1} Q_k/(√(v_{k+1}) + ε)] Q_k^T"),
            ("θ_{k+1}", "(1 − γ_k λ) (θ_k − γ_k √(1 − β_2^k)/(1 − β_1^k) u_k) (k > 0; θ_1 = θ_0)"),
            ("L_{k+1}", "β_s L_k + (1 − β_s) g_k g_k^T"),
            ("R_{k+1}", "β_s R_k + (1 − β_s) g_k^T g_k"),
        ]
    }
}
