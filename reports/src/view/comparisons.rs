//! One challenger against the reference, over all tasks.

use crate::drawing::axis::range;
use crate::drawing::{Axis, Dot, Figure, Mark, Plot, StripPlot, StripRow, Stroke};
use crate::view::results::Yardstick;
use crate::view::results::family::{ComparisonView, Comparisons};
use crate::view::results::marks::Marks;
use crate::words::names::{distinct, task_page};
use crate::words::text::slug;
use records::{Entry, Manifest, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::{Unit, signed};

/// A challenger.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ContestView {
    /// Key of the challenger.
    pub entry: String,
    /// Where its part of the page begins.
    pub anchor: String,
    /// Its name.
    pub title: String,
    /// Name of the reference; a challenger meets each reference apart.
    pub reference: String,
    /// Its colour and dash.
    pub stroke: Stroke,
    /// The tasks it is compared on.
    pub tasks: Vec<ContestTask>,
    /// Differences seed by seed, those of one unit together.
    pub figures: Vec<Figure>,
}

/// It on one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ContestTask {
    /// Heading of the task.
    pub title: String,
    /// Its page.
    pub page: String,
    /// Unit of differences, their bounds, their spread and the margin.
    pub unit: String,
    /// The practical margin.
    pub margin: String,
    /// The comparison.
    pub comparison: ComparisonView,
}

/// Every challenger in the order of the study.
pub(crate) fn contests(manifest: &Manifest, comparisons: &Comparisons, marks: &Marks) -> Vec<ContestView> {
    let mut keys: Vec<&Entry> = Vec::new();
    for entry in manifest.tasks.iter().flat_map(|card| &card.entries) {
        if !keys.iter().any(|seen| seen.key == entry.key) {
            keys.push(entry);
        }
    }
    let mut contests: Vec<ContestView> =
        keys.into_iter().flat_map(|entry| of_entry(manifest, comparisons, marks, entry)).collect();
    let anchors = distinct(contests.iter().map(|contest| contest.anchor.clone()));
    for (contest, anchor) in contests.iter_mut().zip(anchors) {
        for (k, figure) in contest.figures.iter_mut().enumerate() {
            figure.name = if k == 0 { anchor.clone() } else { format!("{anchor}-measure-{}", k + 1) };
        }
        contest.anchor = anchor;
    }
    contests
}

/// A task and the comparison on it.
type Met<'a> = (&'a TaskCard, ComparisonView);

/// The contests of an entry, one for each reference that it meets.
fn of_entry(
    manifest: &Manifest,
    comparisons: &Comparisons,
    marks: &Marks,
    entry: &Entry,
) -> Vec<ContestView> {
    let mut met: Vec<(String, Vec<Met>)> = Vec::new();
    for card in &manifest.tasks {
        let mut here = comparisons.of(&card.name).into_iter();
        let Some(comparison) = here.find(|comparison| comparison.entry == entry.key) else { continue };
        let reference = comparison.names[1].clone();
        match met.iter_mut().find(|(name, _)| *name == reference) {
            Some((_, tasks)) => tasks.push((card, comparison)),
            None => met.push((reference, vec![(card, comparison)])),
        }
    }
    let contest = |k: usize, reference: String, met: Vec<Met>| {
        let more = if k > 0 { format!("-{}", k + 1) } else { String::new() };
        let anchor = format!("versus-{}{more}", slug(&entry.key));
        ContestView {
            entry: entry.key.clone(),
            title: entry.title.clone(),
            stroke: Stroke::of(entry),
            figures: figures(entry, &anchor, &met, marks),
            anchor,
            reference,
            tasks: met.into_iter().map(|(card, comparison)| task(manifest, card, comparison)).collect(),
        }
    };
    met.into_iter().enumerate().map(|(k, (reference, met))| contest(k, reference, met)).collect()
}

fn task(manifest: &Manifest, card: &TaskCard, comparison: ComparisonView) -> ContestTask {
    let yardstick = Yardstick::of(&card.kind);
    ContestTask {
        unit: yardstick.as_ref().map(|it| it.view().differences).unwrap_or_default(),
        title: card.title.clone(),
        page: task_page(manifest, &card.name),
        margin: yardstick.map(|it| it.print(it.margin())).unwrap_or_default(),
        comparison,
    }
}

/// A figure for each kind of difference: what has another unit has no place on the axis.
fn figures(entry: &Entry, name: &str, met: &[Met], marks: &Marks) -> Vec<Figure> {
    let mut kinds: Vec<(String, Vec<(&Met, Yardstick)>)> = Vec::new();
    for pair in met {
        let Some(yardstick) = Yardstick::of(&pair.0.kind) else { continue };
        let axis = yardstick.difference_axis();
        match kinds.iter_mut().find(|(known, _)| *known == axis) {
            Some((_, tasks)) => tasks.push((pair, yardstick)),
            None => kinds.push((axis, vec![(pair, yardstick)])),
        }
    }
    kinds.iter().filter_map(|(axis, met)| figure(entry, name, (axis, met), marks)).collect()
}

fn figure(
    entry: &Entry,
    name: &str,
    (axis, met): (&str, &[(&Met, Yardstick)]),
    marks: &Marks,
) -> Option<Figure> {
    let rows: Vec<StripRow> = met
        .iter()
        .map(|((card, comparison), yardstick)| StripRow {
            label: card.title.clone(),
            stroke: Stroke::of(entry),
            dots: dots((card, yardstick), entry, comparison, marks),
            mean: stats::mean(&comparison.differences),
            interval: comparison.bounds,
            region: Some([-1.0, 1.0].map(|side| yardstick.scaled(side * yardstick.margin()))),
        })
        .collect();
    let values = rows.iter().flat_map(|row| {
        let ends = row.interval.into_iter().chain(row.region).flatten();
        row.dots.iter().map(|dot| dot.value).chain(ends)
    });
    let (low, high) = range(values)?;
    let reference = &met.first()?.0.1.names[1];
    Some(Figure::new(
        name.into(),
        format!("By how much does {} differ from {reference}, seed by seed?", entry.title),
        format!("Paired differences of {} and {reference}, one dot per seed, by task", entry.title),
        Plot::Strip(StripPlot {
            x: Axis::linear(&format!("challenger minus reference, {axis}"), low, high, true),
            rows,
        }),
    ))
}

/// A dot per pair: it leads to the challenger's run.
fn dots(
    (card, yardstick): (&TaskCard, &Yardstick),
    entry: &Entry,
    comparison: &ComparisonView,
    marks: &Marks,
) -> Vec<Dot> {
    let Unit { decimals, name, .. } = yardstick.differences();
    let pairs = comparison.differences.iter().zip(&comparison.repetitions);
    pairs
        .map(|(difference, repetition)| {
            let run = marks.of(&card.name, &entry.key, *repetition);
            let points = signed(&format!("{difference:.decimals$}"));
            let text =
                |run: Mark| Mark { text: format!("{points} {name} on {}. {}", card.title, run.text), ..run };
            Dot { value: *difference, mark: run.map(text) }
        })
        .collect()
}
