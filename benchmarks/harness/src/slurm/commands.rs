//! Slurm's commands.

use super::tasks::{self, Tasks};
use super::{SlurmError, quote};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// What `sbatch` made of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The job.
    pub job: u64,
    /// The cluster, if Slurm named it.
    pub cluster: Option<String>,
}

/// Whether there is a Slurm to submit to.
///
/// # Errors
/// If there is none, or it does not start.
pub fn installed() -> Result<(), SlurmError> {
    call("sbatch", ["--version"]).map(|_| ())
}

/// Submits a script.
///
/// # Errors
/// If there is no `sbatch`, or it refuses: with what it said.
pub fn submit(script: &Path) -> Result<Submitted, SlurmError> {
    let answer = call("sbatch", ["--parsable".as_ref(), script.as_os_str()])?;
    let (job, cluster) = tasks::submitted(&answer)?;
    Ok(Submitted { job, cluster })
}

/// The most tasks that an array may have here.
///
/// # Errors
/// If there is no `scontrol`, or it fails.
pub fn largest_array() -> Result<u32, SlurmError> {
    let answer = call("scontrol", ["show", "config"])?;
    let expected = "a line `MaxArraySize = N` with N above 0";
    let unexpected =
        || SlurmError::Answer { command: "scontrol show config".into(), answer: String::new(), expected };
    tasks::largest_array(&answer).ok_or_else(unexpected)
}

/// The tasks of these jobs that Slurm still remembers: those that wait and run, and those that ended a while ago.
///
/// # Errors
/// If there is no `squeue`, or it fails.
pub fn queue(jobs: &[u64]) -> Result<Tasks, SlurmError> {
    let jobs = format!("--jobs={}", list(jobs));
    match call("squeue", ["--noheader", "--array", "--states=all", jobs.as_str(), tasks::QUEUE_FORMAT]) {
        Ok(answer) => tasks::queue(&answer),
        // It knows none of them any more.
        Err(SlurmError::Failed { reason, .. }) if reason.contains("Invalid job id") => Ok(Tasks::new()),
        Err(error) => Err(error),
    }
}

/// The tasks of these jobs in Slurm's accounts; `None` if it keeps none.
///
/// # Errors
/// If `sacct` fails for another reason.
pub fn accounts(jobs: &[u64]) -> Result<Option<Tasks>, SlurmError> {
    let jobs = format!("--jobs={}", list(jobs));
    let options = ["--noheader", "--parsable2", "--allocations", jobs.as_str(), tasks::ACCOUNTS_FORMAT];
    match call("sacct", options) {
        Ok(answer) => tasks::accounts(&answer).map(Some),
        Err(SlurmError::Missing { .. }) => Ok(None),
        Err(SlurmError::Failed { reason, .. }) if reason.contains("accounting storage is disabled") => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn list(jobs: &[u64]) -> String {
    jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// Runs a command; gives what it prints.
fn call<A: AsRef<OsStr>>(
    command: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Result<String, SlurmError> {
    let arguments: Vec<A> = arguments.into_iter().collect();
    let shown = || {
        let words = arguments.iter().map(|a| quote::word(&a.as_ref().to_string_lossy()));
        std::iter::once(command.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    };
    let output = match Command::new(command).args(&arguments).env("LC_ALL", "C").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(SlurmError::Missing { command: command.to_owned() });
        }
        Err(error) => return Err(SlurmError::Failed { command: shown(), reason: error.to_string() }),
        Ok(output) => output,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
        let reason = if said.is_empty() { format!("it ended with {}", output.status) } else { said };
        return Err(SlurmError::Failed { command: shown(), reason });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
