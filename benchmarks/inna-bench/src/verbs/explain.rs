//! `inna-bench explain`.

use crate::Ending;
use crate::arguments::{Explain, Places};
use crate::printed::{self, ExplainedRun, ExplainedStudy};
use crate::surroundings::code;
use crate::terminal;
use anyhow::{Result, bail};
use harness::{ChangedPart, Configs, Difference, Explained, RunStanding, Standing, is_study_file};
use records::{Name, Outcome, Record, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

/// Stored runs that a beginning may mean, named in the error.
const NAMED: usize = 5;

pub(crate) fn run(places: &Places, arguments: &Explain) -> Result<Ending> {
    let configs = places.configs()?;
    if is_study(&configs, &arguments.what) {
        return study(places, arguments);
    }
    let store = store_of(places, &arguments.what)?;
    let (task, id) = find(&store, &arguments.what)?;
    if arguments.size.scale() != harness::Scale::default() || arguments.runs {
        bail!(
            "{task}/{id} is a single run: --task, --seeds, --epochs, --per-class and --runs are for studies; leave them out"
        );
    }
    places.none_beside(&format!("the run {task}/{id}"), false)?;
    single(&configs, &store, &task, &id, arguments.json)
}

fn is_study(configs: &Configs, what: &str) -> bool {
    is_study_file(what) || configs.listing("studies").iter().any(|study| study.name == what)
}

/// The store that a run is looked for in: of a path, the one that it leads into.
fn store_of(places: &Places, what: &str) -> Result<Store> {
    let path = Path::new(what);
    // Two names without a record in their place are those of a task and a run.
    if path.components().count() <= 2 && !path.join("run.json").is_file() {
        return Ok(places.store());
    }
    let root = match path.parent().and_then(Path::parent) {
        Some(root) if root == Path::new("") => Path::new("."),
        Some(root) => root,
        None => bail!("{what} is no folder of a run; write STORE/TASK/RUN, or the run's name alone"),
    };
    let same = |one: &Path, other: &Path| matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other);
    match &places.store {
        Some(named) if !same(named, root) => bail!(
            "{what} lies in the store {}, and --store names {}; leave --store out, or name the run by TASK/RUN",
            root.display(),
            named.display()
        ),
        _ if !root.is_dir() => {
            bail!(
                "{what} is neither a study (see: inna-bench list studies) nor a run: {} is no folder",
                root.display()
            )
        }
        _ => Ok(Store::open(root)),
    }
}

/// The stored run that is meant by its folder, its name, or the beginning of it.
fn find(store: &Store, what: &str) -> Result<(Name, Name)> {
    let parts: Vec<String> =
        Path::new(what).iter().rev().take(2).map(|p| p.to_string_lossy().into_owned()).collect();
    let runs = store.list();
    let is_meant = |(task, id): &&(Name, Name)| {
        parts.first().is_some_and(|start| id.starts_with(start.as_str()))
            && parts.get(1).is_none_or(|name| name == task.as_str())
    };
    let meant: Vec<&(Name, Name)> = runs.iter().filter(is_meant).collect();
    let exact = meant.iter().find(|(_, id)| parts.first().is_some_and(|name| name == id.as_str()));
    match (exact, &meant[..]) {
        (Some((task, id)), _) | (None, [(task, id)]) => Ok((task.clone(), id.clone())),
        (None, []) => bail!(
            "`{what}` is neither a study (see: inna-bench list studies) nor a run in {}",
            store.root().display()
        ),
        (None, several) => {
            let names: Vec<String> =
                several.iter().take(NAMED).map(|(task, id)| format!("{task}/{id}")).collect();
            let more = if several.len() > NAMED { ", …" } else { "" };
            bail!(
                "{} runs begin with `{what}`: {}{more}; write more of the name",
                several.len(),
                names.join(", ")
            )
        }
    }
}

