//! Running an optimizer of the catalogue on a few numbers with their full gradient.

use models::Function;
use rule::CatalogueError;
use rule::{Layout, Method, Optimizer};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// INNA with constant step `gamma`; `velocity` is a number or the word `beta`.
pub(crate) fn inna(
    gamma: f64,
    [alpha, beta]: [f64; 2],
    velocity: impl Into<Value>,
) -> Result<Box<dyn Method>, CatalogueError> {
    let hyper = json!({
        "learning_rate": gamma,
        "alpha": alpha,
        "beta": beta,
        "schedule": { "kind": "constant" },
        "initial_velocity": velocity.into(),
    });
    catalogue::ALL.parse("inna", &hyper)
}

/// SGD with constant step `gamma` and no momentum.
pub(crate) fn sgd(gamma: f64) -> Result<Box<dyn Method>, CatalogueError> {
    catalogue::ALL.parse("sgd", &json!({ "learning_rate": gamma, "schedule": { "kind": "constant" } }))
}

/// Runs `method` for `steps` iterations from `theta`, which it leaves at the end. `gradient` writes the gradient
/// of its first argument to its second; `look` sees iterations 0 to `steps` and may end the run.
pub(crate) fn drive(
    method: &dyn Method,
    theta: &mut [f64],
    steps: u64,
    gradient: impl Fn(&[f64], &mut [f64]),
    mut look: impl FnMut(u64, &[f64], &dyn Optimizer<f64>) -> ControlFlow<()>,
) {
    let mut optimizer = method.optimizer_f64(&Layout::flat(theta.len()), steps);
    let mut slope = vec![0.0; theta.len()];
    for k in 0..steps {
        if look(k, theta, &*optimizer).is_break() {
            return;
        }
        gradient(theta, &mut slope);
        optimizer.step(theta, &slope);
    }
    // The last look has nothing left to stop.
    let _ = look(steps, theta, &*optimizer);
}

/// The points of iterations 0 to `steps` on a function of two variables.
pub(crate) fn path(
    method: &dyn Method,
    start: [f64; 2],
    steps: u64,
    gradient: impl Fn([f64; 2]) -> [f64; 2],
) -> Vec<[f64; 2]> {
    let mut points = Vec::with_capacity(steps as usize + 1);
    let mut theta = start;
    let slope = |theta: &[f64], into: &mut [f64]| into.copy_from_slice(&gradient([theta[0], theta[1]]));
    drive(method, &mut theta, steps, slope, |_, theta, _| {
        points.push([theta[0], theta[1]]);
        ControlFlow::Continue(())
    });
    points
}

/// [`path`] on a function of the papers.
pub(crate) fn path_on(function: Function, method: &dyn Method, start: [f64; 2], steps: u64) -> Vec<[f64; 2]> {
    path(method, start, steps, |theta| function.gradient(theta))
}

/// INNA's state w, one number for each parameter.
pub(crate) fn velocity_state(optimizer: &dyn Optimizer<f64>) -> Vec<f64> {
    optimizer.export().states.remove("w").unwrap_or_default()
}

/// Euclidean length.
pub(crate) fn norm([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}

/// Euclidean distance.
pub(crate) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    norm([a[0] - b[0], a[1] - b[1]])
}
