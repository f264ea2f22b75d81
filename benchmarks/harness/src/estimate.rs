//! How long a plan will take.

mod speed;

use crate::{Compute, HarnessError, Limits, Plan, Problem, Timed, device_timing};
use cuda::DeviceError;
use records::Name;
pub(crate) use speed::Speeds;
use std::collections::BTreeSet;

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
    /// Runs that follow those of the plan: the refined trials of a search.
    pub to_come: usize,
    /// Seconds expected of them; what the other figures say is without them.
    pub to_come_s: f64,
}

/// Bytes of one recorded row, and of `run.json`.
const ROW_BYTES: u64 = 120;
const RECORD_BYTES: u64 = 2_500;
/// Seconds that a parameter takes beside the steps: once to be drawn, copied and hashed. Reckoned from one training of
/// 1.3 × 10⁸ of them, of which they were the larger part: right in its order of magnitude.
const PARAMETER_S: f64 = 7e-8;
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
        let mut speeds = Speeds::default();
        let mut estimate = Self { runs: plan.manifest.runs.len(), ..Self::default() };
        for task in &plan.tasks {
            let missing =
                task.runs.iter().filter(|run| !there.contains(&(task.name.clone(), run.id.clone())));
            let (count, method) =
                missing.fold((0, None), |(n, first), run| (n + 1, first.or(Some(&run.method))));
            estimate.to_come += task.to_come;
            let following = task.runs.first().filter(|_| task.to_come > 0).map(|run| &run.method);
            let Some(method) = method.or(following) else { continue };
            let steps = task.problem.steps();
            let mut size = compute.replicas(task, count.max(1), limits.replicas)?.min(count.max(1));
            estimate.missing += count;
            estimate.steps += count as u64 * steps;
            let (seconds, rows) = match &task.problem {
                Problem::Function(function) => {
                    (steps as f64 * FUNCTION_STEP_S, steps / function.record_every)
                }
                Problem::Training { settings, images, network, .. } => {
                    let batch_size = settings.batch_size.min(images.train);
                    let images_per_s = match compute {
                        Compute::Cpu => speeds.of(network, method.as_ref(), batch_size),
                        Compute::Device(device) => {
                            let precision = settings.precision;
                            let timed = |replicas| {
                                let timed = Timed {
                                    precision,
                                    batch_size,
                                    replicas,
                                    steps: 2,
                                    kernel_by_kernel: false,
                                };
                                device_timing(device, network, method, timed)
                            };
                            let (timing, fitting) = fitting(size, timed).map_err(|e| {
                                HarnessError::too_large(e, || format!("a run of task `{}`", task.name))
                            })?;
                            size = fitting;
                            timing.images_per_s
                        }
                    };
                    // Each image of an evaluation is a third of a training step's work.
                    let parts = images.train + images.test + images.validation;
                    let evaluations = settings.epochs.div_ceil(settings.evaluate_every);
                    let passed = f64::from(settings.epochs) * images.train as f64
                        + f64::from(evaluations) * parts as f64 / 3.0;
                    let once = network.parameters() as f64 * PARAMETER_S;
                    (passed / images_per_s + once, u64::from(evaluations))
                }
            };
            estimate.disk_bytes += count as u64 * (RECORD_BYTES + rows * ROW_BYTES);
            let (threads, jobs) = match (&task.problem, compute) {
                // The population's speed is that of all its replicas together.
                (Problem::Training { .. }, Compute::Device(_)) => (1, 1),
                _ => (limits.threads, limits.jobs),
            };
            // A job's threads beyond the first help little less than a job of its own.
            let taken = |runs: usize| seconds * runs as f64 / (threads * jobs.min(runs.max(1))) as f64;
            estimate.population_s = estimate.population_s.max(seconds * size as f64 / threads as f64);
            estimate.seconds += taken(count);
            estimate.to_come_s += taken(task.to_come);
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
