//! The files under `configs/optimizers`, and the optimizers of a plan for display.

use crate::entry::check_looks;
use crate::reader::{self, WRITTEN};
use crate::{ConfigError, Configs};
use records::{OptimizerCard, ParameterCard, SearchCard, TaskCard};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What studies share about an optimizer: a file under `configs/optimizers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerFile {
    /// The idea of the update rule in a few sentences, for its page.
    #[serde(default)]
    pub words: String,
    /// `#rrggbb`.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`.
    #[serde(default)]
    pub dash: Option<String>,
    /// Hyper-parameters that studies start from.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
    /// What a search tries, with the reason.
    #[serde(default)]
    pub search: BTreeMap<String, SearchRange>,
}

/// Values of one hyper-parameter worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRange {
    /// The values.
    pub values: Vec<Value>,
    /// Why these.
    pub reason: String,
}

/// Values of a search, at most, before it extends them.
const MOST_VALUES: usize = 100;

/// Every file under `configs/optimizers`, read once; optimizers need have none.
#[derive(Clone, Debug, Default)]
pub struct OptimizerFiles {
    files: BTreeMap<String, OptimizerFile>,
    none: OptimizerFile,
}

impl OptimizerFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// If one cannot be used, or is no optimizer's: what it says would be without effect.
    pub fn read(configs: &Configs) -> Result<Self, ConfigError> {
        let mut files = BTreeMap::new();
        for listed in configs.listing("optimizers") {
            let path = listed.usable()?;
            let shown = path.display().to_string();
            let Some(family) = catalogue::families().iter().find(|family| family.name == listed.name) else {
                let near = rule::nearest(&listed.name, catalogue::names())
                    .map(|near| format!(" (did you mean `{near}`?)"))
                    .unwrap_or_default();
                let message = format!(
                    "there is no optimizer `{}`{near}, so nothing reads this file; rename or remove it",
                    listed.name
                );
                return Err(ConfigError::new(shown, message));
            };
            let (file, _): (OptimizerFile, String) = reader::read(path, WRITTEN)?;
            file.check(family).map_err(|message| ConfigError::new(shown, message))?;
            files.insert(listed.name, file);
        }
        Ok(Self { files, none: OptimizerFile::default() })
    }

    /// What studies share about an optimizer.
    pub fn of(&self, optimizer: &str) -> &OptimizerFile {
        self.files.get(optimizer).unwrap_or(&self.none)
    }
}

impl OptimizerFile {
    fn check(&self, family: &rule::Family) -> Result<(), String> {
        check_looks(self.colour.as_deref(), self.dash.as_deref())?;
        let parameters = || family.parameters.iter().chain(rule::PRACTICE);
        let known = |key: &str| parameters().any(|parameter| parameter.key == key);
        let defaults = self.defaults.keys().map(|key| ("defaults", key));
        let mut unknown =
            defaults.chain(self.search.keys().map(|key| ("search", key))).filter(|(_, key)| !known(key));
        if let Some((part, key)) = unknown.next() {
            let keys = parameters().map(|parameter| &*parameter.key);
            let near = rule::nearest(key, keys.clone()).map(|near| format!(" (did you mean `{near}`?)"));
            let (near, accepted) = (near.unwrap_or_default(), keys.collect::<Vec<_>>().join(", "));
            return Err(format!("{part}: unknown key `{key}`{near}; accepted: {accepted}"));
        }
        self.search.iter().try_for_each(|(key, range)| {
            range.check().map_err(|message| format!("search.{key}.values: {message}"))
        })
    }
}

impl SearchRange {
    fn check(&self) -> Result<(), String> {
        if self.values.len() > MOST_VALUES {
            return Err(format!("{} values; at most {MOST_VALUES} are accepted", self.values.len()));
        }
        let mut seen = BTreeSet::new();
        for value in &self.values {
            let Some(number) = value.as_f64() else {
                return Err(format!("{value} is not a number; numbers are searched"));
            };
            if !seen.insert((number + 0.0).to_bits()) {
                return Err(format!("{value} is listed twice; keep one"));
            }
        }
        Ok(())
    }
}

/// A card of every optimizer that `tasks` compare, in the order of the catalogue.
pub(crate) fn cards(files: &OptimizerFiles, tasks: &[TaskCard]) -> Vec<OptimizerCard> {
    let used: BTreeSet<&str> =
        tasks.iter().flat_map(|task| &task.entries).map(|entry| entry.optimizer.as_str()).collect();
    let mut cards = Vec::new();
    for family in catalogue::families().iter().filter(|family| used.contains(&*family.name)) {
        let shared = files.of(&family.name).clone();
        let defaults = family.defaults();
        cards.push(OptimizerCard {
            name: family.name.to_string(),
            title: family.title.to_string(),
            words: shared.words,
            reference: family.reference.to_string(),
            source: format!("optimizers/{}", family.name),
            parameters: family
                .parameters
                .iter()
                .map(|parameter| ParameterCard {
                    key: parameter.key.to_string(),
                    meaning: parameter.meaning.to_string(),
                    accepted: parameter.range.to_string(),
                    default: defaults.get(&*parameter.key).cloned().unwrap_or(Value::Null),
                })
                .collect(),
            searches: shared
                .search
                .into_iter()
                .map(|(hyper, range)| SearchCard { hyper, values: range.values, reason: range.reason })
                .collect(),
            checks: Vec::new(),
        });
    }
    cards
}
