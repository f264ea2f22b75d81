//! Many starts side by side.

use super::NAME;
use super::optimizers::Competitor;
use super::sawtooth::{KINKS, backprop};
use crate::drive::drive;
use std::ops::ControlFlow;
use streams::Stream;

/// A step size that adds without rounding.
pub(crate) const QUARTER: f64 = 0.25;
/// One that does not.
pub(crate) const TENTH: f64 = 0.1;
/// Iterations of a run.
pub(crate) const STEPS: u64 = 1000;
/// Seed of the random starts.
pub(crate) const SEED: u64 = 2021;
/// Where starts lie.
const INTERVAL: [f64; 2] = [-3.0, 2.75];

/// What became of a set of starts.
#[derive(Default)]
pub(crate) struct Ends {
    /// How many there were.
    pub(crate) starts: usize,
    /// How many end exactly on a false point.
    pub(crate) stuck: usize,
    /// How often an iterate is exactly a false point and the next one is not.
    pub(crate) passed: usize,
}

fn slope(theta: &[f64], into: &mut [f64]) {
    into.copy_from_slice(&backprop(theta));
}

/// Runs all starts; the optimizers treat every parameter for itself.
pub(crate) fn ends(competitor: &Competitor, starts: &[f64]) -> Ends {
    let mut theta = starts.to_vec();
    let mut on = vec![false; theta.len()];
    let mut passed = 0;
    drive(&*competitor.method, &mut theta, STEPS, slope, |_, theta, _| {
        for (on, theta) in on.iter_mut().zip(theta) {
            let now = KINKS.contains(theta);
            passed += usize::from(*on && !now);
            *on = now;
        }
        ControlFlow::Continue(())
    });
    Ends { starts: starts.len(), stuck: on.into_iter().filter(|on| *on).count(), passed }
}

/// The path of one start.
pub(crate) fn path_of(competitor: &Competitor, start: f64, steps: u64) -> Vec<[f64; 2]> {
    let mut points = Vec::new();
    drive(&*competitor.method, &mut [start], steps, slope, |k, theta, _| {
        points.push([k as f64, theta[0]]);
        ControlFlow::Continue(())
    });
    points
}

/// The multiples of `step` in the interval that are no false points. `step` is the inverse of an integer.
pub(crate) fn multiples(step: f64) -> Vec<f64> {
    let parts = (1.0 / step).round();
    let [first, last] = INTERVAL.map(|end| (end * parts).floor() as i64);
    // A quotient of integers is the nearest number; a multiple of a rounded step is not.
    (first..=last).map(|i| i as f64 / parts).filter(|theta| !KINKS.contains(theta)).collect()
}

/// Uniform in the interval.
pub(crate) fn random(count: usize) -> Vec<f64> {
    let mut draws = Stream::new(SEED, NAME, "start", 0).draws(0);
    (0..count).map(|_| draws.between(INTERVAL[0], INTERVAL[1])).collect()
}
