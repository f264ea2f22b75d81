//! What a task is judged by: a quantity of its curves with a name, a unit and a direction.

use crate::EpochRow;
use serde::{Deserialize, Serialize};

/// The smallest difference from a known minimum: rounding may put a loss on it, or below, where there is no logarithm. Losses in single
/// precision are known to about a hundred-millionth.
const SMALLEST_GAP: f64 = 1e-12;

/// A measure of a training. Everything between the record and the page asks it; nothing else knows what an accuracy is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Which number of a row.
    pub of: Measured,
    /// The part of the data it is taken from.
    pub part: Part,
    /// Name in sentences (`accuracy`, `loss`), the part not included.
    pub name: String,
    /// Unit of printed values (`%`, `nats per token`).
    pub unit: String,
    /// What a guess comes to: score 0.
    pub chance: f64,
    /// The best there can be, if that is known (a minimum, an entropy rate), in the unit of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// Numbers that a task may be judged by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Share of labels predicted correctly, a fraction; more is better.
    Accuracy,
    /// The loss that is minimised; less is better.
    Loss,
    /// log₁₀ of what the loss lies above its known minimum; less is better.
    Gap {
        /// The minimum.
        minimum: f64,
    },
}

/// Part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is trained on: where the question is how far an optimizer gets down, not what generalises.
    Train,
    /// What is tested on.
    Test,
}

impl Measure {
    /// The test accuracy over so many classes.
    pub fn accuracy(classes: usize) -> Self {
        Self {
            of: Measured::Accuracy,
            part: Part::Test,
            name: "accuracy".into(),
            unit: "%".into(),
            chance: 1.0 / classes.max(1) as f64,
            limit: None,
        }
    }

    /// Name with the part: `test accuracy`, `training loss`.
    pub fn full_name(&self) -> String {
        let part = match self.part {
            Part::Train => "training",
            Part::Test => "test",
        };
        format!("{part} {}", self.name)
    }

    /// Whether more of it is better.
    pub fn rises(&self) -> bool {
        self.of == Measured::Accuracy
    }

    /// Its value in a row; none if the row has no such number.
    pub fn value(&self, row: &EpochRow) -> Option<f64> {
        match (self.of, self.part) {
            (Measured::Accuracy, Part::Test) => row.test_accuracy,
            (Measured::Accuracy, Part::Train) => None,
            (_, Part::Test) => Some(self.of_loss(row.test_loss)),
            (_, Part::Train) => Some(self.of_loss(row.train_loss)),
        }
    }

    /// The column of a row that it is made from.
    pub fn column(&self) -> &'static str {
        match (self.of, self.part) {
            (Measured::Accuracy, _) => "test_accuracy",
            (_, Part::Test) => "test_loss",
            (_, Part::Train) => "train_loss",
        }
    }

    /// The column that is watched while a training runs: that of the validation part where images are held out and the measure is
    /// one of the test part.
    pub fn watched(&self, validated: bool) -> &'static str {
        match (self.of, self.part) {
            (Measured::Accuracy, Part::Test) if validated => "validation_accuracy",
            (_, Part::Test) if validated => "validation_loss",
            _ => self.column(),
        }
    }

    /// The value that a number of its column comes to.
    pub fn of_loss(&self, number: f64) -> f64 {
        match self.of {
            Measured::Accuracy | Measured::Loss => number,
            // Compared, not `max`: what is not a number is none here either, and not the smallest gap there is.
            Measured::Gap { minimum } if number - minimum < SMALLEST_GAP => SMALLEST_GAP.log10(),
            Measured::Gap { minimum } => (number - minimum).log10(),
        }
    }

    /// What a diverged run counts as: nothing right, or a loss no better than that of a guess. Leaving it out would reward divergence.
    pub fn worst(&self) -> f64 {
        if self.rises() { 0.0 } else { self.chance }
    }

    /// A value as it enters means and tests: a loss above that of a guess counts as that of a guess, as a diverged run does, so that
    /// whoever stays finite is never worse off than whoever does not.
    pub fn counted(&self, value: f64) -> f64 {
        if self.rises() { value } else { value.min(self.worst()) }
    }

    /// The factor between stored and printed values: accuracies are printed in percent.
    pub fn printed_factor(&self) -> f64 {
        if self.rises() { 100.0 } else { 1.0 }
    }

    /// The unit of printed differences.
    pub fn difference_unit(&self) -> &str {
        match self.of {
            Measured::Accuracy => "points",
            Measured::Loss => &self.unit,
            Measured::Gap { .. } => "in log₁₀",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> EpochRow {
        EpochRow {
            epoch: 3,
            step: 30,
            elapsed_s: 1.0,
            learning_rate: Some(0.1),
            train_loss_running: Some(0.9),
            train_loss: 0.75,
            validation_loss: Some(1.25),
            validation_accuracy: Some(0.5),
            test_loss: 1.5,
            test_accuracy: Some(0.25),
        }
    }

    #[test]
    fn values_by_hand() {
        let accuracy = Measure::accuracy(8);
        assert_eq!((accuracy.value(&row()), accuracy.chance, accuracy.worst()), (Some(0.25), 0.125, 0.0));
        assert_eq!((accuracy.column(), accuracy.watched(true)), ("test_accuracy", "validation_accuracy"));
        assert_eq!(accuracy.full_name(), "test accuracy");
        let gap = Measure {
            of: Measured::Gap { minimum: 0.74 },
            part: Part::Train,
            name: "gap".into(),
            unit: "log₁₀".into(),
            chance: 0.0,
            limit: None,
        };
        assert!((gap.value(&row()).unwrap() + 2.0).abs() < 1e-12);
        assert_eq!((gap.of_loss(0.7), gap.of_loss(f64::INFINITY)), (-12.0, f64::INFINITY));
        assert!(gap.of_loss(f64::NAN).is_nan());
        assert_eq!(gap.counted(f64::NAN), 0.0);
        assert_eq!((gap.counted(0.3), gap.counted(-1.0), gap.worst()), (0.0, -1.0, 0.0));
        assert_eq!((gap.column(), gap.watched(true)), ("train_loss", "train_loss"));
        let loss = Measure { of: Measured::Loss, part: Part::Test, ..gap };
        assert_eq!(
            (loss.value(&row()), loss.watched(true), loss.watched(false)),
            (Some(1.5), "validation_loss", "test_loss")
        );
    }
}
