//! `inna-bench plan`.

use crate::Ending;
use crate::arguments::{Places, Plan};
use crate::surroundings::duration;
use crate::terminal;
use anyhow::Result;
use harness::{Compute, Estimate, Limits};
use records::Store;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Plan) -> Result<Ending> {
    let limits = arguments.machine.limits();
    let compute = arguments.machine.device.open()?;
    let plan = places.plan(&arguments.study, &arguments.size, arguments.json)?;
    compute.check(&plan)?;
    let store = places.store()?;
    let estimate = Estimate::new(&plan, &store, limits, &compute)?;
    let mut out = terminal::stdout();
    if arguments.json {
        let runs: Vec<_> = plan
            .manifest
            .runs
            .iter()
            .map(|run| {
                json!({ "task": run.task, "entry": run.entry, "repetition": run.repetition, "id": run.id,
                        "cached": store.holds(&run.task, &run.id) })
            })
            .collect();
        let value = json!({ "study": plan.manifest.study, "runs": runs, "missing": estimate.missing,
            "steps": estimate.steps, "expected_s": estimate.seconds, "expected_disk_bytes": estimate.disk_bytes });
        writeln!(out, "{}", terminal::json(value)?)?;
        return Ok(Ending::Done);
    }
    for task in &plan.tasks {
        let card = plan.manifest.tasks.iter().find(|card| card.name == task.name);
        writeln!(out, "{}: {}", task.name, card.map_or("", |card| card.title.as_str()))?;
        for entry in card.into_iter().flat_map(|card| &card.entries) {
            let runs = task.runs.iter().filter(|run| run.entry == entry.key);
            let (done, all) = runs.fold((0, 0), |(done, all), run| {
                (done + usize::from(store.holds(&task.name, &run.id)), all + 1)
            });
            writeln!(out, "  {:<24} {done}/{all} runs there   {}", entry.key, entry.hyper)?;
        }
    }
    writeln!(out, "{}", sentence(&estimate, &store, limits, &compute))?;
    Ok(Ending::Done)
}

/// The estimate in words.
pub(crate) fn sentence(estimate: &Estimate, store: &Store, limits: Limits, compute: &Compute) -> String {
    if estimate.missing == 0 {
        return format!("All {} runs are in {}: nothing to train.", estimate.runs, store.root().display());
    }
    let with = match compute.description() {
        None => format!("with {} jobs of {} threads", limits.jobs, limits.threads),
        Some(device) => format!("on {device}"),
    };
    format!(
        "{} of {} runs to train, {} steps: about {} {with}, {} kB in {}.",
        estimate.missing,
        estimate.runs,
        estimate.steps,
        duration(estimate.seconds),
        estimate.disk_bytes.div_ceil(1000),
        store.root().display()
    )
}
