//! Of `report` and `archive`.

use schemars::JsonSchema;
use serde::Serialize;

/// What a report consists of.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Reported {
    /// Its files.
    Pages(Vec<Page>),
    /// With `--compare`, what changed too.
    Changed(Box<Changed>),
}

/// A report that was held against an earlier one.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Changed {
    /// Its files.
    pub files: Vec<Page>,
    /// What changed since.
    pub changes: reports::ChangesView,
}

/// A file of a report.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Page {
    /// Where it is.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// An archive.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Archived {
    /// Where it is.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Runs that it holds.
    pub runs: usize,
    /// Runs of the study.
    pub planned: usize,
}
