//! What a rule does not see.

use crate::Method;
use serde_json::Value;

/// A change of the problem that an optimizer's path follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
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

/// Those of `all` that hold with the hyper-parameters `hyper` and this fallback.
pub(crate) fn held(all: &[Invariance], hyper: &Value, fallback: Option<&dyn Method>) -> Vec<Invariance> {
    let decays = hyper.get("weight_decay").and_then(Value::as_f64).is_some_and(|decay| decay > 0.0);
    let clips = hyper.get("clip_norm").is_some();
    let holds = |invariance: &Invariance| match invariance {
        Invariance::Translation => {
            !decays && fallback.is_none_or(|fallback| fallback.invariances().contains(invariance))
        }
        // A gradient that is clipped and its multiple are no multiples of each other.
        Invariance::Scale => !clips,
        Invariance::Permutation | Invariance::Rotation => true,
    };
    all.iter().copied().filter(holds).collect()
}
