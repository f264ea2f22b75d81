//! What a study file says.

mod track;
mod tuning;

pub use track::TrackSettings;
pub use tuning::TuningSettings;

use crate::{ConfigError, EntrySettings, Include};
use records::{Choice, Name, Selection, Track};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tuning::check_space;

/// A study: tasks, and what is compared on each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Heading of the report.
    pub title: String,
    /// What the study asks.
    pub question: String,
    /// Seed that every stream of every run derives from.
    pub master_seed: u64,
    /// Studies whose tasks, pictures, choices and label are part of this one, or single entries of theirs; runs that several have are
    /// shared. Figures and claims are each study's own.
    #[serde(default)]
    pub include: Vec<Include>,
    /// What a reader must know before anything else, say that this is a small version of something.
    #[serde(default)]
    pub label: Option<String>,
    /// A file of figures under `configs/published`.
    #[serde(default)]
    pub figures: Option<Shown>,
    /// A file of claims under `configs/published`.
    #[serde(default)]
    pub claims: Option<Shown>,
    /// Pictures of the theory, by name.
    #[serde(default)]
    pub theory: Vec<String>,
    /// Settings that the paper leaves open, other than those of a task, with the reason for ours.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Name of the file under `configs/tuned` with the values that entries call `tuned`.
    #[serde(default)]
    pub tuned: Option<Name>,
    /// How hyper-parameters are chosen, the same for every entry. Without it entries may be anything.
    #[serde(default)]
    pub track: Option<TrackSettings>,
    /// What is compared on every task that lists nothing.
    #[serde(default)]
    pub entries: Vec<EntrySettings>,
    /// The tasks, in the order of the report.
    #[serde(default)]
    pub tasks: Vec<StudyTask>,
}

/// A file of which all or some parts are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its name.
    pub file: Name,
    /// Names of the parts; all if left out.
    #[serde(default)]
    pub only: Vec<String>,
}

/// A task of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyTask {
    /// Name of a file under `configs/tasks`.
    pub task: Name,
    /// What figures and claims call it; its name if left out.
    #[serde(default)]
    pub role: Option<String>,
    /// Length of the budget, if not the task's own.
    #[serde(default)]
    pub epochs: Option<u32>,
    /// Number of repetitions (seeds); each is a block shared by all entries.
    #[schemars(range(min = 1, max = 10_000))]
    pub repetitions: u64,
    /// Number of the first repetition: a search takes blocks that no report uses.
    #[serde(default)]
    pub first_repetition: u64,
    /// How the values that entries call `tuned` are searched for.
    #[serde(default)]
    pub tuning: Option<TuningSettings>,
    /// Entries to be chosen by result.
    #[serde(default)]
    pub selections: Vec<Selection>,
    /// Key of the entry that others are compared with; the first if left out.
    #[serde(default)]
    pub reference: Option<String>,
    /// What is compared, in order; the study's `entries` if left out.
    #[serde(default)]
    pub entries: Vec<EntrySettings>,
    /// How the hyper-parameters of all entries were come by; not in a file.
    #[serde(skip)]
    pub track: Option<Track>,
}

/// Columns that a search may minimise, and by which a selection may choose.
const COLUMNS: [&str; 3] = ["train_loss_running", "train_loss", "validation_loss"];
/// What a search may minimise beside them: one minus the validation accuracy.
pub(crate) const VALIDATION_ERROR: &str = "validation_error";

/// Epochs of a training, at most.
pub(crate) const MOST_EPOCHS: u32 = 100_000;
/// Repetitions of a task, at most.
pub(crate) const MOST_REPETITIONS: u64 = 10_000;
/// Entries of a task, at most, those of grids counted one by one.
const MOST_ENTRIES: usize = 10_000;
/// Studies that one may include.
const MOST_INCLUDED: usize = 100;

impl Study {
    /// Gives every task what the study says for all.
    ///
    /// # Errors
    /// If the track does not fit what is compared.
    pub(crate) fn spread(&mut self, file: &str) -> Result<(), ConfigError> {
        let entries = std::mem::take(&mut self.entries);
        if !entries.is_empty() && !self.tasks.iter().any(|task| task.entries.is_empty()) {
            let why = if self.tasks.is_empty() {
                "there is no task of this file"
            } else {
                "every task lists its own"
            };
            return Err(ConfigError::new(file, format!("entries: {why}; leave them out")));
        }
        match &self.track {
            Some(_) if self.tasks.is_empty() => {
                let message = "track: is of the tasks of this file, and there are none; leave it out";
                return Err(ConfigError::new(file, message));
            }
            Some(TrackSettings::Tuned { trials, space }) => check_space(file, "track", *trials, space)?,
            Some(_) | None => {}
        }
        for (i, task) in self.tasks.iter_mut().enumerate() {
            if task.entries.is_empty() {
                task.entries.clone_from(&entries);
            }
            if let Some(track) = &self.track {
                let at = format!("tasks[{i}] ({})", task.task);
                let refuse = |message| ConfigError::new(file, format!("{at}.{message}"));
                task.track = Some(track.lay_on(task).map_err(refuse)?);
            }
        }
        Ok(())
    }

