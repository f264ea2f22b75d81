//! Every key of the configurations in one document.

use super::{SCHEMAS, resolved, schema};
use serde_json::Value;
use std::fmt::Write;

/// The reference of all keys, in Markdown.
pub fn reference() -> String {
    let mut text = String::from(
        "# Configurations, key by key\n\n\
         Written by `inna-bench schema --reference`, from the types that read the files. `inna-bench schema study|task|optimizer` prints a JSON \
         Schema, by which editors complete and check: with YAML's language server a first line\n\
         `# yaml-language-server: $schema=study.schema.json` is enough. Which optimizers there are, and their hyper-parameters with ranges and \
         defaults: `inna-bench list optimizers`.\n",
    );
    for kind in SCHEMAS {
        let Some(root) = schema(kind) else { continue };
        let folder = if kind == "study" { "studies".to_owned() } else { format!("{kind}s") };
        let _ = write!(text, "\n## A file under `configs/{folder}`\n\n{}\n", words(&root));
        table(&root, &root, &mut text);
        for (name, definition) in root["$defs"].as_object().into_iter().flatten() {
            // A name is a word wherever it stands.
            if name != "Name" {
                let _ = write!(text, "\n### {kind}: {name}\n\n{}\n", words(definition));
                table(&root, definition, &mut text);
            }
        }
    }
    text
}

/// The first paragraph of a description, on one line.
fn words(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn table(root: &Value, schema: &Value, text: &mut String) {
    if schema["$ref"].is_string() {
        let _ = write!(text, "\nThe keys of {}.\n", kind(root, schema));
    }
    // A tag alone has been said.
    let properties = schema["properties"].as_object();
    if let Some(properties) = properties.filter(|all| all.values().any(|of| of.get("const").is_none())) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        text.push_str("\n| key | type | if left out | meaning |\n| --- | --- | --- | --- |\n");
        for (key, property) in properties {
            let _ = writeln!(
                text,
                "| `{key}` | {} | {} | {} |",
                kind(root, property),
                left_out(property, required.contains(&key.as_str())),
                words(property)
            );
        }
    }
    for choice in ["oneOf", "anyOf"] {
        for variant in schema[choice].as_array().into_iter().flatten() {
            let variant = resolved(root, variant);
            if let Some(names) = variant["enum"].as_array() {
                let names: Vec<String> = names.iter().map(|name| format!("`{}`", plain(name))).collect();
                let _ = write!(text, "\n* {}\n", names.join(", "));
            } else if let Some(name) = variant.get("const") {
                let _ = write!(text, "\n* `{}`: {}\n", plain(name), words(variant));
            } else if let Some((key, of)) = alone(variant) {
                let _ = write!(text, "\n* `{key}`, {}: {}\n", kind(root, of), words(variant));
            } else {
                let tag = variant["properties"].as_object().into_iter().flatten();
                let tag = tag.filter_map(|(key, of)| Some(format!("`{key}: {}`", plain(of.get("const")?))));
                let tag = tag.collect::<Vec<_>>().join(", ");
                let _ = write!(text, "\n{tag}{}{}\n", if tag.is_empty() { "" } else { ": " }, words(variant));
                table(root, variant, text);
            }
        }
    }
}

/// The only key of a variant that is told by it.
fn alone(variant: &Value) -> Option<(&String, &Value)> {
    let properties = variant["properties"].as_object().filter(|all| all.len() == 1)?;
    properties.iter().next().filter(|(_, of)| of.get("const").is_none())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A type in a word or two, with its range.
fn kind(root: &Value, property: &Value) -> String {
    if let Some(path) = property["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap_or_default();
        return if name == "Name" { "a name".into() } else { format!("[{name}](#{})", anchor(root, name)) };
    }
    if let Some(tag) = property.get("const") {
        return format!("`{}`", plain(tag));
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        let Some(variants) = property[choice].as_array() else { continue };
        let mut kinds: Vec<String> = variants.iter().map(|variant| kind(root, variant)).collect();
        kinds.retain(|kind| kind != "null" && !kind.is_empty());
        kinds.dedup();
        return kinds.join(" or ");
    }
    let types: Vec<&str> = match &property["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return "any value".into(),
    };
    let of = |one: &&str| match *one {
        "array" => format!("list of {}", kind(root, &property["items"])),
        "object" => match &property["additionalProperties"] {
            inner @ Value::Object(_) => format!("map to {}", kind(root, inner)),
            _ => "map".into(),
        },
        "string" => "text".into(),
        "integer" => format!("whole number{}", range(property)),
        "number" => format!("number{}", range(property)),
        "boolean" => "`true` or `false`".into(),
        other => other.into(),
    };
    types.iter().filter(|one| **one != "null").map(of).collect::<Vec<_>>().join(" or ")
}

/// The place of a definition within the document: the same name may be in several schemas.
fn anchor(root: &Value, name: &str) -> String {
    let kind = match root["title"].as_str() {
        Some("Study") => "study",
        Some("TaskFile") => "task",
        _ => "optimizer",
    };
    format!("{kind}-{}", name.to_lowercase())
}

fn range(property: &Value) -> String {
    match (property["minimum"].as_f64(), property["maximum"].as_f64()) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (Some(low), None) => format!(", {low} or more"),
        (None, Some(high)) => format!(", at most {high}"),
        (None, None) => String::new(),
    }
}

fn left_out(property: &Value, required: bool) -> String {
    match property.get("default") {
        _ if required => "**must be there**".into(),
        None | Some(Value::Null) => "–".into(),
        Some(Value::String(text)) if text.is_empty() => "–".into(),
        Some(Value::Array(list)) if list.is_empty() => "none".into(),
        Some(Value::Object(map)) if map.is_empty() => "none".into(),
        Some(value) => format!("`{value}`"),
    }
}
