//! Several studies as one: the entries of all on the tasks that they share.
//!
//! A task is shared if everything that its results and verdicts depend on is the same in both, entries apart. Nothing is made to fit:
//! what is not the same is left out, and the setting that differs is named. The plan of a study and the manifest of a report are put
//! together alike, since that is all that is looked at.

mod apart;
mod likeness;
mod shared;

#[cfg(test)]
mod tests;

use crate::looks;
use likeness::Side;
use records::{Joint, Manifest, Name, PlannedRun, Record, TaskCard, Timing, text};
use shared::Shared;
use std::collections::{BTreeMap, BTreeSet};

/// A study with the records that there are of it.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it compares.
    pub manifest: Manifest,
    /// Its results.
    pub records: Vec<Record>,
}

/// Why studies are not put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TogetherError {
    /// There is one of them.
    #[error("one study is put together with nothing; name two or more, or leave --together out")]
    Alone,
    /// Two have one name.
    #[error(
        "two of the studies are called `{study}`, so that nothing could be told apart by study; `report --compare` holds one report \
         against another"
    )]
    SameName {
        /// The name.
        study: String,
    },
    /// They have no task in common.
    #[error("{studies} share no task: {}", reasons.join("; "))]
    NothingShared {
        /// The studies.
        studies: String,
        /// What keeps each task out.
        reasons: Vec<String>,
    },
}

/// Puts studies together. The order counts: of what several have, the first one's is taken, and the reference is that of the first.
///
/// # Errors
/// If there is nothing to put together.
pub fn together(parts: &[Part]) -> Result<Part, TogetherError> {
    if parts.len() < 2 {
        return Err(TogetherError::Alone);
    }
    let mut names = BTreeSet::new();
    if let Some(part) = parts.iter().find(|part| !names.insert(&part.manifest.study)) {
        return Err(TogetherError::SameName { study: part.manifest.study.clone() });
    }
    let (shared, left_out) = shared_tasks(parts);
    let studies = listed(parts.iter().map(|part| part.manifest.study.clone()));
    let Some(first) = shared.first() else {
        return Err(TogetherError::NothingShared { studies, reasons: left_out });
    };
    let master_seed = parts[first.first()].manifest.master_seed;
    let (runs, records, other_results) = runs(parts, &shared);
    let owners = owners(parts, &runs);
    let mut remarks = vec![format!(
        "Entries of {studies}, put together on the {} that they share. Comparisons, and what their p values are adjusted for, are those \
         of this report.",
        if shared.len() == 1 { "task".into() } else { format!("{} tasks", shared.len()) }
    )];
    remarks.extend(shared.iter().flat_map(|task| task.remarks(parts)));
    remarks.extend(other_results);
    remarks.extend(left_out.into_iter().map(|reason| format!("Left out: {reason}.")));
    remarks.extend(parts.iter().filter_map(of_one_study));
    let mut tasks: Vec<_> = shared.into_iter().map(Shared::card).collect();
    looks::tell_apart(&mut tasks);
    let used: BTreeSet<&str> = tasks.iter().flat_map(|t| &t.entries).map(|e| e.optimizer.as_str()).collect();
    let mut optimizers: BTreeMap<&str, _> = BTreeMap::new();
    for card in parts.iter().flat_map(|part| &part.manifest.optimizers) {
        if used.contains(card.name.as_str()) {
            optimizers.entry(&card.name).or_insert(card);
        }
    }
    let planned: BTreeSet<_> = runs.iter().map(|run| (&run.task, &run.id)).collect();
    let mut stale = Vec::new();
    for run in parts.iter().flat_map(|part| &part.manifest.stale) {
        if planned.contains(&(&run.task, &run.id)) && !stale.contains(run) {
            stale.push(run.clone());
        }
    }
    let label = parts.iter().filter_map(|part| {
        part.manifest.label.as_ref().map(|label| format!("{}: {label}", part.manifest.study))
    });
    let label = label.collect::<Vec<_>>().join(" ");
    let manifest = Manifest {
        study: folder_names(parts).join("+"),
        title: listed(parts.iter().map(|part| part.manifest.title.clone())),
        question: format!("How do the entries of {studies} compare on the tasks that they share?"),
        source: parts
            .iter()
            .map(|part| format!("# {}\n\n{}", part.manifest.study, part.manifest.source))
            .collect::<Vec<_>>()
            .join("\n"),
        master_seed,
        stale,
        figures: Vec::new(),
        claims: None,
        label: Some(label).filter(|label| !label.is_empty()),
        rehearsal: parts.iter().any(|part| part.manifest.rehearsal),
        choices: Vec::new(),
        theory: Vec::new(),
        exhibits: Vec::new(),
        optimizers: optimizers.into_values().cloned().collect(),
        timings: timings(parts, &tasks),
        joint: Some(Joint { studies: parts.iter().flat_map(studies_of).collect(), runs: owners, remarks }),
        tasks,
        runs,
    };
    Ok(Part { manifest, records })
}

