//! The quantities that claims and figures are about: which column, in which unit, how it is printed.

use crate::tables::schema::curves;
use crate::view::text::{minus, significant};
use stats::verdict::signed;

/// How a metric of a classifier is drawn, compared and printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::view) enum Quantity {
    /// A loss in nats; its logarithm is compared.
    Loss(&'static str),
    /// A share of images; compared as it is, printed in percent.
    Accuracy(&'static str),
}

impl Quantity {
    /// The quantity of a column of the curves, if it is one.
    pub(in crate::view) fn of(column: &str) -> Option<Self> {
        let losses =
            [curves::TRAIN_LOSS_RUNNING, curves::TRAIN_LOSS, curves::VALIDATION_LOSS, curves::TEST_LOSS];
        let accuracies = [curves::VALIDATION_ACCURACY, curves::TEST_ACCURACY];
        let find = |names: &[&'static str]| names.iter().find(|name| **name == column).copied();
        find(&losses).map(Self::Loss).or_else(|| find(&accuracies).map(Self::Accuracy))
    }

    pub(in crate::view) fn column(self) -> &'static str {
        match self {
            Self::Loss(column) | Self::Accuracy(column) => column,
        }
    }

    /// What it is called in a sentence.
    pub(in crate::view) fn name(self) -> &'static str {
        match self.column() {
            curves::TRAIN_LOSS_RUNNING => "training loss (mean over the batches of an epoch)",
            curves::TRAIN_LOSS => "training loss",
            curves::VALIDATION_LOSS => "validation loss",
            curves::TEST_LOSS => "test loss",
            curves::VALIDATION_ACCURACY => "validation accuracy",
            _ => "test accuracy",
        }
    }

    /// Name of the metric among the published curves; only the training loss and the test accuracy are published.
    pub(in crate::view) fn published(self) -> Option<&'static str> {
        match self.column() {
            curves::TRAIN_LOSS_RUNNING | curves::TRAIN_LOSS => Some("log10_train_loss"),
            curves::TEST_ACCURACY => Some("test_accuracy"),
            _ => None,
        }
    }

    /// Into the unit that is compared: log₁₀ of a loss. A loss that rounds to zero counts as the smallest number.
    pub(in crate::view) fn compared(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value.max(f64::MIN_POSITIVE).log10(),
            Self::Accuracy(_) => value,
        }
    }

    /// What a diverged run counts as: one that guesses.
    pub(in crate::view) fn guess(self, classes: usize) -> f64 {
        let classes = classes.max(1) as f64;
        match self {
            Self::Loss(_) => classes.ln(),
            Self::Accuracy(_) => 1.0 / classes,
        }
    }

    /// Into the coordinate that is drawn: log₁₀ of a loss, percent of an accuracy.
    pub(in crate::view) fn drawn(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value.log10(),
            Self::Accuracy(_) => 100.0 * value,
        }
    }

    /// From the unit of published curves into the coordinate that is drawn.
    pub(in crate::view) fn drawn_published(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value,
            Self::Accuracy(_) => 100.0 * value,
        }
    }

    /// A value in the unit that is compared, printed.
    pub(in crate::view) fn print(self, value: f64) -> String {
        match self {
            Self::Loss(_) => minus(&format!("{value:.3}")),
            Self::Accuracy(_) => format!("{:.2}", 100.0 * value),
        }
    }

    /// A difference in the unit that is compared, printed with its sign.
    pub(in crate::view) fn print_difference(self, value: f64) -> String {
        match self {
            Self::Loss(_) => signed(&format!("{value:.3}")),
            Self::Accuracy(_) => signed(&format!("{:.2}", 100.0 * value)),
        }
    }

    /// A value as measured, printed.
    pub(in crate::view) fn print_measured(self, value: f64) -> String {
        match self {
            Self::Loss(_) => significant(value, 4),
            Self::Accuracy(_) => format!("{:.2} %", 100.0 * value),
        }
    }

    /// The unit of differences.
    pub(in crate::view) fn unit(self) -> &'static str {
        match self {
            Self::Loss(_) => "in log₁₀",
            Self::Accuracy(_) => "points",
        }
    }

    /// The unit of values.
    pub(in crate::view) fn value_unit(self) -> &'static str {
        match self {
            Self::Loss(_) => "log₁₀",
            Self::Accuracy(_) => "%",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_training_loss_and_test_accuracy_are_published() {
        let published = |column: &str| Quantity::of(column).and_then(Quantity::published);
        assert_eq!(published("train_loss_running"), Some("log10_train_loss"));
        assert_eq!(published("train_loss"), Some("log10_train_loss"));
        assert_eq!(published("test_accuracy"), Some("test_accuracy"));
        for column in ["test_loss", "validation_loss", "validation_accuracy"] {
            assert!(Quantity::of(column).is_some());
            assert_eq!(published(column), None, "{column}");
        }
    }
}
