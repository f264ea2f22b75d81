//! Of `run`, `tune`, `verify` and `explain`.

use records::{Name, Outcome, Provenance, Specification, Tuning};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a training did.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Trained {
    /// The study.
    pub study: String,
    /// Folder of the store.
    pub store: String,
    /// Runs of the study.
    pub runs: usize,
    /// Runs that were there before.
    pub kept: usize,
    /// Runs trained to the end of their budget.
    pub finished: usize,
    /// Runs that diverged; kept as results.
    pub diverged: usize,
    /// Runs that other processes have stored meanwhile.
    pub elsewhere: usize,
    /// Runs whose process ended badly.
    pub failed: usize,
    /// Runs that are still not there.
    pub left: usize,
    /// Whether it was stopped before everything was done.
    pub stopped: bool,
    /// Seconds that it took.
    pub elapsed_s: f64,
}

/// What a search found.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tuned {
    /// The training of its trials.
    pub training: Trained,
    /// Searches that were asked for.
    pub searches: usize,
    /// What was found, by task; empty while trials are missing.
    pub found: BTreeMap<String, Tuning>,
    /// The file that it was written to; null if it was not.
    pub file: Option<String>,
}

/// Whether stored runs came out again.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Verified {
    /// The study.
    pub study: String,
    /// Folder of the store.
    pub store: String,
    /// The runs that were looked at.
    pub runs: Vec<RepeatedRun>,
    /// What is wrong with records that are not whole.
    pub damaged: Vec<String>,
}

/// A run that was repeated, now or before.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RepeatedRun {
    /// Its task.
    pub task: Name,
    /// Its name.
    pub id: Name,
    /// Whether it came out with the same bits.
    pub same: bool,
    /// Epochs that were compared; null if it was the whole run.
    pub epochs: Option<u32>,
    /// What differs, in words.
    pub differs: Vec<String>,
    /// Circumstances that are not the same, say the machine.
    pub circumstances: Vec<String>,
    /// When this program repeated it on a machine like this, in seconds since 1970-01-01 UTC; null if it has done so just now.
    pub remembered_unix_s: Option<u64>,
}

/// Why runs stand as they do.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Explained {
    /// The runs of a study.
    Study(ExplainedStudy),
    /// One run.
    Run(Box<ExplainedRun>),
}

/// The runs of a study.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ExplainedStudy {
    /// The study.
    pub study: String,
    /// Its runs and how they stand.
    pub runs: Vec<harness::Explained>,
}

/// A stored run.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ExplainedRun {
    /// Its task.
    pub task: Name,
    /// Its name.
    pub id: Name,
    /// What was run.
    pub specification: Specification,
    /// How it ended.
    pub outcome: Outcome,
    /// Where and with what it was made.
    pub provenance: Provenance,
    /// What has changed since.
    pub standing: harness::RunStanding,
}
