//! One metric of one entry as it is drawn: rows with all they can be placed at, and lines made of them.

use super::clock::Clock;
use super::marks::Marks;
use crate::drawing::axis::round_to;
use crate::drawing::chart::{decimals, to_resolution};
use crate::drawing::clip::segments;
use crate::drawing::thinning::{kept, thin_graph};
use crate::drawing::{
    Along, Axis, CurveLine, CurveRow, Mark, Moment, Point, RunLine, Series, Spacing, Stroke,
};
use crate::tables::{Counts, Line, Summary};
use records::{Entry, TaskCard};
use std::collections::{BTreeMap, BTreeSet};

/// Most points of a line of a mean, and of the lines of all means together.
const MEAN: usize = 200;
const MEANS: usize = 2000;
/// The same for the lines of single runs.
const RUN: usize = 200;
const RUNS: usize = 8000;
/// Published points drawn.
const RINGS: usize = 40;
/// Entries with more runs than this are drawn without a line per run.
pub(crate) const RUNS_DRAWN: usize = 10;

/// What values can be, so far as a linear axis has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From 0 to 100.
    Percent,
    /// From 0 on.
    Positive,
    /// Anything: logarithms.
    Any,
}

/// A column of the curves as it is drawn.
pub(crate) struct Metric {
    /// Its name in the table.
    pub(crate) column: &'static str,
    /// Its name in words.
    pub(crate) name: String,
    /// What is asked about it.
    pub(crate) question: String,
    /// Unit, and what the column is multiplied by for it.
    pub(crate) unit: String,
    pub(crate) factor: f64,
    /// What it can be, in that unit.
    pub(crate) reach: Reach,
    /// The best there can be in that unit, if it is known and the task is judged by this.
    pub(crate) limit: Option<f64>,
    /// What it is called among published curves; `log10_…` are logarithms.
    pub(crate) published: &'static [&'static str],
    /// How the axis is spaced, the usual way first.
    pub(crate) spacings: &'static [Spacing],
}

impl Metric {
    /// Its name with its unit.
    pub(crate) fn label(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.unit) }
    }
}

/// One entry.
pub(crate) struct Measured<'a> {
    pub(crate) entry: &'a Entry,
    /// The rows of all lines, those of a line in order.
    pub(crate) rows: Vec<CurveRow>,
    diverged: BTreeSet<u64>,
    /// What the line of each run says.
    marks: BTreeMap<u64, Mark>,
    /// What its mean lacks.
    remark: Option<String>,
}

/// How many runs there are, where that is not what was planned, and how many diverged.
fn remark(counts: Counts) -> Option<String> {
    let made = counts.done + counts.diverged;
    let of =
        if counts.missing > 0 { format!("n = {made} of {}", counts.planned) } else { format!("n = {made}") };
    match (counts.missing, counts.diverged) {
        (0, 0) => None,
        (_, 0) => Some(of),
        (_, diverged) => Some(format!("{of}, {diverged} diverged")),
    }
}

/// Every entry that has a run. `summary` and `lines` are of this metric along epochs.
pub(crate) fn measured<'a>(
    task: &TaskCard,
    entries: &[&'a Entry],
    metric: &Metric,
    (clock, marks): (&Clock, &Marks),
    summary: &BTreeMap<String, Vec<Summary>>,
    lines: &BTreeMap<(String, u64), Line>,
    counts: &BTreeMap<String, Counts>,
) -> Vec<Measured<'a>> {
    let found: Vec<(&Entry, Vec<(u64, &Line)>)> = entries
        .iter()
        .map(|entry| {
            let runs = lines.iter().filter(|((key, _), line)| *key == entry.key && !line.points.is_empty());
            (*entry, runs.map(|((_, repetition), line)| (*repetition, line)).collect::<Vec<_>>())
        })
        .filter(|(_, runs)| !runs.is_empty())
        .collect();
    let summary_of = |entry: &Entry| summary.get(&entry.key).map_or(&[][..], Vec::as_slice);
    // Single runs are drawn beside a mean of several, and where there is no mean or it ends with a run that does.
    let singles = |entry: &Entry, runs: &[(u64, &Line)]| {
        let is_some_diverged = runs.iter().any(|(_, line)| line.diverged);
        summary_of(entry).is_empty() || is_some_diverged || (2..=RUNS_DRAWN).contains(&runs.len())
    };
    let count: usize = found.iter().filter(|(e, r)| singles(e, r)).map(|(_, r)| r.len()).sum();
    let per_run = (RUNS / count.max(1)).clamp(4, RUN);
    let per_mean = (MEANS / found.len().max(1)).clamp(4, MEAN);
    found
        .into_iter()
        .map(|(entry, runs)| {
            let summary = summary_of(entry);
            let means: Vec<Point> = summary.iter().map(|s| [s.x, s.mean]).collect();
            let mut rows: Vec<CurveRow> = kept(&means, per_mean)
                .into_iter()
                .map(|i| {
                    let s = &summary[i];
                    CurveRow {
                        line: CurveLine::Mean,
                        at: clock.typical(&entry.key, s.x),
                        value: metric.factor * s.mean,
                        runs: Some(([metric.factor * s.low, metric.factor * s.high], s.n)),
                    }
                })
                .collect();
            if singles(entry, &runs) {
                for (repetition, line) in &runs {
                    let points: Vec<Point> = line.points.iter().map(|p| [p.0, p.1]).collect();
                    rows.extend(kept(&points, per_run).into_iter().map(|i| CurveRow {
                        line: CurveLine::Run(*repetition),
                        at: clock.run(&entry.key, *repetition, points[i][0]),
                        value: metric.factor * points[i][1],
                        runs: None,
                    }));
                }
            }
            rows.extend(published(task, entry, metric));
            let diverged = runs.iter().filter(|(_, line)| line.diverged).map(|(r, _)| *r).collect();
            let counts = counts.get(&entry.key).copied().unwrap_or_default();
            let marks = runs.iter().filter_map(|(r, _)| Some((*r, marks.of(&task.name, &entry.key, *r)?)));
            Measured { entry, rows, diverged, marks: marks.collect(), remark: remark(counts) }
        })
        .collect()
}

