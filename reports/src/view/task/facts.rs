//! What a task and its entries are, name by name.

use crate::drawing::axis::thousands;
use crate::words::Fact;
use crate::words::text::{minus, percent, shortest, value};
use records::TaskKind;
use std::collections::BTreeMap;

/// Sizes and budget of a task, and what must be said of it.
pub(super) fn facts(kind: &TaskKind, remarks: &[String]) -> Vec<Fact> {
    let fact = |name: &str, value: String| Fact { name: name.into(), value };
    let mut facts = match kind {
        TaskKind::Training {
            classes,
            train_examples,
            validation_examples,
            test_examples,
            epochs,
            batch_size,
            parameters,
            ..
        } => vec![
            fact("classes", classes.to_string()),
            fact("chance level", format!("{} %", percent(1.0 / (*classes).max(1) as f64))),
            fact("training images", thousands(*train_examples as u64)),
            fact("validation images", thousands(*validation_examples as u64)),
            fact("test images", thousands(*test_examples as u64)),
            fact("budget", format!("{epochs} epochs")),
            fact("batch size", batch_size.to_string()),
            fact("parameters", thousands(*parameters)),
        ],
        TaskKind::Function { formula, start, minimiser, steps, .. } => vec![
            fact("function", formula.clone()),
            fact("start", point(*start)),
            fact("minimiser", point(*minimiser)),
            fact("budget", format!("{} steps", thousands(*steps))),
        ],
    };
    facts.extend(remarks.iter().map(|remark| fact("note", remark.clone())));
    facts
}

/// A point of the plane.
fn point([x, y]: [f64; 2]) -> String {
    minus(&format!("({}, {})", shortest(x), shortest(y)))
}

/// The leaves of a JSON value, paths joined by dots, sorted.
pub(super) fn listing(settings: &serde_json::Value) -> Vec<Fact> {
    fn walk(prefix: &str, node: &serde_json::Value, out: &mut BTreeMap<String, String>) {
        match node {
            serde_json::Value::Object(map) => {
                for (key, child) in map {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&path, child, out);
                }
            }
            leaf => {
                out.insert(prefix.to_string(), value(leaf));
            }
        }
    }
    let mut leaves = BTreeMap::new();
    walk("", settings, &mut leaves);
    leaves
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| Fact { name, value })
        .collect()
}
