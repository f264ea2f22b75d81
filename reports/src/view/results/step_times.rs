//! What a step costs.

use records::{Entry, Machine, Manifest, Outcome, Provenance, Record, TaskCard};
use std::collections::BTreeMap;

/// Median milliseconds per optimizer step of the finished runs, by task and entry. Seconds belong to a machine and to what else it did:
/// where the runs of a task were made on several machines or devices, or with another share-out of one, there are none.
pub(crate) struct StepTimes(BTreeMap<(String, String), f64>);

/// Where a run was made: machine, device, accelerator, threads, jobs side by side.
type Place<'a> = (&'a Machine, &'a str, Option<&'a str>, usize, usize);

impl StepTimes {
    pub(crate) fn new(manifest: &Manifest, records: &[Record]) -> Self {
        let by_id: BTreeMap<(&str, &str), &Record> =
            records.iter().map(|r| ((r.specification.task.as_str(), r.id.as_str()), r)).collect();
        let mut times: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
        let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for run in &manifest.runs {
            let Some(record) = by_id.get(&(run.task.as_str(), run.id.as_str())) else { continue };
            let steps = record.curve.steps();
            if record.outcome == Outcome::Finished && steps > 0 {
                let time = 1000.0 * record.provenance.training_s / steps as f64;
                times.entry((run.task.to_string(), run.entry.clone())).or_default().push(time);
                let Provenance { machine, device, accelerator, threads, jobs, .. } = &record.provenance;
                let place = (machine, device.as_str(), accelerator.as_deref(), *threads, *jobs);
                let seen = places.entry(run.task.as_str()).or_default();
                if !seen.contains(&place) {
                    seen.push(place);
                }
            }
        }
        times.retain(|(task, _), _| places.get(task.as_str()).is_some_and(|places| places.len() == 1));
        Self(times.into_iter().filter_map(|(key, times)| Some((key, stats::median(&times)?))).collect())
    }

    /// Milliseconds.
    pub(crate) fn of(&self, task: &str, entry: &str) -> Option<f64> {
        self.0.get(&(task.to_owned(), entry.to_owned())).copied()
    }

    /// Over the time of SGD without momentum on the same task, if that is among the entries.
    pub(crate) fn against_sgd(&self, task: &TaskCard, entry: &str) -> Option<f64> {
        let is_plain = |e: &&Entry| {
            e.optimizer == "sgd" && e.hyper.get("momentum").and_then(|m| m.as_f64()).unwrap_or(0.0) == 0.0
        };
        let sgd = task.entries.iter().find(is_plain)?;
        let base = self.of(&task.name, &sgd.key).filter(|base| *base > 0.0)?;
        Some(self.of(&task.name, entry)? / base)
    }
}
