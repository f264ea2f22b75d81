//! The whole of a report.

use super::comparisons::{ContestView, contests};
use super::method::MethodView;
use super::optimizer::{OptimizerView, Workshop};
use super::overview::{
    Commands, Field, MatrixView, ProfileView, StandingsView, findings, headline, matrix, profile,
};
use super::paper::PaperView;
use super::provenance::ProvenanceView;
use super::results::places::Places;
use super::results::sparks::Spark;
use super::results::{Comparisons, Progress, Race, StepTimes, sameness};
use super::runs::{Runs, RunsView};
use super::task::{TaskView, Timed};
use super::theory::ExhibitView;
use super::tuning::TuningView;
use crate::changes::ChangesView;
use crate::drawing::{Figure, Plot};
use crate::error::ReportError;
use crate::json::FORMAT;
use crate::tables::Tables;
use crate::words::names::{distinct, task_page, told_apart};
use records::{Manifest, Record};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A study's report.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the study.
    pub study: String,
    /// Heading.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// What the study is not: a smaller version of something, a rehearsal.
    pub label: Option<String>,
    /// The result in one sentence; none without a result of a training.
    pub headline: Option<String>,
    /// Name of the figure that shows it.
    pub lead: Option<String>,
    /// The result in sentences, each no stronger than the data.
    pub findings: Vec<String>,
    /// States of all runs.
    pub progress: Progress,
    /// How to make it again.
    pub commands: Commands,
    /// Days on which the runs were made, if there are any.
    pub data_date: Option<String>,
    /// How the entries stand over all trained tasks.
    pub standings: Option<StandingsView>,
    /// The performance profile over all tasks that have an anchor.
    pub profile: Option<ProfileView>,
    /// What has been run.
    pub matrix: MatrixView,
    /// The tasks in the order of the study.
    pub tasks: Vec<TaskView>,
    /// The pages of the tasks' runs.
    pub runs: Vec<RunsView>,
    /// How the runs of these pages went, by name.
    #[serde(skip)]
    pub(crate) sparks: BTreeMap<String, Vec<Spark>>,
    /// Every challenger against the reference.
    pub contests: Vec<ContestView>,
    /// The optimizers.
    pub optimizers: Vec<OptimizerView>,
    /// The paper whose figures it makes again and whose claims it decides.
    pub paper: Option<PaperView>,
    /// The searches behind the values of the entries, task by task.
    pub tuning: Vec<TuningView>,
    /// Computed pictures.
    pub theory: Vec<ExhibitView>,
    /// What every statistic is computed with.
    pub method: MethodView,
    /// Where it all comes from.
    pub provenance: ProvenanceView,
    /// What changed since another report, where one was named.
    pub changes: Option<ChangesView>,
}

