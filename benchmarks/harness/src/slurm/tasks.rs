//! The tasks of job arrays as Slurm's commands list them.

use super::SlurmError;
use std::collections::BTreeMap;

/// What a state means for a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It trains, or is about to.
    Running,
    /// It will.
    Waiting,
    /// It ended well.
    Done,
    /// It ended otherwise, or nobody knows how.
    Failed,
}

/// One task of a job array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    /// The state in Slurm's word.
    pub state: String,
    /// Where it runs or ran.
    pub node: Option<String>,
    /// Why it waits, or how it ended.
    pub reason: Option<String>,
}

/// Tasks by job and index.
pub type Tasks = BTreeMap<(u64, u32), TaskState>;

impl TaskState {
    pub(crate) fn new(state: &str, node: Option<&str>, reason: Option<String>) -> Self {
        Self { state: state.to_owned(), node: node.map(str::to_owned), reason }
    }

    /// What its state means.
    pub fn kind(&self) -> State {
        match self.state.as_str() {
            "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED" | "STOPPED" | "SIGNALING"
            | "STAGE_OUT" | "RESIZING" => State::Running,
            "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
                State::Waiting
            }
            "COMPLETED" => State::Done,
            // FAILED, TIMEOUT, CANCELLED, NODE_FAIL, OUT_OF_MEMORY, BOOT_FAIL, DEADLINE, PREEMPTED, REVOKED
            _ => State::Failed,
        }
    }
}

/// The columns that [`queue`] reads.
pub(crate) const QUEUE_FORMAT: &str = "--format=%F|%K|%T|%N|%r";
/// The columns that [`accounts`] reads.
pub(crate) const ACCOUNTS_FORMAT: &str = "--format=JobID,State,ExitCode,NodeList";

/// Reads the answer of `squeue`, a task a line.
pub(crate) fn queue(answer: &str) -> Result<Tasks, SlurmError> {
    let mut tasks = Tasks::new();
    for line in lines(answer) {
        let fields: Vec<&str> = line.splitn(5, '|').collect();
        let &[job, index, state, node, reason] = &fields[..] else {
            return Err(unexpected("squeue", line, "array job|index|state|nodes|reason"));
        };
        // A job that is no array has no index; it is none of ours.
        let (Ok(job), Ok(index)) = (job.parse(), index.parse()) else { continue };
        let mut task = TaskState::new(state, said(node), said(reason).map(str::to_owned));
        // Slurm goes on saying why a task waited after it has started.
        if matches!(task.kind(), State::Running | State::Done) {
            task.reason = None;
        }
        tasks.insert((job, index), task);
    }
    Ok(tasks)
}

/// Reads the answer of `sacct`. Tasks that wait stand together in one line; `squeue` has them one by one.
pub(crate) fn accounts(answer: &str) -> Result<Tasks, SlurmError> {
    let mut tasks = Tasks::new();
    for line in lines(answer) {
        let fields: Vec<&str> = line.splitn(4, '|').collect();
        let &[id, state, exit, node] = &fields[..] else {
            return Err(unexpected("sacct", line, "job id|state|exit code|nodes"));
        };
        let Some((Ok(job), Ok(index))) = id.split_once('_').map(|(job, index)| (job.parse(), index.parse()))
        else {
            continue;
        };
        // `CANCELLED by 1000`
        let (state, by) =
            state.split_once(' ').map_or((state, None), |(state, by)| (state, Some(by.to_owned())));
        let reason = match exit.split_once(':') {
            Some(("0", "0")) | None => by,
            Some((status, "0")) => Some(format!("exit status {status}")),
            Some((_, signal)) => Some(format!("signal {signal}")),
        };
        tasks.insert((job, index), TaskState::new(state, said(node), reason));
    }
    Ok(tasks)
}

/// The size of an array that `scontrol show config` says is the largest.
pub(crate) fn largest_array(answer: &str) -> Option<u32> {
    let value =
        lines(answer).find_map(|line| line.strip_prefix("MaxArraySize")?.trim_start().strip_prefix('='));
    value.and_then(|value| value.trim().parse().ok()).filter(|&size| size > 0)
}