fn study(places: &Places, arguments: &Explain) -> Result<Ending> {
    let mut plan = places.plan(&arguments.what, &arguments.size, arguments.json)?;
    let store = places.store();
    plan.adopt(&store)?;
    let explained = plan.explain(&store, &code())?;
    let mut out = terminal::stdout();
    if arguments.json {
        let value = printed::Explained::Study(ExplainedStudy { study: plan.manifest.study, runs: explained });
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    let mut groups: Vec<(&Explained, Vec<&Explained>)> = Vec::new();
    for run in &explained {
        let alike = |(first, _): &&mut (&Explained, Vec<&Explained>)| {
            !arguments.runs
                && (&first.task, &first.entry) == (&run.task, &run.entry)
                && words(&first.standing) == words(&run.standing)
        };
        match groups.iter_mut().find(alike) {
            Some((_, runs)) => runs.push(run),
            None => groups.push((run, vec![run])),
        }
    }
    let mut task = None;
    for (first, runs) in &groups {
        if task != Some(&first.task) {
            writeln!(out, "{}", first.task)?;
            task = Some(&first.task);
        }
        let which = match (arguments.runs, &runs[..]) {
            (true, _) => format!("{} seed {} {}", first.entry, first.repetition, first.id),
            (false, [_]) => format!("{:<24} seed {}", first.entry, first.repetition),
            (false, _) => format!("{:<24} {} seeds", first.entry, runs.len()),
        };
        writeln!(out, "  {which}: {}", words(&first.standing))?;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    explained.iter().for_each(|run| *counts.entry(name(&run.standing)).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(state, n)| format!("{n} {state}")).collect();
    writeln!(out, "{} runs: {}.", explained.len(), counts.join(", "))?;
    Ok(Ending::Done)
}

fn name(standing: &Standing) -> &'static str {
    match standing {
        Standing::Done => "done",
        Standing::Reused { .. } => "reused",
        Standing::Stale { .. } => "stale",
        Standing::Damaged { .. } => "damaged",
        Standing::Underway { .. } => "underway",
        Standing::Missing { .. } => "missing",
    }
}

/// How a run stands and why, in a line that is the same for runs that stand alike.
fn words(standing: &Standing) -> String {
    let state = name(standing);
    match standing {
        Standing::Done => state.into(),
        Standing::Reused { names_its_code, former_name } => {
            let code = match names_its_code {
                true => "made by another build, whose code for it is the same",
                false => "made by a build that did not note its code by parts",
            };
            let name =
                if *former_name { ", under the name it had while the margin was part of it" } else { "" };
            format!("{state}, {code}{name}")
        }
        Standing::Stale { changes } => format!("{state}, {}", changed(changes)),
        Standing::Damaged { .. } => format!("{state}, trained again by `run`"),
        Standing::Underway { epochs, device } => {
            format!("{state}, {epochs} epochs in a checkpoint ({device})")
        }
        Standing::Missing { nearest: None } => format!("{state}, and nothing like it is there"),
        Standing::Missing { nearest: Some(nearest) } => {
            format!(
                "{state}; what is there differs in {}",
                differences(&nearest.differences, "planned", "there")
            )
        }
    }
}

fn changed(changes: &[ChangedPart]) -> String {
    let parts = changes.iter().map(|change| {
        let now = change.now.as_deref().unwrap_or("none");
        format!("the code of `{}` has changed ({} then, {now} now)", change.part, change.then)
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn differences(differences: &[Difference], ours: &str, theirs: &str) -> String {
    let one = |Difference { input, planned, stored }: &Difference| match (planned, stored) {
        (Value::Null, _) => format!("{input} ({stored} {theirs}, not {ours})"),
        (_, Value::Null) => format!("{input} ({planned} {ours}, not {theirs})"),
        _ => format!("{input} ({planned} {ours}, {stored} {theirs})"),
    };
    differences.iter().map(one).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn single(configs: &Configs, store: &Store, task: &Name, id: &Name, as_json: bool) -> Result<Ending> {
    let Some(record) = store.read(task, id)? else { bail!("{task}/{id} has gone meanwhile") };
    let standing = RunStanding::new(&record, configs, &code());
    let mut out = terminal::stdout();
    if as_json {
        let Record { specification, outcome, provenance, .. } = record;
        let (task, id) = (task.clone(), id.clone());
        let run = ExplainedRun { task, id, specification, outcome, provenance, standing };
        writeln!(out, "{}", terminal::json(&printed::Explained::Run(Box::new(run)))?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "{}", store.folder(task, id).display())?;
    for (fact, value) in facts(&record, &standing) {
        writeln!(out, "  {fact:<12} {value}")?;
    }
    Ok(Ending::Done)
}

fn facts(record: &Record, standing: &RunStanding) -> Vec<(&'static str, String)> {
    let Record { specification, provenance, .. } = record;
    let outcome = match &record.outcome {
        Outcome::Finished => "finished".to_owned(),
        Outcome::Diverged { step, reason } => format!("diverged at step {step}: {reason}"),
    };
    let code = match (&standing.changes[..], provenance.code.is_empty()) {
        ([], true) => "not noted by parts: taken as it is".to_owned(),
        ([], false) => {
            let parts: Vec<&str> = provenance.code.keys().map(String::as_str).collect();
            format!("the same as this program's ({})", parts.join(", "))
        }
        (changes, _) => format!("stale: {}", changed(changes)),
    };
    let task = match (&standing.task_unusable, &standing.differences[..]) {
        (Some(reason), _) => format!("cannot be looked at: {reason}"),
        (None, []) => "as the task's file has it".into(),
        (None, found) => format!(
            "differs from the task's file in {} (a study may give a task another size)",
            differences(found, "in the file", "in the run")
        ),
    };
    vec![
        ("outcome", outcome),
        ("optimizer", format!("{} {}", specification.optimizer.name, specification.optimizer.hyper)),
        (
            "seed",
            format!("repetition {} of master seed {}", specification.repetition, specification.master_seed),
        ),
        ("settings", task),
        ("code", code),
        ("made by", format!("sources {}, {}", provenance.code_digest, provenance.compiler)),
        ("made on", format!("{}, {}, {}", provenance.machine.cpu, provenance.device, provenance.precision)),
        ("fingerprint", record.fingerprint.clone()),
    ]
}
