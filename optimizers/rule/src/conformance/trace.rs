//! Recorded trajectories of other implementations.

use super::translate;
use crate::{Family, HyperError, Layout, Lookup, Method, Optimizer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The largest accepted [`relative_error`] of the `f64` optimizer.
pub const F64_LIMIT: f64 = 1e-10;
/// The largest accepted [`relative_error`] of the `f32` optimizer.
pub const F32_LIMIT: f64 = 1e-5;

/// Values by tensor name, each flattened in row-major order.
pub type Tensors = BTreeMap<String, Vec<f64>>;

/// A trajectory of an implementation under its own names: gradients in, parameters out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The optimizer, as the source calls it.
    pub optimizer: String,
    /// Its hyper-parameters as far as they differ from the source's defaults, under the source's names.
    pub hyper: Map<String, Value>,
    /// The implementation that wrote it.
    pub source: String,
    /// The precision it ran in.
    pub precision: String,
    /// Shapes by tensor name.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Parameters before the first step.
    pub initial: Tensors,
    /// The gradient given at each step.
    pub gradients: Vec<Tensors>,
    /// Parameters after each step.
    pub expected: Vec<Tensors>,
    /// The parameters to evaluate at after each step, if they are others; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluation: Vec<Tensors>,
}

/// Why a trace could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// The file is not a trace.
    #[error("not a trace: {0}")]
    Syntax(String),
    /// A tensor is missing or has another size than its shape.
    #[error("{place}: tensor `{tensor}` has {found} elements, expected {expected} as in `shapes`")]
    Size {
        /// Where, e.g. `gradients[3]`.
        place: String,
        /// The tensor.
        tensor: String,
        /// Elements found; 0 if it is missing.
        found: usize,
        /// Elements of its shape.
        expected: usize,
    },
    /// `gradients` and `expected` differ in length.
    #[error("`gradients` has {gradients} steps and `expected` {expected}; they must be as many, at least 1")]
    Steps {
        /// Steps in `gradients`.
        gradients: usize,
        /// Steps in `expected`.
        expected: usize,
    },
    /// `evaluation` and `expected` differ in length.
    #[error(
        "`evaluation` has {evaluation} steps and `expected` {expected}; they must be as many, or `evaluation` be left out"
    )]
    Evaluations {
        /// Steps in `evaluation`.
        evaluation: usize,
        /// Steps in `expected`.
        expected: usize,
    },
    /// The trace's optimizer is not one that ours is known as.
    #[error("the trace is one of `{optimizer}`, and `{ours}` is known as: {}", .accepted.join(", "))]
    Optimizer {
        /// The optimizer of the trace.
        optimizer: String,
        /// The optimizer it was compared with.
        ours: String,
        /// What that is called elsewhere.
        accepted: Vec<String>,
    },
    /// The trace has a hyper-parameter that is not translated.
    #[error("optimizer `{optimizer}`: key `{key}` of `hyper` has no translation; accepted: {}", .accepted.join(", "))]
    Key {
        /// The optimizer of the trace.
        optimizer: String,
        /// The key.
        key: String,
        /// Those that are translated.
        accepted: Vec<String>,
    },
    /// The hyper-parameters were translated, and refused by the optimizer.
    #[error("the trace's hyper-parameters: {0}")]
    Hyper(#[from] HyperError),
}

/// The largest errors over all steps and elements.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceReport {
    /// Of the `f64` optimizer.
    pub f64_error: f64,
    /// Of the `f32` optimizer, which is given the initial values and gradients rounded to `f32`.
    pub f32_error: f64,
    /// The first step, from 0, and the tensor at which the `f64` optimizer's error exceeds [`F64_LIMIT`].
    pub parted: Option<(usize, String)>,
    /// Steps compared.
    pub steps: usize,
}

impl TraceReport {
    /// Whether both errors are within [`F64_LIMIT`] and [`F32_LIMIT`].
    pub fn passed(&self) -> bool {
        self.f64_error <= F64_LIMIT && self.f32_error <= F32_LIMIT
    }
}

/// The largest |a − b| / max(|b|, rms b) over the elements of one tensor, b being the reference. The root mean
/// square keeps an element that happens to cross zero from asking for more digits than its neighbours carry.
/// Infinite if anything is not finite.
pub fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    let rms = (b.iter().map(|b| b * b).sum::<f64>() / b.len().max(1) as f64).sqrt();
    let error = |(&a, &b): (&f64, &f64)| {
        if !(a.is_finite() && b.is_finite()) {
            f64::INFINITY
        } else if a == b {
            0.0
        } else {
            (a - b).abs() / b.abs().max(rms)
        }
    };
    a.iter().zip(b).map(error).fold(0.0, f64::max)
}

