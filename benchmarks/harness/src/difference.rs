//! In which inputs two runs differ.

use crate::task::forget_judgement;
use records::Specification;
use serde::Serialize;
use serde_json::{Map, Value};

/// An input that two runs do not share.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    /// What it is, as a configuration has it: `task small: model.width`, `optimizer adam: learning_rate`, `data digest`.
    pub input: String,
    /// Its value in the one; `null` if it has none.
    pub planned: Value,
    /// Its value in the other.
    pub stored: Value,
}

/// The inputs in which `planned` and `stored` differ, in the order of their names. A task's margin and measure are none: no training uses them.
pub fn differences(planned: &Specification, stored: &Specification) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut compare = |input: &str, planned: Value, stored: Value| {
        walk(input, "", &planned, &stored, &mut found);
    };
    let settings = |specification: &Specification| {
        let mut settings = specification.task_settings.clone();
        forget_judgement(&mut settings);
        settings
    };
    compare(&format!("task {}", planned.task), settings(planned), settings(stored));
    compare("data digest", planned.data_digest.clone().into(), stored.data_digest.clone().into());
    let (ours, theirs) = (&planned.optimizer, &stored.optimizer);
    compare("optimizer", ours.name.clone().into(), theirs.name.clone().into());
    compare(&format!("optimizer {}", ours.name), ours.hyper.clone(), theirs.hyper.clone());
    compare("master_seed", planned.master_seed.into(), stored.master_seed.into());
    compare("repetition", planned.repetition.into(), stored.repetition.into());
    found
}

/// The keys under which two objects differ, dots between levels, with both values.
pub(crate) fn of_values(one: &Value, other: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("", "", one, other, &mut found);
    found
}

fn walk(input: &str, path: &str, planned: &Value, stored: &Value, found: &mut Vec<Difference>) {
    if planned == stored {
        return;
    }
    if let (Value::Object(ours), Value::Object(theirs)) = (planned, stored) {
        let none = Value::Null;
        for key in keys(ours, theirs) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let [ours, theirs] = [ours, theirs].map(|map| map.get(key).unwrap_or(&none));
            walk(input, &path, ours, theirs, found);
        }
        return;
    }
    let input = match (input, path) {
        (input, "") => input.to_owned(),
        ("", path) => path.to_owned(),
        (input, path) => format!("{input}: {path}"),
    };
    found.push(Difference { input, planned: planned.clone(), stored: stored.clone() });
}

fn keys<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a String> {
    let more = other.keys().filter(|key| !one.contains_key(*key));
    let mut keys: Vec<&String> = one.keys().chain(more).collect();
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::{Name, OptimizerChoice};
    use serde_json::json;

    #[test]
    fn every_input_is_named_as_a_configuration_has_it() {
        let one = Specification {
            task: Name::new("small").unwrap(),
            task_settings: json!({"epochs": 3, "margin": 0.1, "model": {"name": "mlp", "hidden": [4]}}),
            data_digest: "d".into(),
            optimizer: OptimizerChoice { name: "adam".into(), hyper: json!({"learning_rate": 0.1}) },
            master_seed: 1,
            repetition: 0,
        };
        assert_eq!(differences(&one, &one), []);
        let other = Specification {
            task_settings: json!({"epochs": 3, "margin": 0.2, "model": {"name": "mlp", "hidden": [5], "bias": true}}),
            data_digest: "e".into(),
            optimizer: OptimizerChoice { name: "adam".into(), hyper: json!({"learning_rate": 0.2}) },
            repetition: 4,
            ..one.clone()
        };
        let said: Vec<String> = differences(&one, &other)
            .into_iter()
            .map(|difference| format!("{} {} {}", difference.input, difference.planned, difference.stored))
            .collect();
        assert_eq!(
            said,
            [
                "task small: model.bias null true",
                "task small: model.hidden [4] [5]",
                "data digest \"d\" \"e\"",
                "optimizer adam: learning_rate 0.1 0.2",
                "repetition 0 4",
            ]
        );
    }
}
