//! What `run`, `tune` and `verify` share: training what a plan lacks.

use super::plan::{remarks, sentence};
use super::staleness::{stale, usable};
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::surroundings::{COMPILER, code, duration};
use crate::terminal;
use anyhow::{Context as _, Result};
use harness::{Code, Compute, Context, Estimate, Limits, Plan, Progress, execute};
use records::{Lease, Record, Store};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The machine, ready to train, until Ctrl-C.
pub(crate) struct Trainer<'a> {
    arguments: &'a Run,
    limits: Limits,
    compute: Compute,
    code: Code,
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
        let limits =
            Limits { populations: arguments.populations.map(|n| n as usize), ..arguments.machine.limits() };
        Ok(Self { arguments, limits, compute, code: code(), stop })
    }

    /// The store, as this process shares it with others.
    pub fn store(&self, places: &Places) -> Store {
        match self.arguments.lease {
            None => places.store(),
            Some(seconds) => {
                let lease = Lease { locks: false, patience: Duration::from_secs(seconds.into()) };
                places.store().with_lease(lease)
            }
        }
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
        // Records that are there are read now: what is damaged is said before anything is trained, and moved away by what
        // takes its place.
        let survey = store.survey_ends(&plan.manifest.runs)?;
        let there = usable(&survey, &self.code, &self.arguments.staleness);
        let estimate = Estimate::new(plan, &there, limits, &self.compute)?;
        if !quiet {
            for remark in remarks(&survey, store).into_iter().chain(stale(
                &survey,
                &self.code,
                &self.arguments.staleness,
            )) {
                terminal::say(format_args!("note: {remark}"));
            }
            terminal::say(sentence(&estimate, store, limits, &self.compute));
        }
        let progress = Progress::new(estimate.missing, estimate.steps, quiet);
        if estimate.missing == 0 {
            harness::tidy(plan, store, limits, &self.context(&progress, None));
            progress.clear();
            return Ok(None);
        }
        let clock = Instant::now();
        let summary = execute(plan, store, limits, &self.context(&progress, None));
        progress.clear();
        let summary = summary?;
        if summary.stopped {
            return Ok(Some([summary.there(), estimate.runs]));
        }
        if !quiet {
            let trained = summary.finished + summary.diverged;
            let diverged = match summary.diverged {
                0 => String::new(),
                n => format!(", {n} of them diverged (kept as results)"),
            };
            let elsewhere = match summary.elsewhere {
                0 => String::new(),
                n => format!("; {n} by other processes meanwhile"),
            };
            let left = match estimate.runs - summary.there() {
                0 => String::new(),
                n => format!("; {n} of {} left", estimate.runs),
            };
            let time = duration(clock.elapsed().as_secs_f64());
            terminal::say(format_args!("{trained} runs trained in {time}{diverged}{elsewhere}{left}."));
        }
        Ok(None)
    }

    /// Trains every run of `plan` again, the first `epochs` of it if that is given, and stores nothing. `None` if it was
    /// stopped.
    pub fn repeat(&self, plan: &Plan, epochs: Option<u32>) -> Result<Option<Vec<Record>>> {
        self.compute.check(plan)?;
        let estimate = Estimate::new(plan, &BTreeSet::new(), self.limits, &self.compute)?;
        let steps =
            plan.tasks.iter().map(|task| task.problem.steps_of(epochs) * task.runs.len() as u64).sum();
        let progress = Progress::new(estimate.missing, steps, self.arguments.quiet);
        let records = harness::repeat(plan, self.limits, &self.context(&progress, epochs));
        progress.clear();
        Ok(records?)
    }

    fn context<'b>(&'b self, progress: &'b Progress, epochs_at_most: Option<u32>) -> Context<'b> {
        Context {
            suite_version: env!("CARGO_PKG_VERSION"),
            code: &self.code,
            keep_stale: self.arguments.staleness.keep_stale,
            compiler: COMPILER,
            machine: harness::machine(),
            compute: &self.compute,
            stop: &self.stop,
            progress,
            checkpoint_every: Duration::from_secs(self.arguments.checkpoint_every.into()),
            epochs_at_most,
        }
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
