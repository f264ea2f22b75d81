//! How long a plan will take, and how fast a training step is.

use crate::{Limits, Plan, Problem};
use models::{Batches, Initialisation, Network, Population};
use records::Store;
use rule::{Method, Optimizer, step_population};
use std::time::Instant;
use streams::Stream;

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
    /// Bytes the new records will take, roughly.
    pub disk_bytes: u64,
}

/// Bytes of one recorded row, and of `run.json`.
const ROW_BYTES: u64 = 120;
const RECORD_BYTES: u64 = 2_500;
/// Seconds of one step of a two-dimensional function: an optimizer step on two numbers.
const FUNCTION_STEP_S: f64 = 4e-7;

impl Estimate {
    /// Estimates the missing runs of `plan`: two training steps of each task's network are timed on this machine.
    pub fn new(plan: &Plan, store: &Store, limits: Limits) -> Self {
        let mut estimate = Self { runs: plan.manifest.runs.len(), ..Self::default() };
        for task in &plan.tasks {
            let missing = task.runs.iter().filter(|run| !store.holds(&task.name, &run.id));
            let (count, method) =
                missing.fold((0, None), |(n, first), run| (n + 1, first.or(Some(&run.method))));
            let Some(method) = method else { continue };
            let steps = task.problem.steps();
            estimate.missing += count;
            estimate.steps += count as u64 * steps;
            let (seconds, rows) = match &task.problem {
                Problem::Function(function) => {
                    (steps as f64 * FUNCTION_STEP_S, steps / function.record_every)
                }
                Problem::Classification { settings, splits, network, .. } => {
                    let timing = time_step(network, method.as_ref(), settings.batch_size, 1, 1, 2);
                    // Three evaluations an epoch, each image a third of a training step's work.
                    let parts = splits.train.len()
                        + splits.test.len()
                        + splits.validation.as_ref().map_or(0, data::Images::len);
                    let epochs = f64::from(settings.epochs);
                    let images = epochs * (splits.train.len() as f64 + parts as f64 / 3.0);
                    (images / timing.images_per_s, u64::from(settings.epochs))
                }
            };
            estimate.disk_bytes += count as u64 * (RECORD_BYTES + rows * ROW_BYTES);
            // A job's threads beyond the first help little less than a job of its own.
            let at_work = (limits.jobs * limits.threads).min(count * limits.threads) as f64;
            estimate.seconds += seconds * count as f64 / at_work;
        }
        estimate
    }
}

/// Speed of a training step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepTiming {
    /// Median seconds of a step (forward, backward, update) of the whole population.
    pub step_s: f64,
    /// Images per second at the median, all replicas counted.
    pub images_per_s: f64,
}

/// Times training steps on random images: one step to warm up, then `steps`, the median taken.
pub fn time_step(
    network: &Network,
    method: &dyn Method,
    batch_size: usize,
    replicas: usize,
    threads: usize,
    steps: usize,
) -> StepTiming {
    let timed = || {
        let streams: Vec<_> =
            (0..replicas).map(|r| move |name: &str| Stream::new(0, "timing", name, r as u64)).collect();
        let mut population = Population::new(network.clone(), &Initialisation::HeNormal {}, &streams);
        let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
            (0..replicas).map(|_| method.optimizer_f32(network.layout(), 1 + steps as u64)).collect();
        let noise = Noise::new(network, batch_size);
        let mut times = Vec::with_capacity(steps);
        for step in 0..=steps {
            let clock = Instant::now();
            population.differentiate(step as u64, batch_size, &noise);
            let (parameters, gradient) = population.parameters_and_gradient();
            step_population(&mut optimizers, parameters, gradient);
            if step > 0 {
                times.push(clock.elapsed().as_secs_f64());
            }
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    // Without a pool of its own the step is timed on the surrounding one, which is as good an estimate.
    let step_s = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(timed),
        Err(_) => timed(),
    };
    StepTiming { step_s, images_per_s: (replicas * batch_size) as f64 / step_s }
}

/// One fixed batch of random images.
struct Noise {
    images: Vec<f32>,
    labels: Vec<u8>,
}

impl Noise {
    fn new(network: &Network, batch_size: usize) -> Self {
        let mut draws = Stream::new(0, "timing", "images", 0).draws(0);
        let images = (0..batch_size * network.input().size()).map(|_| draws.normal() as f32).collect();
        let labels = (0..batch_size).map(|_| draws.below(network.classes() as u32) as u8).collect();
        Self { images, labels }
    }
}

impl Batches<f32> for Noise {
    fn fill(&self, _replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let size = images.len() / labels.len();
        images.copy_from_slice(&self.images[first * size..first * size + images.len()]);
        labels.copy_from_slice(&self.labels[first..first + labels.len()]);
    }
}
