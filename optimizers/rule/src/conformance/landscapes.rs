//! Functions on which optimizers are known to have trouble.

use super::checks::{Named, Outcome};
use super::probe::{normal, small_layout};
use crate::Method;
use streams::Stream;

/// A check for each.
pub(super) const CHECKS: [Named; 3] = [
    ("it goes down an ill-conditioned valley", |method| descends(method, &ill_conditioned())),
    ("it goes down where there is no derivative", |method| descends(method, &non_smooth())),
    ("it leaves a saddle", |method| descends(method, &saddle())),
];

/// Steps of each descent.
const STEPS: u64 = 500;

/// What is left of the loss, at most, with the best of the [`rates`]. None of the suite's optimizers leaves more than an eightieth
/// anywhere; one that goes nowhere leaves all of it.
const LEFT: f64 = 0.05;

/// Learning rates tried: half-decades up to a thousand times more and less than the optimizer's own.
fn rates(own: f64) -> impl Iterator<Item = f64> {
    (-6..=6).map(move |half| own * libm::pow(10.0, f64::from(half) / 2.0))
}

/// A sum over elements, by its value and derivative at element `i`.
struct Landscape {
    start: Vec<f64>,
    at: Box<dyn Fn(usize, f64) -> (f64, f64)>,
}

impl Landscape {
    fn loss(&self, theta: &[f64]) -> f64 {
        theta.iter().enumerate().map(|(i, &x)| (self.at)(i, x).0).sum()
    }

    fn gradient(&self, theta: &[f64]) -> Vec<f64> {
        theta.iter().enumerate().map(|(i, &x)| (self.at)(i, x).1).collect()
    }
}

fn weights(low: f64) -> Vec<f64> {
    let mut draws = Stream::new(0, "conformance", "landscape", 0).draws(0);
    let len = small_layout().len();
    (0..len).map(|_| libm::exp(draws.between(libm::log(low), 0.0))).collect()
}

/// ½ Σ λᵢ θᵢ² with λ from 0.001 to 1, evenly in its logarithm.
fn ill_conditioned() -> Landscape {
    let curvatures = weights(1e-3);
    Landscape {
        start: normal("theta", 0, curvatures.len()),
        at: Box::new(move |i, x| (0.5 * curvatures[i] * x * x, curvatures[i] * x)),
    }
}

/// Σ λᵢ |θᵢ| with λ from 0.1 to 1.
fn non_smooth() -> Landscape {
    let slopes = weights(0.1);
    let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
    Landscape {
        start: normal("theta", 0, slopes.len()),
        at: Box::new(move |i, x| (slopes[i] * x.abs(), slopes[i] * sign(x))),
    }
}

/// Σ ¼ (θᵢ² − 1)² from beside its saddle at 0, where it is ¼ each; the minima are 0.
fn saddle() -> Landscape {
    let start = normal::<f64>("theta", 0, small_layout().len()).into_iter().map(|x| 0.01 * x).collect();
    Landscape { start, at: Box::new(|_, x| (0.25 * (x * x - 1.0) * (x * x - 1.0), x * (x * x - 1.0))) }
}

fn descends(method: &dyn Method, landscape: &Landscape) -> Outcome {
    let before = landscape.loss(&landscape.start);
    let mut best = (f64::INFINITY, method.learning_rate());
    for rate in rates(method.learning_rate()) {
        let mut theta = landscape.start.clone();
        let mut optimizer = method.optimizer_f64(&small_layout(), STEPS);
        optimizer.set_learning_rate(rate);
        for _ in 0..STEPS {
            let gradient = landscape.gradient(&theta);
            optimizer.step(&mut theta, &gradient);
            if !theta.iter().all(|x| x.is_finite()) {
                break;
            }
        }
        let point = optimizer.evaluation_point(&theta).unwrap_or(theta);
        let after = landscape.loss(&point);
        if after < best.0 {
            best = (after, rate);
        }
    }
    let (after, rate) = best;
    let passed = after <= LEFT * before;
    (
        passed,
        format!(
            "{before:.3} to {after:.2e} in {STEPS} steps with the best of 13 learning rates, {rate:.2e}; at most {:.3}",
            LEFT * before
        ),
    )
}
