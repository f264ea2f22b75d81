//! The search behind the values of a task's entries.

use super::axis::Axis;
use super::chart::{ChartLine, ChartPlot, Look};
use super::paper::Quantity;
use super::plots::{Figure, Plot, Stroke};
use super::text::{checked_colour, significant, slug};
use super::thinning::Point;
use super::training::range;
use records::{PlannedRun, Search, TaskCard, Trial, Tuning};
use serde::Serialize;
use std::collections::BTreeSet;

/// The search of one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TuningView {
    /// Heading of the task.
    pub task: String,
    /// Its page.
    pub page: String,
    /// What is minimised.
    pub criterion: String,
    /// Length of a trial in epochs.
    pub epochs: u32,
    /// Blocks of the trials.
    pub repetitions: Vec<u64>,
    /// Whether no run of the report uses one of these blocks.
    pub fresh: bool,
    /// Number of trials.
    pub trials: usize,
    /// Number of diverged trials.
    pub diverged: usize,
    /// One per entry.
    pub searches: Vec<SearchView>,
    /// The criterion against the value; none without a finished trial.
    pub figure: Option<Figure>,
}

/// The search for one entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchView {
    /// Key of the entry.
    pub key: String,
    /// Its name.
    pub entry: String,
    /// Its colour.
    pub colour: String,
    /// The hyper-parameter.
    pub hyper: String,
    /// The value chosen, printed.
    pub chosen: String,
    /// Why the grid is what it is.
    pub reason: String,
    /// How often the grid was extended.
    pub extensions: u32,
    /// Whether the chosen value lies on the edge of the grid.
    pub on_edge: bool,
    /// Number of trials.
    pub trials: usize,
    /// Number of diverged trials.
    pub diverged: usize,
    /// One row per value, ascending.
    pub rows: Vec<TrialRow>,
}

/// The trials of one value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialRow {
    /// The value, printed.
    pub value: String,
    /// The criterion by repetition, `diverged`, or a dash where nothing was tried.
    pub scores: Vec<String>,
    /// Mean over the trials that finished, printed.
    pub mean: Option<String>,
    /// Trials that finished.
    pub n: usize,
    /// Whether it was chosen.
    pub chosen: bool,
}

impl TuningView {
    pub(super) fn new(task: &TaskCard, runs: &[PlannedRun]) -> Option<Self> {
        let tuning = task.tuning.as_ref()?;
        let trials = || tuning.searches.iter().flat_map(|s| &s.trials);
        Some(Self {
            task: task.title.clone(),
            page: format!("task-{}.html", slug(&task.name)),
            criterion: criterion(tuning),
            epochs: tuning.epochs,
            repetitions: tuning.repetitions.clone(),
            fresh: !runs.iter().any(|r| r.task == task.name && tuning.repetitions.contains(&r.repetition)),
            trials: trials().count(),
            diverged: trials().filter(|t| finite(t).is_none()).count(),
            searches: tuning.searches.iter().map(|s| search(task, tuning, s)).collect(),
            figure: figure(task, tuning),
        })
    }
}

fn criterion(tuning: &Tuning) -> String {
    Quantity::of(&tuning.criterion).map_or_else(|| tuning.criterion.clone(), |q| q.name().into())
}

/// A score that is not a number is a diverged trial.
fn finite(trial: &Trial) -> Option<f64> {
    trial.score.filter(|s| s.is_finite())
}

/// The values tried, ascending, with their trials.
fn by_value(search: &Search) -> Vec<(f64, Vec<&Trial>)> {
    let mut values: Vec<f64> = search.trials.iter().map(|t| t.value).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.into_iter().map(|v| (v, search.trials.iter().filter(|t| t.value == v).collect())).collect()
}

fn mean(trials: &[&Trial]) -> Option<f64> {
    stats::mean(&trials.iter().filter_map(|t| finite(t)).collect::<Vec<_>>())
}

/// The shortest form that reads back, with a true minus and a raised exponent where it is long.
fn plain(x: f64) -> String {
    let text = x.to_string();
    if text.len() <= 9 { super::text::minus(&text) } else { significant(x, 4) }
}

