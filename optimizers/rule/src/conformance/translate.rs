//! Hyper-parameters of PyTorch and of the INNA and INNAprop authors' PyTorch code under the names of this suite.

use super::trace::{Trace, TraceError};
use serde_json::{Map, Value, json};

/// One optimizer of a trace: ours, the renamed keys, and the source's defaults under our names.
struct Translation {
    theirs: &'static str,
    ours: &'static str,
    /// (their key, our key).
    keys: &'static [(&'static str, &'static str)],
    defaults: fn() -> Value,
}

const TRANSLATIONS: &[Translation] = &[
    Translation {
        theirs: "adagrad",
        ours: "adagrad",
        keys: &[
            ("lr", "learning_rate"),
            ("lr_decay", "lr_decay"),
            ("weight_decay", "weight_decay"),
            ("initial_accumulator_value", "initial_accumulator"),
            ("eps", "eps"),
        ],
        defaults: || json!({"learning_rate": 0.01, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator": 0.0, "eps": 1e-10}),
    },
    Translation { theirs: "adam", ours: "adam", keys: ADAM_KEYS, defaults: || adam_defaults(0.0, "coupled") },
    Translation {
        theirs: "adamw",
        ours: "adam",
        keys: ADAM_KEYS,
        defaults: || adam_defaults(0.01, "decoupled"),
    },
    Translation {
        theirs: "inna",
        ours: "inna",
        keys: &[
            ("lr", "learning_rate"),
            ("alpha", "alpha"),
            ("beta", "beta"),
            ("decay_power", "schedule"),
            ("weight_decay", "weight_decay"),
        ],
        // The authors' PyTorch code starts from ψ₀ = (1 − αβ)θ₀, without a gradient term: velocity −β g₀.
        defaults: || json!({"learning_rate": 0.1, "alpha": 0.5, "beta": 0.1, "weight_decay": 0.0, "initial_velocity": "beta"}),
    },
    Translation {
        theirs: "innaprop",
        ours: "innaprop",
        keys: &[
            ("lr", "learning_rate"),
            ("alpha", "alpha"),
            ("beta", "beta"),
            ("sigma", "sigma"),
            ("eps", "eps"),
            ("weight_decay", "weight_decay"),
        ],
        defaults: || json!({"learning_rate": 0.001, "alpha": 0.1, "beta": 0.9, "sigma": 0.999, "eps": 1e-8, "weight_decay": 0.01}),
    },
    Translation {
        theirs: "sgd",
        ours: "sgd",
        keys: &[
            ("lr", "learning_rate"),
            ("momentum", "momentum"),
            ("dampening", "dampening"),
            ("weight_decay", "weight_decay"),
            ("nesterov", "nesterov"),
        ],
        defaults: || json!({"learning_rate": 0.001, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": false}),
    },
];

const ADAM_KEYS: &[(&str, &str)] = &[
    ("lr", "learning_rate"),
    ("beta1", "beta1"),
    ("beta2", "beta2"),
    ("eps", "eps"),
    ("weight_decay", "weight_decay"),
    ("amsgrad", "amsgrad"),
];

fn adam_defaults(weight_decay: f64, decay: &str) -> Value {
    json!({"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": weight_decay,
        "decay": decay, "amsgrad": false})
}

/// Our name and hyper-parameters for the optimizer of `trace`, the defaults of its source filled in.
///
/// `lr` becomes `learning_rate`; `decay_power` q becomes the schedule `power` with exponent q, or `constant`
/// without it; `adamw` becomes `adam` with decoupled weight decay.
pub fn translate(trace: &Trace) -> Result<(String, Map<String, Value>), TraceError> {
    let Some(found) = TRANSLATIONS.iter().find(|t| t.theirs == trace.optimizer) else {
        return Err(TraceError::Optimizer {
            optimizer: trace.optimizer.clone(),
            accepted: TRANSLATIONS.iter().map(|t| t.theirs.to_owned()).collect(),
        });
    };
    let mut hyper = match (found.defaults)() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    hyper.insert("schedule".into(), json!({"kind": "constant"}));
    for (key, value) in &trace.hyper {
        let Some((_, ours)) = found.keys.iter().find(|(theirs, _)| theirs == key) else {
            return Err(TraceError::Key {
                optimizer: trace.optimizer.clone(),
                key: key.clone(),
                accepted: found.keys.iter().map(|(theirs, _)| theirs.to_string()).collect(),
            });
        };
        let value = match *ours {
            // Their code treats the power 0 as no decay, which is what it is.
            "schedule" if value.as_f64() == Some(0.0) => json!({"kind": "constant"}),
            "schedule" => json!({"kind": "power", "exponent": value}),
            _ => value.clone(),
        };
        hyper.insert(ours.to_string(), value);
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
    Ok((found.ours.into(), hyper))
}
