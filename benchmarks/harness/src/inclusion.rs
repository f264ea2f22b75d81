//! Studies made of other studies.

use crate::{ConfigError, Configs, Study, StudyTask};

/// Studies nested deeper than this include each other.
const DEPTH: usize = 8;

impl Configs {
    /// A study with everything that it includes, its short name, and the texts it was made of.
    ///
    /// # Errors
    /// If one of the files cannot be used, or two of them disagree about something that they share.
    pub fn assembled(&self, name: &str) -> Result<(String, Study, String), ConfigError> {
        self.assemble(name, 0)
    }

    fn assemble(&self, name: &str, depth: usize) -> Result<(String, Study, String), ConfigError> {
        let (short, mut study, mut text) = self.study(name)?;
        let own = std::mem::take(&mut study.tasks);
        for included in std::mem::take(&mut study.include) {
            if depth == DEPTH {
                return Err(ConfigError::new(
                    name,
                    "include: the studies include each other; remove one of them",
                ));
            }
            let (_, other, source) = self.assemble(&included, depth + 1)?;
            text.push_str(&format!("\n# {included}\n\n{source}"));
            study.take_in(other).map_err(|e| ConfigError::new(name, format!("include: {included}: {e}")))?;
        }
        for task in own {
            study.add(task).map_err(|e| ConfigError::new(name, e))?;
        }
        Ok((short, study, text))
    }
}

impl Study {
    fn take_in(&mut self, other: Self) -> Result<(), String> {
        if other.master_seed != self.master_seed {
            return Err(format!(
                "its master_seed is {}, here it is {}; write the same",
                other.master_seed, self.master_seed
            ));
        }
        if other.tuned.is_some() && self.tuned.is_some() && other.tuned != self.tuned {
            return Err("its `tuned` names another file; write the same".into());
        }
        self.tuned = self.tuned.take().or(other.tuned);
        for name in other.theory {
            if !self.theory.contains(&name) {
                self.theory.push(name);
            }
        }
        for choice in other.choices {
            match self.choices.iter().find(|own| own.key == choice.key) {
                Some(own) if *own == choice => {}
                Some(_) => return Err(format!("its choice `{}` is another; write the same", choice.key)),
                None => self.choices.push(choice),
            }
        }
        self.label = match (self.label.take(), other.label) {
            (Some(own), Some(label)) if own != label => Some(format!("{own} {label}")),
            (own, label) => own.or(label),
        };
        other.tasks.into_iter().try_for_each(|task| self.add(task))
    }

    /// Adds a task, or what is new about one that is there.
    fn add(&mut self, task: StudyTask) -> Result<(), String> {
        let Some(there) = self.tasks.iter_mut().find(|there| there.task == task.task) else {
            self.tasks.push(task);
            return Ok(());
        };
        let same = there.role == task.role
            && there.epochs == task.epochs
            && there.reference == task.reference
            && (there.repetitions, there.first_repetition) == (task.repetitions, task.first_repetition)
            && (there.tuning.is_none() || task.tuning.is_none() || there.tuning == task.tuning);
        if !same {
            return Err(format!(
                "task `{}` has another role, budget, reference, repetitions or tuning in another study; write the same",
                task.task
            ));
        }
        there.tuning = there.tuning.take().or(task.tuning);
        for selection in task.selections {
            match there.selections.iter().find(|other| other.name == selection.name) {
                Some(other) if *other == selection => {}
                Some(_) => {
                    let name = selection.name;
                    return Err(format!(
                        "task `{}`: two different selections are called `{name}`",
                        task.task
                    ));
                }
                None => there.selections.push(selection),
            }
        }
        for entry in task.entries {
            match there.entries.iter().find(|other| other.name() == entry.name()) {
                Some(other) if *other == entry => {}
                Some(_) => {
                    let key = entry.name();
                    return Err(format!("task `{}`: two different entries are called `{key}`", task.task));
                }
                None => there.entries.push(entry),
            }
        }
        Ok(())
    }
}
