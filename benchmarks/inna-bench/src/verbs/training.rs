//! What `run`, `tune` and `verify` share: training what a plan lacks.

use super::plan::sentence;
use crate::Ending;
use crate::arguments::Run;
use crate::surroundings::{CODE_DIGEST, COMPILER, duration};
use crate::terminal;
use anyhow::{Context as _, Result};
use harness::{Compute, Context, Estimate, Limits, Plan, Progress, execute};
use records::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The machine, ready to train, until Ctrl-C.
pub(crate) struct Trainer<'a> {
    arguments: &'a Run,
    limits: Limits,
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
        Ok(Self { arguments, limits: arguments.machine.limits(), compute, stop })
    }

    /// Every run for itself, whatever was asked for: on a GPU the size of a population may change the last bits.
    pub fn one_by_one(mut self) -> Self {
        self.limits.replicas = Some(1);
        self
    }

    /// Where it trains.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// Trains what `plan` has and `store` lacks. If it was stopped before the end: how many runs the store has, of how
    /// many.
    pub fn train(&self, plan: &Plan, store: &Store) -> Result<Option<[usize; 2]>> {
        let limits = self.limits;
        let quiet = self.arguments.quiet;
        self.compute.check(plan)?;
        // Records that are there are read now: a damaged one is said before anything is trained.
        plan.records(store)?;
        let estimate = Estimate::new(plan, store, limits, &self.compute)?;
        if !quiet {
            terminal::say(format_args!("{}", sentence(&estimate, store, limits, &self.compute)));
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
            return Ok(Some([summary.kept + summary.finished + summary.diverged, estimate.runs]));
        }
        if !quiet && estimate.missing > 0 {
            let diverged = match summary.diverged {
                0 => String::new(),
                n => format!(", {n} of them diverged (kept as results)"),
            };
            terminal::say(format_args!(
                "{} runs trained in {}{diverged}.",
                estimate.missing,
                duration(clock.elapsed().as_secs_f64())
            ));
        }
        Ok(None)
    }
}

/// Says that a training was stopped, and how it goes on.
pub(crate) fn stopped([there, all]: [usize; 2], store: &Store, quiet: bool) -> Ending {
    if !quiet {
        terminal::say(format_args!(
            "Stopped. {there} of {all} runs are in {}; the same command goes on from there.",
            store.root().display()
        ));
    }
    Ending::Interrupted
}
