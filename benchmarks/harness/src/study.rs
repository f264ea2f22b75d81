//! What a study file says.

use crate::ConfigError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The tasks, in the order of the report.
    pub tasks: Vec<StudyTask>,
}

/// A task of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyTask {
    /// Name of a file under `configs/tasks`.
    pub task: String,
    /// Number of repetitions (seeds); each is a block shared by all entries.
    pub repetitions: u64,
    /// Number of the first repetition: a search takes blocks that no report uses.
    #[serde(default)]
    pub first_repetition: u64,
    /// What is compared, in order.
    pub entries: Vec<EntrySettings>,
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
    /// Hyper-parameters that differ from the optimizer's defaults.
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

const DASHES: [&str; 4] = ["solid", "dashed", "dotted", "dash-dot"];

impl Study {
    /// Checks what does not need the tasks.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigError> {
        if self.tasks.is_empty() {
            return Err(ConfigError::new(file, "tasks: empty; name at least one task"));
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

impl EntrySettings {
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
