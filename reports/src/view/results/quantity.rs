//! The quantities that claims and figures are about: which column, in which unit, how it is printed.

use crate::tables::schema::curves;
use crate::words::text::{minus, significant};
use records::{Measured, TaskKind};
use stats::verdict::signed;

/// More decimals than these are not read.
const MOST_DECIMALS: i32 = 6;

/// How a column of the curves is drawn, compared and printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantity {
    /// A loss in the task's unit; its logarithm is compared.
    Loss(&'static str),
    /// A share of examples; compared as it is, printed in percent.
    Accuracy(&'static str),
}

impl Quantity {
    /// The quantity of a column of the curves, if it is one.
    pub(crate) fn of(column: &str) -> Option<Self> {
        let losses =
            [curves::TRAIN_LOSS_RUNNING, curves::TRAIN_LOSS, curves::VALIDATION_LOSS, curves::TEST_LOSS];
        let accuracies = [curves::VALIDATION_ACCURACY, curves::TEST_ACCURACY];
        let find = |names: &[&'static str]| names.iter().find(|name| **name == column).copied();
        find(&losses).map(Self::Loss).or_else(|| find(&accuracies).map(Self::Accuracy))
    }

    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Loss(column) | Self::Accuracy(column) => column,
        }
    }

    /// What it is called in a sentence.
    pub(crate) fn name(self) -> &'static str {
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
    pub(crate) fn published(self) -> Option<&'static str> {
        match self.column() {
            curves::TRAIN_LOSS_RUNNING | curves::TRAIN_LOSS => Some("log10_train_loss"),
            curves::TEST_ACCURACY => Some("test_accuracy"),
            _ => None,
        }
    }

    /// Into the unit that is compared: log₁₀ of a loss. A loss that rounds to zero counts as the smallest number.
    pub(crate) fn compared(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value.max(f64::MIN_POSITIVE).log10(),
            Self::Accuracy(_) => value,
        }
    }

    /// What a diverged run counts as: worse than every finished one.
    pub(crate) fn worst(self) -> f64 {
        match self {
            Self::Loss(_) => f64::INFINITY,
            Self::Accuracy(_) => 0.0,
        }
    }

    /// What guessing on a task comes to, as measured: what the measure says of it, or else that of as many equal classes.
    pub(crate) fn of_guessing(self, kind: &TaskKind) -> f64 {
        let (TaskKind::Training { classes, .. }, Some(measure)) = (kind, kind.measure()) else {
            return f64::NAN;
        };
        let classes = (*classes).max(1) as f64;
        match (self, measure.of) {
            (Self::Loss(_), Measured::Loss) | (Self::Accuracy(_), Measured::Accuracy) => measure.chance,
            (Self::Loss(_), Measured::Gap { minimum }) => minimum + 10_f64.powf(measure.chance),
            (Self::Loss(_), Measured::Accuracy) => classes.ln(),
            (Self::Accuracy(_), _) => 1.0 / classes,
        }
    }

    /// The margin of a task, where it is one of what is compared: never of a loss, whose logarithm is.
    pub(crate) fn margin(self, kind: &TaskKind) -> Option<f64> {
        match (self, kind, kind.measure()?.of) {
            (Self::Accuracy(_), TaskKind::Training { margin, .. }, Measured::Accuracy) => Some(*margin),
            _ => None,
        }
    }

    /// Whether less of it is better.
    pub(crate) fn falls(self) -> bool {
        matches!(self, Self::Loss(_))
    }

    /// Into the coordinate that is drawn: log₁₀ of a loss, percent of an accuracy.
    pub(crate) fn drawn(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value.log10(),
            Self::Accuracy(_) => 100.0 * value,
        }
    }

    /// From the unit of published curves into the coordinate that is drawn.
    pub(crate) fn drawn_published(self, value: f64) -> f64 {
        match self {
            Self::Loss(_) => value,
            Self::Accuracy(_) => 100.0 * value,
        }
    }

    /// A value in the unit that is compared, printed.
    pub(crate) fn print(self, value: f64) -> String {
        match self {
            Self::Loss(_) => minus(&format!("{value:.3}")),
            Self::Accuracy(_) => format!("{:.2}", 100.0 * value),
        }
    }

    /// A difference in the unit that is compared, printed with its sign and these decimals.
    pub(crate) fn print_difference(self, value: f64, decimals: usize) -> String {
        signed(&format!("{:.decimals$}", self.in_unit(value)))
    }

    /// Decimals for a difference and its bounds: three for a loss and two for percentage points, and more, up to six,
    /// where the nearest to zero of `values` would show less than two significant digits (of a loss) or one. A bound
    /// that is not zero must not look like zero: on which side of zero it lies is the verdict.
    pub(crate) fn decimals(self, values: &[f64]) -> usize {
        let (usual, digits) = match self {
            Self::Loss(_) => (3, 2),
            Self::Accuracy(_) => (2, 1),
        };
        let sizes = values.iter().map(|value| self.in_unit(*value).abs());
        let nearest = sizes.filter(|size| *size > 0.0 && size.is_finite()).reduce(f64::min);
        let needed = nearest.map_or(0, |size| digits - 1 - size.log10().floor() as i32);
        needed.clamp(usual, MOST_DECIMALS) as usize
    }

    /// A difference in the unit it is printed in.
    fn in_unit(self, difference: f64) -> f64 {
        match self {
            Self::Loss(_) => difference,
            Self::Accuracy(_) => 100.0 * difference,
        }
    }

    /// A value as measured, printed.
    pub(crate) fn print_measured(self, value: f64) -> String {
        match self {
            Self::Loss(_) => significant(value, 4),
            Self::Accuracy(_) => format!("{:.2} %", 100.0 * value),
        }
    }

    /// The unit of differences.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Loss(_) => "in log₁₀",
            Self::Accuracy(_) => "points",
        }
    }

    /// The unit of values.
    pub(crate) fn value_unit(self) -> &'static str {
        match self {
            Self::Loss(_) => "log₁₀",
            Self::Accuracy(_) => "%",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::Measure;

    /// An interval from 0.000 32 to 0.001 1 around 0.000 71, and one from 0.104 to 0.496; half a hundredth of a point.
    #[test]
    fn what_is_not_zero_does_not_print_as_zero() {
        let loss = Quantity::Loss("train_loss");
        let decimals = loss.decimals(&[0.000_32, 0.0011]);
        let printed = [0.000_32, 0.000_71, 0.0011].map(|x| loss.print_difference(x, decimals));
        assert_eq!(printed, ["+0.00032", "+0.00071", "+0.00110"]);
        assert_eq!(loss.decimals(&[-0.496, -0.104]), 3);
        assert_eq!((loss.decimals(&[0.0, 0.0]), loss.decimals(&[])), (3, 3));
        assert_eq!((loss.decimals(&[-0.0021, 0.3]), loss.decimals(&[1e-9, 0.3])), (4, 6));
        let accuracy = Quantity::Accuracy("test_accuracy");
        assert_eq!((accuracy.decimals(&[0.1037, 0.4963]), accuracy.decimals(&[-0.0003, 0.4])), (2, 2));
        assert_eq!(accuracy.decimals(&[0.000_05, 0.4]), 3);
        assert_eq!(accuracy.print_difference(0.000_05, 3), "+0.005");
    }

    /// Nobody's loss is at ln 65 where the measure says that a guess is at 4; of a gap of 10^0.5 to 2 it is at 5.16.
    #[test]
    fn a_measure_knows_better_than_the_number_of_classes_what_guessing_is() {
        let kind = |measure: Option<Measure>| TaskKind::Training {
            classes: 65,
            train_examples: 1,
            validation_examples: 0,
            test_examples: 1,
            example: "sequence".into(),
            loss_unit: "nats per token".into(),
            classifies: true,
            measure,
            epochs: 1,
            batch_size: 1,
            parameters: 1,
            margin: 0.25,
        };
        let (loss, accuracy) = (Quantity::Loss("test_loss"), Quantity::Accuracy("test_accuracy"));
        let plain = kind(None);
        assert_eq!((loss.of_guessing(&plain), accuracy.of_guessing(&plain)), (65_f64.ln(), 1.0 / 65.0));
        assert_eq!((loss.margin(&plain), accuracy.margin(&plain)), (None, Some(0.25)));
        let by = |of: Measured, chance: f64| kind(Some(Measure { of, chance, ..Measure::accuracy(65) }));
        let judged = by(Measured::Loss, 4.0);
        assert_eq!((loss.of_guessing(&judged), accuracy.of_guessing(&judged)), (4.0, 1.0 / 65.0));
        assert_eq!(accuracy.margin(&judged), None);
        let gap = by(Measured::Gap { minimum: 2.0 }, 0.5);
        assert!((loss.of_guessing(&gap) - 5.162_277_660_168_38).abs() < 1e-12);
    }

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
