//! Searching for the values that a study calls `tuned`: a grid of short trainings per entry, extended while the best
//! value lies on its edge.

mod choice;
mod file;

use crate::competitors;
use crate::entry::{self, number};
use crate::plan::Assembled;
use crate::tuned::{Tuned, Values, fixed, grid};
use crate::{
    ConfigError, Configs, EntrySettings, HarnessError, OptimizerFile, OptimizerFiles, Plan, Problem, Scale,
    Study, StudyTask, TuningSettings,
};
use choice::{Scores, half_decade, lowest, mean, middle, score};
use records::{Name, Record, Search, Store, Trial, Tuning};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Values added at an edge at a time.
const ADDED: usize = 2;
/// Extensions of one grid; then the edge is accepted, with a warning.
const EXTENSIONS: u32 = 4;

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
    searches: Vec<Open>,
}

/// A search that goes on.
struct Open {
    task: String,
    settings: TuningSettings,
    entry: EntrySettings,
    hyper: String,
    fixed: Value,
    reason: String,
    /// What studies share about its optimizer.
    shared: OptimizerFile,
    /// The values that were asked for, ascending.
    listed: Vec<f64>,
    /// These and those of extensions, ascending.
    values: Vec<f64>,
    extensions: u32,
}

impl Tune {
    /// The searches that `study` asks for.
    ///
    /// # Errors
    /// If the study cannot be used, or there is nothing to search for.
    pub fn new(configs: &Configs, study: &str, scale: &Scale) -> Result<Self, HarnessError> {
        let given = study.to_owned();
        let (name, mut study, source) = configs.assembled(&given)?;
        scale.apply(&mut study, &given)?;
        let file = format!("study `{given}`");
        let refuse = |message: String| HarnessError::from(ConfigError::new(file.clone(), message));
        let Some(tuned) = &study.tuned else {
            return Err(refuse("there is nothing to tune: no `tuned` names a file for what is found".into()));
        };
        // A file that cannot be read is said before hours of trials.
        let path = Tuned::read(configs, tuned)?.path;
        let files = OptimizerFiles::read(configs)?;
        let mut searches = Vec::new();
        for task in &study.tasks {
            for entry in task.entries.iter().flat_map(EntrySettings::expand) {
                let open: Vec<&str> = entry.open().collect();
                let Some(hyper) = open.first() else { continue };
                let at = format!("{}, entry `{}`", task.task, entry.name());
                if open.len() > 1 {
                    return Err(refuse(format!(
                        "{at}: one hyper-parameter may be `tuned`, here are {}",
                        open.join(", ")
                    )));
                }
                let Some(settings) = &task.tuning else {
                    return Err(refuse(format!(
                        "{at}: {hyper}: tuned, but the task has no `tuning` that says how"
                    )));
                };
                let shared = files.of(&entry.optimizer);
                let values = grid(shared, hyper).map_err(|e| refuse(format!("{at}: {hyper}: {e}")))?;
                searches.push(Open {
                    task: task.task.to_string(),
                    settings: settings.clone(),
                    hyper: (*hyper).to_owned(),
                    reason: shared.search.get(*hyper).map(|range| range.reason.clone()).unwrap_or_default(),
                    listed: values.clone(),
                    values,
                    fixed: fixed(&entry, shared).map_err(|e| refuse(format!("{at}: {e}")))?,
                    shared: shared.clone(),
                    extensions: 0,
                    entry,
                });
            }
        }
        if searches.is_empty() {
            return Err(refuse(
                "there is nothing to tune: no entry has a hyper-parameter that is `tuned`".into(),
            ));
        }
        Ok(Self { given, name, study, source, scale: scale.clone(), path, searches })
    }

    /// The trials of all searches so far, as a study of their own.
    ///
    /// # Errors
    /// If a task or its data cannot be used.
    pub fn plan(&self, configs: &Configs, data_dir: &Path) -> Result<Plan, HarnessError> {
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
                task.entries.extend(search.values.iter().map(|value| search.trial(*value)));
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
        Plan::of(configs, assembled, data_dir)
    }

