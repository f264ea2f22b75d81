//! How the entries stand over all trained tasks.

use super::cost::{CostView, cost};
use crate::drawing::Stroke;
use crate::view::results::MeasureView;
use crate::view::results::race::Race;
use crate::view::results::step_times::{self, StepTimes};
use crate::view::task::{EntryView, TaskView};
use records::{Manifest, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use stats::bootstrap;
use std::collections::{BTreeMap, BTreeSet};

/// The general table.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct StandingsView {
    /// Headings and pages of the trained tasks, the columns.
    pub tasks: Vec<[String; 2]>,
    /// What each of them is judged by.
    pub measures: Vec<MeasureView>,
    /// The value that all of them print with its unit, if it is the same (`final test accuracy, %`).
    pub metric: Option<String>,
    /// How many of them have an anchor, and so a score.
    pub anchored: usize,
    /// The entry that costs are divided by, if it is the same on all of them.
    pub reference: Option<String>,
    /// Runs behind every mean of the table, if it is the same number for all.
    pub each: Option<usize>,
    /// Whether cells have letters.
    pub lettered: bool,
    /// Heading of the task whose step times the table has: the first with any.
    pub timed: Option<String>,
    /// How those were measured, in words.
    pub timed_how: Option<String>,
    /// One per entry, best first: by score, or else by the mean of the first task.
    pub rows: Vec<StandingView>,
}

/// One entry over all tasks.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct StandingView {
    /// Key.
    pub key: String,
    /// Name.
    pub title: String,
    /// Name of the optimizer.
    pub optimizer: String,
    /// Colour and dash.
    pub stroke: Stroke,
    /// Task by task; none where it is not compared.
    pub cells: Vec<Option<StandingCell>>,
    /// Scores pooled over the tasks that have an anchor; none unless it has runs on each.
    pub score: Option<ScoreView>,
    /// Cost of the targets against the reference.
    pub cost: Option<CostView>,
    /// Runs planned.
    pub planned: u64,
    /// Runs that diverged.
    pub diverged: u64,
    /// Trials of the searches behind its values.
    pub trials: Option<usize>,
    /// Bytes of optimizer state per parameter, printed.
    pub state_bytes: Option<String>,
    /// Median milliseconds per step on [`StandingsView::timed`], printed.
    pub step_ms: Option<String>,
    /// Smallest and largest, printed.
    pub step_range: Option<[String; 2]>,
    /// The median over that of plain SGD there, printed.
    pub step_ratio: Option<String>,
}

/// One entry on one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct StandingCell {
    /// Mean of the metric, printed.
    pub mean: Option<String>,
    /// How far its 95 % interval goes, printed: `± 1.20`, or its bounds where half of it would leave what the measure can be.
    pub around: Option<String>,
    /// Length of its bar in percent: a mean accuracy, or how much of the way from a guess to the best that is known.
    pub bar: Option<f64>,
    /// Runs that enter.
    pub n: usize,
    /// Runs that diverged.
    pub diverged: u64,
    /// Whether its lead over every other entry is supported.
    pub best: bool,
    /// Letters, of which it shares one with each entry that it cannot be told apart from; three and more that follow each other as
    /// `a–d`.
    pub letters: Option<String>,
    /// The mean as a number of which more is better.
    #[serde(skip)]
    gain: Option<f64>,
}

/// Normalised scores: 0 is guessing, 1 the anchor of the task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ScoreView {
    /// Interquartile mean over all runs of all tasks.
    pub iqm: f64,
    /// The same, printed.
    pub iqm_text: String,
    /// Bounds of its 95 % interval, printed; from five runs on each task on.
    pub interval: Option<[String; 2]>,
    /// The same as numbers.
    #[serde(skip)]
    pub(crate) bounds: Option<[f64; 2]>,
    /// Optimality gap: mean of what is missing to 1, printed.
    pub gap: String,
    /// Runs.
    pub n: usize,
}

