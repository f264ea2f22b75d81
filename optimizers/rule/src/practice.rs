//! What practice adds to any rule: clipping, no decay on what is no matrix, averaged weights to evaluate.

use crate::hyper::{HyperError, Parameter, Range, check_finite};
use crate::sums::squares;
use crate::{Float, Optimizer, OptimizerState, StateError};
use serde_json::{Map, Value};

/// The keys that every optimizer takes beside its own. None of them is set by default, and what is not set is no part of a
/// configuration.
pub const PRACTICE: &[Parameter] = &[
    Parameter::new(
        "clip_norm",
        Range::Above(0.0),
        "the gradient is scaled down to this Euclidean norm over all parameters",
    ),
    Parameter::new(
        "decayed",
        Range::OneOf(&["matrices"]),
        "weight decay acts on tensors of two dimensions and more alone, not on biases and gains",
    ),
    Parameter::new(
        "average",
        Range::Open(0.0, 1.0),
        "memory of an exponential average of the weights, which is what is evaluated",
    ),
];

/// What PyTorch's `clip_grad_norm_` adds to the norm.
pub const CLIP_EPS: f64 = 1e-6;

/// The settings of [`PRACTICE`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Practice {
    /// The Euclidean norm that gradients are scaled down to: by `clip_norm/(norm + 10⁻⁶)`, where that is below 1.
    pub clip_norm: Option<f64>,
    /// Whether weight decay acts on matrices alone.
    pub matrices_only: bool,
    /// Memory of the exponential average of the weights, which begins with those after the first step.
    pub average: Option<f64>,
}

impl Practice {
    /// Takes its keys out of `hyper`.
    pub(crate) fn take(hyper: &mut Map<String, Value>) -> Result<Self, HyperError> {
        let mut practice = Self::default();
        for parameter in PRACTICE {
            let Some(value) = hyper.remove(&*parameter.key) else { continue };
            check_finite(&parameter.key, &value, &parameter.range)?;
            parameter.range.check(&parameter.key, &value)?;
            match &*parameter.key {
                "clip_norm" => practice.clip_norm = value.as_f64(),
                "average" => practice.average = value.as_f64(),
                _ => practice.matrices_only = true,
            }
        }
        Ok(practice)
    }

    /// Refuses what would be without effect beside these hyper-parameters, defaults filled in.
    pub(crate) fn check(self, hyper: &Map<String, Value>) -> Result<(), HyperError> {
        let decay = hyper.get("weight_decay").and_then(Value::as_f64).unwrap_or(0.0);
        let acts = !self.matrices_only || decay > 0.0;
        HyperError::unless(acts, "decayed", "matrices", "with weight_decay > 0 (without it has no effect)")
    }

    /// Puts its keys back.
    pub(crate) fn put(self, hyper: &mut Map<String, Value>) {
        let mut set = |key: &str, value: Option<Value>| value.map(|value| hyper.insert(key.into(), value));
        set("clip_norm", self.clip_norm.map(Value::from));
        set("decayed", self.matrices_only.then(|| Value::from("matrices")));
        set("average", self.average.map(Value::from));
    }

    /// The names of states that it adds.
    pub(crate) fn states(self) -> Option<String> {
        self.average.map(|_| AVERAGE.to_owned())
    }

    /// Whether nothing is set.
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// Formula lines of what is set, in the notation of [`crate::Scalar::symbol`].
    pub(crate) fn lines(self) -> Vec<(&'static str, &'static str)> {
        let clip = self.clip_norm.map(|_| ("g_k", "min(1, C/(‖∇_k‖_2 + 10^{−6})) ∇_k"));
        let decay = self.matrices_only.then_some(("λ", "0 (where θ is no matrix)"));
        let average = self.average.map(|_| ("E_{k+1}", "χ E_k + (1 − χ) θ_{k+1} (E_1 = θ_1)"));
        clip.into_iter().chain(decay).chain(average).collect()
    }

    /// `inner` with clipping and averaging.
    pub(crate) fn wrap<F: Float>(self, inner: Box<dyn Optimizer<F>>, len: usize) -> Box<dyn Optimizer<F>> {
        if self.clip_norm.is_none() && self.average.is_none() {
            return inner;
        }
        Box::new(Practised { inner, practice: self, clipped: Vec::new(), average: Vec::new(), len })
    }
}

/// An optimizer whose gradient is clipped, or whose weights are averaged.
struct Practised<F> {
    inner: Box<dyn Optimizer<F>>,
    practice: Practice,
    clipped: Vec<F>,
    /// As long as the parameters, after the first step.
    average: Vec<F>,
    len: usize,
}

/// The name of the average among the states: no state of a rule can have that of a key.
pub const AVERAGE: &str = "average";

impl<F: Float> Practised<F> {
    /// The factor that brings `gradient` to the norm, below 1.
    fn factor(&self, gradient: &[F]) -> Option<F> {
        let norm = squares(gradient).sqrt();
        let factor = self.practice.clip_norm? / (norm + CLIP_EPS);
        // A norm that is not a number goes through, so that it is seen.
        (factor < 1.0 || factor.is_nan()).then(|| F::from_f64(factor))
    }
}

impl<F: Float> Optimizer<F> for Practised<F> {
    fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        match self.factor(gradient) {
            Some(factor) => {
                self.clipped.clear();
                self.clipped.extend(gradient.iter().map(|&g| factor * g));
                self.inner.step(parameters, &self.clipped);
            }
            None => self.inner.step(parameters, gradient),
        }
        if let Some(memory) = self.practice.average {
            if self.average.is_empty() {
                self.average = parameters.to_vec();
            } else {
                let (keep, take) = (F::from_f64(memory), F::from_f64(1.0 - memory));
                for (average, &theta) in self.average.iter_mut().zip(parameters.iter()) {
                    *average = keep * *average + take * theta;
                }
            }
        }
    }

    fn steps_taken(&self) -> u64 {
        self.inner.steps_taken()
    }

    fn learning_rate(&self) -> Option<f64> {
        self.inner.learning_rate()
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.inner.set_learning_rate(learning_rate);
    }

    fn state_bytes(&self) -> u64 {
        self.inner.state_bytes() + size_of_val(self.average.as_slice()) as u64
    }

    fn evaluation_point(&self, parameters: &[F]) -> Option<Vec<F>> {
        match self.practice.average {
            Some(_) if self.average.len() == parameters.len() => Some(self.average.clone()),
            _ => self.inner.evaluation_point(parameters),
        }
    }

    fn export(&self) -> OptimizerState<F> {
        let mut state = self.inner.export();
        if self.practice.average.is_some() {
            state.states.insert(AVERAGE.into(), self.average.clone());
        }
        state
    }

    fn import(&mut self, mut state: OptimizerState<F>) -> Result<(), StateError> {
        if self.practice.average.is_none() {
            return self.inner.import(state);
        }
        let Some(average) = state.states.remove(AVERAGE) else {
            let found = state.states.into_keys().collect();
            return Err(StateError::Names { found, expected: vec![AVERAGE.into()] });
        };
        let expected = if state.steps_taken == 0 { 0 } else { self.len };
        if average.len() != expected {
            return Err(StateError::Length { name: AVERAGE.into(), found: average.len(), expected });
        }
        self.inner.import(state)?;
        self.average = average;
        Ok(())
    }
}
