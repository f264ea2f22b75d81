//! A formula with values for its hyper-parameters.

use super::Formula;
use super::host::{Host, Moment};
use super::interpret::Interpreted;
use super::lowered::Lowered;
use crate::cuda::{SegmentKernels, Step, Variant};
use crate::elementwise::{Parts, Sweep};
use crate::invariance::held;
use crate::practice::Practice;
use crate::settings::{check_ranges, given};
use crate::{
    Float, HyperError, Invariance, Layout, Method, Optimizer, Parameter, Range, Schedule, cuda, mathml,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The [`Method`] of a formula.
#[derive(Clone, Debug)]
pub struct FormulaMethod {
    formula: Arc<Formula>,
    /// In the order of the formula's table.
    values: Vec<f64>,
    schedule: Schedule,
    practice: Practice,
}

/// The key under which a formula's text stands among its hyper-parameters: it is part of what a run is named by.
const TEXT: &str = "formula";

impl FormulaMethod {
    /// Checks hyper-parameters; what is missing takes its default.
    ///
    /// # Errors
    /// If a key is unknown, or a value of the wrong type or out of range.
    pub fn parse(formula: Arc<Formula>, hyper: &Value) -> Result<Self, HyperError> {
        let mut table = formula.parameters.clone();
        table.push(Parameter::new(TEXT, Range::Other("the text of the formula"), "the formula"));
        let (given, practice) = given(&table, hyper)?;
        if let Some(text) = given.get(TEXT) {
            HyperError::unless(*text == formula.text.as_str(), TEXT, text, &formula.text)?;
        }
        let mut all = Map::new();
        let mut values = Vec::new();
        for own in &formula.hypers {
            let value = given.get(&own.name).cloned().unwrap_or_else(|| own.default.into());
            let Some(number) = value.as_f64() else {
                return Err(HyperError::WrongType {
                    key: own.name.clone(),
                    value: value.to_string(),
                    accepted: own.range.to_string(),
                    reason: "formulas know numbers".into(),
                });
            };
            values.push(number);
            all.insert(own.name.clone(), number.into());
        }
        let schedule = given.get("schedule").cloned().unwrap_or_else(|| json!({"kind": "constant"}));
        let schedule: Schedule =
            serde_json::from_value(schedule.clone()).map_err(|e| HyperError::WrongType {
                key: "schedule".into(),
                value: schedule.to_string(),
                accepted: Range::Schedule.to_string(),
                reason: e.to_string(),
            })?;
        all.insert("schedule".into(), serde_json::to_value(&schedule).unwrap_or_default());
        check_ranges(&formula.parameters, &all)?;
        practice.check(&all)?;
        Ok(Self { formula, values, schedule, practice })
    }

    /// The default of every hyper-parameter, by key, and the formula's text.
    pub fn defaults(formula: &Formula) -> Value {
        let mut all: Map<String, Value> =
            formula.hypers.iter().map(|own| (own.name.clone(), own.default.into())).collect();
        all.insert("schedule".into(), json!({"kind": "constant"}));
        all.insert(TEXT.into(), formula.text.clone().into());
        Value::Object(all)
    }

    fn value_of(&self, name: &str) -> f64 {
        let found = self.formula.hypers.iter().zip(&self.values).find(|(own, _)| own.name == name);
        found.map_or(0.0, |(_, value)| *value)
    }

    fn values_where(&self, decays: bool) -> Vec<f64> {
        let mut values = self.values.clone();
        for (own, value) in self.formula.hypers.iter().zip(&mut values) {
            if own.name == "weight_decay" && !decays {
                *value = 0.0;
            }
        }
        values
    }

    fn interpreted(&self, decays: bool) -> Interpreted {
        Interpreted::new(Arc::clone(&self.formula), self.values_where(decays))
    }

    fn optimizer<F: Float>(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<F>> {
        let undecayed =
            self.practice.matrices_only.then(|| Box::new(self.interpreted(false)) as Box<dyn Sweep<F>>);
        let parts = Parts {
            rule: Box::new(self.interpreted(true)),
            undecayed,
            learning_rate: self.value_of("learning_rate"),
            schedule: &self.schedule,
            practice: self.practice,
            total_steps,
        };
        parts.assembled(layout)
    }
}

impl Method for FormulaMethod {
    fn name(&self) -> &str {
        &self.formula.name
    }
    fn title(&self) -> &str {
        &self.formula.title
    }
    fn reference(&self) -> &str {
        &self.formula.reference
    }
    fn learning_rate(&self) -> f64 {
        self.value_of("learning_rate")
    }
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
    fn hyper(&self) -> Value {
        let mut all: Map<String, Value> = self
            .formula
            .hypers
            .iter()
            .zip(&self.values)
            .map(|(own, value)| (own.name.clone(), (*value).into()))
            .collect();
        all.insert("schedule".into(), serde_json::to_value(&self.schedule).unwrap_or_default());
        all.insert(TEXT.into(), self.formula.text.clone().into());
        self.practice.put(&mut all);
        Value::Object(all)
    }
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
    fn states(&self) -> Vec<String> {
        self.formula.program.states.iter().cloned().chain(self.practice.states()).collect()
    }
    fn f32_limit(&self) -> f64 {
        1e-4
    }
    fn invariances(&self) -> Vec<Invariance> {
        held(&self.formula.invariances, &self.hyper(), None)
    }
    fn evaluates_elsewhere(&self) -> bool {
        self.practice.average.is_some()
    }
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>> {
        self.optimizer(layout, total_steps)
    }
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>> {
        self.optimizer(layout, total_steps)
    }
    fn mathml(&self) -> String {
        mathml::render(&self.formula.program, &self.practice.lines())
    }
    fn cuda_source(&self) -> Option<String> {
        let program = &self.formula.program;
        (self.practice.is_plain() && program.is_elementwise())
            .then(|| cuda::source(program, &self.formula.name))
    }
    fn practice(&self) -> Practice {
        self.practice
    }
    fn segment_kernels(&self, total_steps: u64) -> Option<SegmentKernels> {
        let lowered = Lowered::new(&self.formula.scalars)?;
        let variant = |parameters: Vec<f64>| {
            let hosts: Vec<Host> = self.formula.scalars.iter().chain(&lowered.hidden).cloned().collect();
            let (rate, schedule) = (self.value_of("learning_rate"), self.schedule.clone());
            let scalars = Arc::new(move |k| {
                let gamma = rate * schedule.factor(k, total_steps);
                let moment = Moment { parameters: &parameters, k, gamma, sums: &[], count: 1.0 };
                hosts.iter().map(|host| if host.needs_sums() { 0.0 } else { host.at(moment) }).collect()
            });
            let width = self.formula.scalars.len() + lowered.hidden.len();
            let (recalled, concluded) = (lowered.recalled.clone(), lowered.concluded.clone());
            let step = Step { recalled, concluded, width, memory: Vec::new() };
            Variant { program: self.formula.program.clone(), step, scalars }
        };
        let undecayed = self.practice.matrices_only.then(|| self.values_where(false));
        let all = [self.values.clone()].into_iter().chain(undecayed);
        Some(SegmentKernels::new(&self.formula.name, all.map(variant).collect()))
    }
    fn memory(&self) -> Vec<(String, f64)> {
        Vec::new()
    }
    fn scalars_at(&self, k: u64, total_steps: u64, _memory: &mut [f64]) -> Vec<f64> {
        let gamma = self.value_of("learning_rate") * self.schedule.factor(k, total_steps);
        let moment = Moment { parameters: &self.values, k, gamma, sums: &[], count: 1.0 };
        self.formula.scalars.iter().map(|host| host.at(moment)).collect()
    }
}
