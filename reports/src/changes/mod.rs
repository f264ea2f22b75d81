//! What changed between another report and this one, down to single runs.
//!
//! Both sides are read from their `report.json` by the same reader, so that a difference is one of what was reported and
//! not of how it was read. *Before* is the other report, *after* this one.

mod earlier;
mod results;
mod runs;
mod settings;
mod terminal;
mod words;

pub use earlier::Earlier;
pub use results::{ClaimChange, EntryChange, Mean, TaskChange, VerdictChange};
pub use runs::{RunChange, RunCounts};
pub use settings::Setting;
pub use terminal::terminal_changes;

use crate::error::ReportError;
use schemars::JsonSchema;
use serde::Serialize;

/// Rows of single runs that the page shows; `report.json` has all.
const ROWS: usize = 500;

/// The differences between two reports.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ChangesView {
    /// Study of the other report.
    pub study: String,
    /// Days on which its runs were made.
    pub data_date: Option<String>,
    /// What changed, in one sentence about the runs.
    pub summary: String,
    /// What else changed, in one sentence.
    pub rest: String,
    /// Whether nothing at all changed.
    pub identical: bool,
    /// How many runs did what.
    pub counts: RunCounts,
    /// Means by task and entry, changed or not.
    pub tasks: Vec<TaskChange>,
    /// Comparisons that come out otherwise.
    pub verdicts: Vec<VerdictChange>,
    /// Comparisons that come out the same.
    pub verdicts_same: usize,
    /// Claims that come out otherwise.
    pub claims: Vec<ClaimChange>,
    /// Claims that come out the same.
    pub claims_same: usize,
    /// Settings that differ.
    pub settings: Vec<Setting>,
    /// Circumstances that differ.
    pub circumstances: Vec<Setting>,
    /// Runs that are not the same.
    pub runs: Vec<RunChange>,
    /// How many of them the page shows.
    pub shown: usize,
}

impl ChangesView {
    /// What changed between `before` and a report, which is given as what is written as `report.json`.
    ///
    /// # Errors
    /// If the report cannot be written as JSON and read again, which would be a defect.
    pub fn new(before: &Earlier, after: &impl Serialize) -> Result<Self, ReportError> {
        let after = Earlier::parse(&serde_json::to_vec(after)?).map_err(|reason| ReportError::Earlier {
            path: "report.json".into(),
            reason,
            accepted: Earlier::accepted(),
        })?;
        let (counts, runs) = runs::changes(before, &after);
        let tasks = results::tasks(before, &after);
        let (verdicts, verdicts_same) = results::verdicts(before, &after);
        let (claims, claims_same) = results::claims(before, &after);
        let settings = settings::settings(before, &after);
        let circumstances = settings::circumstances(before, &after);
        let means = tasks.iter().flat_map(|t| &t.entries).filter(|e| e.changed).count();
        let rest = [
            ("the result of", means, "entry", "entries"),
            ("the verdict of", verdicts.len(), "comparison", "comparisons"),
            ("the verdict of", claims.len(), "claim", "claims"),
            ("", settings.len(), "setting", "settings"),
            ("", circumstances.len(), "circumstance", "circumstances"),
        ];
        let identical = runs.is_empty() && rest.iter().all(|part| part.1 == 0);
        Ok(Self {
            study: before.study.clone(),
            data_date: before.data_date.clone(),
            summary: if identical { words::nothing(&counts) } else { words::runs(&counts) },
            rest: if identical { String::new() } else { words::others(&rest) },
            identical,
            counts,
            tasks,
            verdicts,
            verdicts_same,
            claims,
            claims_same,
            settings,
            circumstances,
            shown: runs.len().min(ROWS),
            runs,
        })
    }
}
