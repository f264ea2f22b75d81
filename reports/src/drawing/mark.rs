//! What a dot or a thin line says of the run that it shows.

use schemars::JsonSchema;
use serde::Serialize;

/// What a dot or a thin line says of its run, and where there is more.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Mark {
    /// Entry, seed, value, time and name of the run.
    pub text: String,
    /// Its place on the page of its task's runs (`runs-NAME.html#run-ID`), or the page if it does not list the run.
    pub href: String,
}

/// A value of one run, or of a pair of runs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Dot {
    /// Where it lies on the axis.
    pub value: f64,
    /// What it says; none where no single run stands behind it.
    pub mark: Option<Mark>,
}
