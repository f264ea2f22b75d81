//! The update rules of a task's entries, each once.

use crate::words::mathml::checked;
use records::{Entry, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;

/// An update rule and the entries that use it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RuleView {
    /// Names of the entries.
    pub entries: Vec<String>,
    /// One `<math>` element.
    pub mathml: String,
    /// Where it comes from.
    pub reference: String,
    /// Numbers kept per parameter.
    pub states: Vec<String>,
}

/// The rules of a task.
pub(crate) fn rules(card: &TaskCard) -> Vec<RuleView> {
    distinct(card.entries.iter())
}

/// The rules in the order of the entries; entries with the same one share it, and are named once.
pub(crate) fn distinct<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<RuleView> {
    let mut rules: Vec<RuleView> = Vec::new();
    for entry in entries {
        let mathml = checked(&entry.formula.mathml);
        let same = rules.iter_mut().find(|r| {
            r.mathml == mathml && r.reference == entry.formula.reference && r.states == entry.states
        });
        match same {
            Some(rule) if rule.entries.contains(&entry.title) => {}
            Some(rule) => rule.entries.push(entry.title.clone()),
            None => rules.push(RuleView {
                entries: vec![entry.title.clone()],
                mathml,
                reference: entry.formula.reference.clone(),
                states: entry.states.clone(),
            }),
        }
    }
    rules
}
