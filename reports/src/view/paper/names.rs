//! What figures and claims call things: tasks by role, entries by key or by selection.
//!
//! A selection takes the candidate with the lowest mean at the end of the budget. A candidate of which fewer runs diverged
//! comes before any of which more did, lest one win that finished once in five; and a candidate with fewer runs made than
//! another is not eligible. Where nothing was measured, nobody is chosen.

use super::runs::Runs;
use crate::tables::Tables;
use crate::view::results::quantity::Quantity;
use polars::prelude::PolarsResult;
use records::{Entry, Manifest, Selection, TaskCard, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;

/// An entry that was chosen by result, and among which.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct SelectionView {
    /// Heading of the task.
    pub task: String,
    /// Name of the selection.
    pub name: String,
    /// What was compared.
    pub column: String,
    /// Name of the chosen entry.
    pub chosen: Option<String>,
    /// Why none is, if none is.
    pub nobody: Option<String>,
    /// All candidates with the mean at the end of the budget over their runs.
    pub candidates: Vec<CandidateView>,
}

/// A candidate of a selection.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct CandidateView {
    /// Name.
    pub title: String,
    /// Mean over its finished runs, printed.
    pub mean: Option<String>,
    /// Runs made.
    pub n: u64,
    /// Those of them that diverged, which are not in the mean.
    pub diverged: u64,
    /// Whether it has as many runs as the candidate with most of them.
    pub eligible: bool,
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
    let standings = standings(tables, task, selection)?;
    Ok(lowest(&standings).and_then(by_key))
}

/// Among how many entries the one was chosen that a name stands for.
pub(super) fn candidates(task: &TaskCard, name: &str) -> usize {
    if task.entries.iter().any(|e| e.key == name) {
        return 1;
    }
    task.selections.iter().find(|s| s.name == name).map_or(1, |s| s.of.len())
}

/// Every selection of the study, with the numbers it rests on.
pub(super) fn selections(manifest: &Manifest, tables: &Tables) -> PolarsResult<Vec<SelectionView>> {
    let mut views = Vec::new();
    for task in &manifest.tasks {
        for selection in &task.selections {
            let standings = standings(tables, task, selection)?;
            let chosen = lowest(&standings);
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
                nobody: chosen.is_none().then(|| reason(&standings)),
                chosen: chosen.map(title),
                candidates: standings
                    .iter()
                    .map(|s| CandidateView {
                        title: title(&s.key),
                        mean: s.mean.zip(quantity).map(|(mean, q)| q.print_measured(mean)),
                        n: s.n,
                        diverged: s.diverged,
                        eligible: s.eligible,
                        chosen: chosen == Some(s.key.as_str()),
                    })
                    .collect(),
            });
        }
    }
    Ok(views)
}

/// Why a selection of that name chose nobody.
pub(super) fn nobody(tables: &Tables, task: &TaskCard, name: &str) -> PolarsResult<String> {
    let selection = task.selections.iter().find(|s| s.name == name);
    let standings = selection.map(|selection| standings(tables, task, selection)).transpose()?;
    Ok(reason(&standings.unwrap_or_default()))
}

/// A candidate and what it is judged by.
struct Standing {
    key: String,
    mean: Option<f64>,
    n: u64,
    diverged: u64,
    eligible: bool,
}

/// The candidates of a selection by its column at the end.
fn standings(tables: &Tables, task: &TaskCard, selection: &Selection) -> PolarsResult<Vec<Standing>> {
    let counts = tables.counts(&task.name)?;
    let runs = match (&task.kind, Quantity::of(&selection.lowest)) {
        (TaskKind::Training { epochs, .. }, Some(quantity)) => {
            Some((Runs::new(tables, &task.name, quantity)?, f64::from(*epochs)))
        }
        _ => None,
    };
    let standing = |key: &String| {
        let ends = runs.as_ref().map(|(runs, end)| runs.of(key, (*end, *end), |x| x)).unwrap_or_default();
        let finished: Vec<f64> = ends.values().filter(|end| !end.diverged).map(|end| end.value).collect();
        let counts = counts.get(key).copied().unwrap_or_default();
        Standing {
            key: key.clone(),
            mean: stats::mean(&finished),
            n: counts.done + counts.diverged,
            diverged: counts.diverged,
            eligible: false,
        }
    };
    let mut standings: Vec<Standing> = selection.of.iter().map(standing).collect();
    let most = standings.iter().map(|s| s.n).max().unwrap_or(0);
    standings.iter_mut().for_each(|s| s.eligible = s.n == most && most > 0);
    Ok(standings)
}

/// The first of the lowest among the eligible of which fewest runs diverged.
fn lowest(standings: &[Standing]) -> Option<&str> {
    let eligible = || standings.iter().filter(|s| s.eligible);
    let fewest = eligible().map(|s| s.diverged).min()?;
    eligible()
        .filter(|s| s.diverged == fewest)
        .filter_map(|s| Some((s.key.as_str(), s.mean?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(key, _)| key)
}

/// Why none of them is chosen.
fn reason(standings: &[Standing]) -> String {
    let made: u64 = standings.iter().map(|s| s.n).sum();
    let diverged: u64 = standings.iter().map(|s| s.diverged).sum();
    match made {
        0 => "nothing to choose from has been run",
        _ if made == diverged => "every run of every candidate diverged",
        _ => "no finished run has a value of it, so nobody is chosen",
    }
    .into()
}
