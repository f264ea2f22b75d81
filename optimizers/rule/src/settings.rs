//! From a parameter struct to a [`Method`].

use crate::hyper::{check_finite, check_no_list, without_negative_zeros};
use crate::{
    Elementwise, HyperError, Layout, Method, Optimizer, Parameter, Rule, Schedule, cuda, mathml, nearest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt::Debug;

/// The hyper-parameters of an elementwise optimizer. The struct derives `Serialize`, `Deserialize` with
/// `#[serde(deny_unknown_fields, default)]`, and implements `Default`; its fields are the keys of
/// [`Settings::PARAMETERS`].
pub trait Settings: Rule + Serialize + DeserializeOwned + Default + Debug {
    /// The name in the catalogue, which is that of the crate.
    const NAME: &'static str;
    /// The name in a report.
    const TITLE: &'static str;
    /// Paper and equation.
    const REFERENCE: &'static str;
    /// The parameter table; numbers are checked against it.
    const PARAMETERS: &'static [Parameter];

    /// The learning rate γ₀.
    fn learning_rate(&self) -> f64;

    /// Its schedule.
    fn schedule(&self) -> &Schedule;

    /// Conditions between parameters.
    fn check(&self) -> Result<(), HyperError> {
        Ok(())
    }

    /// See [`Method::warnings`].
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The [`Method`] of checked [`Settings`].
#[derive(Clone, Debug)]
pub struct Configured<P> {
    settings: P,
}

impl<P: Settings> Configured<P> {
    /// Checks every parameter against its range, then the conditions between them.
    pub fn new(settings: P) -> Result<Self, HyperError> {
        let values = to_map(&settings);
        for parameter in P::PARAMETERS {
            let value = values.get(parameter.key).unwrap_or(&Value::Null);
            parameter.range.check(parameter.key, value)?;
        }
        settings.check()?;
        Ok(Self { settings })
    }

    /// Parses a map of hyper-parameters; `null` is the empty map, and what is missing takes its default.
    pub fn parse(hyper: &Value) -> Result<Self, HyperError> {
        let empty = Value::Object(Map::new());
        let hyper = if hyper.is_null() { &empty } else { hyper };
        let given = match hyper {
            Value::Object(map) => map,
            other => return Err(HyperError::NotAMap { found: other.to_string() }),
        };
        for (key, value) in given {
            let Some(parameter) = P::PARAMETERS.iter().find(|p| p.key == key) else {
                let keys = || P::PARAMETERS.iter().map(|p| p.key);
                return Err(HyperError::UnknownKey {
                    key: key.clone(),
                    nearest: nearest(key, keys()).map(str::to_owned),
                    accepted: keys().map(str::to_owned).collect(),
                });
            };
            check_no_list(key, value, &parameter.range)?;
            check_finite(key, value, &parameter.range)?;
            // One key at a time, so that the parser's message belongs to this key.
            let alone = Map::from_iter([(key.clone(), value.clone())]);
            serde_json::from_value::<P>(Value::Object(alone)).map_err(|e| HyperError::WrongType {
                key: key.clone(),
                value: value.to_string(),
                accepted: parameter.range.to_string(),
                reason: e.to_string(),
            })?;
        }
        let settings = serde_json::from_value(without_negative_zeros(hyper)).map_err(|e| {
            let keys: Vec<_> = given.keys().cloned().collect();
            HyperError::WrongType {
                key: keys.join(", "),
                value: hyper.to_string(),
                accepted: "one configuration".into(),
                reason: e.to_string(),
            }
        })?;
        Self::new(settings)
    }

    /// The parameters.
    pub fn settings(&self) -> &P {
        &self.settings
    }

    fn optimizer<F: crate::Float>(&self, layout: &Layout, total_steps: u64) -> Elementwise<P, F> {
        let (rate, schedule) = (self.settings.learning_rate(), self.settings.schedule().clone());
        Elementwise::new(self.settings.clone(), rate, schedule, layout, total_steps)
    }
}

/// The settings as a map of JSON values; empty if they do not serialise to a map.
pub(crate) fn to_map<P: Serialize>(settings: &P) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

impl<P: Settings> Method for Configured<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn title(&self) -> &'static str {
        P::TITLE
    }
    fn reference(&self) -> &'static str {
        P::REFERENCE
    }
    fn learning_rate(&self) -> f64 {
        self.settings.learning_rate()
    }
    fn schedule(&self) -> &Schedule {
        self.settings.schedule()
    }
    fn hyper(&self) -> Value {
        Value::Object(to_map(&self.settings))
    }
    fn warnings(&self) -> Vec<String> {
        self.settings.warnings()
    }
    fn states(&self) -> Vec<String> {
        self.settings.states().iter().map(ToString::to_string).collect()
    }
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>> {
        Box::new(self.optimizer(layout, total_steps))
    }
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>> {
        Box::new(self.optimizer(layout, total_steps))
    }
    fn mathml(&self) -> String {
        mathml::render(&self.settings)
    }
    fn cuda_source(&self) -> Option<String> {
        Some(cuda::source(&self.settings, P::NAME))
    }
    fn scalars_at(&self, k: u64, total_steps: u64) -> Vec<f64> {
        let gamma = self.settings.learning_rate() * self.settings.schedule().factor(k, total_steps);
        Rule::scalars_at(&self.settings, k, gamma)
    }
}
