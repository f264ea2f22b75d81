//! `inna-bench status`.

use super::plan::remarks;
use super::staleness::{stale, usable};
use super::submit::study_key;
use crate::Ending;
use crate::arguments::{Places, Staleness, Status};
use crate::printed::{self, FailedTask, Job, StatusRuns, TaskGroup};
use crate::surroundings::code;
use crate::terminal;
use anyhow::Result;
use harness::slurm::{self, JobStatus, RunCounts, SlurmError, Submission, Submissions, Tasks};
use harness::{Plan, Scale};
use records::text::count;
use std::io::Write;
use std::path::PathBuf;

/// Lines of a failed task's log, and how many such tasks are shown.
const LINES: usize = 5;
const FAILED_SHOWN: usize = 3;

/// What is known of a study.
struct Known {
    runs: RunCounts,
    /// Without Slurm at hand nothing is known of them.
    jobs: Option<Vec<JobStatus>>,
    submissions: Vec<(PathBuf, Submission)>,
    /// What could not be found out, and why.
    notes: Vec<String>,
}

pub(crate) fn run(places: &Places, arguments: &Status) -> Result<Ending> {
    let store = places.store();
    let submissions = Submissions::of(&store).read(&study_key(&arguments.study)?)?;
    let mut notes = Vec::new();
    // Asked without a size, it is that of the latest submission.
    let mut scale = arguments.size.scale();
    if scale == Scale::default()
        && let Some((_, latest)) = submissions.last().filter(|(_, latest)| latest.scale != scale)
    {
        notes.push(format!("counted at the size of the latest submission, job {}", latest.job));
        scale = latest.scale.clone();
    }
    let mut plan = Plan::new(&places.configs()?, &arguments.study, places.data_folder(), &scale)?;
    plan.adopt(&store)?;
    let staleness = Staleness {
        keep_stale: submissions
            .last()
            .is_some_and(|(_, latest)| latest.command.iter().any(|word| word == "--keep-stale")),
    };
    let (survey, code) = (store.survey_ends(&plan.manifest.runs)?, code());
    let stored = usable(&survey, &code, &staleness).len();
    notes.extend(remarks(&survey, &store).into_iter().chain(stale(&survey, &code, &staleness)));
    let jobs = jobs(&submissions, &mut notes);
    let runs = RunCounts::new(plan.manifest.runs.len(), stored, jobs.as_deref().unwrap_or_default());
    let known = Known { runs, jobs, submissions, notes };
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(&known.printed(&plan.manifest.study))?)?;
    } else {
        known.print(&mut out, &arguments.study)?;
    }
    Ok(Ending::Done)
}

/// The jobs as Slurm knows them; `None` if it cannot be asked.
fn jobs(submissions: &[(PathBuf, Submission)], notes: &mut Vec<String>) -> Option<Vec<JobStatus>> {
    if submissions.is_empty() {
        return Some(Vec::new());
    }
    let numbers: Vec<u64> = submissions.iter().map(|(_, submission)| submission.job).collect();
    let queue = match slurm::queue(&numbers) {
        Ok(queue) => queue,
        Err(SlurmError::Missing { command }) => {
            notes.push(format!(
                "`{command}` is not on the PATH: this is what the store says, without the jobs"
            ));
            return None;
        }
        Err(error) => {
            notes.push(format!("{error}: this is what the store says, without the jobs"));
            return None;
        }
    };
    let accounts = match slurm::accounts(&numbers) {
        Ok(Some(accounts)) => accounts,
        Ok(None) => {
            notes.push(
                "this cluster keeps no accounts (sacct): how tasks ended a while ago is read from their logs"
                    .into(),
            );
            Tasks::new()
        }
        Err(error) => {
            notes.push(format!("{error}: how tasks ended a while ago is read from their logs"));
            Tasks::new()
        }
    };
    let status = |(folder, submission): &(PathBuf, Submission)| {
        JobStatus::new(folder.clone(), submission.clone(), &queue, &accounts)
    };
    Some(submissions.iter().map(status).collect())
}

