//! Searching for the values that a study calls `tuned`: a grid of short trainings per entry, extended while the best
//! value lies on its edge, and refined around it where the study asks for that.

mod choice;
mod file;
mod open;
mod refinement;
mod space;

use crate::entry::number;
use crate::plan::Assembled;
use crate::tuned::{Tuned, Values};
use crate::{
    ConfigError, Configs, EntrySettings, HarnessError, OptimizerFiles, Plan, Problem, Run, Scale, Study,
    StudyTask,
};
use choice::{lowest, mean};
use open::Open;
use records::{Record, Search, Store, Tuning};
pub(crate) use space::Space;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use streams::Stream;

/// Scores this close to each other, relative to the lowest, tell nothing apart.
const INDISTINCT: f64 = 0.02;

/// The searches of a study, as far as they have come.
pub struct Tune {
    given: String,
    name: String,
    study: Study,
    source: String,
    scale: Scale,
    path: PathBuf,
    /// What was found before, here or where the program was built.
    known: BTreeMap<String, Tuning>,
    searches: Vec<Open>,
}

impl Tune {
    /// The searches that `study` asks for.
    ///
    /// # Errors
    /// If the study cannot be used, or there is nothing to search for.
    pub fn new(configs: &Configs, study: &str, scale: &Scale) -> Result<Self, HarnessError> {
        let given = study.to_owned();
        let configs = &configs.beside(study);
        let (name, mut study, source) = configs.assembled(&given)?;
        scale.apply(&mut study, &given)?;
        let file = format!("study `{given}`");
        let refuse = |message: String| HarnessError::from(ConfigError::new(file.clone(), message));
        let Some(tuned) = &study.tuned else {
            return Err(refuse("there is nothing to tune: no `tuned` names a file for what is found".into()));
        };
        // A file that cannot be read is said before hours of trials.
        let Tuned { path, tasks: known } = Tuned::read(configs, tuned)?;
        let files = OptimizerFiles::read(configs)?;
        let mut searches = Vec::new();
        for task in &study.tasks {
            for entry in task.entries.iter().flat_map(EntrySettings::expand) {
                let Some(hyper) = entry.main() else { continue };
                let at = format!("{}, entry `{}`", task.task, entry.name());
                let Some(settings) = &task.tuning else {
                    return Err(refuse(format!(
                        "{at}: {hyper}: tuned, but the task has no `tuning` that says how"
                    )));
                };
                let shared = files.of(&entry.optimizer);
                let [seed, _] = Stream::new(study.master_seed, &task.task, "search", 0).key();
                let search = Open::new(&task.task, settings, &entry, shared, seed);
                let search = search.map_err(|e| refuse(format!("{at}: {e}")))?;
                searches.push(search);
            }
        }
        if searches.is_empty() {
            return Err(refuse(
                "there is nothing to tune: no entry has a hyper-parameter that is `tuned`".into(),
            ));
        }
        Ok(Self { given, name, study, source, scale: scale.clone(), path, known, searches })
    }

    /// The trials of all searches so far, as a study of their own.
    ///
    /// # Errors
    /// If a task or its data cannot be used.
    pub fn plan(&self, configs: &Configs, data_dir: &Path) -> Result<Plan, HarnessError> {
        let configs = &configs.beside(&self.given);
        let mut tasks: Vec<StudyTask> = Vec::new();
        for search in &self.searches {
            let Some(original) = self.study.tasks.iter().find(|task| task.task == search.task) else {
                continue;
            };
            if tasks.last().is_none_or(|task| task.task != search.task) {
                tasks.push(StudyTask {
                    epochs: Some(search.settings.epochs),
                    first_repetition: search.settings.first_repetition,
                    repetitions: search.settings.repetitions,
                    tuning: None,
                    selections: Vec::new(),
                    reference: None,
                    entries: Vec::new(),
                    ..original.clone()
                });
            }
            if let Some(task) = tasks.last_mut() {
                task.entries.extend(search.points.iter().map(|point| search.trial(point)));
            }
        }
        let study = Study {
            tasks,
            tuned: None,
            figures: None,
            claims: None,
            theory: Vec::new(),
            label: None,
            choices: Vec::new(),
            ..self.study.clone()
        };
        let assembled = Assembled {
            given: self.given.clone(),
            name: self.name.clone(),
            study,
            source: self.source.clone(),
            scale: self.scale.clone(),
            values: Values::Found,
            trials: true,
        };
        let mut plan = Plan::of(configs, assembled, data_dir)?;
        for task in &mut plan.tasks {
            let searches = self.searches.iter().filter(|search| task.name == search.task);
            let steps = task.problem.steps();
            // Nobody else sees what a space holds before it is drawn and chosen. A rehearsal is shorter than anything.
            let is_drawn =
                |run: &&Run| searches.clone().any(|search| search.space.is_some() && search.has(&run.entry));
            for run in task.runs.iter().filter(|_| !self.scale.rehearses()).filter(is_drawn) {
                let schedule = run.method.schedule();
                let problem = match schedule.check_length("schedule", steps) {
                    Err(e) => Some(e.to_string()),
                    Ok(()) if schedule.warmup() >= steps => Some("all of it is warm-up".into()),
                    Ok(()) => None,
                };
                if let Some(problem) = problem {
                    let message = format!("{}, trial `{}` of {steps} steps: {problem}", task.name, run.entry);
                    return Err(ConfigError::new(format!("study `{}`", self.given), message).into());
                }
            }
            task.to_come = searches.map(|search| search.left() * search.settings.repetitions as usize).sum();
        }
        Ok(plan)
    }

