//! What surrounds a training.

use crate::{Code, Compute, Progress};
use records::{Machine, Provenance};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Identity of the program and machine, where trainings run, and the way to stop them.
pub struct Context<'a> {
    /// Version of the suite.
    pub suite_version: &'a str,
    /// What it was built from.
    pub code: &'a Code,
    /// Whether runs that other code made stay as they are.
    pub keep_stale: bool,
    /// Compiler that built it.
    pub compiler: &'a str,
    /// The machine.
    pub machine: Machine,
    /// Where trainings run.
    pub compute: &'a Compute,
    /// Set to stop at the next step without a record.
    pub stop: &'a AtomicBool,
    /// Where steps are reported.
    pub progress: &'a Progress,
    /// A training that has gone on for so long since its last checkpoint writes one after the epoch.
    pub checkpoint_every: Duration,
    /// Trainings end after so many epochs, though everything else is that of the whole budget: for repeating a beginning.
    pub epochs_at_most: Option<u32>,
}

impl Context<'_> {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Whether networks are trained elsewhere than on the processor.
    pub(crate) fn on_device(&self) -> bool {
        matches!(self.compute, Compute::Device(_))
    }

    /// What is to be said of a run before it is trained; the caller adds the parts of the code that it depends on.
    pub(crate) fn provenance(&self, precision: &str, threads: usize, jobs: usize) -> Provenance {
        Provenance {
            suite_version: self.suite_version.to_owned(),
            code_digest: self.code.digest.clone(),
            code: BTreeMap::new(),
            compiler: self.compiler.to_owned(),
            machine: self.machine.clone(),
            device: self.compute.kind().into(),
            accelerator: self.compute.description(),
            precision: precision.into(),
            threads,
            jobs,
            started_unix_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs()),
            training_s: 0.0,
            evaluation_s: 0.0,
            population: 1,
            resumptions: 0,
            state_bytes: 0,
            parameters: 0,
        }
    }
}
