//! What `run`, `tune` and `verify` share: training what a plan lacks.

use super::plan::{remarks, sentence};
use super::staleness::{stale, usable};
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::signals::stop_flag;
use crate::surroundings::{COMPILER, code, duration};
use crate::{printed, terminal};
use anyhow::{Context as _, Result};
use harness::isolation::{self, Order, Program};
use harness::{Code, Compute, Context, Estimate, Limits, Plan, Progress, Summary, execute};
use records::text::count;
use records::{Circumstances, Lease, Record, Store, file_digest};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How a training ended.
pub(crate) struct Trained {
    /// What of it is there.
    pub extent: Extent,
    /// Runs in all.
    pub runs: usize,
    /// What was done.
    pub summary: Summary,
    /// Seconds that it took.
    pub elapsed_s: f64,
}

/// How much of what was asked for is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    All,
    /// As many populations as were asked for.
    Part,
    /// All but runs of populations whose processes ended badly.
    Failed,
    /// What was there when it was stopped.
    Stopped,
}

impl Trained {
    /// Runs that are not there.
    pub fn left(&self) -> usize {
        self.runs - self.summary.there()
    }

    /// This one together with what was trained before it, as the same work.
    pub fn after(mut self, before: &Self) -> Self {
        let (now, then) = (&mut self.summary, before.summary);
        now.elsewhere += then.elsewhere;
        now.finished += then.finished;
        now.diverged += then.diverged;
        now.failed += then.failed;
        now.kept -= (then.there() - then.kept).min(now.kept);
        self.elapsed_s += before.elapsed_s;
        self
    }

    /// It for `--json`, of a study and the store that it is in.
    pub fn described(&self, study: &str, store: &Store) -> printed::Trained {
        let Summary { kept, elsewhere, finished, diverged, failed, stopped } = self.summary;
        printed::Trained {
            study: study.to_owned(),
            store: store.root().display().to_string(),
            runs: self.runs,
            kept,
            finished,
            diverged,
            elsewhere,
            failed,
            left: self.left(),
            stopped,
            elapsed_s: self.elapsed_s,
        }
    }
}

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
        let compute = arguments.machine.open()?;
        let stop = stop_flag()?;
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

    /// With what it repeats runs; none if this program cannot read itself.
    pub fn circumstances(&self) -> Option<Circumstances> {
        let program = std::env::current_exe().ok()?;
        let is_device = matches!(self.compute, Compute::Device(_));
        Some(Circumstances {
            program: file_digest(&program).ok()?,
            machine: harness::machine(),
            device: self.compute.kind().to_owned(),
            accelerator: self.compute.description(),
            replicas: self.limits.replicas.filter(|_| is_device),
        })
    }

    /// Where it trains.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// Trains what `plan` has and `store` lacks.
    pub fn train(&self, plan: &Plan, store: &Store) -> Result<Trained> {
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
            if let Some(remark) = self.compute.remark(plan) {
                terminal::say(format_args!("note: {remark}"));
            }
            terminal::say(sentence(&estimate, store, limits, &self.compute));
        }
        let progress = Progress::new(estimate.missing, estimate.steps, quiet);
        if estimate.missing == 0 {
            harness::tidy(plan, store, limits, &self.context(&progress, None));
            progress.clear();
            let summary = Summary { kept: estimate.runs, ..Summary::default() };
            return Ok(Trained { extent: Extent::All, runs: estimate.runs, summary, elapsed_s: 0.0 });
        }
        let clock = Instant::now();
        let context = self.context(&progress, None);
        let summary = match self.arguments.isolate {
            false => execute(plan, store, limits, &context),
            true => isolation::execute(plan, store, limits, &context, &itself()?),
        };
        progress.clear();
        let summary = summary?;
        if summary.failed > 0 {
            let folder = store.root().join("failures");
            terminal::say(format_args!("{} failed; why: {}", count(summary.failed, "run"), folder.display()));
        }
        let elapsed_s = clock.elapsed().as_secs_f64();
        let mut trained = Trained { extent: Extent::Stopped, runs: estimate.runs, summary, elapsed_s };
        if summary.stopped {
            return Ok(trained);
        }
        let left = trained.left();
        if !quiet {
            let new = summary.finished + summary.diverged;
            let diverged = match summary.diverged {
                0 => String::new(),
                n => format!(", {n} of them diverged (kept as results)"),
            };
            let elsewhere = match summary.elsewhere {
                0 => String::new(),
                n => format!("; {n} by other processes meanwhile"),
            };
            let left = match left {
                0 => String::new(),
                n => format!("; {n} of {} left", estimate.runs),
            };
            let time = duration(elapsed_s);
            terminal::say(format_args!("{new} runs trained in {time}{diverged}{elsewhere}{left}."));
        }
        trained.extent = match (summary.failed, left) {
            (0, 0) => Extent::All,
            (0, _) => Extent::Part,
            _ => Extent::Failed,
        };
        Ok(trained)
    }

    /// Trains the runs of `plan` for the process that has started this one, until that ends.
    pub fn serve(&self, plan: &Plan, store: &Store) -> Result<Ending> {
        let progress = Progress::reporting(std::io::stdout());
        let stopped = isolation::serve(plan, store, self.limits, &self.context(&progress, None))?;
        Ok(if stopped { Ending::Interrupted } else { Ending::Done })
    }

    /// Stops when stdin ends, if `order` says that somebody watches over this process from there.
    pub fn watch(&self, order: &Order) {
        if order.watched {
            isolation::watch(Arc::clone(&self.stop));
        }
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

/// This program and how it was called, as a worker.
fn itself() -> Result<Program> {
    let file = std::env::current_exe().context("finding this program, which trains every population")?;
    let mut arguments = vec!["--worker".into()];
    arguments.extend(std::env::args_os().skip(1));
    Ok(Program { file, arguments })
}

/// Says that a training was stopped, and how it goes on.
pub(crate) fn stopped(trained: &Trained, store: &Store, quiet: bool) -> Ending {
    if !quiet {
        terminal::say(format_args!(
            "Stopped. {} of {} runs are in {}; the same command goes on from there.",
            trained.summary.there(),
            trained.runs,
            store.root().display()
        ));
    }
    Ending::Interrupted
}
