//! Of `plan`.

use records::Name;
use schemars::JsonSchema;
use serde::Serialize;

/// What would run.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Planned {
    /// Of a study whose data are here.
    Whole(Whole),
    /// Of one whose data are not.
    Unplanned(Unplanned),
}

/// A plan.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Whole {
    /// The study.
    pub study: String,
    /// Every run of it.
    pub runs: Vec<PlannedRun>,
    /// Runs that the store lacks.
    pub missing: usize,
    /// What is wrong with records that are there and not whole.
    pub damaged: Vec<String>,
    /// Records of the former format, without digests.
    pub unprotected: usize,
    /// Records that other code made.
    pub stale: usize,
    /// The searches behind the values of its tasks.
    pub trials: Vec<Trials>,
    /// Comparisons with the reference; null if nothing is compared.
    pub comparisons: Option<Comparisons>,
    /// Other studies that share runs with it.
    pub shared: Vec<Shared>,
    /// Optimizer steps to take.
    pub steps: u64,
    /// Seconds expected.
    pub expected_s: f64,
    /// Bytes that the new records will take, roughly.
    pub expected_disk_bytes: u64,
}

/// A run of a plan.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlannedRun {
    /// Its task.
    pub task: Name,
    /// Key of its entry.
    pub entry: String,
    /// Seed block.
    pub repetition: u64,
    /// Its name.
    pub id: Name,
    /// Whether the store has it, made by code that is good for it.
    pub cached: bool,
}

/// Trials of the search behind a task's values.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Trials {
    /// The task.
    pub task: String,
    /// All of them.
    pub all: usize,
    /// Those between the values of the grid.
    pub refined: usize,
}

/// Challengers against the reference, over all trained tasks.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Comparisons {
    /// All of them.
    pub all: usize,
    /// Those that the corrected test can decide with the seeds that are planned.
    pub decidable: usize,
    /// Most seeds that one of them has in common with the reference.
    pub seeds: usize,
    /// Fewest with which each could be decided.
    pub seeds_needed: u64,
}

/// A study that shares runs.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Shared {
    /// Its name.
    pub study: String,
    /// Runs that both have.
    pub runs: usize,
}

/// What can be told without the data: sizes are known, names of runs are not.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Unplanned {
    /// The study.
    pub study: String,
    /// Which data are missing, and how to get them.
    pub data_missing: String,
    /// Its tasks.
    pub tasks: Vec<SketchedTask>,
    /// Runs in all.
    pub all: u64,
    /// Seconds expected of all, evaluations not counted.
    pub expected_s: f64,
}

/// A task without names of runs.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SketchedTask {
    /// Its name.
    pub task: Name,
    /// What is compared on it.
    pub entries: usize,
    /// Seeds.
    pub repetitions: u64,
    /// Parameters of the network; null for a function.
    pub parameters: Option<usize>,
    /// Steps of a run.
    pub steps: u64,
    /// Seconds expected of all its runs.
    pub expected_s: f64,
}
