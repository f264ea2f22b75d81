//! What a task and its entries are, name by name.

use crate::drawing::axis::thousands;
use crate::view::results::Yardstick;
use crate::words::Fact;
use crate::words::text::{minus, shortest, value};
use records::{TaskCard, TaskKind, Track};
use std::collections::BTreeMap;

/// Sizes and budget of a task, and what must be said of it.
pub(super) fn facts(TaskCard { kind, remarks, track, .. }: &TaskCard) -> Vec<Fact> {
    let fact = |name: &str, value: String| Fact { name: name.into(), value };
    let mut facts = match kind {
        TaskKind::Training {
            classes,
            train_examples,
            validation_examples,
            test_examples,
            example,
            classifies,
            epochs,
            batch_size,
            parameters,
            ..
        } => {
            let examples =
                |part: &str, count: usize| fact(&format!("{part} {example}s"), thousands(count as u64));
            let mut facts = vec![fact(if *classifies { "classes" } else { "outputs" }, classes.to_string())];
            if let Some(yardstick) = Yardstick::of(kind) {
                facts.push(fact("chance level", yardstick.print_whole(yardstick.chance())));
                facts.extend(yardstick.limit().map(|limit| fact("limit", yardstick.print_whole(limit))));
            }
            facts.extend([
                examples("training", *train_examples),
                examples("validation", *validation_examples),
                examples("test", *test_examples),
                fact("budget", format!("{epochs} epochs")),
                fact("batch size", batch_size.to_string()),
                fact("parameters", thousands(*parameters)),
            ]);
            facts
        }
        TaskKind::Function { formula, start, minimiser, steps, .. } => vec![
            fact("function", formula.clone()),
            fact("start", point(*start)),
            fact("minimiser", point(*minimiser)),
            fact("budget", format!("{} steps", thousands(*steps))),
        ],
    };
    facts.extend(track.iter().map(|track| {
        let words = match track {
            Track::Defaults {} => "the optimizers’ own defaults".into(),
            Track::Tuned { trials } => format!("tuned, {trials} points for every entry"),
            Track::Paper { source } => source.clone(),
        };
        fact("hyper-parameters", words)
    }));
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
