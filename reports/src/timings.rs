//! Which measured step times a report goes by: numbers of two timings are never put side by side, so each task has one.

use records::{Entry, Manifest, Record, StepTime, TaskCard, Timing};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The timing of each task that has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timings<'a>(BTreeMap<&'a str, &'a Timing>);

impl<'a> Timings<'a> {
    /// Of several timings of a task, which differ in their device, the one on the device that its runs were made on; of those the
    /// newest.
    pub fn new(manifest: &'a Manifest, records: &[Record]) -> Self {
        let devices: BTreeSet<(&str, &str)> = records
            .iter()
            .map(|record| (record.specification.task.as_str(), record.provenance.device.as_str()))
            .collect();
        let chosen = |card: &'a TaskCard| {
            let usable = manifest.timings.iter().filter(|it| it.fits(card) && it.contradiction().is_none());
            let timing = usable.max_by_key(|it| {
                let is_of_runs = devices.contains(&(card.name.as_str(), it.device.as_str()));
                (is_of_runs, it.started_unix_s, Reverse(&it.device))
            });
            Some((card.name.as_str(), timing?))
        };
        Self(manifest.tasks.iter().filter_map(chosen).collect())
    }

    /// That of a task.
    pub fn of(&self, task: &str) -> Option<&'a Timing> {
        self.0.get(task).copied()
    }

    /// The time of an entry's steps.
    pub fn step(&self, task: &str, entry: &Entry) -> Option<&'a StepTime> {
        self.of(task)?.of(entry)
    }
}