impl Report {
    /// The report of a study from its tables.
    ///
    /// # Errors
    /// If a query fails, which would be a defect.
    pub fn new(manifest: &Manifest, records: &[Record], tables: &Tables) -> Result<Self, ReportError> {
        let manifest = &*told_apart(manifest);
        let comparisons = Comparisons::new(manifest, tables)?;
        let mut races = BTreeMap::new();
        for card in &manifest.tasks {
            if let Some(race) = Race::new(card, tables)? {
                races.insert(card.name.clone(), race);
            }
        }
        let runs = Runs::new(manifest, records, tables)?;
        let times = StepTimes::new(manifest, records);
        let timed = Timed { times: &times, places: &Places::new(manifest, records) };
        let tasks = manifest
            .tasks
            .iter()
            .map(|card| {
                TaskView::new(
                    card,
                    task_page(manifest, &card.name),
                    tables,
                    &comparisons,
                    races.get(&card.name),
                    (&runs.marks, timed),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut provenance = ProvenanceView::new(manifest, records, runs.views);
        provenance.facts.extend(times.facts());
        let mut progress = Progress::default();
        for entry in tasks.iter().flat_map(|t| &t.entries) {
            progress.planned += entry.planned;
            progress.done += entry.done;
            progress.diverged += entry.diverged;
            progress.missing += entry.missing;
        }
        progress.unfinished = progress.missing > 0 || (progress.planned == 0 && manifest.exhibits.is_empty());
        let tuning = manifest.tasks.iter().map(|task| TuningView::new(task, manifest, tables));
        let tuning: Vec<TuningView> = tuning.flat_map(Result::transpose).collect::<Result<_, _>>()?;
        let field = Field { manifest, tasks: &tasks, races: &races, times: &times };
        let workshop = Workshop { manifest, tasks: &tasks, times: &times, tuning: &tuning };
        let mut theory: Vec<ExhibitView> = manifest.exhibits.iter().map(ExhibitView::new).collect();
        let names = distinct(theory.iter().map(|exhibit| exhibit.name.clone()));
        theory.iter_mut().zip(names).for_each(|(exhibit, name)| exhibit.name = name);
        let mut report = Self {
            format: FORMAT,
            study: manifest.study.clone(),
            title: manifest.title.clone(),
            question: manifest.question.clone(),
            label: manifest.label.clone(),
            headline: headline(&tasks),
            lead: None,
            findings: findings(manifest, &tasks, &progress, sameness::tasks(manifest, records)),
            progress,
            commands: Commands::new(manifest),
            data_date: provenance.data_date.clone(),
            standings: field.standings(),
            profile: profile(manifest, &races),
            matrix: matrix(&tasks),
            contests: contests(manifest, &comparisons, &runs.marks),
            optimizers: workshop.optimizers(),
            method: MethodView::new(manifest, comparisons.family),
            tasks,
            runs: runs.pages,
            sparks: runs.sparks,
            paper: PaperView::new(manifest, tables)?,
            tuning,
            theory,
            provenance,
            changes: None,
        };
        report.name_figures();
        report.lead = report.leading().map(|figure| figure.name.clone());
        Ok(report)
    }

    /// The figure for the first screen, of the first trained task that has results: the map of a grid, or else how what it
    /// is judged by goes.
    fn leading(&self) -> Option<&Figure> {
        let task = self.tasks.iter().find(|task| task.kind == "training" && !task.figures.is_empty())?;
        let figures = || task.figures.iter().flat_map(|group| &group.figures);
        let map = figures().find(|figure| matches!(figure.plot, Plot::Chart(_)));
        let curves = || figures().rfind(|figure| matches!(figure.plot, Plot::Curves(_)));
        map.or_else(curves).or_else(|| figures().next())
    }

    /// Gives every drawing a name of its own.
    fn name_figures(&mut self) {
        let names = distinct(self.figures().flat_map(Figure::names).map(String::from));
        let mut names = names.into_iter();
        for figure in self.figures_mut() {
            for own in figure.names_mut() {
                *own = names.next().unwrap_or_default();
            }
        }
    }

    /// Every figure, with duplicates where a page shows another's.
    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        let tasks = self.tasks.iter().flat_map(|t| &t.figures).flat_map(|g| &g.figures);
        let ladders = self.tasks.iter().filter_map(|t| t.ladder.as_ref()).map(|ladder| &ladder.figure);
        let pairs = self.tasks.iter().filter_map(|t| t.pairs.as_ref()).map(|pairs| &pairs.figure);
        let profile = self.profile.iter().map(|profile| &profile.figure);
        let contests = self.contests.iter().flat_map(|contest| &contest.figures);
        let optimizers = self.optimizers.iter().flat_map(|optimizer| &optimizer.figures);
        let paper = self.paper.iter().flat_map(PaperView::drawings);
        let tuning = self.tuning.iter().flat_map(|t| &t.figures);
        let theory = self.theory.iter().flat_map(|e| &e.panels);
        let results = tasks.chain(pairs).chain(ladders).chain(profile).chain(contests);
        results.chain(optimizers).chain(paper).chain(tuning).chain(theory)
    }

    /// The same in the same order.
    fn figures_mut(&mut self) -> impl Iterator<Item = &mut Figure> {
        let mut groups = Vec::new();
        let (mut pairs, mut ladders) = (Vec::new(), Vec::new());
        for task in &mut self.tasks {
            groups.extend(task.figures.iter_mut().flat_map(|group| &mut group.figures));
            pairs.extend(task.pairs.as_mut().map(|pairs| &mut pairs.figure));
            ladders.extend(task.ladder.as_mut().map(|ladder| &mut ladder.figure));
        }
        let profile = self.profile.iter_mut().map(|profile| &mut profile.figure);
        let contests = self.contests.iter_mut().flat_map(|contest| &mut contest.figures);
        let optimizers = self.optimizers.iter_mut().flat_map(|optimizer| &mut optimizer.figures);
        let paper = self.paper.iter_mut().flat_map(PaperView::drawings_mut);
        let tuning = self.tuning.iter_mut().flat_map(|t| &mut t.figures);
        let theory = self.theory.iter_mut().flat_map(|e| &mut e.panels);
        let results = groups.into_iter().chain(pairs).chain(ladders).chain(profile).chain(contests);
        results.chain(optimizers).chain(paper).chain(tuning).chain(theory)
    }
}