/// The job that `sbatch --parsable` says it has made, and its cluster if it names one.
pub(crate) fn submitted(answer: &str) -> Result<(u64, Option<String>), SlurmError> {
    let last = lines(answer).last().unwrap_or_default();
    let (job, cluster) =
        last.split_once(';').map_or((last, None), |(job, cluster)| (job, Some(cluster.to_owned())));
    let job = job.parse().map_err(|_| unexpected("sbatch --parsable", answer, "the number of the job"))?;
    Ok((job, cluster))
}

fn lines(answer: &str) -> impl Iterator<Item = &str> {
    answer.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// What stands for nothing in Slurm's columns is nothing.
fn said(field: &str) -> Option<&str> {
    (!["", "None", "None assigned", "(null)", "N/A"].contains(&field)).then_some(field)
}

fn unexpected(command: &str, answer: &str, expected: &'static str) -> SlurmError {
    SlurmError::Answer {
        command: command.into(),
        answer: answer.trim().chars().take(200).collect(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Answers of Slurm 22.05 in recorded/, as it gave them.
    fn shown(tasks: &Tasks, id: (u64, u32)) -> (&str, State, Option<&str>, Option<&str>) {
        let task = &tasks[&id];
        (&task.state, task.kind(), task.node.as_deref(), task.reason.as_deref())
    }

    #[test]
    fn squeue_as_recorded() {
        let tasks = queue(include_str!("recorded/squeue.txt")).unwrap();
        assert_eq!(tasks.len(), 12);
        assert_eq!(shown(&tasks, (27, 2)), ("RUNNING", State::Running, Some("one"), None));
        assert_eq!(shown(&tasks, (27, 5)), ("PENDING", State::Waiting, None, Some("JobArrayTaskLimit")));
        assert_eq!(shown(&tasks, (27, 0)), ("COMPLETED", State::Done, Some("one"), None));
        // `JobArrayTaskLimit` was why it waited.
        assert_eq!(shown(&tasks, (16, 5)), ("COMPLETED", State::Done, Some("two"), None));
        assert_eq!(shown(&tasks, (27, 1)), ("FAILED", State::Failed, Some("two"), Some("NonZeroExitCode")));
        assert_eq!(shown(&tasks, (24, 0)), ("TIMEOUT", State::Failed, Some("two"), Some("TimeLimit")));
        assert_eq!(shown(&tasks, (22, 0)), ("CANCELLED", State::Failed, None, Some("BeginTime")));
        assert!(queue("").unwrap().is_empty());
        assert!(queue("7|N/A|RUNNING|one|None\n").unwrap().is_empty());
        let bad = queue("slurm says hello\n").unwrap_err().to_string();
        assert!(bad.contains("squeue") && bad.contains("slurm says hello"), "{bad}");
    }

    #[test]
    fn sacct_as_recorded() {
        let tasks = accounts(include_str!("recorded/sacct.txt")).unwrap();
        assert_eq!(tasks.len(), 16);
        assert_eq!(shown(&tasks, (27, 1)), ("FAILED", State::Failed, Some("two"), Some("exit status 3")));
        assert_eq!(shown(&tasks, (25, 0)), ("TIMEOUT", State::Failed, Some("one"), None));
        assert_eq!(shown(&tasks, (12, 1)), ("CANCELLED", State::Failed, Some("two"), Some("by 0")));
        assert_eq!(shown(&tasks, (20, 0)), ("CANCELLED", State::Failed, None, None));
        assert!(!tasks.contains_key(&(27, 2)), "tasks that stand together are left to squeue");
        assert!(accounts("one|two\n").is_err());
    }

    #[test]
    fn the_other_answers() {
        assert_eq!(largest_array(include_str!("recorded/scontrol.txt")), Some(1001));
        assert_eq!(largest_array("MaxArraySize = 0\n"), None);
        assert_eq!(largest_array("slurm is not configured\n"), None);
        assert_eq!(submitted("27\n").unwrap(), (27, None));
        assert_eq!(submitted("27;green\n").unwrap(), (27, Some("green".into())));
        assert_eq!(submitted("a note of the site\n4711\n").unwrap().0, 4711);
        assert!(
            submitted("Submitted batch job\n").unwrap_err().to_string().contains("the number of the job")
        );
    }
}
