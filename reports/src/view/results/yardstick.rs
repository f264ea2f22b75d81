//! What a task is judged by, as it is compared, printed and drawn. No page knows more of a measure than this says.

use crate::drawing::axis::round_to;
use crate::tables::schema::curves;
use crate::words::text::{minus, percent};
use records::{Measure, Measured, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::{Unit, signed};
use stats::{Direction, Interval};

/// Decimals where a task has no margin that says how many are worth reading.
const DECIMALS: usize = 4;
/// Fewest and most.
const BOUNDS: [i32; 2] = [2, 6];

/// The unit of a task's losses; empty of a function.
pub(crate) fn loss_unit(kind: &TaskKind) -> &str {
    match kind {
        TaskKind::Training { loss_unit, .. } => loss_unit,
        TaskKind::Function { .. } => "",
    }
}

/// A measure with the task's practical margin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Yardstick {
    measure: Measure,
    margin: f64,
    decimals: usize,
}

/// A measure in words.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct MeasureView {
    /// Name with the part of the data (`test accuracy`).
    pub name: String,
    /// Unit of printed values.
    pub unit: String,
    /// Unit of printed differences (`percentage points`).
    pub differences: String,
    /// The same where there is little room (`points`).
    pub points: String,
    /// Whether more of it is better.
    pub rises: bool,
    /// What a diverged run counts as, with its unit where it is not zero.
    pub worst: String,
    /// What an interval must not do, for the measure has bounds: `leave 0 to 100`.
    pub bounds: Option<String>,
}

impl Yardstick {
    /// What a training is judged by; none of a function.
    pub(crate) fn of(kind: &TaskKind) -> Option<Self> {
        let (TaskKind::Training { margin, .. }, Some(measure)) = (kind, kind.measure()) else { return None };
        let decimals = match measure.of {
            Measured::Accuracy => 2,
            // Two digits of what matters.
            _ if *margin > 0.0 && margin.is_finite() => {
                (1 - margin.log10().floor() as i32).clamp(BOUNDS[0], BOUNDS[1]) as usize
            }
            _ => DECIMALS,
        };
        Some(Self { measure, margin: *margin, decimals })
    }

    /// Which way is better.
    pub(crate) fn better(&self) -> Direction {
        if self.measure.rises() { Direction::Larger } else { Direction::Smaller }
    }

    /// A value as one of which more is better, and a difference of such values as one of the measure: the same turn.
    pub(crate) fn turned(&self, value: f64) -> f64 {
        self.better().gain(value, 0.0)
    }

