//! How long a plan will take.

use crate::{Compute, HarnessError, Limits, Plan, Problem, device_timing, product_gflops, time_step};
use cuda::DeviceError;
use models::Network;
use records::Name;
use rule::Method;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a plan will cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Runs in the plan.
    pub runs: usize,
    /// Runs the store lacks.
    pub missing: usize,
    /// Optimizer steps to take.
    pub steps: u64,
    /// Seconds expected, all jobs at work.
    pub seconds: f64,
    /// Seconds of the longest population, by itself.
    pub population_s: f64,
    /// Bytes the new records will take, roughly.
    pub disk_bytes: u64,
}

/// Bytes of one recorded row, and of `run.json`.
const ROW_BYTES: u64 = 120;
const RECORD_BYTES: u64 = 2_500;
/// Operations, activations and parameters of a step that is worth trying: a second and megabytes. A larger one is reckoned.
const TRIED_FLOP: u64 = 4_000_000_000;
const TRIED_ACTIVATIONS: usize = 2_000_000;
const TRIED_PARAMETERS: usize = 5_000_000;
/// Seconds that a parameter takes beside the products: once to be drawn, copied and hashed, and in every step to be moved. Reckoned from
/// one training of 1.3 × 10⁸ of them, of which they were the larger part: right in their order of magnitude.
const PARAMETER_S: f64 = 7e-8;
const PARAMETER_STEP_S: f64 = 4e-9;
/// Seconds of one step of a two-dimensional function: an optimizer step on two numbers.
const FUNCTION_STEP_S: f64 = 4e-7;

impl Estimate {
    /// Estimates the runs of `plan` that are not `there`, by task and name: two training steps of each task's network are
    /// timed where they will run.
    ///
    /// # Errors
    /// If the device fails.
    pub fn new(
        plan: &Plan,
        there: &BTreeSet<(Name, Name)>,
        limits: Limits,
        compute: &Compute,
    ) -> Result<Self, HarnessError> {
        let mut estimate = Self { runs: plan.manifest.runs.len(), ..Self::default() };
        for task in &plan.tasks {
            let missing =
                task.runs.iter().filter(|run| !there.contains(&(task.name.clone(), run.id.clone())));
            let (count, method) =
                missing.fold((0, None), |(n, first), run| (n + 1, first.or(Some(&run.method))));
            let Some(method) = method else { continue };
            let steps = task.problem.steps();
            let mut size = compute.replicas(task, count, limits.replicas)?.min(count);
            estimate.missing += count;
            estimate.steps += count as u64 * steps;
            let (seconds, rows) = match &task.problem {
                Problem::Function(function) => {
                    (steps as f64 * FUNCTION_STEP_S, steps / function.record_every)
                }
                Problem::Classification { settings, splits, network, .. } => {
                    let images_per_s = match compute {
                        Compute::Cpu => {
                            cpu_speed(network, method, settings.batch_size.min(splits.train.len()))
                        }
                        Compute::Device(device) => {
                            let batch_size = settings.batch_size.min(splits.train.len());
                            let precision = settings.precision;
                            let timed =
                                |size| device_timing(device, precision, network, method, batch_size, size, 2);
                            let (timing, fitting) = fitting(size, timed).map_err(|e| {
                                HarnessError::too_large(e, || format!("a run of task `{}`", task.name))
                            })?;
                            size = fitting;
                            timing.images_per_s
                        }
                    };
                    // Three evaluations an epoch, each image a third of a training step's work.
                    let parts = splits.train.len()
                        + splits.test.len()
                        + splits.validation.as_ref().map_or(0, data::Images::len);
                    let epochs = f64::from(settings.epochs);
                    let images = epochs * (splits.train.len() as f64 + parts as f64 / 3.0);
                    let once = network.parameters() as f64 * PARAMETER_S;
                    (images / images_per_s + once, u64::from(settings.epochs))
                }
            };
            estimate.disk_bytes += count as u64 * (RECORD_BYTES + rows * ROW_BYTES);
            let seconds = match (&task.problem, compute) {
                // The population's speed is that of all its replicas together.
                (Problem::Classification { .. }, Compute::Device(_)) => {
                    estimate.seconds += seconds * count as f64;
                    estimate.population_s = estimate.population_s.max(seconds * size as f64);
                    continue;
                }
                _ => seconds,
            };
            estimate.population_s = estimate.population_s.max(seconds * size as f64 / limits.threads as f64);
            // A job's threads beyond the first help little less than a job of its own.
            let at_work = (limits.jobs * limits.threads).min(count * limits.threads) as f64;
            estimate.seconds += seconds * count as f64 / at_work;
        }
        Ok(estimate)
    }
}

/// Times populations of `size` replicas, or of half as many until they fit, as a training would halve them. Gives their size, too.
fn fitting<T>(
    size: usize,
    timed: impl Fn(usize) -> Result<T, DeviceError>,
) -> Result<(T, usize), DeviceError> {
    match timed(size) {
        Err(DeviceError::Memory { .. }) if size > 1 => fitting(size.div_ceil(2), timed),
        timing => timing.map(|timing| (timing, size)),
    }
}

/// Images per second of a training on one thread: tried with as much of a batch as takes seconds, or, of a network that is too
/// large even for that, reckoned from the speed of its products.
fn cpu_speed(network: &Network, method: &Arc<dyn Method>, batch_size: usize) -> f64 {
    let flop = network.step_flop().max(1);
    let activations = network.sizes().iter().sum::<usize>().max(1);
    let affordable = usize::try_from(TRIED_FLOP / flop).unwrap_or(usize::MAX);
    let images = affordable.min(TRIED_ACTIVATIONS / activations).min(batch_size);
    if images == 0 || network.parameters() > TRIED_PARAMETERS {
        let products = (batch_size as u64 * flop) as f64 / (1e9 * product_gflops(1));
        return batch_size as f64 / (products + network.parameters() as f64 * PARAMETER_STEP_S);
    }
    time_step(network, method.as_ref(), images, 1, 1, 2).images_per_s
}
