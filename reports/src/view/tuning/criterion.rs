//! What a search minimises.

use crate::drawing::Axis;
use crate::tables::{Tables, schema, schema::curves};
use crate::view::results::measured::logarithm;
use crate::view::results::quantity::Quantity;
use crate::words::text::{percent, significant};
use polars::prelude::PolarsResult;
use records::{TaskCard, TaskKind};
use std::collections::BTreeMap;

/// Share of the way from the best loss to guessing that counts as about as good.
const SHARE: f64 = 0.1;

/// A column at the end of a trial, or one minus it; less is better.
pub(crate) struct Criterion {
    /// Its name in a sentence.
    pub name: String,
    /// Its name on an axis.
    pub label: &'static str,
    column: &'static str,
    is_error: bool,
    guess: f64,
    margin: f64,
}

impl Criterion {
    pub(crate) fn new(name: &str, task: &TaskCard) -> Self {
        let example = match &task.kind {
            TaskKind::Training { example, .. } => example,
            TaskKind::Function { .. } => "",
        };
        let is_error = name == "validation_error";
        let quantity = Quantity::of(name);
        let guess = |quantity: Quantity| quantity.of_guessing(&task.kind);
        Self {
            name: match (is_error, quantity) {
                (true, _) => format!("validation error (share of {example}s)"),
                (false, Some(quantity)) => quantity.name().into(),
                (false, None) => name.into(),
            },
            label: match (is_error, quantity) {
                (true, _) => "validation error",
                (false, Some(quantity)) if quantity.column() == curves::VALIDATION_LOSS => "validation loss",
                _ => "training loss",
            },
            column: match (is_error, quantity) {
                (true, _) => curves::VALIDATION_ACCURACY,
                (false, Some(quantity)) => quantity.column(),
                (false, None) => curves::TRAIN_LOSS_RUNNING,
            },
            is_error,
            guess: if is_error {
                1.0 - guess(Quantity::Accuracy(curves::VALIDATION_ACCURACY))
            } else {
                guess(Quantity::Loss(curves::TRAIN_LOSS))
            },
            margin: Quantity::Accuracy(curves::VALIDATION_ACCURACY).margin(&task.kind).unwrap_or(0.0),
        }
    }

    /// What a diverged training counts as: one that guesses.
    pub(crate) fn guess(&self) -> f64 {
        self.guess
    }

    /// A score as it is drawn: the logarithm of a loss (without bound of what is not above 0), an error as it is.
    pub(crate) fn scaled(&self, score: f64) -> f64 {
        if self.is_error { score } else { logarithm(score) }
    }

    /// An axis for scores in that scale.
    pub(crate) fn axis(&self, which: &str, (low, high): (f64, f64)) -> Axis {
        let pad = 0.05 * (high - low).max(0.02);
        if self.is_error {
            return Axis::linear(&format!("{which} {}", self.label), low - pad, high + pad, false);
        }
        // A value that all but diverged must not flatten the others.
        let label = format!("{which} {}, logarithmic", self.label);
        Axis::logarithmic(&label, low - pad, high.min(low + 4.0) + pad)
    }

    /// How much worse than `best` a score may be and still count as about as good: the margin for an error; for a loss a
    /// tenth of the way from the best to guessing. None where even guessing would count: nothing was learnt there, and a
    /// wide range of values that learn nothing is not robustness.
    pub(crate) fn tolerance(&self, best: f64) -> Option<f64> {
        let way = self.guess() - best;
        let tolerance = if self.is_error { self.margin } else { SHARE * way };
        (tolerance > 0.0 && tolerance < way).then_some(tolerance)
    }

    /// The same in words.
    pub(crate) fn tolerance_text(&self) -> String {
        if self.is_error {
            format!("the margin of {} points", percent(self.margin))
        } else {
            "a tenth of the way from it to guessing".into()
        }
    }

    /// By how much more than that a score has to be better than guessing for its value to count as one that trains, in words.
    pub(super) fn training_text(&self) -> String {
        if self.is_error {
            self.tolerance_text()
        } else {
            "a tenth of the way from guessing to the best".into()
        }
    }

    /// A score as it is printed.
    pub(crate) fn print(&self, score: f64) -> String {
        significant(score, 4)
    }

    /// The criterion after `epochs` epochs of every reported run, by entry; a run that diverged before counts as one
    /// that guesses.
    pub(crate) fn reported(
        &self,
        tables: &Tables,
        task: &str,
        epochs: u32,
    ) -> PolarsResult<BTreeMap<String, Vec<f64>>> {
        let lines = tables.lines(task, curves::EPOCH, self.column)?;
        let mut scores: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (key, status) in tables.statuses(task)? {
            if status == schema::MISSING {
                continue;
            }
            let at = |points: &[(f64, f64)]| points.iter().find(|p| p.0 == f64::from(epochs)).map(|p| p.1);
            let value = lines.get(&key).and_then(|line| at(&line.points));
            let score = match value {
                Some(value) if self.is_error => 1.0 - value,
                Some(value) => value,
                None if status == schema::DIVERGED => self.guess(),
                // Another budget, or nothing held out: there is nothing to compare with.
                None => continue,
            };
            scores.entry(key.0).or_default().push(score);
        }
        Ok(scores)
    }
}
