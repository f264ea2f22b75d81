//! Runs that other code made: what becomes of them, and what is said.

use crate::arguments::Staleness;
use harness::{ChangedPart, Code, Runs};
use records::Survey;

/// The runs of a survey that need not be trained.
pub(crate) fn usable(survey: &Survey, code: &Code, staleness: &Staleness) -> Runs {
    let mut runs = survey.whole();
    if !staleness.keep_stale {
        for run in code.stale(&survey.records) {
            runs.remove(&run);
        }
    }
    runs
}

/// What is to be said of them, if there are any.
pub(crate) fn stale(survey: &Survey, code: &Code, staleness: &Staleness) -> Option<String> {
    let (number, parts) = changed(survey, code)?;
    let fate = match staleness.keep_stale {
        true => "they are kept as they are",
        false => "they are trained again (--keep-stale keeps them)",
    };
    Some(format!("{number} of the runs there were made by other code ({parts} has changed since): {fate}"))
}

/// How many runs are stale, and the parts that have changed, in words.
pub(crate) fn changed(survey: &Survey, code: &Code) -> Option<(usize, String)> {
    let changes =
        survey.records.iter().map(|record| code.changes(record)).filter(|changes| !changes.is_empty());
    let changes: Vec<Vec<ChangedPart>> = changes.collect();
    let parts: Vec<String> = ChangedPart::names(changes.iter().flatten()).into_iter().collect();
    (!changes.is_empty()).then(|| (changes.len(), parts.join(", ")))
}
