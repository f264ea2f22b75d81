//! Whether a task is the same in two studies.

use super::Part;
use crate::difference::of_values;
use records::{TaskCard, TaskKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A task of a study, as far as results and verdicts depend on it.
pub(super) struct Side<'a> {
    part: &'a Part,
    card: &'a TaskCard,
}

impl<'a> Side<'a> {
    pub fn new(part: &'a Part, card: &'a TaskCard) -> Self {
        Self { part, card }
    }

    /// Everything under the key that a configuration has it under.
    fn settings(&self) -> Value {
        let mut all = self.card.settings.as_object().cloned().unwrap_or_default();
        let mut add = |key: &str, value: Value| {
            all.entry(key).or_insert(value);
        };
        match &self.card.kind {
            TaskKind::Training {
                classes,
                train_examples,
                validation_examples,
                test_examples,
                epochs,
                batch_size,
                parameters,
                margin,
                example: _,
                loss_unit,
                classifies: _,
                measure: _,
            } => {
                for (key, value) in [
                    ("classes", json!(classes)),
                    ("train_images", json!(train_examples)),
                    ("validation_images", json!(validation_examples)),
                    ("test_images", json!(test_examples)),
                    ("epochs", json!(epochs)),
                    ("batch_size", json!(batch_size)),
                    ("parameters", json!(parameters)),
                    ("margin", json!(margin)),
                    ("loss_unit", json!(loss_unit)),
                    // What is not said is said like what is meant.
                    ("measure", json!(self.card.kind.measure())),
                ] {
                    add(key, value);
                }
            }
            TaskKind::Function { function, start, steps, .. } => {
                add("function", json!(function));
                add("start", json!(start));
                add("steps", json!(steps));
            }
        }
        add("role", json!(self.card.role));
        add("anchor", json!({ "value": self.card.anchor.as_ref().map(|anchor| anchor.value) }));
        add("master_seed", json!(self.part.manifest.master_seed));
        Value::Object(all)
    }

    /// The rules of the search for values.
    fn tuning(&self) -> Option<Value> {
        let of = self.card.tuning.as_ref()?;
        let rules = json!({
            "criterion": of.criterion,
            "epochs": of.epochs,
            "repetitions": of.repetitions,
            "problem": of.problem,
            "refine": of.refine,
            "drawn": of.drawn,
        });
        Some(Value::Object(Map::from_iter([("tuning".into(), rules)])))
    }

    /// Digests of the data that its records were made with.
    fn digests(&self) -> BTreeSet<&'a str> {
        let of = self.part.records.iter().map(|record| &record.specification);
        of.filter(|of| of.task.as_str() == self.card.name).map(|of| of.data_digest.as_str()).collect()
    }
}

/// What differs, each with both values; none if entries of the one can be held against those of the other.
pub(super) fn differences(one: &Side, other: &Side) -> Vec<String> {
    let mut found = of_values(&one.settings(), &other.settings());
    // Of one without a search nothing was searched for.
    if let (Some(ours), Some(theirs)) = (one.tuning(), other.tuning()) {
        found.extend(of_values(&ours, &theirs));
    }
    let text = |value: &Value| if value.is_null() { "none".into() } else { value.to_string() };
    let (ours, theirs) = (&one.part.manifest.study, &other.part.manifest.study);
    let said = found.iter().map(|differing| {
        let values = [&differing.planned, &differing.stored].map(text);
        format!("{}: {} in {ours}, {} in {theirs}", differing.input, values[0], values[1])
    });
    let mut said: Vec<String> = said.collect();
    let (ours, theirs) = (one.digests(), other.digests());
    if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
        said.push("the data have another digest".into());
    }
    said
}
