//! What `run` and `tune` share: training what a plan lacks.

use super::plan::sentence;
use crate::arguments::Run;
use crate::surroundings::{CODE_DIGEST, COMPILER, duration};
use anyhow::{Context as _, Result};
use harness::{Compute, Context, Estimate, Plan, Progress, execute};
use records::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The machine, ready to train, until Ctrl-C.
pub(crate) struct Trainer<'a> {
    arguments: &'a Run,
    compute: Compute,
    stop: Arc<AtomicBool>,
}

impl<'a> Trainer<'a> {
    pub fn new(arguments: &'a Run) -> Result<Self> {
        let compute = arguments.machine.device.open()?;
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        ctrlc::set_handler(move || {
            // A second Ctrl-C does not wait for the step to end; the store is valid at any moment.
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { arguments, compute, stop })
    }

    /// Where it trains.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// Trains what `plan` has and `store` lacks; false if it was stopped before the end.
    pub fn train(&self, plan: &Plan, store: &Store) -> Result<bool> {
        let limits = self.arguments.machine.limits();
        let quiet = self.arguments.quiet;
        self.compute.check(plan)?;
        // Records that are there are read now: a damaged one is said before anything is trained.
        plan.records(store)?;
        let estimate = Estimate::new(plan, store, limits, &self.compute)?;
        if !quiet {
            eprintln!("{}", sentence(&estimate, store, limits, &self.compute));
        }
        let progress = Progress::new(estimate.missing, estimate.steps, quiet);
        let context = Context {
            suite_version: env!("CARGO_PKG_VERSION"),
            code_digest: CODE_DIGEST,
            compiler: COMPILER,
            machine: harness::machine(),
            compute: &self.compute,
            stop: &self.stop,
            progress: &progress,
            checkpoint_every: Duration::from_secs(self.arguments.checkpoint_every.into()),
        };
        let clock = Instant::now();
        let summary = execute(plan, store, limits, &context);
        progress.clear();
        let summary = summary?;
        if summary.stopped {
            eprintln!(
                "Stopped. {} of {} runs are in {}; the same command goes on from there.",
                summary.kept + summary.finished + summary.diverged,
                estimate.runs,
                store.root().display()
            );
            return Ok(false);
        }
        if !quiet && estimate.missing > 0 {
            let diverged = match summary.diverged {
                0 => String::new(),
                n => format!(", {n} of them diverged (kept as results)"),
            };
            eprintln!(
                "{} runs trained in {}{diverged}.",
                estimate.missing,
                duration(clock.elapsed().as_secs_f64())
            );
        }
        Ok(true)
    }
}