    /// Extends every grid whose best value lies on its edge; says which. Nothing is said when the search is over.
    ///
    /// # Errors
    /// If a trial's record cannot be read.
    pub fn extend(&mut self, plan: &Plan, store: &Store) -> Result<Vec<String>, HarnessError> {
        let records = by_entry(plan, store)?;
        let mut notes = Vec::new();
        for search in &mut self.searches {
            let scores = search.scores(&records);
            let at = format!("{}, {}", search.task, search.entry.name());
            // If all diverged, only smaller values can help. Equal values are no reason to look further: the middle one is taken.
            let (edge, upwards, why) = match lowest(&scores)[..] {
                [] => (0, false, "every trial diverged".to_owned()),
                [best] if best == 0 || best + 1 == scores.len() => {
                    let (hyper, value) = (&search.hyper, number(scores[best].0));
                    (best, best != 0, format!("the best {hyper} of the grid, {value}, lies on its edge"))
                }
                _ => continue,
            };
            if search.extensions == EXTENSIONS {
                continue;
            }
            let beyond =
                (1..=ADDED as i32).map(|n| half_decade(scores[edge].0, if upwards { n } else { -n }));
            // As far as the optimizer takes them: a momentum of 1 is none.
            let added: Vec<f64> = beyond.take_while(|value| search.takes(*value)).collect();
            if added.is_empty() {
                continue;
            }
            search.extensions += 1;
            let words: Vec<String> = added.iter().copied().map(number).collect();
            notes.push(format!("{at}: {why}; added {}", words.join(" and ")));
            search.values.extend(added);
            search.values.sort_by(f64::total_cmp);
        }
        Ok(notes)
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
            let Some(best) = middle(&tied, &scores, &search.listed) else {
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
            let on_edge = best == 0 || best + 1 == scores.len();
            let value = number(scores[best].0);
            if tied.len() > 1 {
                let (n, hyper) = (tied.len(), &search.hyper);
                remarks.push(format!(
                    "{at}: {n} values of {hyper} are equally good; {value}, the middle one, is taken"
                ));
            } else if on_edge {
                remarks.push(format!(
                    "{at}: the best {} is {value}, still on the edge of a grid that was extended {} times",
                    search.hyper, search.extensions
                ));
            }
            let settings = &search.settings;
            let problem = plan.tasks.iter().find(|task| task.name == search.task).map(|task| &task.problem);
            let [digest, _] = self.problems(plan, &search.task)?;
            let tuning = tasks.entry(search.task.clone()).or_insert_with(|| Tuning {
                criterion: settings.criterion.clone(),
                epochs: match problem {
                    Some(Problem::Classification { settings, .. }) => settings.epochs,
                    _ => settings.epochs,
                },
                repetitions: settings.blocks().collect(),
                problem: digest,
                searches: Vec::new(),
            });
            tuning.searches.push(Search {
                entry: search.entry.name().to_owned(),
                hyper: search.hyper.clone(),
                settings: search.fixed.clone(),
                reason: search.reason.clone(),
                chosen: scores[best].0,
                extensions: search.extensions,
                on_edge,
                trials: scores.into_iter().flat_map(|(_, trials)| trials).collect(),
            });
        }
        Ok((tasks, remarks))
    }
}

impl Open {
    /// The entry with one value in place of the word.
    fn trial(&self, value: f64) -> EntrySettings {
        let mut entry = self.entry.clone();
        entry.hyper.insert(self.hyper.clone(), value.into());
        entry.key = Some(self.key(value));
        // The key tells it apart; a title of the entry would be that of every trial.
        entry.title = None;
        entry
    }

    fn key(&self, value: f64) -> Name {
        entry::key(&[self.entry.name(), &self.hyper, &number(value)])
    }

    /// Whether the optimizer takes `value`, and the arithmetic of networks has it.
    fn takes(&self, value: f64) -> bool {
        competitors::method(&self.trial(value), &self.shared)
            .is_ok_and(|method| rule::check_single_precision(&method.hyper()).is_ok())
    }

    fn scores(&self, records: &BTreeMap<(String, String), Vec<Record>>) -> Scores {
        let trials = |value: f64| {
            let found =
                records.get(&(self.task.clone(), self.key(value).into())).map_or(&[][..], Vec::as_slice);
            let trial = |record: &Record| Trial {
                value,
                repetition: record.specification.repetition,
                score: score(record, &self.settings.criterion),
            };
            found.iter().map(trial).collect()
        };
        self.values.iter().map(|&value| (value, trials(value))).collect()
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
