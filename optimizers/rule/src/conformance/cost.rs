//! What an optimizer costs.

use super::probe::normal;
use crate::{Layout, Method, Optimizer};
use std::time::Instant;

/// Bytes and time of an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Parameters that were updated: eight matrices of 128 × 64 with their biases.
    pub parameters: usize,
    /// Bytes that are kept beside each parameter in single precision.
    pub state_bytes_per_parameter: f64,
    /// Time of an update over that of the other optimizer, measured in turn on one thread: the median of the rounds, the smallest
    /// and the largest.
    pub times: [f64; 3],
}

const ROUNDS: usize = 9;
/// Steps of a round: a rule that does more work every tenth step does it as often in each.
const STEPS: usize = 10;

/// Measures `method` beside `other`, which is plain SGD where nothing else is said. Takes a fraction of a second for a rule of
/// elements, seconds for one that decomposes matrices.
///
/// # Errors
/// If there is no thread to be had.
pub fn cost(method: &dyn Method, other: &dyn Method) -> Result<Cost, rayon::ThreadPoolBuildError> {
    let layer = |i: usize| [(format!("weight {i}"), vec![128, 64]), (format!("bias {i}"), vec![64])];
    let layout = Layout::new((0..8).flat_map(layer));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    Ok(pool.install(|| {
        let gradient = normal::<f32>("gradient", 0, layout.len());
        let total = (STEPS * (ROUNDS + 1)) as u64;
        let mut both = [method, other]
            .map(|method| (method.optimizer_f32(&layout, total), normal::<f32>("theta", 0, layout.len())));
        let mut ratios = Vec::with_capacity(ROUNDS);
        // The first round makes the states and warms the caches.
        for round in 0..=ROUNDS {
            let [ours, others] =
                both.each_mut().map(|(optimizer, theta)| timed(&mut **optimizer, theta, &gradient));
            if round > 0 {
                ratios.push(ours / others);
            }
        }
        ratios.sort_by(f64::total_cmp);
        Cost {
            parameters: layout.len(),
            state_bytes_per_parameter: both[0].0.state_bytes() as f64 / layout.len() as f64,
            times: [ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]],
        }
    }))
}

/// Seconds of an update, over [`STEPS`] of them.
fn timed(optimizer: &mut dyn Optimizer<f32>, theta: &mut [f32], gradient: &[f32]) -> f64 {
    let start = Instant::now();
    (0..STEPS).for_each(|_| optimizer.step(theta, gradient));
    start.elapsed().as_secs_f64() / STEPS as f64
}
