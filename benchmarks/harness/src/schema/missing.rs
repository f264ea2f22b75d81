//! Keys that a configuration lacks, all of them at once.

use super::resolved;
use serde_json::Value;

/// The keys that `schema` requires and `value` lacks, with the way to each (`tasks[0].repetitions`).
pub(crate) fn missing(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(schema, schema, value, "", &mut found);
    found
}

fn collect(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolved(root, schema);
    for choice in ["oneOf", "anyOf"] {
        let Some(variants) = schema[choice].as_array() else { continue };
        // The variant that the value says it is; what is none of them is another mistake.
        if let Some(variant) = variants.iter().find(|variant| names(root, variant, value)) {
            collect(root, variant, value, at, found);
        }
    }
    if let (Some(keys), Value::Object(map)) = (schema["required"].as_array(), value) {
        for key in keys.iter().filter_map(Value::as_str).filter(|key| !map.contains_key(*key)) {
            let path = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    if let (Some(properties), Value::Object(map)) = (schema["properties"].as_object(), value) {
        for (key, inner) in map {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            if let Some(property) = properties.get(key) {
                collect(root, property, inner, &path, found);
            }
        }
    }
    if let (items @ Value::Object(_), Value::Array(list)) = (&schema["items"], value) {
        for (i, inner) in list.iter().enumerate() {
            collect(root, items, inner, &format!("{at}[{i}]"), found);
        }
    }
    if let (inner @ Value::Object(_), Value::Object(map)) = (&schema["additionalProperties"], value) {
        for (key, of) in map {
            collect(root, inner, of, &format!("{at}.{key}"), found);
        }
    }
}

/// Whether a value is meant to be of a variant: by its tag, by its only key, or by being a map at all.
fn names(root: &Value, variant: &Value, value: &Value) -> bool {
    let variant = resolved(root, variant);
    let (Some(properties), Value::Object(map)) = (variant["properties"].as_object(), value) else {
        return false;
    };
    let tags = properties.iter().filter_map(|(key, of)| Some((key, of.get("const")?)));
    let mut tags = tags.peekable();
    if tags.peek().is_some() {
        return tags.all(|(key, tag)| map.get(key) == Some(tag));
    }
    properties.len() > 1 || properties.keys().all(|key| map.contains_key(key))
}
