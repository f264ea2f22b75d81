//! What a rule does not see.

use serde_json::Value;

/// A change of the problem that an optimizer's path follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invariance {
    /// Rows of a matrix change places: the path is the same with its rows exchanged.
    Permutation,
    /// The start is moved: the path is moved as far. Not with weight decay, which knows where zero is.
    Translation,
    /// All gradients are multiplied by a power of two: the path does not change by a bit.
    Scale,
    /// A matrix is turned by orthogonal matrices on both sides: so is the path.
    Rotation,
}

/// Those of `all` that hold with the hyper-parameters `hyper`.
pub(crate) fn held(all: &[Invariance], hyper: &Value) -> Vec<Invariance> {
    let decays = |of: &Value| of.get("weight_decay").and_then(Value::as_f64).is_some_and(|decay| decay > 0.0);
    let decays = decays(hyper) || hyper.get("fallback").is_some_and(decays);
    all.iter().copied().filter(|invariance| !(decays && *invariance == Invariance::Translation)).collect()
}
