//! What a step costs, as it was measured.

use crate::timings::Timings;
use crate::words::Fact;
use crate::words::text::{date, minus, significant};
use records::text::count;
use records::{Entry, Manifest, Record, StepTime, TaskCard, Timing};
use std::collections::BTreeMap;

/// Times of steps by task and entry; those of a task are of one timing, so that they can be compared.
pub(crate) struct StepTimes {
    steps: BTreeMap<(String, String), StepTime>,
    timings: BTreeMap<String, Timing>,
}

impl StepTimes {
    pub(crate) fn new(manifest: &Manifest, records: &[Record]) -> Self {
        let chosen = Timings::new(manifest, records);
        let (mut steps, mut timings) = (BTreeMap::new(), BTreeMap::new());
        for card in &manifest.tasks {
            for entry in &card.entries {
                let Some(step) = chosen.step(&card.name, entry) else { continue };
                steps.insert((card.name.clone(), entry.key.clone()), step.clone());
            }
            timings.extend(chosen.of(&card.name).map(|timing| (card.name.clone(), timing.clone())));
        }
        Self { steps, timings }
    }

    /// The time of an entry's steps.
    pub(crate) fn of(&self, task: &str, entry: &str) -> Option<&StepTime> {
        self.steps.get(&(task.to_owned(), entry.to_owned()))
    }

    /// The median over that of SGD without momentum in the same timing, if it has that, printed. Where each of the two medians lies
    /// within the range of the other, what was measured does not tell them apart, and no digits say that it does.
    pub(crate) fn against_sgd(&self, task: &TaskCard, entry: &str) -> Option<String> {
        let is_plain = |e: &&Entry| {
            e.optimizer == "sgd" && e.hyper.get("momentum").and_then(|m| m.as_f64()).unwrap_or(0.0) == 0.0
        };
        let sgd = task.entries.iter().filter(is_plain).find_map(|sgd| self.of(&task.name, &sgd.key))?;
        let own = self.of(&task.name, entry)?;
        let holds = |range: &StepTime, ms: f64| (range.smallest_ms..=range.largest_ms).contains(&ms);
        if own != sgd && holds(own, sgd.median_ms) && holds(sgd, own.median_ms) {
            return Some("≈ 1×".into());
        }
        Some(format!("{}×", significant(own.median_ms / sgd.median_ms, 3)))
    }

    /// How the times of a task were measured, in words without an end.
    pub(crate) fn how(&self, task: &str) -> Option<String> {
        let timing = self.timings.get(task)?;
        let Timing { machine, device, accelerator, threads, rounds, started_unix_s, .. } = timing;
        let device =
            accelerator.as_ref().map_or_else(|| device.to_string(), |name| format!("{device}, {name}"));
        let others = match (timing.others_cores, timing.busy) {
            (Some(cores), true) => format!(
                ", ON A BUSY MACHINE: other processes took {} cores meanwhile",
                minus(&significant(cores, 2))
            ),
            (None, _) => ", whether the machine was idle is not known".into(),
            (Some(_), false) => String::new(),
        };
        Some(format!(
            "median of {} on {} ({device}, {}), {}{others}",
            count(*rounds, "round"),
            machine.cpu,
            count(*threads, "thread"),
            date(*started_unix_s)
        ))
    }

    /// The same of all tasks, for the page of sources.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let fact = |(task, timing): (&String, &Timing)| Fact {
            name: format!("step times of {task}"),
            value: format!(
                "{}; version {}, code digest {}, {}",
                self.how(task).unwrap_or_default(),
                timing.suite_version,
                timing.code_digest,
                timing.compiler
            ),
        };
        self.timings.iter().map(fact).collect()
    }
}

/// A time of a step, printed.
pub(crate) fn printed(step: &StepTime) -> String {
    significant(step.median_ms, 3)
}

/// Its smallest and largest value, printed.
pub(crate) fn range(step: &StepTime) -> [String; 2] {
    [step.smallest_ms, step.largest_ms].map(|ms| significant(ms, 3))
}
