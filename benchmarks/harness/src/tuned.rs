//! The values that searches found: `configs/tuned/NAME.yaml`, one [`Tuning`] per task.

use crate::study::TUNED;
use crate::{ConfigError, Configs, EntrySettings, OptimizerFile, TuningSettings};
use records::{Search, Tuning};
use serde_json::Value;
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
    /// From the file; what is not there is an error.
    Found,
    /// From the file, or else the middle of the grid: enough for a rehearsal.
    FoundOrMiddle,
}

impl Tuned {
    /// Reads the file `name`, which need not be there yet.
    pub fn read(configs: &Configs, name: &str) -> Result<Self, ConfigError> {
        let path = configs.root().join("tuned").join(format!("{name}.yaml"));
        let tasks = if path.is_file() { crate::config::read(&path)?.0 } else { BTreeMap::new() };
        Ok(Self { path, tasks })
    }

    /// The search of an entry, if it was made for the entry's other hyper-parameters and as `settings` say.
    fn search(
        &self,
        task: &str,
        settings: &TuningSettings,
        entry: &EntrySettings,
        hyper: &str,
    ) -> Option<&Search> {
        let tuning = self.tasks.get(task)?;
        let blocks = settings.first_repetition..settings.first_repetition + settings.repetitions;
        let same = tuning.criterion == settings.criterion
            && tuning.epochs == settings.epochs
            && tuning.repetitions.iter().copied().eq(blocks);
        let fixed = fixed(entry);
        tuning
            .searches
            .iter()
            .find(|search| search.entry == entry.name() && search.hyper == hyper)
            .filter(|search| same && search.settings == fixed)
    }

    /// The entry with every `tuned` replaced.
    ///
    /// # Errors
    /// If a value is not there or was found for other settings.
    pub fn fill(
        &self,
        (study, task): (&str, &str),
        tuning: Option<&TuningSettings>,
        entry: &EntrySettings,
        shared: &OptimizerFile,
        values: Values,
    ) -> Result<EntrySettings, ConfigError> {
        let mut filled = entry.clone();
        for hyper in entry.open() {
            let at = format!("{task}, entry `{}`: {hyper}: {TUNED}", entry.name());
            let Some(settings) = tuning else {
                let message =
                    format!("{at}, but the task has no `tuning` that says how; add it or write a number");
                return Err(ConfigError::new(format!("study `{study}`"), message));
            };
            let found = self.search(task, settings, entry, hyper).map(|search| search.chosen);
            let value = match (found, values) {
                (Some(value), _) => value,
                (None, Values::FoundOrMiddle) => {
                    let grid = grid(shared, hyper)
                        .map_err(|e| ConfigError::new(format!("study `{study}`"), format!("{at}: {e}")))?;
                    grid[grid.len() / 2]
                }
                (None, Values::Found) => {
                    let message = format!(
                        "{at}, but {} has no value for these settings; find it with: inna-bench tune {study}",
                        self.path.display()
                    );
                    return Err(ConfigError::new(format!("study `{study}`"), message));
                }
            };
            filled.hyper.insert(hyper.to_owned(), value.into());
        }
        Ok(filled)
    }

    /// What the file says of `task`, for the entries of a report.
    pub fn card(&self, task: &str, keys: &[String]) -> Option<Tuning> {
        let mut tuning = self.tasks.get(task)?.clone();
        tuning.searches.retain(|search| keys.contains(&search.entry));
        (!tuning.searches.is_empty()).then_some(tuning)
    }
}

/// All hyper-parameters of an entry but those that are searched for.
pub(crate) fn fixed(entry: &EntrySettings) -> Value {
    let open: Vec<&str> = entry.open().collect();
    let rest = entry.hyper.iter().filter(|(name, _)| !open.contains(&name.as_str()));
    Value::Object(rest.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The values to try first, ascending.
pub(crate) fn grid(shared: &OptimizerFile, hyper: &str) -> Result<Vec<f64>, String> {
    let range = shared.search.get(hyper);
    let mut values: Vec<f64> =
        range.into_iter().flat_map(|range| &range.values).filter_map(Value::as_f64).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.len() < 3 {
        return Err(format!(
            "search.{hyper} in the optimizer's file under configs/optimizers lists fewer than 3 numbers"
        ));
    }
    Ok(values)
}
