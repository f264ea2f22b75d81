//! `inna-bench plan`.

use super::staleness::{stale, usable};
use crate::Ending;
use crate::arguments::{Places, Plan};
use crate::printed::{self, Comparisons, Planned, Shared, SketchedTask, Trials, Unplanned, Whole};
use crate::surroundings::{code, duration};
use crate::terminal;
use anyhow::Result;
use harness::{Compute, Estimate, HarnessError, Limits, Sketch};
use records::text::count;
use records::{Name, Store, Survey, TaskCard};
use reports::view::Reach;
use std::collections::BTreeMap;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Plan) -> Result<Ending> {
    let limits = arguments.machine.limits();
    let compute = arguments.machine.open()?;
    let mut plan = match places.plan(&arguments.study, &arguments.size, arguments.json) {
        Err(error) if lacks_data(&error) => return without_data(places, arguments, limits, &error),
        // What is searched for first may lack its data, too.
        Err(error) => match places.untuned(&arguments.study, &arguments.size, true) {
            Err(of_data) if lacks_data(&of_data) => {
                terminal::say(format_args!("note: {error}"));
                return without_data(places, arguments, limits, &of_data);
            }
            _ => return Err(error),
        },
        Ok(plan) => plan,
    };
    compute.check(&plan)?;
    if let Some(remark) = compute.remark(&plan) {
        terminal::say(format_args!("note: {remark}"));
    }
    // A rehearsal's runs are its own.
    let shared = match arguments.size.scale().rehearses() {
        true => Vec::new(),
        false => plan.sharing(&places.configs()?, places.data_folder()),
    };
    let store = places.store();
    plan.adopt(&store)?;
    let survey = store.survey_ends(&plan.manifest.runs)?;
    let code = code();
    let whole = usable(&survey, &code, &arguments.staleness);
    let holds = |task: &Name, id: &Name| whole.contains(&(task.clone(), id.clone()));
    let estimate = Estimate::new(&plan, &whole, limits, &compute)?;
    let mut out = terminal::stdout();
    if arguments.json {
        let run = |run: &records::PlannedRun| printed::PlannedRun {
            task: run.task.clone(),
            entry: run.entry.clone(),
            repetition: run.repetition,
            id: run.id.clone(),
            cached: holds(&run.task, &run.id),
        };
        let searched = |card: &TaskCard| {
            let [all, refined] = trials(card)?;
            Some(Trials { task: card.name.clone(), all, refined })
        };
        let value = Planned::Whole(Whole {
            runs: plan.manifest.runs.iter().map(run).collect(),
            missing: estimate.missing,
            damaged: survey.damaged.iter().map(|damage| damage.reason.clone()).collect(),
            unprotected: survey.unprotected(),
            stale: code.stale(&survey.records).len(),
            trials: plan.manifest.tasks.iter().filter_map(searched).collect(),
            comparisons: Reach::of(&plan.manifest).map(|reach| Comparisons {
                all: reach.comparisons,
                decidable: reach.decidable,
                seeds: reach.seeds,
                seeds_needed: reach.needed,
            }),
            shared: shared.into_iter().map(|with| Shared { study: with.study, runs: with.runs }).collect(),
            steps: estimate.steps,
            expected_s: estimate.seconds,
            expected_disk_bytes: estimate.disk_bytes,
            study: plan.manifest.study,
        });
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    for task in &plan.tasks {
        let card = plan.manifest.tasks.iter().find(|card| card.name == task.name);
        writeln!(out, "{}: {}", task.name, card.map_or("", |card| card.title.as_str()))?;
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for run in &task.runs {
            let (done, all) = counts.entry(&run.entry).or_default();
            *done += usize::from(holds(&task.name, &run.id));
            *all += 1;
        }
        for entry in card.into_iter().flat_map(|card| &card.entries) {
            let (done, all) = counts.get(entry.key.as_str()).copied().unwrap_or_default();
            writeln!(out, "  {:<24} {done}/{all} runs there   {}", entry.key, entry.hyper)?;
        }
        if let Some([trials, refined]) = card.and_then(trials) {
            let of_them =
                if refined == 0 { String::new() } else { format!(", {refined} of them to refine it") };
            writeln!(out, "  the search behind it: {}{of_them}", count(trials, "trial"))?;
        }
    }
    if let Some(sentence) = Reach::of(&plan.manifest).and_then(|reach| reach.sentence()) {
        writeln!(out, "note: {sentence}")?;
    }
    if !shared.is_empty() {
        let with: Vec<String> =
            shared.iter().map(|with| format!("{} with {}", count(with.runs, "run"), with.study)).collect();
        writeln!(out, "note: it shares {}; what one has trained is there for the other", with.join(", "))?;
    }
    let stale = stale(&survey, &code, &arguments.staleness);
    for remark in remarks(&survey, &store).into_iter().chain(stale) {
        writeln!(out, "{remark}")?;
    }
    writeln!(out, "{}", sentence(&estimate, &store, limits, &compute))?;
    Ok(Ending::Done)
}

/// Whether a plan was refused for want of a data set.
fn lacks_data(error: &anyhow::Error) -> bool {
    let missing = |source: &data::DataError| matches!(source, data::DataError::Missing { .. });
    matches!(error.downcast_ref::<HarnessError>(), Some(HarnessError::Data { source, .. }) if missing(source))
}

/// What can be told of a study whose data are not here: sizes are known, names of runs are not.
fn without_data(places: &Places, arguments: &Plan, limits: Limits, error: &anyhow::Error) -> Result<Ending> {
    let scale = arguments.size.scale();
    let sketch = Sketch::new(&places.configs()?, &arguments.study, &scale, places.data_folder(), limits)?;
    let mut out = terminal::stdout();
    if arguments.json {
        let task = |task: &harness::SketchedTask| SketchedTask {
            task: task.task.clone(),
            entries: task.entries,
            repetitions: task.repetitions,
            parameters: task.parameters,
            steps: task.steps,
            expected_s: task.seconds,
        };
        let value = Planned::Unplanned(Unplanned {
            study: arguments.study.clone(),
            data_missing: error.to_string(),
            tasks: sketch.tasks.iter().map(task).collect(),
            all: sketch.runs(),
            expected_s: sketch.seconds(),
        });
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    for task in &sketch.tasks {
        writeln!(out, "{}: {}", task.task, task.title)?;
        let network = task.parameters.map_or_else(String::new, |n| format!(", {n} parameters"));
        writeln!(
            out,
            "  entries {} × seeds {}, {} steps each{network}: about {}",
            task.entries,
            task.repetitions,
            task.steps,
            duration(task.seconds)
        )?;
    }
    writeln!(
        out,
        "{} runs: about {} on this machine's processor, evaluations not counted. Which of them the store has cannot be told: {error}",
        sketch.runs(),
        duration(sketch.seconds())
    )?;
    Ok(Ending::Done)
}

/// Trials of the search behind a task's values, and those of them between the values of its grid; none without a search.
fn trials(card: &TaskCard) -> Option<[usize; 2]> {
    let trials = || card.tuning.iter().flat_map(|tuning| &tuning.searches).flat_map(|search| &search.trials);
    card.tuning.as_ref()?;
    Some([trials().count(), trials().filter(|trial| trial.refined).count()])
}

/// What is to be said of records that are there: the damaged ones, and those that cannot tell.
pub(crate) fn remarks(survey: &Survey, store: &Store) -> Vec<String> {
    let mut remarks: Vec<String> = survey.damaged.iter().map(|damage| damage.reason.clone()).collect();
    if survey.unprotected() > 0 {
        let store = store.root().display();
        remarks.push(format!(
            "{} records in {store} are of the former format, without digests: damage to them cannot be told. Give them some with: \
             inna-bench seal {store}",
            survey.unprotected()
        ));
    }
    remarks
}

/// The estimate in words.
pub(crate) fn sentence(estimate: &Estimate, store: &Store, limits: Limits, compute: &Compute) -> String {
    if estimate.missing == 0 {
        let following = match estimate.to_come {
            0 => String::new(),
            n => format!(" {} of refinement follow.", count(n, "trial")),
        };
        return format!(
            "All {} runs are in {}: nothing to train.{following}",
            estimate.runs,
            store.root().display()
        );
    }
    let with = match compute.description() {
        None => format!("with {} jobs of {} threads", limits.jobs, limits.threads),
        Some(device) => format!("on {device}"),
    };
    let following = match estimate.to_come {
        0 => String::new(),
        n => {
            format!(" Then {} of refinement, about {} more.", count(n, "trial"), duration(estimate.to_come_s))
        }
    };
    format!(
        "{} of {} runs to train, {} steps: about {} {with}, {} kB in {}.{following}",
        estimate.missing,
        estimate.runs,
        estimate.steps,
        duration(estimate.seconds),
        estimate.disk_bytes.div_ceil(1000),
        store.root().display()
    )
}
