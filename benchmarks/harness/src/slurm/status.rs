//! How far a study is: what Slurm says of its jobs beside what the store holds.

use super::tasks::Tasks;
use super::{State, Submission, TaskState};
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The runs of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunCounts {
    /// In the plan.
    pub planned: usize,
    /// In the store.
    pub stored: usize,
    /// Missing, and taken by tasks that run: as many as those can train.
    pub running: usize,
    /// Missing, and for tasks that wait.
    pub pending: usize,
    /// Missing, and no task is left for them: theirs failed, or there was none.
    pub left: usize,
}

/// A job array and its tasks.
#[derive(Clone, Debug)]
pub struct JobStatus {
    /// Folder of the submission.
    pub folder: PathBuf,
    /// What was submitted.
    pub submission: Submission,
    /// Its tasks by index.
    pub tasks: BTreeMap<u32, TaskState>,
}

/// Tasks in the same state for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskGroup {
    /// Slurm's word.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// Which.
    pub tasks: Vec<u32>,
}

/// Bytes at the end of a log that are looked at.
const TAIL_BYTES: u64 = 16_384;

impl JobStatus {
    /// Takes each task's state from the first that knows it: `squeue`, Slurm's accounts, the task's own log.
    pub fn new(folder: PathBuf, submission: Submission, queue: &Tasks, accounts: &Tasks) -> Self {
        let state = |task: u32| {
            let id = (submission.job, task);
            let known = queue.get(&id).or_else(|| accounts.get(&id)).cloned();
            (task, known.unwrap_or_else(|| by_log(&submission.log(&folder, task))))
        };
        let tasks = (0..submission.tasks).map(state).collect();
        Self { folder, submission, tasks }
    }

    /// How many of its tasks are in that kind of state.
    pub fn count(&self, kind: State) -> usize {
        self.tasks.values().filter(|task| task.kind() == kind).count()
    }

    /// The tasks by state and reason: what runs first, then what waits, what is done, what failed.
    pub fn groups(&self) -> Vec<TaskGroup> {
        let mut groups = BTreeMap::<_, Vec<u32>>::new();
        for (index, task) in &self.tasks {
            groups.entry((task.kind(), &task.state, &task.reason)).or_default().push(*index);
        }
        let group = |((_, state, reason), tasks): ((State, &String, &Option<String>), Vec<u32>)| TaskGroup {
            state: state.clone(),
            reason: reason.clone(),
            tasks,
        };
        groups.into_iter().map(group).collect()
    }

    /// The tasks that failed.
    pub fn failed(&self) -> impl Iterator<Item = (u32, &TaskState)> {
        self.tasks.iter().filter(|(_, task)| task.kind() == State::Failed).map(|(index, task)| (*index, task))
    }

