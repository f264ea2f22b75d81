//! Small problems that the conformance checks run on.

use crate::{CHUNK, Float, Layout, Method, Optimizer};
use streams::Stream;

/// θ after each step of the `f64` optimizer on a single parameter that starts at 1, given these gradients: what a
/// computation by hand is compared with.
pub fn path(method: &dyn Method, gradients: &[f64]) -> Vec<f64> {
    let mut optimizer = method.optimizer_f64(&Layout::flat(1), gradients.len() as u64);
    let mut theta = [1.0];
    let after = gradients.iter().map(|&g| {
        optimizer.step(&mut theta, &[g]);
        theta[0]
    });
    after.collect()
}

/// More than two chunks, so that threads have something to share, in tensors of several shapes; the last chunk
/// is not full.
pub(super) fn wide_layout() -> Layout {
    Layout::new([("weight", vec![CHUNK / 64, 130]), ("bias", vec![257]), ("scale", vec![])])
}

/// A matrix and a vector.
pub(super) fn small_layout() -> Layout {
    Layout::new([("weight", vec![8, 6]), ("bias", vec![5])])
}

/// Standard normal numbers; those of (`step`) differ from step to step.
pub(super) fn normal<F: Float>(name: &str, step: u64, len: usize) -> Vec<F> {
    let mut draws = Stream::new(0, "conformance", name, 0).draws(step);
    (0..len).map(|_| F::from_f64(draws.normal())).collect()
}

/// Curvatures between 0.1 and 1, one per element.
pub(super) fn curvatures(len: usize) -> Vec<f64> {
    let mut draws = Stream::new(0, "conformance", "curvature", 0).draws(0);
    (0..len).map(|_| draws.between(0.1, 1.0)).collect()
}

/// J(θ) = ½ Σ λᵢ θᵢ².
pub(super) fn loss<F: Float>(curvatures: &[f64], theta: &[F]) -> f64 {
    curvatures.iter().zip(theta).map(|(curvature, x)| 0.5 * curvature * x.to_f64() * x.to_f64()).sum()
}

/// `steps` steps on the quadratic, in place.
pub(super) fn descend<F: Float>(
    optimizer: &mut dyn Optimizer<F>,
    curvatures: &[f64],
    theta: &mut [F],
    steps: u64,
) {
    for _ in 0..steps {
        let gradient: Vec<F> =
            curvatures.iter().zip(theta.iter()).map(|(&curvature, &x)| F::from_f64(curvature) * x).collect();
        optimizer.step(theta, &gradient);
    }
}

/// Steps `from..to` on random gradients, in place.
pub(super) fn wander<F: Float>(
    optimizer: &mut dyn Optimizer<F>,
    theta: &mut [F],
    steps: std::ops::Range<u64>,
) {
    for step in steps {
        let gradient = normal("gradient", step, theta.len());
        optimizer.step(theta, &gradient);
    }
}

/// Whether all bits agree.
pub(super) fn same_bits<F: Float>(a: &[F], b: &[F]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.bits() == b.bits())
}
