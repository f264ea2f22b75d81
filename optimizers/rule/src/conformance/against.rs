//! A problem to be solved by another implementation, and its answer.

use super::probe::{normal, small_layout};
use super::trace::{Tensors, Trace, TraceError};
use crate::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Steps of the problem.
const STEPS: u64 = 50;

/// Gradients to take steps on. Matrices are `[out, in]`, as most other implementations have them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The optimizer that the answer will be compared with.
    pub optimizer: String,
    /// Its hyper-parameters.
    pub hyper: Map<String, Value>,
    /// Shapes by tensor name.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Parameters before the first step, each tensor flattened in row-major order.
    pub initial: Tensors,
    /// The gradient of each step.
    pub gradients: Vec<Tensors>,
}

/// What the other implementation made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Parameters after each step.
    pub expected: Vec<Tensors>,
    /// The parameters to evaluate at after each step, if they are others.
    #[serde(default)]
    pub evaluation: Vec<Tensors>,
}

impl Challenge {
    /// For `method`: fifty random gradients of changing size, on a matrix and a vector.
    pub fn new(method: &dyn Method) -> Self {
        let layout = small_layout();
        let theirs = |shape: &[usize]| shape.iter().rev().copied().collect();
        // Random numbers are as good in either order, so nothing needs to be turned over.
        let tensors = |values: Vec<f64>| -> Tensors {
            layout.slots().iter().map(|slot| (slot.name.clone(), values[slot.range()].to_vec())).collect()
        };
        let gradient = |step| {
            let size = libm::exp(normal::<f64>("size", step, 1)[0]);
            tensors(normal::<f64>("gradient", step, layout.len()).into_iter().map(|g| size * g).collect())
        };
        Self {
            optimizer: method.name().to_owned(),
            hyper: match method.hyper() {
                Value::Object(hyper) => hyper,
                _ => Map::new(),
            },
            shapes: layout.slots().iter().map(|slot| (slot.name.clone(), theirs(&slot.shape))).collect(),
            initial: tensors(normal("theta", 0, layout.len())),
            gradients: (0..STEPS).map(gradient).collect(),
        }
    }

    /// The trajectory that `answer` (JSON) says that `source` took.
    ///
    /// # Errors
    /// If it is no answer, or one to another problem.
    pub fn answered(self, source: &str, answer: &str) -> Result<Trace, TraceError> {
        let answer: Answer = serde_json::from_str(answer).map_err(|e| TraceError::Syntax(e.to_string()))?;
        let trace = Trace {
            optimizer: self.optimizer,
            hyper: self.hyper,
            source: source.to_owned(),
            precision: String::new(),
            shapes: self.shapes,
            initial: self.initial,
            gradients: self.gradients,
            expected: answer.expected,
            evaluation: answer.evaluation,
        };
        trace.check()?;
        Ok(trace)
    }
}
