//! The ladder of targets: who gets how far, and at what cost.

use crate::drawing::axis::thousands;
use crate::drawing::{Axis, ChartLine, ChartPlot, Figure, Look, Plot, Point, Stroke};
use crate::view::results::Yardstick;
use crate::view::results::race::Race;
use crate::words::text::{significant, slug};
use records::{Entry, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use stats::runtime::{LADDER, Outcome, expected_runtime};

/// The ladder of one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LadderView {
    /// What has to reach the targets.
    pub metric: String,
    /// Where the anchor comes from.
    pub anchor: String,
    /// Its value, with the unit.
    pub value: String,
    /// Steps of a whole run.
    pub budget: String,
    /// Steps between two evaluations.
    pub resolution: String,
    /// From the easiest to the hardest.
    pub targets: Vec<TargetView>,
    /// One per entry with runs.
    pub rows: Vec<LadderRow>,
    /// Share of runs and targets reached against steps.
    pub figure: Figure,
}

/// A target.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TargetView {
    /// How far on the way from chance to the anchor.
    pub share: String,
    /// The value, with the unit.
    pub value: String,
}

/// One entry on the ladder.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LadderRow {
    /// Key of the entry.
    pub entry: String,
    /// Its name.
    pub title: String,
    /// Target by target.
    pub cells: Vec<LadderCell>,
}

/// One entry at one target.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LadderCell {
    /// Runs that reached it.
    pub reached: usize,
    /// Runs.
    pub n: usize,
    /// Expected runtime in steps, printed; more than the budget if no run reached it.
    pub runtime: String,
    /// The same as a number.
    pub steps: Option<f64>,
    /// Over that of the reference, printed.
    pub ratio: Option<String>,
}

/// None without an anchor or without runs.
pub(crate) fn ladder(card: &TaskCard, race: Option<&Race>, reference: Option<&str>) -> Option<LadderView> {
    let (race, anchor, yardstick) = (race?, card.anchor.as_ref()?, Yardstick::of(&card.kind)?);
    let entries: Vec<&Entry> = card.entries.iter().filter(|e| race.runs.contains_key(&e.key)).collect();
    if entries.is_empty() {
        return None;
    }
    let expected = |entry: &str, target: usize| expected_runtime(&race.at(entry, target));
    let row = |entry: &Entry| LadderRow {
        entry: entry.key.clone(),
        title: entry.title.clone(),
        cells: (0..LADDER.len())
            .map(|target| {
                let outcomes = race.at(&entry.key, target);
                let steps = expected(&entry.key, target);
                let base = reference.filter(|key| *key != entry.key).and_then(|key| expected(key, target));
                LadderCell {
                    reached: outcomes.iter().filter(|o| o.is_reached()).count(),
                    n: outcomes.len(),
                    runtime: match steps {
                        Some(steps) => thousands(steps.round() as u64),
                        None => format!("> {}", thousands(race.budget as u64)),
                    },
                    ratio: steps
                        .zip(base.filter(|base| *base > 0.0))
                        .map(|(a, b)| format!("{}×", significant(a / b, 3))),
                    steps,
                }
            })
            .collect(),
    };
    Some(LadderView {
        metric: race.watched.clone(),
        anchor: anchor.source.clone(),
        value: yardstick.print_whole(anchor.value),
        budget: thousands(race.budget as u64),
        resolution: thousands(race.resolution as u64),
        targets: LADDER
            .iter()
            .zip(race.targets)
            .map(|(share, target)| TargetView {
                share: format!("{:.0} %", 100.0 * share),
                value: yardstick.print_whole(target),
            })
            .collect(),
        rows: entries.iter().map(|entry| row(entry)).collect(),
        figure: figure(card, race, &entries),
    })
}

/// The empirical distribution of the cost over runs and targets (Hansen et al. 2021).
fn figure(card: &TaskCard, race: &Race, entries: &[&Entry]) -> Figure {
    let x = Axis::linear("optimizer steps", 0.0, race.budget, false);
    let y = Axis::linear("runs × targets reached, %", 0.0, 100.0, false);
    let lines = entries
        .iter()
        .map(|entry| {
            let stroke = Stroke::of(entry);
            ChartLine::new(&entry.title, stroke, Look::Line, &stairs(race, &entry.key), &x, &y)
        })
        .collect();
    Figure::new(
        format!("targets-{}", slug(&card.name)),
        "How many targets are reached within how many steps?".into(),
        format!("Share of runs and targets reached on {} against steps, by entry", card.title),
        Plot::Chart(ChartPlot { x, y, narrow: false, ground: None, lines, legend: true }),
    )
}

fn stairs(race: &Race, entry: &str) -> Vec<Point> {
    let all: Vec<Outcome> = (0..LADDER.len()).flat_map(|target| race.at(entry, target)).collect();
    let mut steps: Vec<f64> = all
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Reached(steps) => Some(*steps),
            Outcome::Missed(_) => None,
        })
        .collect();
    steps.sort_by(f64::total_cmp);
    let share = |count: usize| 100.0 * count as f64 / all.len().max(1) as f64;
    let mut points = vec![[0.0, 0.0]];
    for (i, step) in steps.iter().enumerate() {
        points.push([*step, share(i)]);
        points.push([*step, share(i + 1)]);
    }
    points.push([race.budget, share(steps.len())]);
    points
}