/// The tasks that two or more have, as far as they are the same, and what keeps the others out.
fn shared_tasks(parts: &[Part]) -> (Vec<Shared>, Vec<String>) {
    let mut all: Vec<Shared> = Vec::new();
    let mut left_out = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        for card in &part.manifest.tasks {
            let Some(there) = all.iter_mut().find(|there| there.name() == card.name) else {
                all.push(Shared::new(number, card));
                continue;
            };
            let first = &parts[there.first()];
            let differing = likeness::differences(&there.side(first), &Side::new(part, card));
            if differing.is_empty() {
                there.take_in(number, card);
            } else {
                left_out.push(format!(
                    "`{}` is not the same in {} and {} ({})",
                    card.name,
                    first.manifest.study,
                    part.manifest.study,
                    differing.join(", ")
                ));
            }
        }
    }
    let (mut shared, alone): (Vec<_>, Vec<_>) = all.into_iter().partition(Shared::is_shared);
    let others = alone.iter().filter(|task| {
        let has = |part: &&Part| part.manifest.tasks.iter().any(|card| card.name == task.name());
        parts.iter().filter(has).count() == 1
    });
    left_out.extend(
        others.map(|task| format!("only {} has `{}`", parts[task.first()].manifest.study, task.name())),
    );
    // Tasks of three studies may be shared by two with one seed and two with another.
    let seed_of = |task: &Shared| parts[task.first()].manifest.master_seed;
    if let Some(seed) = shared.first().map(seed_of) {
        let other = shared.iter().filter(|task| seed_of(task) != seed);
        left_out.extend(other.map(|task| {
            format!("`{}` has the master_seed {}, the tasks before it {seed}", task.name(), seed_of(task))
        }));
        shared.retain(|task| seed_of(task) == seed);
    }
    let studies: Vec<&str> = parts.iter().map(|part| part.manifest.study.as_str()).collect();
    apart::tell_apart(&mut shared, &studies);
    (shared, left_out)
}