fn search(task: &TaskCard, tuning: &Tuning, search: &Search) -> SearchView {
    let entry = task.entries.iter().find(|e| e.key == search.entry);
    let repetitions: BTreeSet<u64> =
        tuning.repetitions.iter().copied().chain(search.trials.iter().map(|t| t.repetition)).collect();
    let rows = by_value(search)
        .into_iter()
        .map(|(value, trials)| TrialRow {
            value: plain(value),
            scores: repetitions
                .iter()
                .map(|r| match trials.iter().find(|t| t.repetition == *r) {
                    Some(trial) => finite(trial).map_or("diverged".into(), |s| significant(s, 4)),
                    None => "–".into(),
                })
                .collect(),
            mean: mean(&trials).map(|m| significant(m, 4)),
            n: trials.iter().filter(|t| finite(t).is_some()).count(),
            chosen: value == search.chosen,
        })
        .collect();
    SearchView {
        key: search.entry.clone(),
        entry: entry.map_or_else(|| search.entry.clone(), |e| e.title.clone()),
        colour: checked_colour(entry.map_or("", |e| &e.colour)),
        hyper: search.hyper.clone(),
        chosen: plain(search.chosen),
        reason: search.reason.clone(),
        extensions: search.extensions,
        on_edge: search.on_edge,
        trials: search.trials.len(),
        diverged: search.trials.iter().filter(|t| finite(t).is_none()).count(),
        rows,
    }
}

fn figure(task: &TaskCard, tuning: &Tuning) -> Option<Figure> {
    let log = |(value, trials): (f64, Vec<&Trial>)| Some([value.log10(), mean(&trials)?.log10()]);
    let curves: Vec<(&Search, Vec<Point>)> =
        tuning.searches.iter().map(|s| (s, by_value(s).into_iter().filter_map(log).collect())).collect();
    let points = || curves.iter().flat_map(|(_, points)| points);
    let (left, right) = range(points().map(|p| p[0]))?;
    let (low, high) = range(points().map(|p| p[1]))?;
    let pad = |low: f64, high: f64| 0.05 * (high - low).max(0.1);
    let (dx, dy) = (pad(left, right), pad(low, high));
    let hypers: BTreeSet<&str> = tuning.searches.iter().map(|s| s.hyper.as_str()).collect();
    let hypers = hypers.into_iter().collect::<Vec<_>>().join(", ");
    let x = Axis::logarithmic(&format!("{hypers}, logarithmic"), left - dx, right + dx);
    // A value that all but diverged must not flatten the others.
    let y = Axis::logarithmic(
        &format!("mean {}, logarithmic", criterion(tuning)),
        low - dy,
        high.min(low + 4.0) + dy,
    );
    let mut lines = Vec::new();
    let mut chosen = Vec::new();
    for (search, points) in &curves {
        let entry = task.entries.iter().find(|e| e.key == search.entry);
        let label = entry.map_or(&search.entry, |e| &e.title);
        let stroke = Stroke {
            colour: checked_colour(entry.map_or("", |e| &e.colour)),
            dash: entry.map_or_else(|| "solid".into(), |e| e.dash.clone()),
            entry: Some(search.entry.clone()),
        };
        let best: Vec<Point> = points.iter().filter(|p| p[0] == search.chosen.log10()).copied().collect();
        lines.push(ChartLine::new(label, stroke.clone(), Look::MarkedLine, points, &x, &y));
        chosen.push(ChartLine::new("", stroke, Look::Discs, &best, &x, &y));
    }
    lines.append(&mut chosen);
    Some(Figure::new(
        format!("tuning-{}", slug(&task.name)),
        format!("Which value gives the lowest mean {} after {} epochs?", criterion(tuning), tuning.epochs),
        format!("Mean {} of the trials on {} against the value", criterion(tuning), task.title),
        Plot::Chart(ChartPlot { x, y, narrow: false, ground: None, lines, legend: true }),
    ))
}
