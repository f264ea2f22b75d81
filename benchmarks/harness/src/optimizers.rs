//! The optimizers of a plan, for display.

use crate::{ConfigError, Configs};
use records::{OptimizerCard, ParameterCard, SearchCard, TaskCard};
use serde_json::Value;

/// A card of every optimizer that `tasks` compare, in the order of the catalogue.
pub(crate) fn cards(configs: &Configs, tasks: &[TaskCard]) -> Result<Vec<OptimizerCard>, ConfigError> {
    let used = |name: &str| tasks.iter().flat_map(|task| &task.entries).any(|entry| entry.optimizer == name);
    let mut cards = Vec::new();
    for family in catalogue::families().iter().filter(|family| used(family.name)) {
        let shared = configs.optimizer(family.name)?;
        let defaults = family.defaults();
        cards.push(OptimizerCard {
            name: family.name.to_owned(),
            title: family.title.to_owned(),
            words: shared.words,
            reference: family.reference.to_owned(),
            source: format!("optimizers/{}", family.name),
            parameters: family
                .parameters
                .iter()
                .map(|parameter| ParameterCard {
                    key: parameter.key.to_owned(),
                    meaning: parameter.meaning.to_owned(),
                    accepted: parameter.range.to_string(),
                    default: defaults.get(parameter.key).cloned().unwrap_or(Value::Null),
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
    Ok(cards)
}
