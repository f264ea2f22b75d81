//! Entries that have one key and are not one: each gets the study into its key and title.
//!
//! On a task those of one key and other settings are not one. Over the tasks of a report a key stands for one competitor, whose settings
//! may differ from task to task if one study has it so; two studies that use a key on different tasks for different settings mean two.

use super::listed;
use super::shared::{Competitor, Shared};
use crate::difference::of_values;
use std::collections::{BTreeMap, BTreeSet};

/// An entry by the numbers of its task and of itself there.
type Place = (usize, usize);

/// Tells them apart; `studies` are the names.
pub(super) fn tell_apart(tasks: &mut [Shared], studies: &[&str]) {
    // Not those that are given here: an entry that is told apart on two tasks has one key on both.
    let taken: BTreeSet<String> = by_key(tasks).into_keys().collect();
    let naming = Naming { studies, parts: parts(studies), taken };
    for task in tasks.iter_mut() {
        for (key, alike) in by_key(std::slice::from_ref(task)) {
            let [(_, first), others @ ..] = &alike[..] else { continue };
            if others.is_empty() {
                continue;
            }
            for (_, other) in others {
                task.told.push(on_a_task(studies, [*first, *other].map(|k| &task.entries[k])));
            }
            for (_, entry) in &alike {
                naming.rename(&mut task.entries[*entry], &key);
            }
        }
    }
    for (key, places) in by_key(tasks) {
        if is_one(places.iter().map(|(task, entry)| &tasks[*task].entries[*entry])) {
            continue;
        }
        let titles = listed(places.iter().map(|(task, _)| tasks[*task].title().to_owned()));
        let said =
            format!("`{key}` is not the same on {titles}, and of different studies there: an entry each.");
        tasks[places[0].0].told.push(said);
        for (task, entry) in places {
            naming.rename(&mut tasks[task].entries[entry], &key);
        }
    }
}

/// Names of the studies as parts of keys, no two alike.
fn parts(studies: &[&str]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for study in studies {
        let own = study.replace('/', "-");
        let mut tries = std::iter::once(own.clone()).chain((2..).map(|n| format!("{own}-{n}")));
        parts.push(tries.find(|part| !parts.contains(part)).unwrap_or(own));
    }
    parts
}

/// How entries are renamed.
struct Naming<'a> {
    studies: &'a [&'a str],
    parts: Vec<String>,
    taken: BTreeSet<String>,
}

impl Naming<'_> {
    fn rename(&self, it: &mut Competitor, key: &str) {
        let new = format!("{key}-{}", self.parts[it.of[0].0]);
        let mut tries = std::iter::once(new.clone()).chain((2..).map(|n| format!("{new}-{n}")));
        it.entry.key = tries.find(|name| !self.taken.contains(name)).unwrap_or(new);
        it.entry.title = format!("{} ({})", it.entry.title, it.names(self.studies).join(", "));
    }
}

/// Where each key is.
fn by_key(tasks: &[Shared]) -> BTreeMap<String, Vec<Place>> {
    let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for (number, task) in tasks.iter().enumerate() {
        for (entry, it) in task.entries.iter().enumerate() {
            found.entry(it.entry.key.clone()).or_default().push((number, entry));
        }
    }
    found
}

/// Whether entries of one key on several tasks are one competitor: of one study, or of the same settings.
fn is_one<'a>(entries: impl Iterator<Item = &'a Competitor> + Clone) -> bool {
    let studies =
        entries.clone().map(|it| it.of.iter().map(|(study, _)| *study).collect::<BTreeSet<usize>>());
    let common = studies.reduce(|a, b| &a & &b).unwrap_or_default();
    let mut settings = entries.map(|it| (&it.entry.optimizer, &it.entry.hyper));
    let first = settings.next();
    !common.is_empty() || settings.all(|other| Some(other) == first)
}

/// In what two entries of one key on one task differ.
fn on_a_task(studies: &[&str], [one, other]: [&Competitor; 2]) -> String {
    let differing = if one.entry.optimizer == other.entry.optimizer {
        let found = of_values(&one.entry.hyper, &other.entry.hyper);
        let found = found.iter().map(|d| format!("{}: {} and {}", d.input, d.planned, d.stored));
        found.collect::<Vec<_>>().join(", ")
    } else {
        format!("optimizer: {} and {}", one.entry.optimizer, other.entry.optimizer)
    };
    let names = listed(one.names(studies).into_iter().chain(other.names(studies)));
    format!("`{}` has other settings in {names} ({differing}): an entry each.", one.entry.key)
}
