//! An optimizer, for display.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What there is to say about an optimizer apart from its results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerCard {
    /// Name in the list of optimizers.
    pub name: String,
    /// Name in a report.
    pub title: String,
    /// The idea of its update rule in a few sentences; empty if nobody wrote them.
    pub words: String,
    /// Paper and equation.
    pub reference: String,
    /// Folder of its implementation.
    pub source: String,
    /// Its hyper-parameters.
    pub parameters: Vec<ParameterCard>,
    /// What a search tries.
    pub searches: Vec<SearchCard>,
    /// The conformance kit's checks of it with its defaults, made when the report is.
    #[serde(default)]
    pub checks: Vec<CheckCard>,
}

/// A hyper-parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterCard {
    /// Key in a configuration.
    pub key: String,
    /// What it is.
    pub meaning: String,
    /// What is accepted.
    pub accepted: String,
    /// The value if nothing is said.
    pub default: Value,
}

/// Values of a hyper-parameter worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchCard {
    /// Key of the hyper-parameter.
    pub hyper: String,
    /// The values to begin with.
    pub values: Vec<Value>,
    /// Why these.
    pub reason: String,
}

/// A check of the conformance kit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCard {
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub passed: bool,
    /// What was measured.
    pub detail: String,
}
