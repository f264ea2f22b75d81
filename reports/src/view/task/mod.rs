//! One task: its facts, its entries and their estimates.

mod descent;
mod estimate;
mod facts;
mod hyper_map;
mod learning_curves;
mod pairs;
mod targets;
mod training;

pub use estimate::Estimate;
pub(crate) use estimate::around;
pub use pairs::{PairEntry, PairsData, PairsView};
pub use targets::{LadderCell, LadderRow, LadderView, TargetView};

use crate::drawing::{FigureGroup, Stroke};
use crate::tables::{Cost, Counts, Score, Tables, schema::runs};
use crate::view::results::elsewhere::{ElsewhereView, elsewhere};
use crate::view::results::family::{ComparisonView, Comparisons, reference};
use crate::view::results::marks::Marks;
use crate::view::results::places::Places;
use crate::view::results::published::{PublishedView, published};
use crate::view::results::race::Race;
use crate::view::results::rules::{RuleView, rules};
use crate::view::results::step_times::StepTimes;
use crate::view::results::yardstick::{MeasureView, Yardstick};
use crate::view::results::{sameness, sentences};
use crate::words::Fact;
use crate::words::text::{duration, significant};
use facts::{facts, listing};
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use stats::Interval;
use std::collections::BTreeMap;

/// A task's page.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TaskView {
    /// Name.
    pub name: String,
    /// What figures and claims call it.
    pub role: String,
    /// Heading.
    pub title: String,
    /// What it is and why.
    pub description: String,
    /// `training`, or `function`.
    pub kind: &'static str,
    /// File of its page.
    pub page: String,
    /// The primary metric with its unit.
    pub metric: String,
    /// What a training is judged by.
    pub measure: Option<MeasureView>,
    /// Sizes and budget.
    pub facts: Vec<Fact>,
    /// Sentences about it.
    pub findings: Vec<String>,
    /// Those of them about entries that have the same runs.
    pub same: Vec<String>,
    /// What is compared.
    pub entries: Vec<EntryView>,
    /// Seed blocks, the columns of the table of single runs.
    pub repetitions: Vec<u64>,
    /// Name of the entry that others are compared with.
    pub reference: Option<String>,
    /// Challengers against it.
    pub comparisons: Vec<ComparisonView>,
    /// Number of comparisons in the study whose p values were adjusted together.
    pub family: usize,
    /// The practical margin, in the unit of differences.
    pub margin: Option<String>,
    /// The figures.
    pub figures: Vec<FigureGroup>,
    /// Any two entries beside each other along the budget (of what is trained, from two entries with runs on).
    pub pairs: Option<PairsView>,
    /// The targets, and what reaching them costs; none without an anchor.
    pub ladder: Option<LadderView>,
    /// How alike runs of different entries with the same seed are.
    pub seeds: Option<SeedsView>,
    /// Ours against a publication.
    pub published: Vec<PublishedView>,
    /// Ours beside what others found for the same task and network.
    pub elsewhere: Vec<ElsewhereView>,
    /// The update rules.
    pub rules: Vec<RuleView>,
    /// All settings.
    pub settings: Vec<Fact>,
    /// What a training is judged by, for those who print more of it.
    #[serde(skip)]
    pub(crate) yardstick: Option<Yardstick>,
    /// The anchor's value.
    #[serde(skip)]
    pub(crate) anchor: Option<f64>,
}

/// What is known of how long things take.
#[derive(Clone, Copy)]
pub(crate) struct Timed<'a> {
    /// Steps, as they were timed.
    pub(crate) times: &'a StepTimes,
    /// Where trainings were made.
    pub(crate) places: &'a Places,
}

/// What common seeds are worth, measured.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct SeedsView {
    /// Mean correlation over pairs of entries, printed.
    pub rho: String,
    /// Pairs of entries it is the mean of.
    pub pairs: usize,
    /// Seeds a paired comparison needs over those an unpaired one needs, printed.
    pub factor: String,
}