impl Known {
    fn print(&self, out: &mut impl Write, study: &str) -> Result<()> {
        let RunCounts { planned, stored, running, pending, left } = self.runs;
        write!(out, "{}: {stored} of {planned} runs stored", study)?;
        if self.jobs.is_some() && stored < planned {
            write!(out, ", {running} running, {pending} pending, {left} without a task")?;
        }
        writeln!(out)?;
        match &self.jobs {
            Some(jobs) => jobs.iter().try_for_each(|job| print_job(out, job))?,
            None => {
                for (folder, submission) in &self.submissions {
                    writeln!(out, "{}", title(submission))?;
                    writeln!(out, "  logs: {}", folder.display())?;
                }
            }
        }
        if let Some(last) = self.jobs.iter().flatten().last().filter(|_| stored < planned) {
            print_failures(out, last)?;
        }
        for note in &self.notes {
            writeln!(out, "note: {}", note)?;
        }
        if self.jobs.is_some() && left > 0 {
            writeln!(out, "inna-bench submit {} (with the same options) takes what has no task.", study)?;
        }
        Ok(())
    }

    fn printed(&self, study: &str) -> printed::Status {
        let RunCounts { planned, stored, running, pending, left } = self.runs;
        let known = |n: usize| self.jobs.is_some().then_some(n);
        let jobs = match &self.jobs {
            Some(jobs) => jobs.iter().map(|job| described(&job.folder, &job.submission, Some(job))).collect(),
            None => self.submissions.iter().map(|(folder, one)| described(folder, one, None)).collect(),
        };
        printed::Status {
            study: study.to_owned(),
            slurm: self.jobs.is_some(),
            notes: self.notes.clone(),
            jobs,
            runs: StatusRuns {
                planned,
                stored,
                running: known(running),
                pending: known(pending),
                without_task: known(left),
            },
        }
    }
}

fn title(submission: &Submission) -> String {
    let tasks = count(usize::try_from(submission.tasks).unwrap_or(usize::MAX), "task");
    format!("job {}, submitted {} UTC, {tasks}:", submission.job, submission.submitted())
}

fn print_job(out: &mut impl Write, job: &JobStatus) -> Result<()> {
    writeln!(out, "{}", title(&job.submission))?;
    for group in job.groups() {
        let reason = group.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let line = format!("{:>6} {}{reason}: {}", group.tasks.len(), group.state, ranges(&group.tasks));
        writeln!(out, "{}", line)?;
    }
    writeln!(out, "  logs: {}/{}_*.out", job.folder.display(), job.submission.job)?;
    Ok(())
}

/// The ends of the logs of some tasks that failed.
fn print_failures(out: &mut impl Write, job: &JobStatus) -> Result<()> {
    for (task, state) in job.failed().take(FAILED_SHOWN) {
        let log = job.submission.log(&job.folder, task);
        let lines = job.last_lines(task, LINES);
        if lines.is_empty() {
            continue;
        }
        writeln!(
            out,
            "task {task} of job {}, {}: the end of {}",
            job.submission.job,
            state.state,
            log.display()
        )?;
        for line in lines {
            writeln!(out, "  | {}", line)?;
        }
    }
    Ok(())
}

fn described(folder: &std::path::Path, submission: &Submission, job: Option<&JobStatus>) -> Job {
    let group =
        |group: slurm::TaskGroup| TaskGroup { state: group.state, reason: group.reason, tasks: group.tasks };
    let failed = |job: &JobStatus| {
        let failed = job.failed().take(FAILED_SHOWN).map(|(task, state)| FailedTask {
            task,
            state: state.state.clone(),
            reason: state.reason.clone(),
            log: job.submission.log(&job.folder, task).display().to_string(),
            last_lines: job.last_lines(task, LINES),
        });
        failed.collect()
    };
    Job {
        job: submission.job,
        submitted: submission.submitted(),
        submitted_unix_s: submission.submitted_unix_s,
        tasks: submission.tasks,
        folder: folder.display().to_string(),
        command: submission.command.clone(),
        states: job.map(|job| job.groups().into_iter().map(group).collect()),
        failed: job.map(failed),
    }
}

/// Numbers in ascending order, runs of them joined: `0-3, 7`.
fn ranges(numbers: &[u32]) -> String {
    let mut parts: Vec<[u32; 2]> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some(part) if part[1] + 1 == number => part[1] = number,
            _ => parts.push([number, number]),
        }
    }
    let part =
        |&[first, last]: &[u32; 2]| if first == last { first.to_string() } else { format!("{first}-{last}") };
    format!(
        "task{} {}",
        if numbers.len() == 1 { "" } else { "s" },
        parts.iter().map(part).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined() {
        assert_eq!(ranges(&[5]), "task 5");
        assert_eq!(ranges(&[0, 1, 2, 4, 6, 7]), "tasks 0-2, 4, 6-7");
    }
}
