//! Parameters by name, and which optimizer steps them.

use crate::OptimError;
use candle_core::Var;
use candle_core::backprop::GradStore;
use candle_nn::VarMap;
use rule::{Method, Role};
use serde_json::Value;

/// A variable with its name.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, by which its state is saved.
    pub name: String,
    /// The variable.
    pub var: Var,
    /// What it is for: optimizers of matrices leave tables and the last layer to their fallback.
    pub role: Role,
}

impl Parameter {
    /// A weight inside of a network.
    pub fn new(name: impl Into<String>, var: Var) -> Self {
        Self { name: name.into(), var, role: Role::Inner }
    }

    /// The same for something else.
    #[must_use]
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

/// All variables of a map, by name: in the map itself their order is another in every process.
pub fn named(map: &VarMap) -> Vec<Parameter> {
    let data = map.data().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut all: Vec<Parameter> =
        data.iter().map(|(name, var)| Parameter::new(name.clone(), var.clone())).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Those of a map's variables, by name, that a loss with these gradients depends on: without running statistics and what is frozen.
pub fn trained(map: &VarMap, gradients: &GradStore) -> Vec<Parameter> {
    named(map).into_iter().filter(|parameter| gradients.get(&parameter.var).is_some()).collect()
}

/// Parameters that one optimizer steps.
#[derive(Debug)]
pub struct Group {
    pub(crate) method: Box<dyn Method>,
    pub(crate) parameters: Vec<Parameter>,
}

impl Group {
    /// The optimizer `name` with hyper-parameters, for `parameters` in their order. What is missing takes its default; `null` is
    /// nothing but defaults.
    ///
    /// # Errors
    /// If there is no such optimizer, or it refuses a hyper-parameter.
    pub fn new(name: &str, hyper: &Value, parameters: Vec<Parameter>) -> Result<Self, OptimError> {
        Ok(Self::of(catalogue::ALL.parse(name, hyper)?, parameters))
    }

    /// The same for an optimizer that is there.
    pub fn of(method: Box<dyn Method>, parameters: Vec<Parameter>) -> Self {
        Self { method, parameters }
    }
}
