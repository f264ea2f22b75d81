//! Another report as it is read back from its `report.json`.
//!
//! Only what is compared is read, and all of it may be missing but the format: fields that another version adds are
//! passed over, fields that it lacked count as not said.

use crate::error::ReportError;
use crate::json::FORMAT;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Formats of `report.json` that can be compared with.
const ACCEPTED: RangeInclusive<u32> = 1..=FORMAT;

/// A report to compare with: a subset of `report.json`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Earlier {
    pub(super) study: String,
    pub(super) data_date: Option<String>,
    pub(super) tasks: Vec<Task>,
    pub(super) paper: Option<Paper>,
    pub(super) provenance: Provenance,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) metric: String,
    pub(super) measure: Option<Measure>,
    pub(super) entries: Vec<Entry>,
    pub(super) reference: Option<String>,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) margin: Option<String>,
    pub(super) settings: Vec<Named>,
}

/// What a training is judged by; reports from before there was a choice do not say that it is the test accuracy.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Measure {
    pub(super) unit: String,
    pub(super) differences: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) optimizer: String,
    pub(super) estimate: Estimate,
    pub(super) hyper: Vec<Named>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Estimate {
    pub(super) n: usize,
    pub(super) values: Vec<Option<f64>>,
    pub(super) mean: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Comparison {
    pub(super) entry: String,
    pub(super) verdict: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Paper {
    pub(super) claims: Vec<Claim>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) statement: String,
    pub(super) verdict: String,
    pub(super) here: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Provenance {
    pub(super) master_seed: Option<u64>,
    pub(super) facts: Vec<Named>,
    pub(super) runs: Vec<Run>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub(super) task: String,
    pub(super) entry: String,
    pub(super) repetition: u64,
    pub(super) id: String,
    pub(super) status: String,
    pub(super) fingerprint: Option<String>,
    pub(super) score: Option<f64>,
}

/// A name and a value, printed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) value: String,
}

impl Earlier {
    /// Reads the report in the folder `place`, or the `report.json` of that name.
    ///
    /// # Errors
    /// If there is none, it is not one, or its format is not among those that this version knows.
    pub fn read(place: &Path) -> Result<Self, ReportError> {
        let path = if place.is_dir() { place.join("report.json") } else { place.to_owned() };
        let refused = |reason: String| ReportError::Earlier {
            path: PathBuf::from(&path),
            reason,
            accepted: Self::accepted(),
        };
        let text = records::text::read(&path).map_err(|e| refused(format!("it cannot be read, {e}")))?;
        Self::parse(text.as_bytes()).map_err(refused)
    }

    /// Reads the bytes of a `report.json`; the error is a reason.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: Option<u64>,
        }
        let broken = |e: serde_json::Error| format!("it is not the JSON of a report, {e}");
        let version: Version = serde_json::from_slice(text).map_err(broken)?;
        match version.format.map(u32::try_from) {
            Some(Ok(format)) if ACCEPTED.contains(&format) => {}
            Some(_) => return Err(format!("its format is {}", version.format.unwrap_or_default())),
            None => return Err("it has no `format`".into()),
        }
        let mut report: Self = serde_json::from_slice(text).map_err(broken)?;
        report.complete();
        Ok(report)
    }

    /// What is accepted, in words.
    pub(crate) fn accepted() -> String {
        let (first, last) = (ACCEPTED.start(), ACCEPTED.end());
        if first == last { format!("format {first}") } else { format!("formats {first} to {last}") }
    }

    /// Reports written before single runs had a score list the values of an entry by repetition: they are given to its
    /// runs where it is certain which is whose.
    fn complete(&mut self) {
        for task in &self.tasks {
            for entry in &task.entries {
                let mut runs: Vec<&mut Run> = self
                    .provenance
                    .runs
                    .iter_mut()
                    .filter(|r| r.task == task.name && r.entry == entry.key && r.is_made())
                    .collect();
                if runs.iter().any(|r| r.score.is_some()) {
                    continue;
                }
                runs.sort_by_key(|r| r.repetition);
                let values = &entry.estimate.values;
                // A diverged classifier has a value, a diverged function has none.
                if runs.len() != values.len() {
                    runs.retain(|r| r.status != "diverged");
                }
                if runs.len() == values.len() {
                    runs.into_iter().zip(values).for_each(|(run, value)| run.score = *value);
                }
            }
        }
    }

    pub(super) fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|t| t.name == name)
    }
}

impl Task {
    /// Whether both are judged by the same, as far as both say: only then numbers of theirs can be subtracted.
    pub(super) fn is_judged_as(&self, other: &Self) -> bool {
        self.metric == other.metric || self.metric.is_empty() || other.metric.is_empty()
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }
}

impl Run {
    /// Whether there is a record of it.
    pub(super) fn is_made(&self) -> bool {
        matches!(self.status.as_str(), "done" | "diverged")
    }
}
