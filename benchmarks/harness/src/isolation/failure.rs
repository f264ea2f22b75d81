//! What is left of a population whose process ended badly: a text in the store's folder `failures`.

use super::Program;
use super::ending::Bad;
use super::message::Order;
use crate::queue::Job;
use crate::slurm::{stamp, word};
use crate::{HarnessError, Plan, Runs};
use records::text::count;
use records::{Name, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The line before the runs, which end with an empty line.
const RUNS: &str = "Runs that it was to train:";

/// A population that came to nothing.
pub(super) struct Failure<'a> {
    pub job: &'a Job<'a>,
    pub order: &'a Order,
    /// How its process ended.
    pub bad: &'a Bad,
    pub program: &'a Program,
}

impl Failure<'_> {
    /// Writes it down; gives the file.
    pub fn write(&self, store: &Store) -> Result<PathBuf, HarnessError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
        let first =
            self.order.runs.first().ok_or_else(|| HarnessError::Order { reason: "no runs".into() })?;
        Ok(store.keep_failure(&self.order.task, first, &self.text(now)?)?)
    }

    /// It in one line, `left` of its runs not being stored.
    pub fn sentence(&self, left: usize, file: &Path) -> String {
        let (task, how) = (&self.order.task, &self.bad.how);
        match left {
            // A driver may crash when it is unloaded.
            0 => format!("{task}: all runs stored, then {how}; see {}", file.display()),
            _ => format!("{task}: {} failed: {how}; see {}", count(left, "run"), file.display()),
        }
    }

    fn text(&self, unix_s: u64) -> Result<String, HarnessError> {
        let Self { job, order, bad: Bad { how, hint, said }, program } = self;
        let (size, task) = (count(job.runs.len(), "run"), &order.task);
        let mut text =
            format!("A process that trained {size} of {task} ended badly at {} UTC:\n{how}\n", stamp(unix_s));
        hint.iter().for_each(|hint| text.push_str(&format!("{hint}\n")));
        text.push_str(&format!("\n{RUNS}\n"));
        for run in &job.runs {
            let (entry, seed) = (&run.entry, run.specification.repetition);
            text.push_str(&format!("  {task}/{}  {entry} seed {seed}\n", run.id));
        }
        let folder = std::env::current_dir().unwrap_or_default();
        let mut words = vec![word(&program.file.to_string_lossy())];
        words.extend(program.arguments.iter().map(|argument| word(&argument.to_string_lossy())));
        text.push_str(&format!(
            "\nThe same population again, by itself:\n  cd {} && echo {} | {}\n",
            word(&folder.to_string_lossy()),
            word(&serde_json::to_string(&order.by_hand())?),
            words.join(" ")
        ));
        match said.trim_end() {
            "" => text.push_str("\nIt said nothing on stderr.\n"),
            said => {
                text.push_str("\nThe end of what it said on stderr:\n");
                said.lines().for_each(|line| text.push_str(&format!("  | {line}\n")));
            }
        }
        Ok(text)
    }
}

/// Removes what was written of populations of `plan` none of whose runs is `lacking` by now. As far as it can: it is in nobody's way.
pub(crate) fn forget(plan: &Plan, store: &Store, lacking: &Runs) {
    let files = store.failures();
    if files.is_empty() {
        return;
    }
    let planned: BTreeSet<(&str, &str)> =
        plan.manifest.runs.iter().map(|run| (run.task.as_str(), run.id.as_str())).collect();
    for file in files {
        let Ok(text) = records::text::read(&file) else { continue };
        let runs = runs(&text);
        let is_there = |run: &(Name, Name)| {
            planned.contains(&(run.0.as_str(), run.1.as_str())) && !lacking.contains(run)
        };
        if !runs.is_empty() && runs.iter().all(is_there) {
            let _ = std::fs::remove_file(&file);
            // Gone with the last of them.
            let _ = file.parent().map(std::fs::remove_dir);
        }
    }
}

/// The runs that such a text names.
fn runs(text: &str) -> Vec<(Name, Name)> {
    let lines = text.lines().skip_while(|line| *line != RUNS).skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next()?.split_once('/'));
    names.filter_map(|(task, id)| Some((Name::new(task).ok()?, Name::new(id).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_of_a_text_are_those_above_the_empty_line() {
        let text = format!("A process …\n\n{RUNS}\n  t/a-1  a seed 0\n  t/b-2  b seed 1\n\n  | t/c-3\n");
        let names: Vec<String> = runs(&text).iter().map(|(task, id)| format!("{task} {id}")).collect();
        assert_eq!(names, ["t a-1", "t b-2"]);
        assert!(runs("something else").is_empty());
    }
}
