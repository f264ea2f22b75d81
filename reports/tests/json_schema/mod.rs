//! JSON Schema, as far as derived schemas use it.

use serde_json::{Map, Value, json};

/// What is wrong with `value` by the parts of JSON Schema that the derived schema uses; an unknown keyword is wrong too,
/// so that nothing goes unchecked.
fn wrong(value: &Value, schema: &Value, root: &Value, at: &str, found: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        return if schema == &json!(false) {
            found.push(format!("{at}: nothing is allowed"))
        };
    };
    let rules = &whole(rules, root);
    let rules = &spread(rules, root);
    for (rule, says) in rules {
        let fine = match rule.as_str() {
            "type" => {
                let kinds = says.as_array().cloned().unwrap_or_else(|| vec![says.clone()]);
                kinds.iter().any(|kind| is(value, kind.as_str().unwrap()))
            }
            "const" => value == says,
            "enum" => says.as_array().unwrap().contains(value),
            "anyOf" | "oneOf" => {
                let options = says.as_array().unwrap().iter().map(|option| {
                    let mut inside = Vec::new();
                    wrong(value, option, root, at, &mut inside);
                    inside
                });
                let options: Vec<Vec<String>> = options.collect();
                let fit = options.iter().filter(|inside| inside.is_empty()).count();
                if fit == 0 {
                    found.extend(options.concat());
                }
                if rule == "oneOf" { fit == 1 } else { fit > 0 }
            }
            "required" => {
                let names = says.as_array().unwrap().iter();
                names.clone().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (name, inner) in says.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        wrong(member, inner, root, &format!("{at}.{name}"), found);
                    }
                }
                // Nothing that is written goes undescribed.
                value.as_object().is_none_or(|all| all.keys().all(|name| says.get(name).is_some()))
            }
            // Beside members that are named: the same as above.
            "additionalProperties" if says == &json!(false) => true,
            // Of a map: what every member is.
            "additionalProperties" if rules.get("properties").is_none() => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    wrong(member, says, root, &format!("{at}.{name}"), found);
                }
                true
            }
            "items" => {
                for (k, item) in value.as_array().into_iter().flatten().enumerate() {
                    wrong(item, says, root, &format!("{at}[{k}]"), found);
                }
                true
            }
            "minItems" => value.as_array().is_none_or(|all| all.len() as u64 >= says.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|all| all.len() as u64 <= says.as_u64().unwrap()),
            "uniqueItems" => {
                let all = value.as_array().into_iter().flatten();
                all.clone().enumerate().all(|(k, one)| all.clone().skip(k + 1).all(|other| one != other))
            }
            "minimum" => value.as_f64().is_none_or(|x| x >= says.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|x| x <= says.as_f64().unwrap()),
            // Names, the only text of which a schema says more than that it is text.
            "pattern" => {
                says == "^[A-Za-z0-9._-]{1,100}$"
                    && value.as_str().is_none_or(|text| {
                        let mut bytes = text.bytes();
                        (1..=100).contains(&text.len())
                            && bytes.all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
                    })
            }
            "$schema" | "$defs" | "title" | "description" | "format" | "default" => true,
            _ => false,
        };
        if !fine {
            found.push(format!("{at}: {rule} {says}"));
        }
    }
}

/// The rules with those they refer to: members of an object may be described in both.
fn whole(rules: &Map<String, Value>, root: &Value) -> Map<String, Value> {
    let mut all = rules.clone();
    let Some(place) = all.remove("$ref") else { return all };
    let other = root.pointer(place.as_str().unwrap().trim_start_matches('#')).unwrap();
    join(&mut all, whole(other.as_object().unwrap(), root));
    all
}

/// Rules for an object with members of its own beside those of its alternatives: each alternative has them all.
fn spread(rules: &Map<String, Value>, root: &Value) -> Map<String, Value> {
    let mut rest = rules.clone();
    let Some(Value::Array(options)) = rest.remove("oneOf").filter(|_| rules.contains_key("properties"))
    else {
        return rules.clone();
    };
    let option = |option: &Value| {
        let mut all = whole(option.as_object().unwrap(), root);
        join(&mut all, rest.clone());
        Value::Object(all)
    };
    Map::from_iter([("oneOf".to_owned(), options.iter().map(option).collect())])
}

fn join(all: &mut Map<String, Value>, more: Map<String, Value>) {
    for (rule, says) in more {
        match (all.get_mut(&rule), says) {
            (Some(Value::Object(own)), Value::Object(more)) => own.extend(more),
            (Some(Value::Array(own)), Value::Array(more)) => own.extend(more),
            (Some(_), _) => {}
            (None, says) => drop(all.insert(rule, says)),
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// What is wrong with a value by its schema.
pub fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    wrong(value, schema, schema, "value", &mut found);
    found
}
