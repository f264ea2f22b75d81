//! Which code made a run, and whether it is still the same.

use records::{Name, Record};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Runs by task and name.
pub type Runs = BTreeSet<(Name, Name)>;

/// Digests of the sources that this program was built from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// Of all of them, and the lock file.
    pub digest: String,
    /// Of the parts that trainings depend on, by name: `rule`, `streams`, `kernels`, `models`, `cuda`, `data`, `training`, `packages` and
    /// every optimizer.
    pub parts: BTreeMap<String, String>,
}

/// A part of the code that was another one when a run was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct ChangedPart {
    /// Its name.
    pub part: String,
    /// Its digest in the record.
    pub then: String,
    /// Its digest in this program; none if it has no such part.
    pub now: Option<String>,
}

impl Code {
    /// The parts that a network's training with `optimizer` depends on; `on_device` if on a GPU or its emulation.
    pub(crate) fn of_network(
        &self,
        optimizer: &str,
        hyper: &Value,
        on_device: bool,
    ) -> BTreeMap<String, String> {
        let parts = ["rule", "streams", "kernels", "models", "data", "training", "packages", optimizer];
        // Rules of matrices leave what is none to another optimizer, which may do so too.
        let fallbacks = std::iter::successors(hyper.get("fallback"), |fallback| fallback.get("fallback"));
        let fallbacks = fallbacks.filter_map(|fallback| fallback.get("optimizer").and_then(Value::as_str));
        // The device has kernels of its own beside what it shares with the CPU.
        self.some(parts.into_iter().chain(fallbacks).chain(on_device.then_some("cuda")))
    }

    /// The parts that the minimisation of a function depends on.
    pub(crate) fn of_function(&self, optimizer: &str) -> BTreeMap<String, String> {
        self.some(["rule", "kernels", "models", "training", "packages", optimizer])
    }

    fn some<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
        let known = parts.into_iter().filter_map(|part| Some((part, self.parts.get(part)?)));
        known.map(|(part, digest)| (part.to_owned(), digest.clone())).collect()
    }

    /// The parts that a record depends on and that have changed since it was made. None of a record that does not name its parts.
    pub fn changes(&self, record: &Record) -> Vec<ChangedPart> {
        self.changed(&record.provenance.code)
    }

    /// Those of some parts, by name with their digests, that have changed since.
    pub fn changed(&self, parts: &BTreeMap<String, String>) -> Vec<ChangedPart> {
        let changed = parts.iter().filter(|(part, then)| self.parts.get(*part) != Some(then));
        changed
            .map(|(part, then)| ChangedPart {
                part: part.clone(),
                then: then.clone(),
                now: self.parts.get(part).cloned(),
            })
            .collect()
    }

    /// Whether a record is of other code than this, as far as it can tell.
    pub fn is_stale(&self, record: &Record) -> bool {
        !self.has(&record.provenance.code)
    }

    /// Whether its own parts are these.
    pub(crate) fn has(&self, parts: &BTreeMap<String, String>) -> bool {
        parts.iter().all(|(part, digest)| self.parts.get(part) == Some(digest))
    }

    /// Those of `records` that are stale.
    pub fn stale(&self, records: &[Record]) -> Runs {
        let stale = records.iter().filter(|record| self.is_stale(record));
        stale.map(|record| (record.specification.task.clone(), record.id.clone())).collect()
    }
}

impl ChangedPart {
    /// Names of the parts, each once.
    pub fn names<'a>(changes: impl IntoIterator<Item = &'a Self>) -> BTreeSet<String> {
        changes.into_iter().map(|change| change.part.clone()).collect()
    }
}
