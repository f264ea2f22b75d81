//! Of `submit` and `status`.

use harness::slurm::Submission;
use schemars::JsonSchema;
use serde::Serialize;

/// What was submitted, or would be.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Submitted {
    /// A job array.
    Job(Submission),
    /// With `--dry-run`, what it would be.
    Array(Array),
    /// Nothing: every missing run has its task, or none is missing.
    Nothing(Nothing),
}

/// A job array that would be submitted; the names are those of one that was.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Array {
    /// Always null.
    pub job: (),
    /// Its tasks.
    pub tasks: u32,
    /// Tasks that run at the same time, at most.
    pub tasks_at_once: Option<u32>,
    /// Populations that each trains, at most.
    pub populations_per_task: u32,
    /// Time limit of a task, as Slurm writes it.
    pub time_limit: String,
    /// The program of every task and its arguments.
    pub command: Vec<String>,
    /// The script.
    pub script: String,
}

/// Nothing to submit.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Nothing {
    /// Always null.
    pub job: (),
    /// Always 0.
    pub tasks: u32,
    /// Runs of the study.
    pub planned: usize,
    /// Runs in the store.
    pub stored: usize,
}

/// How far a submitted study is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Status {
    /// The study.
    pub study: String,
    /// Whether Slurm could be asked.
    pub slurm: bool,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// What was submitted.
    pub jobs: Vec<Job>,
    /// Its runs.
    pub runs: StatusRuns,
}

/// Runs of a submitted study.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StatusRuns {
    /// In the plan.
    pub planned: usize,
    /// In the store.
    pub stored: usize,
    /// Missing, and taken by tasks that run; null if Slurm could not be asked, as the next two.
    pub running: Option<usize>,
    /// Missing, and for tasks that wait.
    pub pending: Option<usize>,
    /// Missing, and no task is left for them.
    pub without_task: Option<usize>,
}

/// A job array.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Job {
    /// Slurm's number of it.
    pub job: u64,
    /// When it was submitted, UTC.
    pub submitted: String,
    /// The same in seconds since 1970-01-01 UTC.
    pub submitted_unix_s: u64,
    /// Its tasks.
    pub tasks: u32,
    /// Folder of its script and logs.
    pub folder: String,
    /// The program of every task and its arguments.
    pub command: Vec<String>,
    /// Its tasks by state; null if Slurm could not be asked.
    pub states: Option<Vec<TaskGroup>>,
    /// The first tasks that failed; null if Slurm could not be asked.
    pub failed: Option<Vec<FailedTask>>,
}

/// Tasks in one state.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TaskGroup {
    /// Slurm's word for it.
    pub state: String,
    /// Why they are in it.
    pub reason: Option<String>,
    /// Their numbers.
    pub tasks: Vec<u32>,
}

/// A task that failed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FailedTask {
    /// Its number.
    pub task: u32,
    /// Slurm's word for how.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// Its log.
    pub log: String,
    /// The end of that.
    pub last_lines: Vec<String>,
}
