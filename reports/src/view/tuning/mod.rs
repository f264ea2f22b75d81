//! The search behind the values of a task's entries.

mod criterion;
mod figures;
mod resolution;
mod trials;

pub(super) use criterion::Criterion;
pub(super) use figures::Sought;
pub use resolution::ResolutionView;

use crate::drawing::Figure;
use crate::tables::Tables;
use crate::words::names::task_page;
use crate::words::text::{checked_colour, plain, significant};
use polars::prelude::PolarsResult;
use records::{Manifest, Search, TaskCard, TaskKind, Tuning, setting_words};
use schemars::JsonSchema;
use serde::Serialize;
use stats::sensitivity::{decades, sensitivity};
use stats::{Direction, optimism};
use std::collections::{BTreeMap, BTreeSet};
use trials::{about_as_good, by_value, default_of, finite, is_chosen, mean, mean_of_all, means};

/// The search of one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
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
    /// Values that every entry had after its grid, between the best so far and its neighbours.
    pub refine: u32,
    /// Points that every entry drew from its space; 0 for grids.
    pub drawn: u32,
    /// One per entry.
    pub searches: Vec<SearchView>,
    /// How much better than guessing a value has to be to count as one that trains, in words.
    pub trains: String,
    /// What two scores may differ by and still count as equally good, in words.
    pub tolerance: String,
    /// The criterion against the value, and against the number of values tried; fewer without finished trials.
    pub figures: Vec<Figure>,
}

/// The search for one entry.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
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
    /// What was chosen of the hyper-parameters that were searched over beside it.
    pub others: Vec<OtherView>,
    /// How many of the points that are even in the space are about as good as the best, in words; none of a grid.
    pub share: Option<String>,
    /// Why the grid is what it is.
    pub reason: String,
    /// How often the grid was extended.
    pub extensions: u32,
    /// Whether the chosen value lies on the edge of the grid.
    pub on_edge: bool,
    /// Whether it lies within a tenth of the grid's length of an edge without being on it.
    pub near_edge: bool,
    /// Whether its neighbours train too.
    pub resolution: Option<ResolutionView>,
    /// How carefully the value has to be chosen; none without a value all of whose trials finished, and where the best
    /// hardly differs from guessing.
    pub width: Option<WidthView>,
    /// The optimizer's own default, and what it scored if it was tried.
    pub default: Option<DefaultView>,
    /// What choosing by result flattered; none without reported runs.
    pub optimism: Option<OptimismView>,
    /// Number of trials.
    pub trials: usize,
    /// Number of diverged trials.
    pub diverged: usize,
    /// One row per value, ascending.
    pub rows: Vec<TrialRow>,
}

/// A hyper-parameter that was searched over beside another.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct OtherView {
    /// Its key.
    pub hyper: String,
    /// Its value, in words.
    pub value: String,
}

impl OtherView {
    fn all(others: &BTreeMap<String, serde_json::Value>) -> Vec<Self> {
        others.iter().map(|(hyper, of)| Self { hyper: hyper.clone(), value: setting_words(of) }).collect()
    }
}

/// The stretch of values about as good as the best.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct WidthView {
    /// Its width in decades, with signs where the grid ends before it does.
    pub decades: String,
    /// Smallest and largest value.
    pub ends: [String; 2],
    /// Smallest value above the best at which a trial diverged.
    pub diverges_at: Option<String>,
}

/// A default.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DefaultView {
    /// The value.
    pub value: String,
    /// Decades from it to the value chosen.
    pub decades: String,
    /// Its mean score, if it is on the grid: what no search at all would give.
    pub score: Option<String>,
}

/// The winner's curse: the score that won the search against the reported runs of the same settings.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct OptimismView {
    /// Mean score of the trials.
    pub selected: String,
    /// Mean score of the reported runs at the same epoch.
    pub fresh: String,
    /// How much better the trials were; negative if the reported runs were.
    pub gap: String,
    /// Bounds of its 95 % interval, from five runs on.
    pub interval: Option<[String; 2]>,
    /// The gap in standard deviations of a single run.
    pub in_deviations: Option<String>,
    /// Reported runs.
    pub n: usize,
}

/// The trials of one value.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TrialRow {
    /// The value, printed.
    pub value: String,
    /// Those of the hyper-parameters that were searched over beside it.
    pub others: Vec<OtherView>,
    /// The criterion by repetition, `diverged`, or a dash where nothing was tried.
    pub scores: Vec<String>,
    /// Mean over the trials that finished, printed.
    pub mean: Option<String>,
    /// Trials that finished.
    pub n: usize,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Whether it was tried to refine the grid.
    pub refined: bool,
}

impl TuningView {
    pub(crate) fn new(task: &TaskCard, manifest: &Manifest, tables: &Tables) -> PolarsResult<Option<Self>> {
        let Some(tuning) = task.tuning.as_ref() else { return Ok(None) };
        let criterion = Criterion::new(&tuning.criterion, task);
        let reported = criterion.reported(tables, &task.name, tuning.epochs)?;
        let trials = || tuning.searches.iter().flat_map(|s| &s.trials);
        let is_used =
            |run: &records::PlannedRun| run.task == task.name && tuning.repetitions.contains(&run.repetition);
        let sought = Sought { task, tuning, optimizer: None, cards: &manifest.optimizers };
        let scene = Scene { task, tuning, criterion: &criterion, reported: &reported, manifest };
        Ok(Some(Self {
            task: task.title.clone(),
            page: task_page(manifest, &task.name),
            epochs: tuning.epochs,
            repetitions: tuning.repetitions.clone(),
            refine: tuning.refine,
            drawn: tuning.drawn,
            trains: criterion.training_text(),
            fresh: !manifest.runs.iter().any(is_used),
            trials: trials().count(),
            diverged: trials().filter(|t| finite(t).is_none()).count(),
            searches: tuning.searches.iter().map(|s| scene.search(s)).collect(),
            tolerance: criterion.tolerance_text(),
            figures: sought.sensitivity(&criterion).into_iter().chain(sought.budget(&criterion)).collect(),
            criterion: criterion.name,
        }))
    }
}

