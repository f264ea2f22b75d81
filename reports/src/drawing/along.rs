//! What curves run along, and how their values are spaced.

use schemars::JsonSchema;
use serde::Serialize;

/// What curves run along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Along {
    /// Epochs completed.
    Epoch,
    /// Optimizer steps completed.
    Step,
    /// Seconds of training, evaluation not counted.
    Second,
}

/// How values are spaced on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// By their decimal logarithm.
    Log,
    /// As they are.
    Linear,
}
