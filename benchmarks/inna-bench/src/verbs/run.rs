//! `inna-bench run`.

use super::plan::sentence;
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::surroundings::{CODE_DIGEST, COMPILER, duration};
use anyhow::{Context as _, Result};
use harness::{Context, Estimate, Progress, execute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let limits = arguments.machine.limits();
    let compute = arguments.machine.device.open()?;
    let plan = places.plan(&arguments.study, arguments.quiet)?;
    compute.check(&plan)?;
    let store = places.store()?;
    // Records that are there are read now: a damaged one is said before anything is trained.
    plan.records(&store)?;
    let estimate = Estimate::new(&plan, &store, limits, &compute)?;
    if !arguments.quiet {
        eprintln!("{}", sentence(&estimate, &store, limits, &compute));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the step to end; the store is valid at any moment.
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")?;
    let progress = Progress::new(estimate.missing, estimate.steps, arguments.quiet);
    let context = Context {
        suite_version: env!("CARGO_PKG_VERSION"),
        code_digest: CODE_DIGEST,
        compiler: COMPILER,
        machine: harness::machine(),
        compute: &compute,
        stop: &stop,
        progress: &progress,
        checkpoint_every: Duration::from_secs(arguments.checkpoint_every.into()),
    };
    let clock = Instant::now();
    let summary = execute(&plan, &store, limits, &context);
    progress.clear();
    let summary = summary?;
    if summary.stopped {
        eprintln!(
            "Stopped. {} of {} runs are in {}; the same command goes on from there.",
            summary.kept + summary.finished + summary.diverged,
            estimate.runs,
            store.root().display()
        );
        return Ok(Ending::Interrupted);
    }
    if !arguments.quiet && estimate.missing > 0 {
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
    Ok(Ending::Done)
}
