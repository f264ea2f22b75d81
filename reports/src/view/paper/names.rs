//! What figures and claims call things: tasks by role, entries by key or by selection.

use super::quantity::Quantity;
use crate::tables::{Counts, Tables, schema::curves};
use polars::prelude::PolarsResult;
use records::{Entry, Manifest, Selection, TaskCard};
use serde::Serialize;

/// An entry that was chosen by result, and among which.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SelectionView {
    /// Heading of the task.
    pub task: String,
    /// Name of the selection.
    pub name: String,
    /// What was compared.
    pub column: String,
    /// Name of the chosen entry; none if nothing has been run.
    pub chosen: Option<String>,
    /// All candidates with the mean at the end of the budget over their finished runs.
    pub candidates: Vec<CandidateView>,
}

/// A candidate of a selection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CandidateView {
    /// Name.
    pub title: String,
    /// Mean over its finished runs, printed.
    pub mean: Option<String>,
    /// Finished runs.
    pub n: u64,
    /// Diverged runs.
    pub diverged: u64,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// The tasks that have a role. A task without one is called by its name.
pub(super) fn tasks_of<'a>(manifest: &'a Manifest, role: &'a str) -> impl Iterator<Item = &'a TaskCard> {
    manifest.tasks.iter().filter(move |t| if t.role.is_empty() { t.name == role } else { t.role == role })
}

/// The task of a role that knows these names; if none knows all, the first of the role.
pub(super) fn task_of<'a>(manifest: &'a Manifest, role: &'a str, names: &[&str]) -> Option<&'a TaskCard> {
    let knows = |t: &TaskCard| {
        names
            .iter()
            .all(|n| t.entries.iter().any(|e| e.key == *n) || t.selections.iter().any(|s| s.name == *n))
    };
    tasks_of(manifest, role).find(|t| knows(t)).or_else(|| tasks_of(manifest, role).next())
}

/// A role as it is written: `cifar10` is CIFAR-10.
pub(super) fn role_name(role: &str) -> String {
    let letters = role.trim_end_matches(|c: char| c.is_ascii_digit());
    match letters {
        "cifar" | "mnist" => {
            let digits = &role[letters.len()..];
            let dash = if digits.is_empty() { "" } else { "-" };
            format!("{}{dash}{digits}", letters.to_uppercase())
        }
        _ => role.to_string(),
    }
}

/// The entry that a name stands for: its key, or what the selection of that name chose.
pub(super) fn resolve<'a>(
    tables: &Tables,
    task: &'a TaskCard,
    name: &str,
) -> PolarsResult<Option<&'a Entry>> {
    let by_key = |key: &str| task.entries.iter().find(|e| e.key == key);
    if let Some(entry) = by_key(name) {
        return Ok(Some(entry));
    }
    let Some(selection) = task.selections.iter().find(|s| s.name == name) else { return Ok(None) };
    Ok(lowest(&means(tables, task, selection)?).and_then(|key| by_key(&key)))
}

/// Every selection of the study, with the numbers it rests on.
pub(super) fn selections(manifest: &Manifest, tables: &Tables) -> PolarsResult<Vec<SelectionView>> {
    let mut views = Vec::new();
    for task in &manifest.tasks {
        let counts = tables.counts(&task.name)?;
        for selection in &task.selections {
            let means = means(tables, task, selection)?;
            let chosen = lowest(&means);
            let title = |key: &str| {
                task.entries
                    .iter()
                    .find(|e| e.key == key)
                    .map_or_else(|| key.to_string(), |e| e.title.clone())
            };
            let quantity = Quantity::of(&selection.lowest);
            views.push(SelectionView {
                task: task.title.clone(),
                name: selection.name.clone(),
                column: quantity.map_or_else(|| selection.lowest.clone(), |q| q.name().into()),
                chosen: chosen.as_deref().map(title),
                candidates: means
                    .iter()
                    .map(|(key, mean)| {
                        let Counts { done, diverged, .. } = counts.get(key).copied().unwrap_or_default();
                        CandidateView {
                            title: title(key),
                            mean: mean.zip(quantity).map(|(mean, q)| q.print_measured(mean)),
                            n: done,
                            diverged,
                            chosen: chosen.as_ref() == Some(key),
                        }
                    })
                    .collect(),
            });
        }
    }
    Ok(views)
}

/// Mean of the selection's column at the end, over the finished runs of each candidate.
fn means(
    tables: &Tables,
    task: &TaskCard,
    selection: &Selection,
) -> PolarsResult<Vec<(String, Option<f64>)>> {
    let summary = match Quantity::of(&selection.lowest) {
        Some(quantity) => tables.summary(&task.name, curves::EPOCH, quantity.column())?,
        None => Default::default(),
    };
    let end = |key: &String| summary.get(key).and_then(|s| s.last()).map(|s| s.mean);
    Ok(selection.of.iter().map(|key| (key.clone(), end(key))).collect())
}

/// The first of the lowest.
fn lowest(means: &[(String, Option<f64>)]) -> Option<String> {
    means
        .iter()
        .filter_map(|(key, mean)| Some((key, (*mean)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(key, _)| key.clone())
}
