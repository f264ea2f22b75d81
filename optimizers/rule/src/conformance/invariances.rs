//! What a rule's path follows when the problem changes.

use super::checks::{Named, Outcome, STEPS, agreement};
use super::probe::{normal, same_bits, small_layout};
use super::trace::relative_error;
use crate::{Invariance, Layout, Method};

/// The check of a declared invariance.
pub(super) fn check(invariance: Invariance) -> Named {
    match invariance {
        Invariance::Permutation => ("permuting rows permutes the result", permutation),
        Invariance::Translation => ("moving the start moves the result", translation),
        Invariance::Scale => ("the scale of the gradients does not matter", scale),
        Invariance::Rotation => ("turning a matrix turns the result", rotation),
    }
}

/// The path from θ₀ + 1 given the same gradients.
fn translation(method: &dyn Method) -> Outcome {
    const LIMIT: f64 = 1e-9;
    let layout = small_layout();
    let run = |by: f64| {
        let mut theta: Vec<f64> =
            normal::<f64>("theta", 0, layout.len()).into_iter().map(|x| x + by).collect();
        let mut optimizer = method.optimizer_f64(&layout, STEPS);
        for step in 0..STEPS {
            optimizer.step(&mut theta, &normal("gradient", step, layout.len()));
        }
        theta.into_iter().map(|x| x - by).collect::<Vec<f64>>()
    };
    let error = relative_error(&run(1.0), &run(0.0));
    (error <= LIMIT, format!("relative error {error:.1e}, limit {LIMIT:.0e}"))
}

fn permutation(method: &dyn Method) -> Outcome {
    const LIMIT: f64 = 1e-10;
    const COLUMNS: usize = 6;
    let layout = Layout::new([("weight", vec![8, COLUMNS])]);
    let order = streams::Stream::new(0, "conformance", "rows", 0).permutation(0, 8);
    let permuted = |values: &[f64]| -> Vec<f64> {
        let row = |&r: &u32| values[r as usize * COLUMNS..(r as usize + 1) * COLUMNS].to_vec();
        order.iter().flat_map(row).collect()
    };
    let start = normal::<f64>("theta", 0, layout.len());
    let (mut plain, mut rows) = (start.clone(), permuted(&start));
    let mut first = method.optimizer_f64(&layout, STEPS);
    let mut second = method.optimizer_f64(&layout, STEPS);
    for step in 0..STEPS {
        let gradient = normal::<f64>("gradient", step, layout.len());
        first.step(&mut plain, &gradient);
        second.step(&mut rows, &permuted(&gradient));
    }
    let error = relative_error(&rows, &permuted(&plain));
    (error <= LIMIT, format!("relative error {error:.1e}, limit {LIMIT:.0e}"))
}

fn scale(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let run = |factor: f64| {
        let mut theta = normal::<f64>("theta", 0, layout.len());
        let mut optimizer = method.optimizer_f64(&layout, STEPS);
        for step in 0..STEPS {
            let gradient = normal::<f64>("gradient", step, layout.len());
            optimizer.step(&mut theta, &gradient.into_iter().map(|g| factor * g).collect::<Vec<f64>>());
        }
        theta
    };
    agreement(same_bits(&run(1.0), &run(1024.0)))
}

/// Side of the square matrices that are turned.
const SIDE: usize = 5;

/// An orthogonal matrix: a product of turns in planes.
fn turn(name: &str) -> Vec<f64> {
    let mut matrix: Vec<f64> =
        (0..SIDE * SIDE).map(|i| if i % (SIDE + 1) == 0 { 1.0 } else { 0.0 }).collect();
    for (number, angle) in normal::<f64>(name, 0, SIDE - 1).into_iter().enumerate() {
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        for column in 0..SIDE {
            let (above, below) = (number * SIDE + column, (number + 1) * SIDE + column);
            let (a, b) = (matrix[above], matrix[below]);
            (matrix[above], matrix[below]) = (cos * a - sin * b, sin * a + cos * b);
        }
    }
    matrix
}

fn rotation(method: &dyn Method) -> Outcome {
    const LIMIT: f64 = 1e-8;
    let layout = Layout::new([("weight", vec![SIDE, SIDE])]);
    let (left, right) = (turn("left"), turn("right"));
    let turned = |matrix: &[f64]| -> Vec<f64> {
        let product = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let term = |i: usize, j: usize| (0..SIDE).map(|t| a[i * SIDE + t] * b[t * SIDE + j]).sum::<f64>();
            (0..SIDE * SIDE).map(|at| term(at / SIDE, at % SIDE)).collect()
        };
        product(&product(&left, matrix), &right)
    };
    let start = normal::<f64>("theta", 0, layout.len());
    let (mut plain, mut other) = (start.clone(), turned(&start));
    let mut first = method.optimizer_f64(&layout, STEPS);
    let mut second = method.optimizer_f64(&layout, STEPS);
    for step in 0..STEPS {
        let gradient = normal::<f64>("gradient", step, layout.len());
        first.step(&mut plain, &gradient);
        second.step(&mut other, &turned(&gradient));
    }
    let error = relative_error(&other, &turned(&plain));
    (error <= LIMIT, format!("relative error {error:.1e}, limit {LIMIT:.0e}"))
}