/// One competitor.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct EntryView {
    /// Key.
    pub key: String,
    /// Name.
    pub title: String,
    /// Name of the optimizer.
    pub optimizer: String,
    /// Colour, dash and key, as it is drawn everywhere.
    pub stroke: Stroke,
    /// A remark.
    pub remark: Option<String>,
    /// Runs planned.
    pub planned: u64,
    /// Runs that spent their budget.
    pub done: u64,
    /// Runs that diverged.
    pub diverged: u64,
    /// Runs not made yet.
    pub missing: u64,
    /// The primary metric.
    pub estimate: Estimate,
    /// Whether it leads every other entry, and the data supports that.
    pub best: bool,
    /// Letters, of which it shares one with each entry that it cannot be told apart from.
    pub letters: Option<String>,
    /// Run by run, in the order of [`TaskView::repetitions`].
    pub runs: Vec<RunCell>,
    /// Distance from the minimiser at the end, printed (functions).
    pub distance: Option<String>,
    /// Bytes of optimizer state per parameter, printed.
    pub state_bytes: Option<String>,
    /// Median training time of a run, printed; none if the task's runs were made in several places.
    pub training: Option<String>,
    /// Hyper-parameters.
    pub hyper: Vec<Fact>,
}

/// A cell of the table of single runs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RunCell {
    /// `done`, `diverged` or `missing`.
    pub status: &'static str,
    /// The metric, or the status as a word.
    pub text: String,
    /// Its place on the page of the task's runs; none of a run that is not planned.
    pub href: Option<String>,
}

impl TaskView {
    pub(crate) fn new(
        card: &TaskCard,
        page: String,
        tables: &Tables,
        comparisons: &Comparisons,
        race: Option<&Race>,
        (marks, timed): (&Marks, Timed),
    ) -> PolarsResult<Self> {
        let yardstick = Yardstick::of(&card.kind);
        let (kind, metric) = match &yardstick {
            Some(yardstick) => ("training", yardstick.with_unit(&yardstick.final_name())),
            None => ("function", "final value".into()),
        };
        let found = Found {
            counts: tables.counts(&card.name)?,
            scores: tables.scores(&card.name)?,
            statuses: tables.statuses(&card.name)?,
            costs: tables.costs(&card.name)?,
            distances: tables.final_means(&card.name, runs::DISTANCE)?,
            in_one_place: timed.places.is_one(&card.name),
        };
        let mut repetitions: Vec<u64> = found.statuses.keys().map(|(_, r)| *r).collect();
        repetitions.sort_unstable();
        repetitions.dedup();
        let best = comparisons.best(&card.name);
        let entries: Vec<EntryView> = card
            .entries
            .iter()
            .map(|entry| {
                let standing = (best, comparisons.letters(&card.name, &entry.key));
                found.entry((&card.name, entry), &repetitions, standing, yardstick.as_ref(), marks)
            })
            .collect();
        let estimates: BTreeMap<String, Estimate> =
            entries.iter().map(|e| (e.key.clone(), e.estimate.clone())).collect();
        let figures = match &yardstick {
            Some(yardstick) => {
                let judged = (card, yardstick);
                let mut figures =
                    training::figures(tables, judged, &estimates, (&found.scores, marks, timed.times))?;
                if !figures.is_empty() {
                    let means = tables.final_means(&card.name, runs::SCORE)?;
                    // What a grid is about comes first.
                    figures.splice(0..0, hyper_map::maps(judged, &entries, &means));
                }
                figures
            }
            None => descent::figures(tables, card)?,
        };
        let pairs = match &yardstick {
            Some(yardstick) => pairs::pairs(tables, (card, yardstick), &estimates)?,
            None => None,
        };
        let comparisons_here = comparisons.of(&card.name);
        let published = published(tables, card)?;
        let elsewhere = elsewhere(card, yardstick.as_ref(), &entries);
        let here: Vec<(&str, &ComparisonView)> = comparisons_here.iter().map(|c| ("", c)).collect();
        let same = sameness::entries(card, tables)?;
        let mut findings = sentences::compared(&here);
        findings.extend(same.iter().cloned());
        findings.extend(sentences::published(&published));
        Ok(Self {
            name: card.name.clone(),
            role: card.role.clone(),
            title: card.title.clone(),
            description: card.description.clone(),
            kind,
            page,
            metric,
            measure: yardstick.as_ref().map(Yardstick::view),
            facts: facts(card),
            findings,
            same,
            entries,
            seeds: if kind == "training" { seeds(&found, card, &repetitions) } else { None },
            repetitions,
            reference: (kind == "training" && card.entries.len() > 1)
                .then(|| reference(card))
                .flatten()
                .and_then(|key| card.entries.iter().find(|e| e.key == key).map(|e| e.title.clone())),
            comparisons: comparisons_here,
            family: comparisons.family,
            margin: yardstick.as_ref().map(|yardstick| yardstick.print(yardstick.margin())),
            figures,
            pairs,
            ladder: targets::ladder(card, race, reference(card).as_deref()),
            published,
            elsewhere,
            rules: rules(card),
            settings: listing(&card.settings),
            anchor: card.anchor.as_ref().map(|anchor| anchor.value),
            yardstick,
        })
    }
}

