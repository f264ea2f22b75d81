//! Where the runs of a task were made: how long they took can be compared only if that was one place.

use records::{Machine, Manifest, Outcome, Provenance, Record};
use std::collections::{BTreeMap, BTreeSet};

/// The tasks whose finished runs were all made on one machine and device, with one share-out of it.
pub(crate) struct Places(BTreeSet<String>);

/// Machine, device, accelerator, threads, jobs side by side.
type Place<'a> = (&'a Machine, &'a str, Option<&'a str>, usize, usize);

impl Places {
    pub(crate) fn new(manifest: &Manifest, records: &[Record]) -> Self {
        let planned: BTreeSet<(&str, &str)> =
            manifest.runs.iter().map(|run| (run.task.as_str(), run.id.as_str())).collect();
        let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for record in records.iter().filter(|record| record.outcome == Outcome::Finished) {
            let task = record.specification.task.as_str();
            if !planned.contains(&(task, record.id.as_str())) {
                continue;
            }
            let Provenance { machine, device, accelerator, threads, jobs, .. } = &record.provenance;
            let place = (machine, device.as_str(), accelerator.as_deref(), *threads, *jobs);
            let seen = places.entry(task).or_default();
            if !seen.contains(&place) {
                seen.push(place);
            }
        }
        let one = places.into_iter().filter(|(_, places)| places.len() == 1);
        Self(one.map(|(task, _)| task.to_owned()).collect())
    }

    /// Whether the runs of a task were made in one place.
    pub(crate) fn is_one(&self, task: &str) -> bool {
        self.0.contains(task)
    }
}
