//! The runs of a task, one by one: what a dot of a figure leads to.

use crate::drawing::Mark;
use crate::drawing::axis::thousands;
use crate::tables::{State, Tables, schema, schema::curves};
use crate::view::results::Yardstick;
use crate::view::results::circumstances::circumstances;
use crate::view::results::marks::Marks;
use crate::view::results::sparks::{Spark, spark};
use crate::words::Fact;
use crate::words::names::runs_page;
use crate::words::text::{duration, moment, significant};
use polars::prelude::PolarsResult;
use records::{Entry, Manifest, Outcome, Provenance, Record, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Runs that a page lists: about a megabyte.
const LISTED: usize = 500;

/// The page of a task's runs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RunsView {
    /// Task.
    pub task: String,
    /// File of the page.
    pub page: String,
    /// Circumstances that all of the task's runs share.
    pub facts: Vec<Fact>,
    /// What the page leaves out, and where it is; none if it has all.
    pub listing: Option<String>,
}

/// A planned run, printed.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RunView {
    /// Task.
    pub task: String,
    /// Key of the entry.
    pub entry: String,
    /// Name of the entry.
    pub title: String,
    /// Seed block.
    pub repetition: u64,
    /// Name.
    pub id: String,
    /// `done`, `diverged` or `missing`.
    pub status: &'static str,
    /// Primary metric as it enters estimates, in full precision; none without one.
    pub score: Option<f64>,
    /// The same with its unit; none of a run that did not finish.
    pub value: Option<String>,
    /// Step and reason of a divergence.
    pub remark: Option<String>,
    /// Hash of its losses and final parameters.
    pub fingerprint: Option<String>,
    /// Start, UTC.
    pub started: Option<String>,
    /// Training time.
    pub training: Option<String>,
    /// Evaluation time.
    pub evaluation: Option<String>,
    /// Circumstances that it does not share with all runs of its task.
    pub facts: Vec<Fact>,
    /// The command that repeats it and compares; none for a rehearsal, whose settings no command knows, and without a record.
    pub repeat: Option<String>,
    /// Its `run.json`, relative to the page; none where it does not lie beside the report.
    pub record: Option<String>,
    /// The parts of the suite that have changed since it was made; none if the program that made the report has the same.
    pub stale: Option<String>,
    /// Whether its page lists it.
    pub listed: bool,
}

/// Every planned run, task by task.
pub(crate) struct Runs {
    pub(crate) views: Vec<RunView>,
    pub(crate) pages: Vec<RunsView>,
    /// How the listed ones went, by name.
    pub(crate) sparks: BTreeMap<String, Vec<Spark>>,
    pub(crate) marks: Marks,
}

impl Runs {
    pub(crate) fn new(manifest: &Manifest, records: &[Record], tables: &Tables) -> PolarsResult<Self> {
        let by_id: BTreeMap<(&str, &str), &Record> =
            records.iter().map(|r| ((r.specification.task.as_str(), r.id.as_str()), r)).collect();
        let stale: BTreeMap<(&str, &str), String> =
            manifest.stale.iter().map(|s| ((s.task.as_str(), s.id.as_str()), s.parts.join(", "))).collect();
        let mut all =
            Self { views: Vec::new(), pages: Vec::new(), sparks: BTreeMap::new(), marks: Marks::default() };
        for card in &manifest.tasks {
            let planned = tables.planned(&card.name)?;
            let of = |id: &str| by_id.get(&(card.name.as_str(), id)).copied();
            let used: Vec<&Record> = planned.keys().filter_map(|(_, _, id)| of(id)).collect();
            let shared = shared(&used);
            let mut views: Vec<RunView> = planned
                .into_iter()
                .map(|((entry, repetition, id), state)| {
                    let known = card.entries.iter().find(|e| e.key == entry);
                    let stale = stale.get(&(card.name.as_str(), id.as_str())).cloned();
                    let run = Planned { card, entry: known, key: entry, repetition, state, stale };
                    run.view(manifest, of(&id), &shared, id.clone())
                })
                .collect();
            let page = runs_page(manifest, &card.name);
            let listing = shorten(&mut views);
            for view in &views {
                let place = if view.listed { format!("#run-{}", view.id) } else { String::new() };
                let mark = Mark { text: said(view), href: format!("{page}{place}") };
                all.marks.insert(&card.name, &view.entry, view.repetition, mark);
            }
            all.sparks.extend(drawn(card, &views, tables)?);
            all.pages.push(RunsView { task: card.name.clone(), page, facts: shared, listing });
            all.views.extend(views);
        }
        Ok(all)
    }
}

/// A run of the plan.
struct Planned<'a> {
    card: &'a TaskCard,
    entry: Option<&'a Entry>,
    key: String,
    repetition: u64,
    state: State,
    stale: Option<String>,
}

