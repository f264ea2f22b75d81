//! Hyper-parameters of other implementations under the names of this suite.

use super::trace::{Trace, TraceError};
use crate::Family;
use serde_json::{Map, Value, json};

/// What another implementation calls an optimizer and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Translation {
    /// Its name there.
    pub theirs: &'static str,
    /// (their key, our key), several for a key that ours has in parts. Two of ours are understood: `schedule` from a power of the step or a number of warm-up steps,
    /// and `decay` from whether it is decoupled.
    pub keys: &'static [&'static [(&'static str, &'static str)]],
    /// The source's defaults, and what it always does, under our names.
    pub defaults: fn() -> Value,
}

/// What PyTorch and most who follow it call the hyper-parameters that Adam has.
pub const ADAM_KEYS: &[(&str, &str)] = &[
    ("lr", "learning_rate"),
    ("beta1", "beta1"),
    ("beta2", "beta2"),
    ("eps", "eps"),
    ("weight_decay", "weight_decay"),
];

/// Our hyper-parameters for the optimizer of `trace`, the defaults of its source filled in.
///
/// # Errors
/// If the trace is not one of `family`, or has a parameter without translation.
pub fn translate(family: &Family, trace: &Trace) -> Result<Map<String, Value>, TraceError> {
    let Some(found) = family.translations.iter().find(|t| t.theirs == trace.optimizer) else {
        return Err(TraceError::Optimizer {
            optimizer: trace.optimizer.clone(),
            ours: family.name.to_string(),
            accepted: family.translations.iter().map(|t| t.theirs.to_owned()).collect(),
        });
    };
    let mut hyper = match (found.defaults)() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    hyper.insert("schedule".into(), json!({"kind": "constant"}));
    for (key, value) in &trace.hyper {
        let all = || found.keys.iter().copied().flatten();
        let mut ours = all().filter(|(theirs, _)| theirs == key).map(|(_, ours)| *ours).peekable();
        if ours.peek().is_none() {
            return Err(TraceError::Key {
                optimizer: trace.optimizer.clone(),
                key: key.clone(),
                accepted: all().map(|(theirs, _)| theirs.to_string()).collect(),
            });
        }
        for ours in ours {
            hyper.insert(ours.to_owned(), translated(key, ours, value));
        }
    }
    // Theirs take settings that come to nothing; ours refuse them.
    let is_zero = |key: &str| hyper.get(key).and_then(Value::as_f64) == Some(0.0);
    let (undecayed, without_momentum) = (is_zero("weight_decay"), is_zero("momentum"));
    if undecayed && hyper.contains_key("decay") {
        hyper.insert("decay".into(), json!("coupled"));
    }
    if without_momentum && hyper.contains_key("dampening") {
        hyper.insert("dampening".into(), json!(0.0));
    }
    Ok(hyper)
}

/// Their `value` of `key` under our name.
fn translated(key: &str, ours: &str, value: &Value) -> Value {
    match (ours, value) {
        // Their code treats the power 0 as no decay, which is what it is.
        ("schedule", value) if value.as_f64() == Some(0.0) => json!({"kind": "constant"}),
        ("schedule", value) if key == "warmup_steps" => {
            json!({"kind": "warmup", "steps": value, "then": {"kind": "constant"}})
        }
        ("schedule", value) => json!({"kind": "power", "exponent": value}),
        ("decay", Value::Bool(true)) => json!("decoupled"),
        ("decay", Value::Bool(false)) => json!("coupled"),
        (_, value) => value.clone(),
    }
}
