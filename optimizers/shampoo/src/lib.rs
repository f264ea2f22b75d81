//! Shampoo: gradients between the roots of what they were on both sides of the matrix.
//!
//! ```text
//! L ← L + g gᵀ,  R ← R + gᵀ g                      L and R start at ε times the identity
//! θ ← θ − γ_k L^(−1/4) g R^(−1/4)                  roots taken anew at every `frequency`-th step
//! ```
//!
//! A vector has one side, and its root is the second. Tensors with a side above `max_side` go to the fallback, which has
//! the learning rate and the schedule of the matrices unless it says otherwise.
//!
//! V. Gupta, T. Koren, Y. Singer, "Shampoo: preconditioned stochastic tensor optimization", ICML 2018, algorithm 1. Sums and
//! not averages, no grafting, no momentum: what later versions add.

use rule::conformance::{Reduction, Translation};
use rule::matrix::{Bench, Factor, MatrixFloat, MatrixRule, Shape, Square, Step, number};
use rule::serde_json::{Value, json};
use rule::{Family, Invariance, Range, Slot, settings};

/// The catalogue entry.
pub static FAMILY: Family = Family::matrices::<Shampoo>();

/// Adagrad, which Shampoo is on single numbers.
fn fallback() -> Value {
    json!({"optimizer": "adagrad", "eps": 1e-10, "initial_accumulator": 0.0, "lr_decay": 0.0, "weight_decay": 0.0})
}

settings! {
    /// Hyper-parameters of Shampoo; see the crate documentation.
    pub struct Shampoo(
        "shampoo",
        "Shampoo",
        "Gupta, Koren, Singer, Shampoo: preconditioned stochastic tensor optimization, ICML 2018, algorithm 1"
    ) {
        learning_rate: f64 = 0.1, Range::Above(0.0), "step size γ₀";
        eps: f64 = 1e-4, Range::Above(0.0), "ε: both sides start at this times the identity";
        frequency: u64 = 1, Range::Whole(1), "steps from one taking of roots to the next";
        max_side: u64 = 1024, Range::Whole(1), "longest side of a tensor that is not left to the fallback";
        fallback: Value = fallback(), Range::Other("a map: optimizer, and its hyper-parameters"),
            "optimizer of larger tensors";
    }
    {
        const F32_LIMIT: f64 = 1e-2;
        const INVARIANCES: &'static [Invariance] =
            &[Invariance::Permutation, Invariance::Translation, Invariance::Rotation];
        const REDUCTIONS: &'static [Reduction] = &[
            Reduction {
                claim: "with every tensor too large it is its fallback",
                with: || json!({"learning_rate": 0.01, "max_side": 1, "fallback": {"optimizer": "adam", "beta2": 0.99}}),
                is: "adam",
                of: || json!({"learning_rate": 0.01, "beta2": 0.99}),
                limit: 0.0,
            },
        ];
        const TRANSLATIONS: &'static [Translation] = &[Translation {
            theirs: "shampoo",
            keys: &[&[("lr", "learning_rate"), ("matrix_eps", "eps")]],
            defaults: || json!({}),
        }];
    }
}

impl Shampoo {
    fn sides(shape: Shape) -> (usize, usize) {
        (shape.rows, if shape.is_matrix { shape.columns } else { 0 })
    }
}

/// Adds ε to the diagonal.
fn begin<F: MatrixFloat>(matrix: &mut [F], side: usize, eps: F) {
    matrix.iter_mut().step_by(side + 1).for_each(|x| *x = eps);
}

impl MatrixRule for Shampoo {
    fn states(&self) -> &'static [&'static str] {
        if self.frequency > 1 { &["L", "R", "L_root", "R_root"] } else { &["L", "R"] }
    }

    fn lengths(&self, shape: Shape) -> Vec<usize> {
        let (rows, columns) = Self::sides(shape);
        let each = [rows * rows, columns * columns];
        if self.frequency > 1 { [each, each].concat() } else { each.to_vec() }
    }

    fn takes(&self, slot: &Slot) -> bool {
        let (rows, columns) = Self::sides(Shape::of(slot));
        rows.max(columns) as u64 <= self.max_side
    }

    fn step<F: MatrixFloat>(&self, step: Step<'_, F>, bench: &mut Bench<F>) {
        let Step { k, gamma, shape, theta, g, mut states } = step;
        let (rows, columns) = (shape.rows, shape.columns);
        let two = shape.is_matrix;
        let eps = number::<F>(self.eps);
        let exponent = if two { -0.25 } else { -0.5 };
        let factor = Factor::new(g, rows, columns);
        if k == 0 {
            begin(states[0], rows, eps);
            if two {
                begin(states[1], columns, eps);
            }
        }
        let left = bench.product(factor, factor.transposed(), rows, rows);
        states[0].iter_mut().zip(left).for_each(|(l, new)| *l += new);
        if two {
            let right = bench.product(factor.transposed(), factor, columns, columns);
            states[1].iter_mut().zip(right).for_each(|(r, new)| *r += new);
        }
        let mut root = |number: usize, side: usize, states: &mut Vec<&mut [F]>| -> Vec<F> {
            let fresh = self.frequency == 1 || k.is_multiple_of(self.frequency);
            if !fresh {
                return states[2 + number].to_vec();
            }
            let root = Square::new(states[number], side).power(exponent, self.eps, bench).data;
            if self.frequency > 1 {
                states[2 + number].copy_from_slice(&root);
            }
            root
        };
        let left = root(0, rows, &mut states);
        let right = if two { root(1, columns, &mut states) } else { Vec::new() };
        let mut direction = bench.product(Factor::new(&left, rows, rows), factor, rows, columns);
        if two {
            let half = Factor::new(&direction, rows, columns);
            direction = bench.product(half, Factor::new(&right, columns, columns), rows, columns);
        }
        let gamma = number::<F>(gamma);
        theta.iter_mut().zip(direction).for_each(|(theta, step)| *theta -= gamma * step);
    }

    fn formula(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("L_{k+1}", "L_k + g_k g_k^T"),
            ("R_{k+1}", "R_k + g_k^T g_k"),
            match self.frequency {
                1 => {
                    ("θ_{k+1}", "θ_k − γ_k L_{k+1}^{−1/4} g_k R_{k+1}^{−1/4} (a vector: L_{k+1}^{−1/2} g_k)")
                }
                _ => (
                    "θ_{k+1}",
                    "θ_k − γ_k L_{j+1}^{−1/4} g_k R_{j+1}^{−1/4} (j = f ⌊k/f⌋; a vector: L_{j+1}^{−1/2} g_k)",
                ),
            },
            ("L_0", "ε I"),
            ("R_0", "ε I"),
        ]
    }

    fn fallback(&self) -> Option<&Value> {
        Some(&self.fallback)
    }
}
