//! Values of hyper-parameters as they are printed.

use serde_json::Value;
use std::collections::BTreeMap;

/// A short text of a number that reads back as it: 0.001, 1e-30.
pub fn number(value: f64) -> String {
    let (plain, powers) = (value.to_string(), format!("{value:e}"));
    if plain.len() > READABLE && powers.len() < plain.len() { powers } else { plain }
}

/// Characters of a number that are read at a glance.
const READABLE: usize = 7;

/// A value of a hyper-parameter in words: `0.5`, `power 0.5`, `warmup 100 constant`.
pub fn setting_words(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(n) if n.is_f64() => n.as_f64().map_or_else(|| n.to_string(), number),
        Value::Object(map) => {
            // Sorted here: the order of serde_json's maps is a feature that any dependency may change.
            let rest: BTreeMap<&String, &Value> = map.iter().filter(|(key, _)| *key != "kind").collect();
            map.get("kind")
                .into_iter()
                .chain(rest.into_values())
                .map(setting_words)
                .collect::<Vec<_>>()
                .join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (value, text) in
            [(0.1, "0.1"), (0.001, "0.001"), (3.0, "3"), (1e-30, "1e-30"), (1e30, "1e30"), (1e150, "1e150")]
        {
            assert_eq!(number(value), text);
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
        assert_eq!(number(3e-4), "0.0003");
    }

    #[test]
    fn a_schedule_is_its_kind_and_its_numbers() {
        let warmup = json!({"kind": "warmup", "steps": 100, "then": {"kind": "cosine", "floor": 0.1}});
        assert_eq!(setting_words(&warmup), "warmup 100 cosine 0.1");
        assert_eq!(setting_words(&json!(0.5)), "0.5");
        assert_eq!(setting_words(&json!("decoupled")), "decoupled");
    }
}