/// Answers of the tables about one task.
struct Found {
    counts: BTreeMap<String, Counts>,
    scores: BTreeMap<String, Vec<Score>>,
    statuses: BTreeMap<(String, u64), &'static str>,
    costs: BTreeMap<String, Cost>,
    distances: BTreeMap<String, f64>,
    /// Whether durations can be compared.
    in_one_place: bool,
}

impl Found {
    fn entry(
        &self,
        (task, entry): (&str, &Entry),
        repetitions: &[u64],
        (best, letters): (Option<&str>, Option<&str>),
        yardstick: Option<&Yardstick>,
        marks: &Marks,
    ) -> EntryView {
        let print = |x: f64| yardstick.map_or_else(|| significant(x, 4), |it| it.print(x));
        let unbounded = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
        let within = yardstick.map_or(unbounded, Yardstick::within);
        let counts = self.counts.get(&entry.key).copied().unwrap_or_default();
        let scores = self.scores.get(&entry.key).map_or(&[][..], Vec::as_slice);
        let cost = self.costs.get(&entry.key);
        let cell = |repetition: &u64| {
            let status = self.statuses.get(&(entry.key.clone(), *repetition)).copied();
            let score = scores.iter().find(|s| s.repetition == *repetition);
            let (status, text) = match (status, score) {
                (Some("done"), Some(score)) => ("done", print(score.value)),
                (Some(status), _) => (status, status.into()),
                (None, _) => ("unplanned", "–".into()),
            };
            RunCell { status, text, href: marks.of(task, &entry.key, *repetition).map(|mark| mark.href) }
        };
        EntryView {
            key: entry.key.clone(),
            title: entry.title.clone(),
            optimizer: entry.optimizer.clone(),
            stroke: Stroke::of(entry),
            remark: entry.remark.clone(),
            planned: counts.planned,
            done: counts.done,
            diverged: counts.diverged,
            missing: counts.missing,
            estimate: Estimate::new(scores, print, within),
            best: best == Some(entry.key.as_str()),
            letters: letters.map(String::from),
            runs: repetitions.iter().map(cell).collect(),
            distance: self.distances.get(&entry.key).map(|d| significant(*d, 3)),
            state_bytes: cost.and_then(|c| c.state_bytes_per_parameter).map(|b| significant(b, 2)),
            training: cost.and_then(|c| c.training_s).filter(|_| self.in_one_place).map(duration),
            hyper: listing(&entry.hyper),
        }
    }
}

fn seeds(found: &Found, card: &TaskCard, repetitions: &[u64]) -> Option<SeedsView> {
    let runs = card.entries.iter().map(|entry| -> Vec<Option<f64>> {
        let scores = found.scores.get(&entry.key);
        let score = |seed: &u64| scores?.iter().find(|score| score.repetition == *seed).map(|s| s.value);
        repetitions.iter().map(score).collect()
    });
    let measured = stats::seed_correlation(&runs.collect::<Vec<_>>())?;
    Some(SeedsView {
        rho: stats::verdict::signed(&format!("{:.2}", measured.rho)),
        pairs: measured.pairs,
        factor: format!("{:.2}", measured.factor),
    })
}
