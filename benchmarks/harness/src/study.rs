//! What a study file says.

use crate::ConfigError;
use records::{Choice, Selection};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A study: tasks, and what is compared on each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Heading of the report.
    pub title: String,
    /// What the study asks.
    pub question: String,
    /// Seed that every stream of every run derives from.
    pub master_seed: u64,
    /// Studies whose tasks, pictures, choices and label are part of this one; runs that several have are shared. Figures
    /// and claims are each study's own.
    #[serde(default)]
    pub include: Vec<String>,
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
    pub tuned: Option<String>,
    /// The tasks, in the order of the report.
    #[serde(default)]
    pub tasks: Vec<StudyTask>,
}

/// A file of which all or some parts are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its name.
    pub file: String,
    /// Names of the parts; all if left out.
    #[serde(default)]
    pub only: Vec<String>,
}

/// A task of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyTask {
    /// Name of a file under `configs/tasks`.
    pub task: String,
    /// What figures and claims call it; its name if left out.
    #[serde(default)]
    pub role: Option<String>,
    /// Length of the budget, if not the task's own.
    #[serde(default)]
    pub epochs: Option<u32>,
    /// Number of repetitions (seeds); each is a block shared by all entries.
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
    /// What is compared, in order.
    pub entries: Vec<EntrySettings>,
}

/// A search: the value with the lowest mean of a column at the end of short trainings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuningSettings {
    /// The column: `train_loss_running`, `train_loss`, `validation_loss` or `validation_error` (the share of the
    /// validation images classified wrongly). The test set is not to be tuned on.
    pub criterion: String,
    /// Epochs of a trial.
    pub epochs: u32,
    /// Number of the first block; no block of the report may be among them.
    pub first_repetition: u64,
    /// Number of blocks.
    pub repetitions: u64,
}

/// A competitor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntrySettings {
    /// Name in the list of optimizers.
    pub optimizer: String,
    /// Name of the entry within the task; the optimizer's if left out.
    #[serde(default)]
    pub key: Option<String>,
    /// Name in legends; made from the optimizer's if left out.
    #[serde(default)]
    pub title: Option<String>,
    /// Hyper-parameters that differ from the optimizer's defaults. The word `tuned` stands for the value that
    /// `inna-bench tune` found.
    #[serde(default)]
    pub hyper: BTreeMap<String, Value>,
    /// Values to try of one or more hyper-parameters: the entry stands for every combination.
    #[serde(default)]
    pub grid: BTreeMap<String, Vec<Value>>,
    /// `#rrggbb`; the optimizer's if left out.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`; the optimizer's if left out.
    #[serde(default)]
    pub dash: Option<String>,
    /// Panel of a figure that the entry belongs to.
    #[serde(default)]
    pub panel: Option<String>,
    /// Remark printed with the entry.
    #[serde(default)]
    pub remark: Option<String>,
}

/// What studies share about an optimizer: a file under `configs/optimizers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerFile {
    /// The idea of the update rule in a few sentences, for its page.
    #[serde(default)]
    pub words: String,
    /// `#rrggbb`.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`.
    #[serde(default)]
    pub dash: Option<String>,
    /// Hyper-parameters that studies start from.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
    /// What a search tries, with the reason.
    #[serde(default)]
    pub search: BTreeMap<String, SearchRange>,
}

/// Values of one hyper-parameter worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRange {
    /// The values.
    pub values: Vec<Value>,
    /// Why these.
    pub reason: String,
}

pub(crate) const DASHES: [&str; 4] = ["solid", "dashed", "dotted", "dash-dot"];

impl Study {
    /// Checks what does not need the tasks.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigError> {
        if self.tasks.is_empty() && self.include.is_empty() && self.theory.is_empty() {
            let message =
                "tasks: empty; name at least one task, a study to include, or a picture of the theory";
            return Err(ConfigError::new(file, message));
        }
        let mut seen = BTreeSet::new();
        for (i, task) in self.tasks.iter().enumerate() {
            let at = format!("tasks[{i}] ({})", task.task);
            if !seen.insert(&task.task) {
                return Err(ConfigError::new(
                    file,
                    format!("{at}: the task is listed twice; join the entries"),
                ));
            }
            if !(1..=10_000).contains(&task.repetitions) {
                let message =
                    format!("{at}.repetitions: {} is out of range; 1 to 10000 is accepted", task.repetitions);
                return Err(ConfigError::new(file, message));
            }
            if let Some(tuning) = &task.tuning {
                tuning.check(file, &format!("{at}.tuning"), task)?;
            }
            for selection in &task.selections {
                if !COLUMNS.contains(&selection.lowest.as_str()) {
                    let message = format!(
                        "{at}.selections.lowest: `{}` is not known; accepted: {} (nothing is chosen by test results)",
                        selection.lowest,
                        COLUMNS.join(", ")
                    );
                    return Err(ConfigError::new(file, message));
                }
            }
            if task.entries.is_empty() {
                return Err(ConfigError::new(
                    file,
                    format!("{at}.entries: empty; name at least one optimizer"),
                ));
            }
            for (j, entry) in task.entries.iter().enumerate() {
                entry.check(file, &format!("{at}.entries[{j}]"))?;
            }
        }
        Ok(())
    }
}