    /// The last lines of a task's log, if it has one.
    pub fn last_lines(&self, task: u32, count: usize) -> Vec<String> {
        let text = tail(&self.submission.log(&self.folder, task)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
    }
}

impl RunCounts {
    /// Shares the missing runs out over the tasks there are.
    pub fn new(planned: usize, stored: usize, jobs: &[JobStatus]) -> Self {
        let runs = |kind| -> usize { jobs.iter().map(|job| job.submission.runs_of(job.count(kind))).sum() };
        let missing = planned - stored.min(planned);
        let running = missing.min(runs(State::Running));
        let pending = (missing - running).min(runs(State::Waiting));
        Self { planned, stored, running, pending, left: missing - running - pending }
    }
}

/// The state of a task that Slurm does not know any more: its script ends its log with what became of it.
fn by_log(log: &Path) -> TaskState {
    let Some(text) = tail(log) else {
        return TaskState::new(
            "UNKNOWN",
            None,
            Some("Slurm does not know it, and it has no log: it never started".into()),
        );
    };
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match last.strip_prefix("inna-bench: task ended with status ") {
        Some("0") => TaskState::new("COMPLETED", None, None),
        Some(status) => TaskState::new("FAILED", None, Some(format!("exit status {status}"))),
        None => TaskState::new(
            "UNKNOWN",
            None,
            Some("Slurm does not know it, and its log ends early: it was killed".into()),
        ),
    }
}

/// The end of a file, if it can be read.
fn tail(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{TimeLimit, tasks};
    use super::*;
    use crate::Scale;

    fn job(folder: &Path, job: u64, count: u32) -> JobStatus {
        let submission = Submission {
            study: "quick".into(),
            job,
            cluster: None,
            submitted_unix_s: 0,
            tasks: count,
            tasks_at_once: None,
            populations_per_task: 2,
            runs_per_population: 1,
            time_limit: TimeLimit::minutes(15),
            scale: Scale::default(),
            command: Vec::new(),
        };
        let queue = tasks::queue(include_str!("recorded/squeue.txt")).unwrap();
        let accounts = tasks::accounts(include_str!("recorded/sacct.txt")).unwrap();
        JobStatus::new(folder.to_owned(), submission, &queue, &accounts)
    }

    #[test]
    fn the_queue_knows_best_then_the_accounts_then_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log =
            |task, text: &str| std::fs::write(folder.path().join(format!("12_{task}.out")), text).unwrap();
        log(5, "trained\ninna-bench: task ended with status 0\n");
        log(6, "no memory\ninna-bench: task ended with status 2\n\n");
        log(7, "inna-bench: task ended with status 130\nonce more\n");
        let twelve = job(folder.path(), 12, 9);
        let states: Vec<&str> = twelve.tasks.values().map(|task| task.state.as_str()).collect();
        let accounts = ["COMPLETED", "CANCELLED", "COMPLETED", "COMPLETED", "COMPLETED"];
        assert_eq!(states[..5], accounts);
        assert_eq!(states[5..], ["COMPLETED", "FAILED", "UNKNOWN", "UNKNOWN"]);
        assert_eq!(twelve.tasks[&6].reason.as_deref(), Some("exit status 2"));
        assert!(twelve.tasks[&7].reason.as_deref().unwrap().contains("killed"));
        assert!(twelve.tasks[&8].reason.as_deref().unwrap().contains("never started"));
        assert_eq!(twelve.failed().map(|(task, _)| task).collect::<Vec<_>>(), [1, 6, 7, 8]);
        assert_eq!(twelve.last_lines(6, 1), ["inna-bench: task ended with status 2"]);
        assert_eq!(twelve.last_lines(6, 9).len(), 2);
        assert!(twelve.last_lines(8, 5).is_empty());

        let groups = job(folder.path(), 27, 7).groups();
        let shown: Vec<_> =
            groups.iter().map(|g| (g.state.as_str(), g.reason.as_deref(), g.tasks.clone())).collect();
        assert_eq!(shown[0], ("RUNNING", None, vec![2, 3]));
        assert_eq!(shown[1], ("PENDING", Some("JobArrayTaskLimit"), vec![5, 6]));
        assert_eq!(shown[2], ("COMPLETED", None, vec![0]));
        assert_eq!(shown[3], ("FAILED", Some("NonZeroExitCode"), vec![1]));
        assert_eq!((shown[4].0, shown[4].2.clone()), ("UNKNOWN", vec![4]));
    }

    #[test]
    fn missing_runs_are_those_of_running_tasks_then_of_waiting_ones() {
        let folder = tempfile::tempdir().unwrap();
        // Two tasks run and two wait, two populations of one run each.
        let jobs = [job(folder.path(), 27, 7)];
        let counts = |planned, stored| {
            let RunCounts { running, pending, left, .. } = RunCounts::new(planned, stored, &jobs);
            [running, pending, left]
        };
        assert_eq!(counts(10, 0), [4, 4, 2]);
        assert_eq!(counts(10, 5), [4, 1, 0]);
        assert_eq!(counts(10, 8), [2, 0, 0]);
        assert_eq!(counts(10, 10), [0, 0, 0]);
        assert_eq!(RunCounts::new(10, 4, &[]).left, 6);
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1_0.out");
        std::fs::write(&path, "é".repeat(1 << 20) + "\nthe end\n").unwrap();
        let text = tail(&path).unwrap();
        assert!(text.len() < 3 * TAIL_BYTES as usize && text.ends_with("\nthe end\n"));
    }
}
