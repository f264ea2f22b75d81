//! What figures say of single runs.

use crate::drawing::Mark;
use std::collections::BTreeMap;

/// What a dot or a line says of its run, by task, entry and repetition.
#[derive(Default)]
pub(crate) struct Marks(BTreeMap<(String, String, u64), Mark>);

impl Marks {
    pub(crate) fn insert(&mut self, task: &str, entry: &str, repetition: u64, mark: Mark) {
        self.0.insert((task.to_owned(), entry.to_owned(), repetition), mark);
    }

    /// None of a run that is not planned.
    pub(crate) fn of(&self, task: &str, entry: &str, repetition: u64) -> Option<Mark> {
        self.0.get(&(task.to_owned(), entry.to_owned(), repetition)).cloned()
    }
}
