//! A study at another size than its file says.

use crate::{ConfigError, Study};
use serde::{Deserialize, Serialize};

/// What to change about every task of a study; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Scale {
    /// The tasks to keep, by name; all if empty.
    pub tasks: Vec<String>,
    /// Repetitions (seeds).
    pub seeds: Option<u64>,
    /// Length of the budget in epochs, if a task's is longer.
    pub epochs: Option<u32>,
    /// Examples of each class in every part, if a task has more; ten times as many where there are no classes to choose by.
    pub per_class: Option<usize>,
}

impl Scale {
    /// Whether it makes trainings shorter: a rehearsal, not a result.
    pub fn rehearses(&self) -> bool {
        self.epochs.is_some() || self.per_class.is_some()
    }

    /// What a report must say of it.
    pub(crate) fn label(&self) -> Option<String> {
        let epochs = self.epochs.map(|n| format!("at most {n} epoch{}", if n == 1 { "" } else { "s" }));
        let examples = self.per_class.map(|n| format!("at most {n} examples of each class"));
        let limits: Vec<String> = epochs.into_iter().chain(examples).collect();
        let only =
            (!self.tasks.is_empty()).then(|| format!("Only a part of the study: {}.", self.tasks.join(", ")));
        let rehearsal = self.rehearses().then(|| {
            format!(
                "A rehearsal, not a result: {}. A value that has not been searched for is the middle of its grid.",
                limits.join(", ")
            )
        });
        let parts: Vec<String> = rehearsal.into_iter().chain(only).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    pub(crate) fn apply(&self, study: &mut Study, name: &str) -> Result<(), ConfigError> {
        if !self.tasks.is_empty() {
            let known: Vec<&str> = study.tasks.iter().map(|task| &*task.task).collect();
            if let Some(unknown) = self.tasks.iter().find(|task| !known.contains(&task.as_str())) {
                let message = format!("--task {unknown}: not in this study; accepted: {}", known.join(", "));
                return Err(ConfigError::new(name, message));
            }
            study.tasks.retain(|task| self.tasks.iter().any(|name| task.task == *name));
        }
        for task in &mut study.tasks {
            if let Some(seeds) = self.seeds {
                task.repetitions = seeds;
            }
            if task.first_repetition.checked_add(task.repetitions).is_none() {
                let message = format!(
                    "--seeds {}: {} begins with repetition {}, after which there are fewer; fewer are accepted",
                    task.repetitions, task.task, task.first_repetition
                );
                return Err(ConfigError::new(name, message));
            }
            if let Some(tuning) = task.tuning.as_ref().filter(|tuning| tuning.overlaps(task)) {
                let message = format!(
                    "--seeds {}: {} would train blocks {} to {}, which belong to its search; fewer are accepted",
                    task.repetitions,
                    task.task,
                    tuning.first_repetition,
                    tuning.blocks().end - 1
                );
                return Err(ConfigError::new(name, message));
            }
        }
        Ok(())
    }
}
