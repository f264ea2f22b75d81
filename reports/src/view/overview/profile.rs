//! The performance profile over all tasks, seeds and targets.

use crate::drawing::bands;
use crate::drawing::{Axis, ChartLine, ChartPlot, Figure, Look, Plot, Point, Stroke};
use crate::view::results::race::Race;
use crate::words::text::percent;
use records::{Entry, Manifest};
use schemars::JsonSchema;
use serde::Serialize;
use stats::runtime::{LADDER, Outcome};
use stats::{Interval, Profile, unstable_pairs};
use std::collections::{BTreeMap, BTreeSet};

/// More lines than this cannot be told apart.
const MOST: usize = 12;
/// Where the axis ends: 2⁵ times the best is as good as never.
const FACTORS: f64 = 5.0;

/// The profile with what it is worth.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ProfileView {
    /// The figure.
    pub figure: Figure,
    /// Tasks, seeds and targets: the problems.
    pub problems: usize,
    /// Whether the lines have bands: pointwise 95 % intervals by the bootstrap, seeds drawn within tasks.
    pub banded: bool,
    /// Whose bands are seen, where it is not every line's.
    pub remark: Option<&'static str>,
    /// One per entry, in the order of the study.
    pub rows: Vec<ProfileRow>,
    /// Pairs whose order depends on who else takes part, in a sentence each.
    pub unstable: Vec<String>,
}

/// One entry's profile in numbers.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ProfileRow {
    /// Key of the entry.
    pub entry: String,
    /// Its name.
    pub title: String,
    /// Mean of the profile over log τ, τ from 1 to 4.
    pub area: String,
    /// Share of the problems that it is fastest on, percent.
    pub first: String,
    /// Share of the problems solved at all, percent.
    pub solved: String,
    /// Bounds of its 95 % interval, from five seeds on each task on.
    pub solved_interval: Option<[String; 2]>,
}

/// None below two entries that have runs on every task with an anchor, or with too many of them to draw.
pub(crate) fn profile(manifest: &Manifest, races: &BTreeMap<String, Race>) -> Option<ProfileView> {
    let entries = entries(manifest, races);
    if !(2..=MOST).contains(&entries.len()) {
        return None;
    }
    let mut costs: Vec<Vec<Option<f64>>> = vec![Vec::new(); entries.len()];
    let mut strata = Vec::new();
    for race in races.values() {
        let seeds = |entry: &Entry| race.runs[&entry.key].keys().copied().collect::<BTreeSet<u64>>();
        let common = entries.iter().map(|e| seeds(e)).reduce(|a, b| &a & &b)?;
        strata.push(common.len());
        for seed in common {
            for (row, entry) in costs.iter_mut().zip(&entries) {
                row.extend(race.runs[&entry.key][&seed].map(|outcome| match outcome {
                    Outcome::Reached(steps) => Some(steps.max(race.resolution)),
                    Outcome::Missed(_) => None,
                }));
            }
        }
    }
    let profile = Profile::of(&costs)?;
    let x = Axis::factors("times the steps of the fastest, τ (logarithmic)", FACTORS);
    let y = Axis::linear("problems solved within τ, %", 0.0, 100.0, false);
    let intervals: Vec<Option<Vec<Interval>>> =
        (0..entries.len()).map(|k| profile.band(k, &strata, LADDER.len())).collect();
    let lines = entries.iter().enumerate().map(|(k, entry)| {
        let steps: Vec<Point> =
            profile.steps(k).iter().map(|step| [step.log2_factor, 100.0 * step.share]).collect();
        let line = ChartLine::new(&entry.title, Stroke::of(entry), Look::Line, &stairs(&steps), &x, &y);
        match &intervals[k] {
            Some(band) => line.with_band(&stairs_between(&steps, band), &x, &y),
            None => line,
        }
    });
    let lines = lines.collect();
    let figure = Figure::new(
        "profile".into(),
        "On how many problems is an entry within a factor of the fastest?".into(),
        "Performance profile: share of tasks, seeds and targets against the factor, by entry".into(),
        Plot::Chart(ChartPlot { x, y, narrow: false, ground: None, lines, legend: true }),
    );
    let title = |k: usize| entries[k].title.as_str();
    Some(ProfileView {
        problems: strata.iter().sum::<usize>() * LADDER.len(),
        banded: intervals.iter().all(Option::is_some),
        remark: bands::remark(std::iter::once(&figure)),
        rows: entries
            .iter()
            .enumerate()
            .map(|(k, entry)| ProfileRow {
                entry: entry.key.clone(),
                title: entry.title.clone(),
                area: format!("{:.3}", profile.log_area(k).max(0.0)),
                first: percent(profile.steps(k).first().map_or(0.0, |step| step.share)),
                solved: percent(profile.plateau(k)),
                solved_interval: intervals[k]
                    .as_ref()
                    .and_then(|band| band.last())
                    .map(|i| [percent(i.low), percent(i.high)]),
            })
            .collect(),
        unstable: unstable_pairs(&costs)
            .into_iter()
            .map(|pair| {
                format!(
                    "{} is ahead of {}, but behind it if {} is left out.",
                    title(pair.ahead),
                    title(pair.behind),
                    title(pair.without)
                )
            })
            .collect(),
        figure,
    })
}

/// Entries with runs on every task with an anchor, as they are on the first.
fn entries<'a>(manifest: &'a Manifest, races: &BTreeMap<String, Race>) -> Vec<&'a Entry> {
    let first = manifest.tasks.iter().find(|card| races.contains_key(&card.name));
    let is_everywhere = |entry: &&Entry| races.values().all(|race| race.runs.contains_key(&entry.key));
    first.into_iter().flat_map(|card| &card.entries).filter(is_everywhere).collect()
}

/// The band of every step, up to the next.
fn stairs_between(steps: &[Point], band: &[Interval]) -> Vec<[f64; 3]> {
    let mut points = Vec::new();
    for (k, (step, interval)) in steps.iter().zip(band).enumerate() {
        let end = steps.get(k + 1).map_or(FACTORS, |next| next[0]).min(FACTORS);
        for at in [step[0], end] {
            points.push([at, 100.0 * interval.low, 100.0 * interval.high]);
        }
    }
    points
}

fn stairs(steps: &[Point]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for step in steps {
        if let Some(last) = points.last() {
            points.push([step[0], last[1]]);
        }
        points.push(*step);
    }
    if let Some(last) = points.last().copied() {
        points.push([FACTORS, last[1]]);
    }
    points
}