    /// The word for the end of the better ones.
    pub(crate) fn best(&self) -> &'static str {
        if self.measure.rises() { "highest" } else { "lowest" }
    }

    /// Name with the part of the data.
    pub(crate) fn name(&self) -> String {
        self.measure.full_name()
    }

    /// Name of the value at the end of the budget, without its unit.
    pub(crate) fn final_name(&self) -> String {
        format!("final {}", self.name())
    }

    /// A name with the unit.
    pub(crate) fn with_unit(&self, name: &str) -> String {
        if self.measure.unit.is_empty() { name.to_owned() } else { format!("{name}, {}", self.measure.unit) }
    }

    /// Unit of printed values.
    pub(crate) fn unit(&self) -> &str {
        &self.measure.unit
    }

    /// Differences below this do not matter.
    pub(crate) fn margin(&self) -> f64 {
        self.margin
    }

    /// What a guess comes to.
    pub(crate) fn chance(&self) -> f64 {
        self.measure.chance
    }

    /// The best there can be, if that is known.
    pub(crate) fn limit(&self) -> Option<f64> {
        self.measure.limit
    }

    /// The column of the table of curves that has its values.
    pub(crate) fn column(&self) -> &'static str {
        match self.measure.of {
            Measured::Gap { .. } => curves::GAP,
            _ => self.measure.column(),
        }
    }

    /// The column that is watched while a training runs, the function from its numbers to values, and the name of these.
    pub(crate) fn watched(&self, validated: bool) -> (&'static str, impl Fn(f64) -> f64, String) {
        let column = self.measure.watched(validated);
        let name = if column.starts_with("validation_") {
            format!("validation {}", self.measure.name)
        } else {
            self.name()
        };
        (column, |number| self.measure.of_loss(number), name)
    }

    /// A value or a difference as it is drawn and printed: an accuracy in percent.
    pub(crate) fn scaled(&self, value: f64) -> f64 {
        self.measure.printed_factor() * value
    }

    /// A value or a difference as it is drawn, rounded to more than is read.
    pub(crate) fn drawn(&self, value: f64) -> f64 {
        round_to(self.scaled(value), self.decimals as i32 + 2)
    }

    /// The shortest stretch of values that an axis has.
    pub(crate) fn shortest(&self) -> f64 {
        10_f64.powi(1 - self.decimals as i32)
    }

    /// A value, printed without its unit.
    pub(crate) fn print(&self, value: f64) -> String {
        match self.measure.of {
            Measured::Accuracy => percent(value),
            _ => minus(&format!("{value:.*}", self.decimals)),
        }
    }

    /// A value, printed with its unit.
    pub(crate) fn print_whole(&self, value: f64) -> String {
        format!("{} {}", self.print(value), self.measure.unit).trim_end().to_owned()
    }

    /// A value where one decimal less will do: a table has all of them.
    pub(crate) fn print_short(&self, value: f64) -> String {
        minus(&format!("{:.*}", self.decimals - 1, self.scaled(value)))
    }

    /// A difference, printed with its sign.
    pub(crate) fn print_difference(&self, difference: f64) -> String {
        signed(&format!("{:.*}", self.decimals, self.scaled(difference)))
    }

    /// How sentences print differences.
    pub(crate) fn differences(&self) -> Unit<'_> {
        Unit {
            better: self.better(),
            scale: self.measure.printed_factor(),
            decimals: self.decimals,
            name: self.measure.difference_unit(),
        }
    }

    /// What a difference is one of, for an axis.
    pub(crate) fn difference_axis(&self) -> String {
        match self.measure.of {
            Measured::Accuracy => format!("points of {}", self.measure.name),
            _ => format!("{} ({}), less is better", self.measure.name, self.measure.difference_unit()),
        }
    }

    /// What the values can be.
    pub(crate) fn within(&self) -> Interval {
        match self.measure.of {
            Measured::Accuracy => Interval { low: 0.0, high: 1.0 },
            Measured::Loss => Interval { low: 0.0, high: f64::INFINITY },
            Measured::Gap { .. } => Interval { low: f64::NEG_INFINITY, high: f64::INFINITY },
        }
    }

    /// How much of the way from a guess to the best there can be a value has come, in percent; the best is the limit, or what else
    /// is known of it. None where nothing is.
    pub(crate) fn way(&self, value: f64, anchor: Option<f64>) -> Option<f64> {
        let (from, to) = match self.measure.of {
            Measured::Accuracy => (0.0, 1.0),
            _ => (self.measure.chance, self.measure.limit.or(anchor)?),
        };
        Some((100.0 * (value - from) / (to - from)).clamp(0.0, 100.0)).filter(|way| way.is_finite())
    }

    /// The measure in words.
    pub(crate) fn view(&self) -> MeasureView {
        let points = self.measure.difference_unit().to_owned();
        let (differences, worst, bounds) = match self.measure.of {
            Measured::Accuracy => ("percentage points".into(), "0".into(), Some("leave 0 to 100".into())),
            Measured::Loss => {
                (points.clone(), self.print_whole(self.measure.worst()), Some("go below 0".into()))
            }
            Measured::Gap { .. } => (points.clone(), self.print_whole(self.measure.worst()), None),
        };
        MeasureView {
            name: self.name(),
            unit: self.measure.unit.clone(),
            differences,
            points,
            rises: self.measure.rises(),
            worst,
            bounds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::Part;

    fn yardstick(of: Measured, unit: &str, margin: f64) -> Yardstick {
        let measure = Measure {
            of,
            part: Part::Test,
            name: "loss".into(),
            unit: unit.into(),
            chance: 4.0,
            limit: Some(1.0),
        };
        let kind = TaskKind::Training {
            classes: 55,
            train_examples: 1,
            validation_examples: 1,
            test_examples: 1,
            example: "sequence".into(),
            loss_unit: unit.into(),
            classifies: false,
            measure: Some(measure),
            epochs: 1,
            batch_size: 1,
            parameters: 1,
            margin,
        };
        Yardstick::of(&kind).unwrap()
    }

    #[test]
    fn a_margin_says_how_many_decimals_are_read() {
        let printed = |margin: f64| yardstick(Measured::Loss, "nats", margin).print_difference(-0.123_456_78);
        assert_eq!([0.3, 0.02, 0.005, 1e-9].map(printed), ["−0.12", "−0.123", "−0.1235", "−0.123457"]);
        assert_eq!(printed(0.0), "−0.1235");
    }

    #[test]
    fn what_falls_is_turned_and_has_no_upper_bound() {
        let loss = yardstick(Measured::Loss, "nats per token", 0.02);
        assert_eq!((loss.turned(1.5), loss.turned(-1.5), loss.best()), (-1.5, 1.5, "lowest"));
        assert_eq!(
            (loss.print_whole(1.5), loss.within().high),
            ("1.500 nats per token".into(), f64::INFINITY)
        );
        assert_eq!([4.0, 2.5, 1.0, 9.0].map(|x| loss.way(x, None)), [0.0, 50.0, 100.0, 0.0].map(Some));
        assert_eq!(loss.watched(true).0, "validation_loss");
        let gap = yardstick(Measured::Gap { minimum: 0.5 }, "log₁₀", 0.1);
        assert_eq!((gap.column(), gap.watched(false).0), ("gap", "test_loss"));
        assert_eq!((gap.watched(false).1)(10.5), 1.0);
        assert_eq!((gap.print(-3.25), gap.view().bounds), ("−3.25".into(), None));
    }
}
