//! What has been run: optimizers by tasks.

use crate::view::task::TaskView;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// States of the runs, optimizer by task.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct MatrixView {
    /// Headings and pages of the tasks, the columns.
    pub tasks: Vec<[String; 2]>,
    /// One per optimizer.
    pub rows: Vec<MatrixRow>,
}

/// An optimizer's runs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct MatrixRow {
    /// Name of the optimizer.
    pub optimizer: String,
    /// Task by task; none where it is not compared.
    pub cells: Vec<Option<MatrixCell>>,
}

/// States of the runs of an optimizer on a task, over all its entries there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct MatrixCell {
    /// Entries of this optimizer.
    pub entries: u64,
    /// Runs planned.
    pub planned: u64,
    /// Runs that spent their budget.
    pub done: u64,
    /// Runs that diverged.
    pub diverged: u64,
    /// Runs not made yet.
    pub missing: u64,
}

pub(crate) fn matrix(tasks: &[TaskView]) -> MatrixView {
    let mut rows: BTreeMap<&str, Vec<Option<MatrixCell>>> = BTreeMap::new();
    for (column, task) in tasks.iter().enumerate() {
        for entry in &task.entries {
            let row = rows.entry(&entry.optimizer).or_insert_with(|| vec![None; tasks.len()]);
            let cell = row[column].get_or_insert_default();
            cell.entries += 1;
            cell.planned += entry.planned;
            cell.done += entry.done;
            cell.diverged += entry.diverged;
            cell.missing += entry.missing;
        }
    }
    MatrixView {
        tasks: tasks.iter().map(|task| [task.title.clone(), task.page.clone()]).collect(),
        rows: rows
            .into_iter()
            .map(|(optimizer, cells)| MatrixRow { optimizer: optimizer.to_owned(), cells })
            .collect(),
    }
}