/// What the standings are computed from.
pub(crate) struct Field<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) tasks: &'a [TaskView],
    pub(crate) races: &'a BTreeMap<String, Race>,
    pub(crate) times: &'a StepTimes,
}

impl StandingView {
    /// What the order goes by: the score, then the means of the tasks, each if there is one.
    fn rank(&self) -> Vec<f64> {
        let score = self.score.as_ref().map_or(f64::NEG_INFINITY, |score| score.iqm);
        let means = self.cells.iter().map(|cell| cell.as_ref().and_then(|cell| cell.gain));
        let means = means.map(|mean| mean.unwrap_or(f64::NEG_INFINITY));
        std::iter::once(score).chain(means).collect()
    }
}

impl Field<'_> {
    pub(crate) fn standings(&self) -> Option<StandingsView> {
        let tasks: Vec<&TaskView> = self.tasks.iter().filter(|t| t.kind == "training").collect();
        if tasks.is_empty() {
            return None;
        }
        let mut keys: Vec<&str> = Vec::new();
        for entry in tasks.iter().flat_map(|task| &task.entries) {
            if !keys.contains(&entry.key.as_str()) {
                keys.push(&entry.key);
            }
        }
        let reference = self.reference();
        let title =
            |key: &str| tasks.iter().flat_map(|t| &t.entries).find(|e| e.key == key).map(|e| e.title.clone());
        let timed = self.manifest.tasks.iter().find(|card| {
            tasks.iter().any(|task| task.name == card.name)
                && card.entries.iter().any(|entry| self.times.of(&card.name, &entry.key).is_some())
        });
        let mut rows: Vec<StandingView> =
            keys.iter().filter_map(|key| self.standing(key, &tasks, reference.as_deref(), timed)).collect();
        // Stable: what has no result stays in the order of the study, at the end.
        rows.sort_by(|a, b| b.rank().partial_cmp(&a.rank()).unwrap_or(std::cmp::Ordering::Equal));
        let counts: BTreeSet<usize> = rows
            .iter()
            .flat_map(|row| row.cells.iter().flatten())
            .filter(|c| c.mean.is_some())
            .map(|c| c.n)
            .collect();
        Some(StandingsView {
            each: if counts.len() == 1 { counts.into_iter().next() } else { None },
            lettered: rows
                .iter()
                .flat_map(|row| row.cells.iter().flatten())
                .any(|cell| cell.letters.is_some()),
            timed: timed.map(|card| card.title.clone()),
            timed_how: timed.and_then(|card| self.times.how(&card.name)),
            tasks: tasks.iter().map(|t| [t.title.clone(), t.page.clone()]).collect(),
            measures: tasks.iter().filter_map(|task| task.measure.clone()).collect(),
            metric: tasks
                .first()
                .map(|first| &first.metric)
                .filter(|metric| tasks.iter().all(|t| t.metric == **metric))
                .cloned(),
            anchored: self.races.len(),
            rows,
            reference: reference.as_deref().and_then(title),
        })
    }

    /// The key that is the reference on every task with an anchor.
    fn reference(&self) -> Option<String> {
        let cards = self.manifest.tasks.iter().filter(|card| self.races.contains_key(&card.name));
        let keys: BTreeSet<String> = cards.filter_map(crate::view::results::family::reference).collect();
        if keys.len() == 1 { keys.into_iter().next() } else { None }
    }

    fn standing(
        &self,
        key: &str,
        tasks: &[&TaskView],
        reference: Option<&str>,
        timed: Option<&TaskCard>,
    ) -> Option<StandingView> {
        let here: Vec<Option<&EntryView>> =
            tasks.iter().map(|task| task.entries.iter().find(|entry| entry.key == key)).collect();
        let first = here.iter().flatten().next()?;
        let cards = || self.manifest.tasks.iter().filter(|c| tasks.iter().any(|t| t.name == c.name));
        let timed = timed.and_then(|card| Some((card, self.times.of(&card.name, key)?)));
        let trials: Vec<usize> = cards()
            .filter_map(|card| card.tuning.as_ref())
            .flat_map(|tuning| &tuning.searches)
            .filter(|search| search.entry == key)
            .map(|search| search.trials.len())
            .collect();
        Some(StandingView {
            key: first.key.clone(),
            title: first.title.clone(),
            optimizer: first.optimizer.clone(),
            stroke: first.stroke.clone(),
            cells: here.iter().zip(tasks).map(|(entry, task)| entry.map(|entry| cell(task, entry))).collect(),
            score: self.score(key),
            cost: cost(self.races, key, reference),
            planned: here.iter().flatten().map(|entry| entry.planned).sum(),
            diverged: here.iter().flatten().map(|entry| entry.diverged).sum(),
            trials: (!trials.is_empty()).then(|| trials.iter().sum()),
            state_bytes: here.iter().flatten().find_map(|entry| entry.state_bytes.clone()),
            step_ms: timed.map(|(_, step)| step_times::printed(step)),
            step_range: timed.map(|(_, step)| step_times::range(step)),
            step_ratio: timed.and_then(|(card, _)| self.times.against_sgd(card, key)),
        })
    }

    /// Scores of the runs of an entry, task by task; none unless every task with an anchor has some.
    fn scores(&self, key: &str) -> Option<Vec<Vec<f64>>> {
        let strata: Option<Vec<Vec<f64>>> = self
            .races
            .iter()
            .map(|(name, race)| {
                let task = self.tasks.iter().find(|task| task.name == *name)?;
                let entry = task.entries.iter().find(|entry| entry.key == key)?;
                let scores: Option<Vec<f64>> =
                    entry.estimate.values.iter().map(|value| race.anchors.score(*value)).collect();
                scores.filter(|scores| !scores.is_empty())
            })
            .collect();
        strata.filter(|strata| !strata.is_empty())
    }

    fn score(&self, key: &str) -> Option<ScoreView> {
        let strata = self.scores(key)?;
        let slices: Vec<&[f64]> = strata.iter().map(Vec::as_slice).collect();
        let pooled = strata.concat();
        let iqm = stats::interquartile_mean(&pooled)?;
        let print = |x: f64| crate::words::text::minus(&format!("{x:.3}"));
        let interval = bootstrap::iqm_interval(&slices);
        Some(ScoreView {
            iqm,
            iqm_text: print(iqm),
            interval: interval.map(|i| [print(i.low), print(i.high)]),
            bounds: interval.map(|i| [i.low, i.high]),
            gap: print(stats::optimality_gap(&pooled)?),
            n: pooled.len(),
        })
    }
}

