//! How the values that entries call `tuned` are searched for.

use super::{COLUMNS, MOST_EPOCHS, StudyTask, VALIDATION_ERROR, check_blocks};
use crate::ConfigError;
use crate::optimizers::SearchRange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

/// Values that refine one grid, at most: a half-decade cut in halves so often leaves a thousandth.
const MOST_REFINED: u32 = 10;
/// Points that a search may draw.
const DRAWN: RangeInclusive<u32> = 4..=1024;

/// A search: the value with the lowest mean of a column at the end of short trainings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TuningSettings {
    /// The column: `train_loss_running`, `train_loss`, `validation_loss` or `validation_error` (the share of the
    /// validation images classified wrongly). The test set is not to be tuned on.
    pub criterion: String,
    /// Epochs of a trial.
    #[schemars(range(min = 1, max = 100_000))]
    pub epochs: u32,
    /// Number of the first block; no block of the report may be among them.
    pub first_repetition: u64,
    /// Number of blocks.
    #[schemars(range(min = 1))]
    pub repetitions: u64,
    /// Values to try after the grid, between its best value and the neighbours of that: as many for every entry.
    #[serde(default)]
    pub refine: Option<u32>,
    /// Points to draw in place of a grid, as many for every entry: `learning_rate` (or the first hyper-parameter that is `tuned`) between
    /// the least and the largest value of its search, evenly in its logarithm, all others from the values of theirs. A scrambled Sobol
    /// sequence, the same for all entries.
    #[serde(default)]
    #[schemars(range(min = 4, max = 1024))]
    pub trials: Option<u32>,
    /// Values of hyper-parameters that are searched over beside it, in place of those in an optimizer's file.
    #[serde(default)]
    pub space: BTreeMap<String, SearchRange>,
}

/// Whether so many points can be drawn from what is listed.
pub(super) fn check_space(
    file: &str,
    at: &str,
    trials: u32,
    space: &BTreeMap<String, SearchRange>,
) -> Result<(), ConfigError> {
    let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
    if !DRAWN.contains(&trials) {
        let (least, most) = (DRAWN.start(), DRAWN.end());
        return refuse(format!(
            "trials: {trials} is out of range; {least} to {most} is accepted, or nothing for a grid"
        ));
    }
    let wrong = space.iter().find_map(|(key, range)| Some((key, range.check().err()?)));
    wrong.map_or(Ok(()), |(key, message)| refuse(format!("space.{key}.values: {message}")))
}

impl TuningSettings {
    pub(super) fn check(&self, file: &str, at: &str, task: &StudyTask) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        if self.criterion != VALIDATION_ERROR && !COLUMNS.contains(&self.criterion.as_str()) {
            let accepted = COLUMNS.join(", ");
            return refuse(format!(
                "criterion: `{}` is not known; accepted: {accepted}, {VALIDATION_ERROR}",
                self.criterion
            ));
        }
        if !(1..=MOST_EPOCHS).contains(&self.epochs) {
            return refuse(format!(
                "epochs: {} is out of range; 1 to {MOST_EPOCHS} is accepted",
                self.epochs
            ));
        }
        check_blocks(self.first_repetition, self.repetitions).or_else(refuse)?;
        if let Some(refine) = self.refine.filter(|refine| !(1..=MOST_REFINED).contains(refine)) {
            return refuse(format!(
                "refine: {refine} is out of range; 1 to {MOST_REFINED} is accepted, or nothing for the grid alone"
            ));
        }
        if let Some(trials) = self.trials {
            check_space(file, at, trials, &self.space)?;
        }
        match (self.trials, self.refine) {
            (Some(_), Some(_)) => {
                return refuse(
                    "refine: refines a grid, and `trials` draws points in place of one; keep one".into(),
                );
            }
            (None, _) if !self.space.is_empty() => {
                return refuse(
                    "space: is what points are drawn from; say how many with `trials`, or leave it out"
                        .into(),
                );
            }
            _ => {}
        }
        if self.overlaps(task) {
            return refuse(format!(
                "first_repetition: {} makes the search use blocks that the report uses; at least {} is accepted",
                self.first_repetition,
                task.first_repetition.saturating_add(task.repetitions)
            ));
        }
        Ok(())
    }

    /// Values to try after the grid of each entry.
    pub(crate) fn refined(&self) -> u32 {
        self.refine.unwrap_or(0)
    }

    /// Points to draw for each entry; 0 for grids.
    pub(crate) fn drawn(&self) -> u32 {
        self.trials.unwrap_or(0)
    }

    /// The blocks of the search.
    pub(crate) fn blocks(&self) -> Range<u64> {
        self.first_repetition..self.first_repetition.saturating_add(self.repetitions)
    }

    /// Whether a block of the report is one of the search's.
    pub(crate) fn overlaps(&self, task: &StudyTask) -> bool {
        let blocks = self.blocks();
        blocks.start < task.first_repetition.saturating_add(task.repetitions)
            && task.first_repetition < blocks.end
    }
}