/// The runs of the tasks, each once, their records, and what is to be said of those of which there are two.
fn runs(parts: &[Part], shared: &[Shared]) -> (Vec<PlannedRun>, Vec<Record>, Vec<String>) {
    let mut records: BTreeMap<(&str, &str), (usize, &Record)> = BTreeMap::new();
    let mut others = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        for record in &part.records {
            let place = (record.specification.task.as_str(), record.id.as_str());
            let (first, kept) = *records.entry(place).or_insert((number, record));
            if kept.fingerprint != record.fingerprint {
                let remark = format!(
                    "The run `{}` of `{}` has another result in {} than in {}, whose is shown.",
                    place.1, place.0, part.manifest.study, parts[first].manifest.study
                );
                others.push((place, remark));
            }
        }
    }
    let mut planned: BTreeMap<(usize, u64, usize), PlannedRun> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        for run in &part.manifest.runs {
            let task = shared.iter().position(|task| task.name() == run.task.as_str());
            let Some((task, entry)) = task.and_then(|k| Some((k, shared[k].entry(number, &run.entry)?)))
            else {
                continue;
            };
            let new = PlannedRun { entry: shared[task].key(entry).into(), ..run.clone() };
            let is_there = |run: &PlannedRun| records.contains_key(&(run.task.as_str(), run.id.as_str()));
            let kept = planned.entry((task, run.repetition, entry)).or_insert_with(|| new.clone());
            // It may be stored under the name that it had while a task's margin was part of it.
            if !is_there(kept) && is_there(&new) {
                *kept = new;
            }
        }
    }
    let runs: Vec<PlannedRun> = planned.into_values().collect();
    let found = runs.iter().filter_map(|run| records.get(&(run.task.as_str(), run.id.as_str())));
    let found = found.map(|(_, record)| (*record).clone()).collect();
    let wanted: BTreeSet<_> = runs.iter().map(|run| (run.task.as_str(), run.id.as_str())).collect();
    let remarks = others.into_iter().filter(|(place, _)| wanted.contains(place)).map(|(_, remark)| remark);
    let remarks = remarks.collect();
    (runs, found, remarks)
}

/// What a part has for itself alone, if anything.
fn of_one_study(part: &Part) -> Option<String> {
    let of = &part.manifest;
    let has = [
        ("the figures of a paper", !of.figures.is_empty()),
        ("the claims of a paper", of.claims.is_some()),
        ("the pictures of the theory", !of.theory.is_empty()),
    ];
    let has: Vec<String> = has.into_iter().filter(|(_, has)| *has).map(|(what, _)| what.into()).collect();
    let study = &of.study;
    (!has.is_empty())
        .then(|| format!("Left out: {} of {study}, which are in its own report.", listed(has.into_iter())))
}

/// How long steps of these tasks take: of two timings of a task on a device the newer.
fn timings(parts: &[Part], tasks: &[TaskCard]) -> Vec<Timing> {
    let is_of_them = |timing: &&Timing| tasks.iter().any(|card| timing.task == card.name);
    let mut newest: BTreeMap<(&str, &str), &Timing> = BTreeMap::new();
    for timing in parts.iter().flat_map(|part| &part.manifest.timings).filter(is_of_them) {
        let known = newest.entry((&timing.task, &timing.device)).or_insert(timing);
        if timing.started_unix_s > known.started_unix_s {
            *known = timing;
        }
    }
    newest.into_values().cloned().collect()
}

/// The study that has each of these runs, the first of several; of a part that is itself put together, the one behind it.
fn owners(parts: &[Part], runs: &[PlannedRun]) -> BTreeMap<Name, String> {
    let mut owners = BTreeMap::new();
    for Part { manifest, .. } in parts {
        for run in &manifest.runs {
            let behind = manifest.joint.as_ref().and_then(|joint| joint.runs.get(&run.id));
            owners.entry(&run.id).or_insert_with(|| behind.unwrap_or(&manifest.study).clone());
        }
    }
    let owned = runs.iter().filter_map(|run| Some((run.id.clone(), owners.remove(&run.id)?)));
    owned.collect()
}

/// The studies that a part consists of.
fn studies_of(part: &Part) -> Vec<String> {
    let alone = || vec![part.manifest.study.clone()];
    part.manifest.joint.as_ref().map_or_else(alone, |joint| joint.studies.clone())
}

/// Names of the studies as parts of that of a folder.
fn folder_names(parts: &[Part]) -> Vec<String> {
    parts.iter().map(|part| part.manifest.study.replace('/', "-")).collect()
}

/// `A, B and C`; what is there twice once.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    names.for_each(|name| {
        if !once.contains(&name) {
            once.push(name)
        }
    });
    text::listed(&once)
}
