//! From the hyper-parameters of a matrix rule to a [`Method`].

use super::optimizer::{self, REST};
use super::{MatrixFloat, MatrixRule, MatrixSteps, Plan, Shape};
use crate::hyper::HyperError;
use crate::practice::Practice;
use crate::settings::{check_ranges, described_by_settings, given, read, to_map};
use crate::{Layout, Lookup, Method, Optimizer, Settings, mathml};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The [`Method`] of checked settings of a matrix rule.
#[derive(Clone, Debug)]
pub struct Matrices<P> {
    settings: P,
    practice: Practice,
    /// The optimizer of what the rule does not take.
    fallback: Option<Arc<dyn Method>>,
}

/// The key of the fallback.
const FALLBACK: &str = "fallback";

/// The hyper-parameters of the fallback as they are given, with the rule's own step size and schedule where it has none.
fn filled(values: &mut Map<String, Value>) {
    let (rate, schedule) = (values.get("learning_rate").cloned(), values.get("schedule").cloned());
    if let Some(Value::Object(fallback)) = values.get_mut(FALLBACK) {
        for (key, value) in [("learning_rate", rate), ("schedule", schedule)] {
            if let Some(value) = value {
                fallback.entry(key).or_insert(value);
            }
        }
    }
}

impl<P: Settings + MatrixRule> Matrices<P> {
    /// Parses a map of hyper-parameters; `lookup` finds the fallback.
    ///
    /// # Errors
    /// If one is refused, or the fallback's are.
    pub fn parse(hyper: &Value, lookup: Lookup<'_>) -> Result<Self, HyperError> {
        let (given, practice) = given(P::PARAMETERS, hyper)?;
        let settings: P = read(P::PARAMETERS, &given)?;
        check_ranges(P::PARAMETERS, &to_map(&settings))?;
        settings.check()?;
        let words =
            "nothing with this optimizer, which is not of elements; a fallback has a weight_decay of its own";
        HyperError::unless(!practice.matrices_only, "decayed", "matrices", words)?;
        let mut values = to_map(&settings);
        filled(&mut values);
        let Some(asked) = settings.fallback().and(values.get_mut(FALLBACK)) else {
            return Ok(Self { settings, practice, fallback: None });
        };
        let words = "a map with the name of an optimizer of elements and its hyper-parameters: {optimizer: adam, beta2: 0.95}";
        let refused = |value: &Value| HyperError::OutOfRange {
            key: FALLBACK.into(),
            value: value.to_string(),
            accepted: words.into(),
        };
        let Value::Object(map) = asked else { return Err(refused(asked)) };
        let Some(Value::String(name)) = map.remove("optimizer") else {
            return Err(refused(&Value::Object(map.clone())));
        };
        // What a rule does not take it does not take as its own fallback either.
        HyperError::unless(name != P::NAME, "fallback.optimizer", &name, "another optimizer")?;
        let method = lookup(&name, &Value::Object(map.clone())).map_err(|e| e.under(FALLBACK))?;
        let words =
            "an optimizer whose weights are evaluated where they are differentiated, since the matrices' are";
        HyperError::unless(!method.evaluates_elsewhere(), FALLBACK, &name, words)?;
        // Its hyper-parameters filled in: equal texts are equal configurations.
        let mut hyper = json!({"optimizer": name});
        if let (Value::Object(hyper), Value::Object(own)) = (&mut hyper, method.hyper()) {
            hyper.extend(own);
        }
        values.insert(FALLBACK.into(), hyper);
        let settings: P = read(P::PARAMETERS, &values)?;
        Ok(Self { settings, practice, fallback: Some(Arc::from(method)) })
    }

    /// The default of every parameter, by key.
    pub fn defaults() -> Value {
        let mut values = to_map(&P::default());
        filled(&mut values);
        Value::Object(values)
    }

    fn optimizer<F: MatrixFloat>(
        &self,
        layout: &Layout,
        total_steps: u64,
        make: impl FnOnce(&dyn Method, &Layout) -> Box<dyn Optimizer<F>>,
    ) -> Box<dyn Optimizer<F>> {
        let rate = (self.settings.learning_rate(), self.settings.schedule().clone());
        let fallback = |rest: &Layout| {
            self.fallback.as_deref().map(|method| (make(method, rest), method.learning_rate()))
        };
        let inner = optimizer::Matrices::new(self.settings.clone(), rate, layout, total_steps, fallback);
        self.practice.wrap(Box::new(inner), layout.len())
    }
}

impl<P: Settings + MatrixRule> Method for Matrices<P> {
    described_by_settings!();

    fn states(&self) -> Vec<String> {
        let own = self.settings.states().iter().map(ToString::to_string);
        let rest =
            self.fallback.iter().flat_map(|method| method.states()).map(|name| format!("{REST}{name}"));
        own.chain(rest).chain(self.practice.states()).collect()
    }
    fn evaluates_elsewhere(&self) -> bool {
        self.practice.average.is_some()
    }
    fn fallback(&self) -> Option<&dyn Method> {
        self.fallback.as_deref()
    }
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>> {
        self.optimizer(layout, total_steps, |method, rest| method.optimizer_f32(rest, total_steps))
    }
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>> {
        self.optimizer(layout, total_steps, |method, rest| method.optimizer_f64(rest, total_steps))
    }
    fn mathml(&self) -> String {
        let lines: Vec<_> = self.practice.lines().into_iter().chain(self.settings.formula()).collect();
        mathml::table(&lines)
    }
    fn cuda_source(&self) -> Option<String> {
        None
    }
    fn matrix_steps(&self, total_steps: u64) -> Option<MatrixSteps> {
        let one = Shape { rows: 1, columns: 1, is_matrix: true };
        let rest = match self.fallback.as_deref() {
            Some(method) if method.practice().clip_norm.is_some() => return None,
            Some(method) => Some(method.segment_kernels(total_steps)?),
            None => None,
        };
        self.settings.plan(1.0, one)?;
        let (settings, takes) = (self.settings.clone(), self.settings.clone());
        let plans = move |k: u64, shape: Shape| {
            let gamma = settings.learning_rate() * settings.schedule().factor(k, total_steps);
            settings.plan(gamma, shape).unwrap_or_else(|| Plan { operations: Vec::new(), rooms: Vec::new() })
        };
        Some(MatrixSteps {
            states: self.settings.states().iter().map(ToString::to_string).collect(),
            rest,
            plans: Arc::new(plans),
            takes: Arc::new(move |slot| takes.takes(slot)),
        })
    }
    fn memory(&self) -> Vec<(String, f64)> {
        Vec::new()
    }
    fn scalars_at(&self, _k: u64, _total_steps: u64, _memory: &mut [f64]) -> Vec<f64> {
        Vec::new()
    }
}