/// What the views of single searches are made from.
struct Scene<'a> {
    task: &'a TaskCard,
    tuning: &'a Tuning,
    criterion: &'a Criterion,
    reported: &'a BTreeMap<String, Vec<f64>>,
    manifest: &'a Manifest,
}

impl Scene<'_> {
    fn search(&self, search: &Search) -> SearchView {
        let entry = self.task.entries.iter().find(|e| e.key == search.entry);
        let tried = self.tuning.repetitions.iter().copied();
        let repetitions: BTreeSet<u64> = tried.chain(search.trials.iter().map(|t| t.repetition)).collect();
        let rows = by_value(search)
            .into_iter()
            .map(|(value, trials)| TrialRow {
                value: plain(value),
                others: trials.first().map_or_else(Vec::new, |trial| OtherView::all(&trial.others)),
                scores: repetitions
                    .iter()
                    .map(|r| match trials.iter().find(|t| t.repetition == *r) {
                        Some(trial) => finite(trial).map_or("diverged".into(), |s| self.criterion.print(s)),
                        None => "–".into(),
                    })
                    .collect(),
                mean: mean(&trials).map(|m| self.criterion.print(m)),
                n: trials.iter().filter(|t| finite(t).is_some()).count(),
                chosen: is_chosen(search, value, &trials),
                refined: trials.iter().any(|trial| trial.refined),
            })
            .collect();
        let grid = means(search);
        let best = grid.iter().filter_map(|(_, mean)| *mean).min_by(f64::total_cmp);
        let tolerance = best.and_then(|best| self.criterion.tolerance(best));
        let found = sensitivity(&grid, tolerance.unwrap_or(0.0), Direction::Smaller);
        // What lies side by side in one hyper-parameter need not in the others.
        let is_line = self.tuning.drawn == 0;
        let stretch = found.filter(|_| tolerance.is_some() && is_line);
        let share = tolerance
            .filter(|_| !is_line)
            .and_then(|tolerance| about_as_good(search, self.tuning.drawn, tolerance));
        SearchView {
            key: search.entry.clone(),
            entry: entry.map_or_else(|| search.entry.clone(), |e| e.title.clone()),
            colour: checked_colour(entry.map_or("", |e| &e.colour)),
            hyper: search.hyper.clone(),
            chosen: plain(search.chosen),
            reason: search.reason.clone(),
            extensions: search.extensions,
            on_edge: search.on_edge,
            others: OtherView::all(&search.others),
            share: share.map(|good| format!("{good} of {}", self.tuning.drawn)),
            near_edge: is_line
                && !search.on_edge
                && found.is_some_and(|found| found.is_near_edge && !found.is_on_edge),
            resolution: ResolutionView::of(self.task, self.tuning, search).filter(|_| is_line),
            width: stretch.map(|found| WidthView {
                decades: format!(
                    "{}{:.1}",
                    if found.is_open_below || found.is_open_above { "≥ " } else { "" },
                    found.decades
                ),
                ends: [plain(found.low), plain(found.high)],
                diverges_at: found.diverges_at.map(plain),
            }),
            default: self.default(search),
            optimism: self.optimism(search),
            trials: search.trials.len(),
            diverged: search.trials.iter().filter(|t| finite(t).is_none()).count(),
            rows,
        }
    }

    fn default(&self, search: &Search) -> Option<DefaultView> {
        let (value, score) = default_of(search, self.task, &self.manifest.optimizers)?;
        let decades = decades(value, search.chosen)?;
        Some(DefaultView {
            value: plain(value),
            decades: stats::verdict::signed(&format!("{decades:.1}")),
            score: score.map(|m| self.criterion.print(m)),
        })
    }

    fn optimism(&self, search: &Search) -> Option<OptimismView> {
        // The middle of a longer cosine is no end of a shorter one.
        let is_cosine = |settings: String| settings.contains("cosine");
        let of_length = is_cosine(search.settings.to_string())
            || search.others.values().any(|value| is_cosine(value.to_string()));
        let is_whole =
            matches!(self.task.kind, TaskKind::Training { epochs, .. } if epochs == self.tuning.epochs);
        if of_length && !is_whole {
            return None;
        }
        let (_, trials) =
            by_value(search).into_iter().find(|(value, trials)| is_chosen(search, *value, trials))?;
        let selected = mean_of_all(&trials)?;
        let found = optimism(selected, self.reported.get(&search.entry)?, Direction::Smaller)?;
        let signed = |x: f64| {
            let text = significant(x.abs(), 2);
            if x < 0.0 { format!("\u{2212}{text}") } else { format!("+{text}") }
        };
        let interval = found.interval.filter(|_| found.n >= stats::verdict::FEWEST_PAIRS);
        Some(OptimismView {
            selected: self.criterion.print(found.selected),
            fresh: self.criterion.print(found.fresh),
            gap: signed(found.gap),
            interval: interval.map(|i| [signed(i.low), signed(i.high)]),
            in_deviations: found.in_deviations.map(|d| stats::verdict::signed(&format!("{d:.1}"))),
            n: found.n,
        })
    }
}
