//! The values that searches found: `configs/tuned/NAME.yaml`, one [`Tuning`] per task.

use crate::competitors;
use crate::entry::TUNED;
use crate::folder::ConfigSource;
use crate::optimizers::SearchRange;
use crate::reader::{self, MADE};
use crate::tuning::Space;
use crate::{ConfigError, Configs, EntrySettings, OptimizerFile, Task, TuningSettings};
use records::{Name, Search, Trial, Tuning, canonical_json, digest_hex};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A file of found values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tuned {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// By task.
    pub tasks: BTreeMap<String, Tuning>,
}

/// Where the values that entries call `tuned` come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// From the file, found for exactly these settings; anything else is an error.
    Found,
    /// From the file, found for these settings on whatever images: where only the images could tell more, and are not needed.
    FoundOnAnyImages,
    /// From the file if found for this entry at whatever size, or else the middle of the grid: enough for a rehearsal.
    FoundOrMiddle,
}

/// A task for which values are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Sought<'a> {
    /// The study as it was called, for the command in a message.
    pub study: &'a str,
    /// The task.
    pub task: &'a str,
    /// How its values are searched for.
    pub tuning: Option<&'a TuningSettings>,
    /// [`problems`] of its trials.
    pub problems: &'a [String; 2],
    /// What is good enough.
    pub values: Values,
}

/// An entry with every `tuned` replaced, and the searches that this took.
pub(crate) struct Filled {
    /// The entry.
    pub entry: EntrySettings,
    /// Where its values come from.
    pub searches: Vec<Search>,
}

impl Tuned {
    /// Reads the file `name`, which need not be there yet.
    pub fn read(configs: &Configs, name: &Name) -> Result<Self, ConfigError> {
        let (found, path) = configs.place("tuned", name)?;
        Self::of(found, path)
    }

    /// Reads the file at `path`, which need not be there yet.
    pub fn at(path: PathBuf) -> Result<Self, ConfigError> {
        Self::of(path.exists().then(|| ConfigSource::File(path.clone())), path)
    }

    fn of(found: Option<ConfigSource>, path: PathBuf) -> Result<Self, ConfigError> {
        let tasks: BTreeMap<String, Tuning> = match &found {
            Some(source) => reader::read(source, MADE)?.0,
            None => BTreeMap::new(),
        };
        let file = found.map_or_else(|| path.display().to_string(), |source| source.to_string());
        for (task, tuning) in &tasks {
            let untried = |search: &&Search| {
                let is_chosen = |trial: &Trial| trial.value == search.chosen && trial.others == search.others;
                !search.trials.iter().any(is_chosen)
            };
            let refused = |message: String| ConfigError::new(file.clone(), format!("{task}: {message}"));
            if let Some(search) = tuning.searches.iter().find(untried) {
                return Err(refused(format!(
                    "{}: chosen: {} is the value of no trial of {}; find it with `inna-bench tune`, or write the number \
                     into the study in place of `{TUNED}`",
                    search.entry, search.chosen, search.hyper
                )));
            }
            if let Some(search) =
                tuning.searches.iter().find(|search| search.trials.len() < tuning.drawn as usize)
            {
                return Err(refused(format!(
                    "{}: {} trials are there where drawn: {} says how many points every entry has; find them with `inna-bench tune`",
                    search.entry,
                    search.trials.len(),
                    tuning.drawn
                )));
            }
            let uneven = |search: &&Search| refined(search) != tuning.refine as usize;
            if let Some(search) = tuning.searches.iter().find(uneven) {
                return Err(refused(format!(
                    "{}: {} refined values were tried where refine: {} says how many every entry has; find them with \
                     `inna-bench tune`",
                    search.entry,
                    refined(search),
                    tuning.refine
                )));
            }
        }
        Ok(Self { path, tasks })
    }

    /// The search of an entry, if it was made for the entry's other settings and, unless any size will do, as the
    /// task says.
    fn search(
        &self,
        sought: Sought,
        entry: &EntrySettings,
        (hyper, fixed, space): (&str, &Value, Option<&Space>),
    ) -> Option<&Search> {
        let (tuning, settings) = (self.tasks.get(sought.task)?, sought.tuning?);
        let same = tuning.criterion == settings.criterion
            && tuning.epochs == settings.epochs
            && tuning.repetitions.iter().copied().eq(settings.blocks())
            && (sought.values == Values::FoundOnAnyImages || sought.problems.contains(&tuning.problem))
            && (tuning.refine, tuning.drawn) == (settings.refined(), settings.drawn());
        let searches = tuning.searches.iter().filter(|_| same || sought.values == Values::FoundOrMiddle);
        let declared = space.map(Space::declared).unwrap_or_default();
        searches
            .filter(|search| search.entry == entry.name() && search.hyper == hyper)
            .find(|search| search.settings == *fixed && search.space == declared)
    }

    /// Where a search of the task is there that was refined more or less often than the study says: that, in words.
    fn unrefined(&self, sought: Sought) -> Option<String> {
        let (there, asked) = (self.tasks.get(sought.task)?, sought.tuning?);
        if there.drawn != asked.drawn() {
            let points = |n: u32| if n == 0 { "a grid".into() } else { format!("{n} points") };
            return Some(format!(
                " (what is there was searched for with {}, and the study asks for {})",
                points(there.drawn),
                points(asked.drawn())
            ));
        }
        let (there, asked) = (there.refine, asked.refined());
        (there != asked).then(|| {
            format!(
                " (what is there was searched for with {there} refined values, and tuning.refine asks for {asked}; trials that the \
                 store holds are not trained again)"
            )
        })
    }