impl Trace {
    /// Reads a trace from its JSON text and checks that sizes agree.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let trace: Self = serde_json::from_str(text).map_err(|e| TraceError::Syntax(e.to_string()))?;
        trace.check()?;
        Ok(trace)
    }

    /// Whether sizes agree.
    pub(super) fn check(&self) -> Result<(), TraceError> {
        let (gradients, expected) = (self.gradients.len(), self.expected.len());
        if gradients != expected || gradients == 0 {
            return Err(TraceError::Steps { gradients, expected });
        }
        self.check_sizes("initial", &self.initial)?;
        let evaluation = self.evaluation.len();
        if evaluation != 0 && evaluation != expected {
            return Err(TraceError::Evaluations { evaluation, expected });
        }
        for (k, evaluation) in self.evaluation.iter().enumerate() {
            self.check_sizes(&format!("evaluation[{k}]"), evaluation)?;
        }
        for (k, (gradient, expected)) in self.gradients.iter().zip(&self.expected).enumerate() {
            self.check_sizes(&format!("gradients[{k}]"), gradient)?;
            self.check_sizes(&format!("expected[{k}]"), expected)?;
        }
        Ok(())
    }

    fn check_sizes(&self, place: &str, tensors: &Tensors) -> Result<(), TraceError> {
        for (tensor, shape) in &self.shapes {
            let (found, expected) = (tensors.get(tensor).map_or(0, Vec::len), shape.iter().product());
            if found != expected {
                let (place, tensor) = (place.to_owned(), tensor.clone());
                return Err(TraceError::Size { place, tensor, found, expected });
            }
        }
        Ok(())
    }

    /// The tensors' places in a flat buffer. Matrices of other implementations are `[out, in]`, those of the suite
    /// `[in, out]`: they are turned over.
    pub fn layout(&self) -> Layout {
        let ours = |shape: &[usize]| match *shape {
            [rows, columns] => vec![columns, rows],
            ref other => other.to_vec(),
        };
        Layout::new(self.shapes.iter().map(|(name, shape)| (name.clone(), ours(shape))))
    }

    fn flat(&self, tensors: &Tensors) -> Vec<f64> {
        let ours = |(name, shape): (&String, &Vec<usize>)| -> Vec<f64> {
            let values = tensors.get(name).map_or(&[][..], Vec::as_slice);
            match shape[..] {
                [rows, columns] => {
                    (0..values.len()).map(|at| values[at % rows * columns + at / rows]).collect()
                }
                _ => values.to_vec(),
            }
        };
        self.shapes.iter().flat_map(ours).collect()
    }
}

/// Runs `method` on the gradients of `trace` and compares the parameters after every step, and those to evaluate at if the
/// trace has them.
pub fn check_trace(method: &dyn Method, trace: &Trace) -> TraceReport {
    let layout = trace.layout();
    let steps = trace.gradients.len();
    let mut double = method.optimizer_f64(&layout, steps as u64);
    let mut single = method.optimizer_f32(&layout, steps as u64);
    let (f64_error, parted) = follow(&mut *double, trace, |x| x, |x| x);
    let (f32_error, _) = follow(&mut *single, trace, |x| x as f32, f64::from);
    TraceReport { f64_error, f32_error, parted, steps }
}

/// Runs `family`, with the hyper-parameters of the trace in `text` (JSON), on the gradients of the trace.
///
/// # Errors
/// If the text is not a trace of this optimizer.
pub fn replay(family: &Family, text: &str) -> Result<TraceReport, TraceError> {
    replay_with(family, text, &|name, _| Err(Family::not_found(name)))
}

/// The same for a rule that leaves tensors to another optimizer, which `lookup` finds.
///
/// # Errors
/// As [`replay`], and those of `lookup`.
pub fn replay_with(family: &Family, text: &str, lookup: Lookup<'_>) -> Result<TraceReport, TraceError> {
    let trace = Trace::parse(text)?;
    let hyper = translate(family, &trace)?;
    Ok(check_trace(family.parse_with(&Value::Object(hyper), lookup)?.as_ref(), &trace))
}

fn follow<F: crate::Float>(
    optimizer: &mut dyn Optimizer<F>,
    trace: &Trace,
    round: fn(f64) -> F,
    widen: fn(F) -> f64,
) -> (f64, Option<(usize, String)>) {
    let rounded = |tensors: &Tensors| trace.flat(tensors).into_iter().map(round).collect::<Vec<F>>();
    let mut parameters = rounded(&trace.initial);
    let layout = trace.layout();
    let mut worst = 0.0;
    let mut parted = None;
    let mut compare = |k: usize, actual: &[F], expected: &Tensors| {
        let expected = trace.flat(expected);
        for slot in layout.slots() {
            let actual: Vec<f64> = actual[slot.range()].iter().map(|&x| widen(x)).collect();
            let error = relative_error(&actual, &expected[slot.range()]);
            worst = f64::max(worst, error);
            if error > F64_LIMIT && parted.is_none() {
                parted = Some((k, slot.name.clone()));
            }
        }
    };
    for (k, (gradient, expected)) in trace.gradients.iter().zip(&trace.expected).enumerate() {
        optimizer.step(&mut parameters, &rounded(gradient));
        compare(k, &parameters, expected);
        if let Some(expected) = trace.evaluation.get(k) {
            let point = optimizer.evaluation_point(&parameters);
            compare(k, point.as_deref().unwrap_or(&parameters), expected);
        }
    }
    (worst, parted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_error_by_hand() {
        // rms of (3, 4) is √12.5 = 3.5355…: 3 is measured against it, 4 against itself.
        assert!((relative_error(&[3.1, 4.0], &[3.0, 4.0]) - 0.1 / 12.5f64.sqrt()).abs() < 1e-15);
        assert!((relative_error(&[3.0, 4.4], &[3.0, 4.0]) - 0.1).abs() < 1e-15);
        assert_eq!(relative_error(&[f64::NAN], &[0.0]), f64::INFINITY);
        assert_eq!(relative_error(&[0.0], &[0.0]), 0.0);
        assert_eq!(relative_error(&[1.0], &[0.0]), f64::INFINITY);
    }

    #[test]
    fn a_trace_with_a_missing_tensor_is_refused() {
        let text = r#"{"optimizer": "sgd", "hyper": {}, "source": "s", "precision": "float64",
            "shapes": {"w": [2]}, "initial": {"w": [1, 2]}, "gradients": [{"w": [1]}], "expected": [{"w": [1, 2]}]}"#;
        let message = Trace::parse(text).unwrap_err().to_string();
        assert_eq!(message, "gradients[0]: tensor `w` has 1 elements, expected 2 as in `shapes`");
    }
}