/// Columns that a search may minimise, and by which a selection may choose.
const COLUMNS: [&str; 3] = ["train_loss_running", "train_loss", "validation_loss"];
/// What a search may minimise beside them: one minus the validation accuracy.
pub(crate) const VALIDATION_ERROR: &str = "validation_error";

impl TuningSettings {
    fn check(&self, file: &str, at: &str, task: &StudyTask) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        if self.criterion != VALIDATION_ERROR && !COLUMNS.contains(&self.criterion.as_str()) {
            let accepted = COLUMNS.join(", ");
            return refuse(format!(
                "criterion: `{}` is not known; accepted: {accepted}, {VALIDATION_ERROR}",
                self.criterion
            ));
        }
        if self.epochs == 0 || self.repetitions == 0 {
            return refuse("epochs, repetitions: 0 is out of range; at least 1 is accepted".into());
        }
        if self.overlaps(task) {
            return refuse(format!(
                "first_repetition: {} makes the search use blocks that the report uses; at least {} is accepted",
                self.first_repetition,
                task.first_repetition + task.repetitions
            ));
        }
        Ok(())
    }

    /// The blocks of the search.
    pub(crate) fn blocks(&self) -> Range<u64> {
        self.first_repetition..self.first_repetition + self.repetitions
    }

    /// Whether a block of the report is one of the search's.
    pub(crate) fn overlaps(&self, task: &StudyTask) -> bool {
        let blocks = self.blocks();
        blocks.start < task.first_repetition + task.repetitions && task.first_repetition < blocks.end
    }
}

/// Stands in a configuration for a value that a search finds.
pub(crate) const TUNED: &str = "tuned";

impl EntrySettings {
    /// The entry's key within its task.
    pub fn name(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.optimizer)
    }

    /// The hyper-parameters that a search has to find.
    pub(crate) fn open(&self) -> impl Iterator<Item = &str> {
        self.hyper.iter().filter(|(_, value)| value.as_str() == Some(TUNED)).map(|(name, _)| name.as_str())
    }

    fn check(&self, file: &str, at: &str) -> Result<(), ConfigError> {
        if let Some(dash) = self.dash.as_deref().filter(|dash| !DASHES.contains(dash)) {
            let message = format!("{at}.dash: `{dash}` is not known; accepted: {}", DASHES.join(", "));
            return Err(ConfigError::new(file, message));
        }
        let is_colour =
            |c: &str| c.len() == 7 && c.starts_with('#') && c[1..].chars().all(|d| d.is_ascii_hexdigit());
        if let Some(colour) = self.colour.as_deref().filter(|c| !is_colour(c)) {
            let message =
                format!("{at}.colour: `{colour}` is not a colour; accepted: #rrggbb in hexadecimal");
            return Err(ConfigError::new(file, message));
        }
        if let Some(key) = self.key.as_deref().filter(|key| {
            key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        }) {
            let message =
                format!("{at}.key: `{key}` is not usable; accepted: letters, digits, `-`, `_`, `.`");
            return Err(ConfigError::new(file, message));
        }
        if let Some((name, _)) = self.grid.iter().find(|(_, values)| values.is_empty()) {
            return Err(ConfigError::new(file, format!("{at}.grid.{name}: empty; list the values to try")));
        }
        Ok(())
    }

    /// The entry itself, or one per combination of its grid with the values in its key.
    pub(crate) fn expand(&self) -> Vec<Self> {
        let mut entries = vec![Self { grid: BTreeMap::new(), ..self.clone() }];
        for (name, values) in &self.grid {
            entries = entries
                .iter()
                .flat_map(|entry| {
                    values.iter().map(move |value| {
                        let base = entry.key.clone().unwrap_or_else(|| entry.optimizer.clone());
                        let title = entry.title.clone().unwrap_or_else(|| entry.optimizer.clone());
                        let mut entry = entry.clone();
                        entry.hyper.insert(name.clone(), value.clone());
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        let safe: String = text
                            .chars()
                            .map(|c| if c.is_ascii_alphanumeric() || ".-".contains(c) { c } else { '_' })
                            .collect();
                        entry.key = Some(format!("{base}-{name}-{safe}"));
                        entry.title = Some(format!("{title}, {name} {text}"));
                        entry
                    })
                })
                .collect();
        }
        entries
    }
}
