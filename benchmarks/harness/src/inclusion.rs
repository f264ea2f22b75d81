//! Studies made of other studies.

use crate::{ConfigError, Configs, EntrySettings, Study, StudyTask};
use std::collections::{BTreeMap, BTreeSet};

/// Studies nested deeper than this include each other.
const DEPTH: usize = 8;
/// Studies that one is made of, at most.
const MOST_STUDIES: usize = 100;

impl Configs {
    /// A study with everything that it includes, its short name, and the texts it was made of.
    ///
    /// # Errors
    /// If one of the files cannot be used, or two of them disagree about something that they share.
    pub fn assembled(&self, name: &str) -> Result<(String, Study, String), ConfigError> {
        self.assemble(name, self.study(name)?, 0, &mut 1)
    }

    fn assemble(
        &self,
        name: &str,
        (short, mut study, mut text): (String, Study, String),
        depth: usize,
        read: &mut usize,
    ) -> Result<(String, Study, String), ConfigError> {
        let own = std::mem::take(&mut study.tasks);
        for included in std::mem::take(&mut study.include) {
            let refuse = |message: &str| Err(ConfigError::new(name, format!("include: {message}")));
            if depth == DEPTH {
                return refuse("the studies include each other; remove one of them");
            }
            *read += 1;
            if *read > MOST_STUDIES {
                return refuse(&format!("more than {MOST_STUDIES} studies in all; include fewer"));
            }
            // By name: what is in the folder of studies.
            let other = &included.study;
            let found = self.named_study(other)?;
            let (_, mut taken, source) = self.assemble(other, found, depth + 1, read)?;
            text.push_str(&format!("\n# {other}\n\n{source}"));
            let refused = |e: String| ConfigError::new(name, format!("include: {other}: {e}"));
            included.cut(&mut taken).map_err(refused)?;
            study.take_in(taken).map_err(refused)?;
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
        let mut pictures: BTreeSet<String> = self.theory.iter().cloned().collect();
        self.theory.extend(other.theory.into_iter().filter(|name| pictures.insert(name.clone())));
        join(&mut self.choices, other.choices, |choice| &choice.key)
            .map_err(|key| format!("its choice `{key}` is another; write the same"))?;
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
        // Of entries that were come by in several ways nothing is said.
        there.track = there.track.take().filter(|track| task.track.as_ref() == Some(track));
        let at = format!("task `{}`: two different", task.task);
        join(&mut there.selections, task.selections, |selection| &selection.name)
            .map_err(|name| format!("{at} selections are called `{name}`"))?;
        join(&mut there.entries, task.entries, EntrySettings::name)
            .map_err(|key| format!("{at} entries are called `{key}`"))
    }
}

/// Adds what is new; what both have must be the same, or its name comes back.
fn join<T: PartialEq>(
    there: &mut Vec<T>,
    more: Vec<T>,
    name: impl for<'a> Fn(&'a T) -> &'a str,
) -> Result<(), String> {
    let mut places: BTreeMap<String, usize> =
        there.iter().enumerate().map(|(i, it)| (name(it).to_owned(), i)).collect();
    for new in more {
        match places.get(name(&new)) {
            Some(&i) if there[i] == new => {}
            Some(_) => return Err(name(&new).to_owned()),
            None => {
                places.insert(name(&new).to_owned(), there.len());
                there.push(new);
            }
        }
    }
    Ok(())
}