    /// Checks what does not need the tasks.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, message));
        if self.tasks.is_empty() && self.include.is_empty() && self.theory.is_empty() {
            return refuse(
                "tasks: empty; name at least one task, a study to include, or a picture of the theory".into(),
            );
        }
        if self.include.len() > MOST_INCLUDED {
            return refuse(format!(
                "include: {} studies; at most {MOST_INCLUDED} are accepted",
                self.include.len()
            ));
        }
        if let Some(name) = twice(&self.theory) {
            return refuse(format!("theory: `{name}` is listed twice; keep one"));
        }
        if let Some(key) = twice(self.choices.iter().map(|choice| &choice.key)) {
            return refuse(format!("choices: `{key}` is listed twice; keep one"));
        }
        // Stores of some systems do not tell `a` from `A`.
        let mut seen = BTreeSet::new();
        for (i, task) in self.tasks.iter().enumerate() {
            let at = format!("tasks[{i}] ({})", task.task);
            if !seen.insert(task.task.to_ascii_lowercase()) {
                return refuse(format!("{at}: the task is listed twice; join the entries"));
            }
            task.check(file, &at)?;
        }
        Ok(())
    }
}

impl StudyTask {
    fn check(&self, file: &str, at: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        check_blocks(self.first_repetition, self.repetitions).or_else(refuse)?;
        if let Some(epochs) = self.epochs.filter(|epochs| !(1..=MOST_EPOCHS).contains(epochs)) {
            return refuse(format!("epochs: {epochs} is out of range; 1 to {MOST_EPOCHS} is accepted"));
        }
        if let Some(tuning) = &self.tuning {
            tuning.check(file, &format!("{at}.tuning"), self)?;
        }
        if let Some(name) = twice(self.selections.iter().map(|selection| &selection.name)) {
            return refuse(format!("selections: two are called `{name}`; rename one"));
        }
        for selection in &self.selections {
            if !COLUMNS.contains(&selection.lowest.as_str()) {
                return refuse(format!(
                    "selections.lowest: `{}` is not known; accepted: {} (nothing is chosen by test results)",
                    selection.lowest,
                    COLUMNS.join(", ")
                ));
            }
        }
        if self.entries.is_empty() {
            return refuse("entries: empty; name at least one optimizer".into());
        }
        for (j, entry) in self.entries.iter().enumerate() {
            entry.check(file, &format!("{at}.entries[{j}]"))?;
        }
        let mut space = self.tuning.iter().flat_map(|tuning| tuning.space.keys());
        let is_open = |key: &&String| self.entries.iter().any(|entry| entry.open().any(|open| open == *key));
        if let Some(key) = space.find(|key| !is_open(key)) {
            return refuse(format!(
                "tuning.space.{key}: no entry leaves {key} open, so nothing is drawn for it"
            ));
        }
        let combinations =
            self.entries.iter().fold(0usize, |n, entry| n.saturating_add(entry.combinations()));
        if combinations > MOST_ENTRIES {
            return refuse(format!(
                "entries: {combinations} with those of the grids; at most {MOST_ENTRIES} are accepted"
            ));
        }
        Ok(())
    }
}

/// Whether there are so many blocks from a first one on.
fn check_blocks(first_repetition: u64, repetitions: u64) -> Result<(), String> {
    if !(1..=MOST_REPETITIONS).contains(&repetitions) {
        return Err(format!(
            "repetitions: {repetitions} is out of range; 1 to {MOST_REPETITIONS} is accepted"
        ));
    }
    if first_repetition.checked_add(repetitions).is_none() {
        let most = u64::MAX - MOST_REPETITIONS;
        return Err(format!(
            "first_repetition: {first_repetition} is out of range; at most {most} is accepted"
        ));
    }
    Ok(())
}

/// The first of `names` that came before.
fn twice<'a>(names: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests;