    /// Replaces every `tuned` of an entry.
    ///
    /// # Errors
    /// If a value is not there or was found for other settings.
    pub fn fill(
        &self,
        sought: Sought,
        entry: &EntrySettings,
        shared: &OptimizerFile,
    ) -> Result<Filled, ConfigError> {
        let file = format!("study `{}`", sought.study);
        let mut filled = Filled { entry: entry.clone(), searches: Vec::new() };
        if let Some(hyper) = entry.main() {
            let at = format!("{}, entry `{}`: {hyper}: {TUNED}", sought.task, entry.name());
            if sought.tuning.is_none() {
                let message =
                    format!("{at}, but the task has no `tuning` that says how; add it or write a number");
                return Err(ConfigError::new(file, message));
            }
            let refuse = |e: String| ConfigError::new(&file, format!("{at}: {e}"));
            let space = Space::of(entry, sought.tuning, shared).map_err(refuse)?;
            let fixed = fixed(entry, shared, space.as_ref()).map_err(refuse)?;
            let of = (hyper, &fixed, space.as_ref());
            let (value, others) = match (self.search(sought, entry, of), sought.values) {
                (Some(search), _) => {
                    filled.searches.push(search.clone());
                    (search.chosen, search.others.clone())
                }
                (None, Values::FoundOrMiddle) => match &space {
                    Some(space) => {
                        let point = space.middle();
                        (point.value, point.others)
                    }
                    None => (middle(shared, hyper).map_err(refuse)?, BTreeMap::new()),
                },
                (None, Values::Found | Values::FoundOnAnyImages) => {
                    let message = format!(
                        "{at}, but {} has no value for these settings{}; find it with: inna-bench tune {}",
                        self.path.display(),
                        self.unrefined(sought).unwrap_or_default(),
                        sought.study
                    );
                    return Err(ConfigError::new(file, message));
                }
            };
            filled.entry.hyper.insert(hyper.to_owned(), value.into());
            filled.entry.hyper.extend(others);
        }
        Ok(filled)
    }

    /// What the file says of `task`, as far as `searches` of it were used.
    pub fn card(&self, task: &str, searches: Vec<Search>) -> Option<Tuning> {
        let tuning = self.tasks.get(task).filter(|_| !searches.is_empty())?;
        Some(Tuning { searches, ..tuning.clone() })
    }
}

/// How many values a search tried between those of its grid.
fn refined(search: &Search) -> usize {
    let mut values: Vec<f64> =
        search.trials.iter().filter(|trial| trial.refined).map(|trial| trial.value).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.len()
}

/// The optimizer with all its hyper-parameters, defaults filled in, but those that are searched for.
pub(crate) fn fixed(
    entry: &EntrySettings,
    shared: &OptimizerFile,
    space: Option<&Space>,
) -> Result<Value, String> {
    let open: Vec<&str> = entry.open().collect();
    let mut known = entry.clone();
    // Some value, since others may be allowed only beside it: a momentum for Nesterov's variant.
    if let Some(space) = space {
        let point = space.middle();
        known.hyper.insert(space.hyper.clone(), point.value.into());
        known.hyper.extend(point.others);
    }
    for name in open.iter().filter(|_| space.is_none()) {
        match middle(shared, name) {
            Ok(value) => known.hyper.insert((*name).to_owned(), value.into()),
            Err(_) => known.hyper.remove(*name),
        };
    }
    let method = competitors::method(&known, shared).map_err(|e| e.to_string())?;
    let mut hyper = method.hyper();
    if let Value::Object(map) = &mut hyper {
        open.iter().for_each(|name| drop(map.remove(*name)));
    }
    Ok(json!({ "optimizer": entry.optimizer, "hyper": hyper }))
}

/// A digest of what the trials of a task train: the task at their length, its images, the master seed. And the one that it had while the
/// margin was part of it, which files of found values may have.
///
/// # Errors
/// If the task is not to be had as JSON.
pub(crate) fn problems(
    task: &Task,
    epochs: Option<u32>,
    data_digest: &str,
    master_seed: u64,
) -> Result<[String; 2], serde_json::Error> {
    let mut task = task.clone();
    if let Task::Training(settings) = &mut task {
        settings.epochs = epochs.unwrap_or(settings.epochs);
        // How often is looked changes nothing of what is seen at the end.
        settings.evaluate_every = 1;
    }
    let digest = |task: Value| {
        let text = canonical_json(&json!({ "task": task, "data": data_digest, "master_seed": master_seed }));
        digest_hex(text.as_bytes())
    };
    Ok([digest(task.trained()?), digest(serde_json::to_value(&task)?)])
}

/// What stands for a value until it has been searched for.
fn middle(shared: &OptimizerFile, hyper: &str) -> Result<f64, String> {
    grid(shared, hyper).map(|values| values[values.len() / 2])
}

/// The values to try first, ascending.
pub(crate) fn grid(shared: &OptimizerFile, hyper: &str) -> Result<Vec<f64>, String> {
    numbers(shared.search.get(hyper), hyper)
}

/// The numbers of a range, ascending.
pub(crate) fn numbers(range: Option<&SearchRange>, hyper: &str) -> Result<Vec<f64>, String> {
    let mut values = Vec::new();
    for value in range.into_iter().flat_map(|range| &range.values) {
        let number = value.as_f64().ok_or_else(|| {
            format!("search.{hyper} in the optimizer's file lists {value}, which is not a number")
        })?;
        values.push(number);
    }
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.first().is_some_and(|value| *value <= 0.0) {
        return Err(format!(
            "search.{hyper} in the optimizer's file lists numbers that are not positive; a grid is logarithmic"
        ));
    }
    if values.len() < 3 {
        return Err(format!(
            "search.{hyper} in the optimizer's file under configs/optimizers lists fewer than 3 numbers"
        ));
    }
    Ok(values)
}
