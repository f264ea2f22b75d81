//! Of `check` and `check engine`.

use schemars::JsonSchema;
use serde::Serialize;

/// What a check found.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Checked {
    /// An optimizer held to the conformance kit.
    One(Specimen),
    /// All of them (`check all`).
    All(Vec<Specimen>),
    /// An optimizer held against a trajectory from elsewhere (`--trace`, `--against`).
    Trace(Trace),
}

/// An optimizer held to the conformance kit.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Specimen {
    /// Its name.
    pub optimizer: String,
    /// Whether it passed all checks.
    pub passed: bool,
    /// The checks.
    pub checks: Vec<SpecimenCheck>,
    /// What it costs.
    pub cost: SpecimenCost,
}

/// A check of an optimizer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SpecimenCheck {
    /// What was checked.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
}

/// What an optimizer costs.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SpecimenCost {
    /// Parameters that were updated.
    pub parameters: usize,
    /// Bytes that are kept beside each in single precision.
    pub state_bytes_per_parameter: f64,
    /// Time of an update over that of plain SGD, measured in turn: the median of the rounds.
    #[schemars(with = "Option<f64>")]
    pub time_over_sgd: f64,
    /// The smallest.
    #[schemars(with = "Option<f64>")]
    pub time_over_sgd_least: f64,
    /// The largest.
    #[schemars(with = "Option<f64>")]
    pub time_over_sgd_most: f64,
}

/// An optimizer held against a trajectory from elsewhere.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Trace {
    /// Its name.
    pub optimizer: String,
    /// Where the trajectory is from.
    pub source: String,
    /// Steps that were compared.
    pub steps: usize,
    /// Whether both errors are within their limits.
    pub passed: bool,
    /// Error in double precision; null if it is not a finite number.
    #[schemars(with = "Option<f64>")]
    pub f64_error: f64,
    /// Its limit.
    pub f64_limit: f64,
    /// Error in single precision, likewise.
    #[schemars(with = "Option<f64>")]
    pub f32_error: f64,
    /// Its limit.
    pub f32_limit: f64,
    /// Where they part in double precision; null if they do not.
    pub parted: Option<Parted>,
}

/// Where two trajectories part.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Parted {
    /// The step, from 0.
    pub step: usize,
    /// The tensor.
    pub tensor: String,
}

/// A device held against the processor.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Engine {
    /// `cuda` or `emulated`.
    pub device: String,
    /// Its hardware and versions.
    pub description: String,
    /// `f32`, `tf32` or `bf16`.
    pub precision: String,
    /// Multiplier of the network's filters.
    pub width: f64,
    /// Images per step.
    pub batch: usize,
    /// Steps of each training.
    pub steps: usize,
    /// Replicas of each optimizer.
    pub replicas: usize,
    /// The comparisons that were made.
    pub checks: Vec<Comparison>,
    /// What ended them early; null if nothing did.
    pub error: Option<String>,
}

/// A comparison of the device with the processor.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Comparison {
    /// What was compared.
    pub name: String,
    /// The largest difference; null if it is not a finite number.
    #[schemars(with = "Option<f64>")]
    pub difference: f64,
    /// The largest that passes; 0 where all bits must be the same.
    pub limit: f64,
    /// Whether it passed.
    pub passed: bool,
    /// What the difference is relative to, and what else was seen.
    pub detail: String,
}