fn published(task: &TaskCard, entry: &Entry, metric: &Metric) -> Vec<CurveRow> {
    let curves = task.published.iter();
    let mine = curves.filter(|c| c.entry == entry.key && metric.published.contains(&c.metric.as_str()));
    let points: Vec<Point> = mine
        .flat_map(|c| {
            let value = |y: f64| if c.metric.starts_with("log10_") { 10_f64.powf(y) } else { y };
            c.x.iter().zip(&c.y).map(move |(x, y)| [*x, metric.factor * value(*y)])
        })
        .collect();
    let row =
        |p: Point| CurveRow { line: CurveLine::Published, at: Moment::epoch(p[0]), value: p[1], runs: None };
    thin_graph(&points, RINGS).into_iter().map(row).collect()
}

/// A value in the coordinate that is drawn; what has no logarithm lies below every axis.
pub(crate) fn drawn(value: f64, spacing: Spacing) -> f64 {
    match spacing {
        Spacing::Log => logarithm(value),
        Spacing::Linear => value,
    }
}

/// The decimal logarithm, without bound of what is not above 0.
pub(crate) fn logarithm(value: f64) -> f64 {
    if value <= 0.0 { f64::NEG_INFINITY } else { value.log10() }
}

impl Measured<'_> {
    /// Its lines on these axes; what lies above or below runs along the edge, what lies to
    /// the right is cut off.
    pub(crate) fn series(&self, along: Along, x: &Axis, spacing: Spacing, y: &Axis) -> Series {
        let inside = |v: f64| v.clamp(y.low, y.high);
        let height = |value: f64| drawn(value, spacing);
        let points = |line: CurveLine| -> Vec<Point> {
            let rows = self.rows.iter().filter(|r| r.line == line);
            let points = rows.map(|r| [r.at.along(along), height(r.value)]);
            points.filter(|p| p[0].is_finite() && (p[1].is_finite() || p[1] == f64::NEG_INFINITY)).collect()
        };
        let line = |which: CurveLine| {
            let line: Vec<Point> = points(which).into_iter().map(|p| [p[0], inside(p[1])]).collect();
            let pieces = segments(&line, x, y);
            to_resolution(pieces.first().map_or(&[], Vec::as_slice), x, y)
        };
        let mut repetitions: Vec<u64> = self
            .rows
            .iter()
            .filter_map(|r| if let CurveLine::Run(repetition) = r.line { Some(repetition) } else { None })
            .collect();
        repetitions.dedup();
        let edge = |v: f64| round_to(inside(v), decimals(y));
        let band = self
            .rows
            .iter()
            .filter(|r| r.line == CurveLine::Mean)
            .filter_map(|r| {
                let ([low, high], n) = r.runs?;
                (n > 1).then(|| [r.at.along(along), height(low), height(high)])
            })
            .filter(|b| x.holds(b[0]) && !b[1].is_nan() && b[2] < f64::INFINITY)
            .map(|b| [round_to(b[0], decimals(x)), edge(b[1]), edge(b[2])])
            .collect();
        let rings: Vec<Point> =
            points(CurveLine::Published).into_iter().filter(|p| x.holds(p[0]) && y.holds(p[1])).collect();
        Series {
            label: self.entry.title.clone(),
            remark: self.remark.clone(),
            stroke: Stroke::of(self.entry),
            mean: line(CurveLine::Mean),
            band,
            runs: repetitions
                .into_iter()
                .map(|repetition| RunLine {
                    repetition,
                    diverged: self.diverged.contains(&repetition),
                    points: line(CurveLine::Run(repetition)),
                    mark: self.marks.get(&repetition).cloned(),
                })
                .filter(|run| !run.points.is_empty())
                .collect(),
            published: to_resolution(&rings, x, y),
            data: self.rows.clone(),
        }
    }
}
