//! Timing the steps of all entries of a task, so that they can be compared.

use super::others::{ProcessorTimes, is_busy};
use super::rounds::{in_turn, spread};
use super::{Timed, device_timing, time_step};
use crate::{Compute, Context, HarnessError, Workload};
use records::{Name, Provenance, StepTime, TIMING_FORMAT, Timing};

/// Seconds that one measurement should take: thousands of times what reading the clock takes, and more than what a system's
/// scheduler gives to a process at once.
const MEASUREMENT_S: f64 = 0.05;
/// Steps of one measurement: so many that one slow step is not the median, and no more than an estimate can promise.
const FEWEST_STEPS: usize = 3;
const MOST_STEPS: usize = 1000;
/// Steps of the trial that says how many those are.
const TRIED: usize = 2;

/// The entries of a task, warmed up.
pub struct Comparison<'a> {
    workload: &'a Workload,
    context: &'a Context<'a>,
    threads: usize,
    rounds: usize,
    /// Steps of one measurement, the same of all entries.
    steps: usize,
    /// Seconds of a step in the trial, all entries together.
    tried_s: f64,
}

impl<'a> Comparison<'a> {
    /// Tries a step of every entry, which says how long the measurement will take and, unless `steps` does, of how many steps one
    /// measurement has to consist.
    ///
    /// # Errors
    /// If the task cannot be trained here, or the device fails.
    pub fn new(
        workload: &'a Workload,
        context: &'a Context<'a>,
        threads: usize,
        rounds: usize,
        steps: Option<usize>,
    ) -> Result<Self, HarnessError> {
        context.compute.admits(&workload.task, workload.settings.precision)?;
        let mut it = Self { workload, context, threads, rounds, steps: TRIED, tried_s: 0.0 };
        let mut fastest = f64::INFINITY;
        for entry in 0..workload.entries.len() {
            if context.stopped() {
                break;
            }
            let step_s = it.step_s(entry)?;
            fastest = fastest.min(step_s);
            it.tried_s += step_s;
        }
        it.steps =
            steps.unwrap_or(((MEASUREMENT_S / fastest).ceil() as usize).clamp(FEWEST_STEPS, MOST_STEPS));
        Ok(it)
    }

    /// Seconds that [`Comparison::measure`] will take.
    pub fn expected_s(&self) -> f64 {
        // One step, on a device as many as are timed, comes before.
        let before = if self.context.on_device() { self.steps } else { 1 };
        (self.rounds * (self.steps + before)) as f64 * self.tried_s
    }

    /// Steps that it will time.
    pub fn all_steps(&self) -> u64 {
        (self.rounds * self.steps * self.workload.entries.len()) as u64
    }

    /// Measures; `others_cores` is what other processes took before. None if it was stopped.
    ///
    /// # Errors
    /// If the device fails.
    pub fn measure(&self, others_cores: Option<f64>) -> Result<Option<Timing>, HarnessError> {
        let Self { workload, context, .. } = self;
        let settings = &workload.settings;
        let mut provenance = context.provenance(settings.precision.name(), self.threads, 1);
        for entry in &workload.entries {
            provenance.code.extend(context.code.of_network(
                &entry.optimizer,
                &entry.hyper,
                context.on_device(),
            ));
        }
        let before = ProcessorTimes::now();
        let measured = in_turn(&workload.task, workload.entries.len(), self.rounds, |entry| {
            if context.stopped() {
                return Ok(None);
            }
            let step_s = self.step_s(entry)?;
            context.progress.steps(self.steps as u64);
            Ok::<_, HarnessError>(Some(1000.0 * step_s))
        })?;
        let Some(measured) = measured else { return Ok(None) };
        let meanwhile = ProcessorTimes::now().zip(before).and_then(|(now, before)| now.others_since(&before));
        // The worse of the two, of those that are known.
        let others_cores = others_cores.into_iter().chain(meanwhile).reduce(f64::max);
        let entries = workload.entries.iter().zip(measured).filter_map(|(entry, times)| {
            let [smallest_ms, median_ms, largest_ms] = spread(times)?;
            let (optimizer, hyper) = (entry.optimizer.clone(), entry.hyper.clone());
            Some(StepTime { optimizer, hyper, median_ms, smallest_ms, largest_ms })
        });
        let Provenance { suite_version, code_digest, code, compiler, machine, accelerator, .. } = provenance;
        Ok(Some(Timing {
            format: TIMING_FORMAT,
            task: workload.task.clone(),
            device: Name::new(provenance.device)?,
            accelerator,
            threads: self.threads,
            machine,
            others_cores,
            busy: is_busy(others_cores),
            started_unix_s: provenance.started_unix_s,
            data: settings.data.name().to_owned(),
            input: workload.input(),
            classes: workload.network.classes(),
            model: serde_json::to_value(&settings.model)?,
            parameters: workload.network.parameters() as u64,
            batch_size: settings.batch_size,
            precision: provenance.precision,
            rounds: self.rounds,
            steps: self.steps,
            entries: entries.collect(),
            suite_version,
            code_digest,
            code,
            compiler,
        }))
    }

    /// One measurement: seconds of a step with an entry, everything made anew.
    fn step_s(&self, entry: usize) -> Result<f64, HarnessError> {
        let Workload { settings, network, entries, task } = self.workload;
        let (method, batch_size) = (&entries[entry].method, settings.batch_size);
        Ok(match self.context.compute {
            Compute::Cpu => {
                time_step(network, method.as_ref(), batch_size, 1, self.threads, self.steps).step_s
            }
            Compute::Device(device) => {
                let precision = settings.precision;
                let timed =
                    Timed { precision, batch_size, replicas: 1, steps: self.steps, kernel_by_kernel: false };
                device_timing(device, network, method, timed)
                    .map_err(|e| HarnessError::too_large(e, || format!("a step of task `{task}`")))?
                    .step_s
            }
        })
    }
}