impl Planned<'_> {
    fn view(self, manifest: &Manifest, record: Option<&Record>, shared: &[Fact], id: String) -> RunView {
        let State { status, score } = self.state;
        let yardstick = Yardstick::of(&self.card.kind);
        let print = |score: f64| yardstick.map_or_else(|| significant(score, 4), |it| it.print_whole(score));
        let value = score.filter(|_| status == schema::DONE).map(print);
        let facts = record.map(circumstances).unwrap_or_default();
        RunView {
            task: self.card.name.clone(),
            title: self.entry.map_or_else(|| self.key.clone(), |entry| entry.title.clone()),
            entry: self.key,
            repetition: self.repetition,
            status,
            score,
            value,
            remark: record.and_then(|r| match &r.outcome {
                Outcome::Diverged { step, reason } => Some(format!("{reason} at step {step}")),
                Outcome::Finished => None,
            }),
            fingerprint: record.map(|r| r.fingerprint.clone()),
            started: record.map(|r| moment(r.provenance.started_unix_s)),
            training: record.map(|r| duration(r.provenance.training_s)),
            evaluation: record.map(|r| duration(r.provenance.evaluation_s)),
            facts: facts.into_iter().filter(|fact| !shared.contains(fact)).collect(),
            repeat: record.filter(|_| !manifest.rehearsal).map(|record| repeat(manifest, record)),
            record: None,
            stale: self.stale,
            listed: true,
            id,
        }
    }
}

/// The command that repeats a run and compares.
fn repeat(manifest: &Manifest, record: &Record) -> String {
    let (id, Provenance { device, precision, .. }) = (&record.id, &record.provenance);
    let study = manifest.joint.as_ref().and_then(|joint| joint.runs.get(id)).unwrap_or(&manifest.study);
    // Functions are minimised on the CPU wherever networks train.
    let is_elsewhere = device != "cpu" && precision != "f64";
    let device = if is_elsewhere { format!(" --device {device}") } else { String::new() };
    format!("inna-bench verify {study} --run {id}{device}")
}

/// The circumstances that all runs have in common.
fn shared(used: &[&Record]) -> Vec<Fact> {
    let mut all = used.iter().map(|record| circumstances(record));
    let first = all.next().unwrap_or_default();
    all.fold(first, |common, own| common.into_iter().filter(|fact| own.contains(fact)).collect())
}

/// What a dot says of its run.
fn said(view: &RunView) -> String {
    let RunView { title, repetition, id, .. } = view;
    let result = match (view.status, &view.value, &view.remark) {
        (schema::DONE, Some(value), _) => value.clone(),
        (schema::DIVERGED, _, Some(remark)) => format!("diverged ({remark})"),
        (status, ..) => status.to_owned(),
    };
    let time = view.training.as_ref().map(|time| format!(", {time} of training")).unwrap_or_default();
    format!("{title}, seed {repetition}: {result}{time}; run {id}")
}

/// How the listed runs went.
fn drawn(card: &TaskCard, views: &[RunView], tables: &Tables) -> PolarsResult<BTreeMap<String, Vec<Spark>>> {
    let metrics = match Yardstick::of(&card.kind) {
        Some(yardstick) => {
            let judged = yardstick.with_unit(&yardstick.name());
            let loss = ("training loss".to_owned(), curves::EPOCH, curves::TRAIN_LOSS, 1.0);
            let own = (judged, curves::EPOCH, yardstick.column(), yardstick.scaled(1.0));
            if own.2 == loss.2 { vec![own] } else { vec![loss, own] }
        }
        None => vec![("value".to_owned(), curves::STEP, curves::VALUE, 1.0)],
    };
    let mut went = BTreeMap::new();
    let listed = views.iter().filter(|view| view.listed && view.status != schema::MISSING);
    let listed: Vec<&RunView> = listed.collect();
    for (name, along, column, factor) in metrics {
        let lines = tables.lines(&card.name, along, column)?;
        for view in &listed {
            let line = lines.get(&(view.entry.clone(), view.repetition));
            let own: &mut Vec<Spark> = went.entry(view.id.clone()).or_default();
            own.extend(line.and_then(|line| spark(&name, &line.points, factor)));
        }
    }
    Ok(went)
}

/// Chooses what a page lists of very many runs: those that did not end as planned, and the first finished one of each entry.
fn shorten(runs: &mut [RunView]) -> Option<String> {
    if runs.len() <= LISTED {
        return None;
    }
    let mut left = LISTED;
    // What is not ordinary comes first where there is not room for both.
    for r in runs.iter_mut() {
        r.listed = r.status != schema::DONE && left > 0;
        left -= usize::from(r.listed);
    }
    let mut entries: BTreeSet<String> = BTreeSet::new();
    for r in runs.iter_mut().filter(|r| r.status == schema::DONE) {
        let first = entries.insert(r.entry.clone());
        r.listed = first && left > 0;
        left -= usize::from(r.listed);
    }
    let listed = LISTED - left;
    let unusual = |r: &&RunView| r.status != schema::DONE;
    Some(format!(
        "{} runs are too many for a page: {listed} are listed here, the first finished run of each entry and what diverged \
         or is missing ({} of {}), at most {LISTED} in all.",
        thousands(runs.len() as u64),
        runs.iter().filter(unusual).filter(|r| r.listed).count(),
        runs.iter().filter(unusual).count(),
    ))
}
