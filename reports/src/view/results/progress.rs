//! How far a study is.

use schemars::JsonSchema;
use serde::Serialize;

/// States of all runs of a study.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct Progress {
    /// Runs planned.
    pub planned: u64,
    /// Runs that spent their budget.
    pub done: u64,
    /// Runs that diverged.
    pub diverged: u64,
    /// Runs not made yet.
    pub missing: u64,
    /// Whether there is anything to make: runs are missing or none is planned.
    pub unfinished: bool,
}