    /// Asks for more values once all trials so far are there: extends every grid whose best value lies on its edge, then refines
    /// around the best as often as the study says. Says which; nothing when the searches are over.
    ///
    /// # Errors
    /// If a trial's record cannot be read.
    pub fn extend(&mut self, plan: &Plan, store: &Store) -> Result<Vec<String>, HarnessError> {
        let records = by_entry(plan, store)?;
        let next = |search: &mut Open| search.next(&search.scores(&records));
        Ok(self.searches.iter_mut().filter_map(next).collect())
    }

    /// Number of searches.
    pub fn searches(&self) -> usize {
        self.searches.len()
    }

    /// What was found, by task, with remarks on searches that found nothing and winners that may be luck or still lie on
    /// an edge.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn found(
        &self,
        plan: &Plan,
        store: &Store,
    ) -> Result<(BTreeMap<String, Tuning>, Vec<String>), HarnessError> {
        let records = by_entry(plan, store)?;
        let (mut tasks, mut remarks) = (BTreeMap::<String, Tuning>::new(), Vec::new());
        for search in &self.searches {
            let scores = search.scores(&records);
            let at = format!("{}, {}", search.task, search.entry.name());
            let tied = lowest(&scores);
            let Some(best) = search.taken(&scores) else {
                remarks.push(format!(
                    "{at}: every trial diverged, nothing found; give search.{} smaller values",
                    search.hyper
                ));
                continue;
            };
            let means: Vec<f64> = scores.iter().filter_map(|(_, trials)| mean(trials)).collect();
            let worst = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
            if means.len() == scores.len() && worst - lowest < INDISTINCT * lowest.abs() {
                remarks.push(format!(
                    "{at}: all values of {} end within {} % of each other: the choice is luck; longer trials may tell them \
                     apart",
                    search.hyper,
                    100.0 * INDISTINCT
                ));
            }
            let on_edge = Open::edge(&scores, best).is_some();
            let value = number(scores[best].0.value);
            if tied.len() > 1 {
                let (n, hyper) = (tied.len(), &search.hyper);
                let which = if search.space.is_some() { "first" } else { "middle" };
                remarks.push(format!(
                    "{at}: {n} values of {hyper} are equally good; {value}, the {which} one, is taken"
                ));
            } else if on_edge {
                remarks.push(format!(
                    "{at}: the best {} is {value}, still on the edge of what was extended {} times",
                    search.hyper, search.extensions
                ));
            }
            let settings = &search.settings;
            let problem = plan.tasks.iter().find(|task| task.name == search.task).map(|task| &task.problem);
            let [digest, _] = self.problems(plan, &search.task)?;
            let tuning = tasks.entry(search.task.clone()).or_insert_with(|| Tuning {
                criterion: settings.criterion.clone(),
                epochs: match problem {
                    Some(Problem::Training { settings, .. }) => settings.epochs,
                    _ => settings.epochs,
                },
                repetitions: settings.blocks().collect(),
                problem: digest,
                refine: settings.refined(),
                drawn: settings.drawn(),
                searches: Vec::new(),
            });
            tuning.searches.push(Search {
                entry: search.entry.name().to_owned(),
                hyper: search.hyper.clone(),
                settings: search.fixed.clone(),
                reason: search.reason.clone(),
                chosen: scores[best].0.value,
                others: scores[best].0.others.clone(),
                space: search.space.as_ref().map(Space::declared).unwrap_or_default(),
                extensions: search.extensions,
                on_edge,
                trials: scores.into_iter().flat_map(|(_, trials)| trials).collect(),
            });
        }
        Ok((tasks, remarks))
    }
}

/// Records of a plan by task and entry, in the plan's order.
fn by_entry(plan: &Plan, store: &Store) -> Result<BTreeMap<(String, String), Vec<Record>>, HarnessError> {
    let mut records: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
    let found = plan.survey(store)?;
    // Both are in the plan's order.
    let mut found = found.records.into_iter().peekable();
    for run in &plan.manifest.runs {
        if let Some(record) = found.next_if(|r| r.id == run.id && r.specification.task == run.task) {
            records.entry((run.task.to_string(), run.entry.clone())).or_default().push(record);
        }
    }
    Ok(records)
}