/// Letters with a dash for what lies between the first and the last of three and more that follow each other.
fn short(letters: &str) -> String {
    let mut stretches: Vec<(char, char)> = Vec::new();
    for letter in letters.chars() {
        match stretches.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(letter) => *last = letter,
            _ => stretches.push((letter, letter)),
        }
    }
    let word = |(first, last): (char, char)| match u32::from(last) - u32::from(first) {
        0 => String::from(first),
        1 => String::from_iter([first, last]),
        _ => format!("{first}–{last}"),
    };
    stretches.into_iter().map(word).collect()
}

fn cell(task: &TaskView, entry: &EntryView) -> StandingCell {
    let (yardstick, mean) = (task.yardstick.as_ref(), entry.estimate.mean);
    let way = yardstick.zip(mean).and_then(|(yardstick, mean)| yardstick.way(mean, task.anchor));
    StandingCell {
        mean: entry.estimate.mean_text.clone(),
        around: entry.estimate.around.clone(),
        bar: way.map(|way| crate::drawing::axis::round_to(way, 1)),
        gain: yardstick.zip(mean).map(|(yardstick, mean)| yardstick.turned(mean)),
        n: entry.estimate.n,
        diverged: entry.diverged,
        best: entry.best,
        letters: entry.letters.as_deref().map(short),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn stretches_of_letters_are_shortened() {
        assert_eq!(
            ["a", "ab", "abc", "bcefhi", "abdefgj", ""].map(short),
            ["a", "ab", "a–c", "bcefhi", "abd–gj", ""]
        );
    }
}
