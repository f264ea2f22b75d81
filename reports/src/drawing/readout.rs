//! The numbers behind the lines of a figure, in the units of the data: for a cursor, and for a table.

use super::along::Along;
use schemars::JsonSchema;
use serde::Serialize;

/// Moments kept per line of a read-out.
const MOMENTS: usize = 200;

/// Values along the lines of a figure, to four digits; never logarithms.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Readout {
    /// What the lines can be read along.
    pub x: ReadoutAxes,
    /// Quantity and unit.
    pub y: String,
    /// One per entry with a mean.
    pub series: Vec<ReadoutSeries>,
}

/// Names of what a figure can be read along; none where it is not measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ReadoutAxes {
    /// Epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<&'static str>,
    /// Steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<&'static str>,
    /// Seconds of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<&'static str>,
}

/// The mean of an entry at the same moments in every list.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ReadoutSeries {
    /// Key of the entry.
    pub entry: String,
    /// Its name.
    pub label: String,
    /// Epochs completed; empty where the figure has none, as are the next two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub epoch: Vec<f64>,
    /// Steps completed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub step: Vec<f64>,
    /// Seconds that these steps take at the median time of one, as it was measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub second: Vec<f64>,
    /// Mean over the runs, as long as each has a value.
    pub mean: Vec<f64>,
    /// Smallest of them.
    pub low: Vec<f64>,
    /// Largest of them.
    pub high: Vec<f64>,
    /// How many there are.
    pub n: Vec<u64>,
}

/// What a row of a curve's table belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveLine {
    /// The mean over the runs, as long as each has a value.
    Mean,
    /// One run.
    Run(u64),
    /// Somebody else's result.
    Published,
    /// The best there can be, wherever one is.
    Limit,
}

/// A point of a line with everything known about it, in the units of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveRow {
    /// Which line.
    pub line: CurveLine,
    /// Epochs, steps and seconds where they are known.
    pub at: Moment,
    /// The value.
    pub value: f64,
    /// Smallest and largest over the runs of a mean, and their number.
    pub runs: Option<([f64; 2], u64)>,
}

/// When something was measured, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// Epochs completed.
    pub epoch: Option<f64>,
    /// Steps completed.
    pub step: Option<f64>,
    /// Seconds of training.
    pub second: Option<f64>,
}

impl Moment {
    /// A number of epochs of which nothing else is known.
    pub(crate) fn epoch(epoch: f64) -> Self {
        Self { epoch: Some(epoch), ..Self::default() }
    }

    /// A number of steps of which nothing else is known.
    pub(crate) fn step(step: f64) -> Self {
        Self { step: Some(step), ..Self::default() }
    }

    /// The coordinate along an axis; not a number where it is not known.
    pub(crate) fn along(&self, axis: Along) -> f64 {
        let known = match axis {
            Along::Epoch => self.epoch,
            Along::Step => self.step,
            Along::Second => self.second,
        };
        known.unwrap_or(f64::NAN)
    }
}

impl ReadoutAxes {
    /// The names of those that are there.
    pub(crate) fn new(axes: &[Along]) -> Self {
        let name = |axis, name| axes.contains(&axis).then_some(name);
        Self {
            epoch: name(Along::Epoch, "epoch"),
            step: name(Along::Step, "step"),
            second: name(Along::Second, "seconds of training"),
        }
    }
}

impl ReadoutSeries {
    /// The rows of a mean, thinned evenly; nothing where there is no mean.
    pub(crate) fn new(entry: &str, label: &str, rows: &[CurveRow], axes: &[Along]) -> Option<Self> {
        let means: Vec<&CurveRow> = rows.iter().filter(|r| r.line == CurveLine::Mean).collect();
        let kept: Vec<&CurveRow> = evenly(means.len(), MOMENTS).into_iter().map(|i| means[i]).collect();
        // Epochs and steps are whole numbers: not rounded.
        let along = |axis: Along, round: fn(f64) -> f64| {
            let at = kept.iter().map(|r| round(r.at.along(axis)));
            if axes.contains(&axis) { at.collect() } else { Vec::new() }
        };
        let bound =
            |k: usize| kept.iter().map(move |r| four_digits(r.runs.map_or(r.value, |(ends, _)| ends[k])));
        (!kept.is_empty()).then(|| Self {
            entry: entry.into(),
            label: label.into(),
            epoch: along(Along::Epoch, |x| x),
            step: along(Along::Step, |x| x),
            second: along(Along::Second, four_digits),
            mean: kept.iter().map(|r| four_digits(r.value)).collect(),
            low: bound(0).collect(),
            high: bound(1).collect(),
            n: kept.iter().map(|r| r.runs.map_or(1, |(_, n)| n)).collect(),
        })
    }
}

/// At most `limit` places of a list of `count`, evenly spread; the first and the last are among them.
pub(crate) fn evenly(count: usize, limit: usize) -> Vec<usize> {
    if count <= limit || limit < 2 {
        return (0..count).collect();
    }
    (0..limit).map(|k| (k * (count - 1) + (limit - 1) / 2) / (limit - 1)).collect()
}

/// `x` to four significant digits.
pub(crate) fn four_digits(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_of_any_size() {
        assert_eq!(four_digits(1_234_567.0), 1_235_000.0);
        assert_eq!(four_digits(0.000_123_449), 0.000_123_4);
        assert_eq!(four_digits(-9.999_9), -10.0);
        assert_eq!(four_digits(0.0), 0.0);
        assert!(four_digits(f64::NAN).is_nan());
    }

    #[test]
    fn a_thinned_list_keeps_its_ends() {
        assert_eq!(evenly(4, 200), [0, 1, 2, 3]);
        assert_eq!(evenly(9, 5), [0, 2, 4, 6, 8]);
        let kept = evenly(1001, 200);
        assert_eq!((kept.len(), kept[0], kept[199]), (200, 0, 1000));
        assert!(kept.windows(2).all(|w| w[0] < w[1]));
        assert!(evenly(0, 200).is_empty());
    }

    #[test]
    fn low_and_high_of_a_single_run_are_its_value() {
        let row = CurveRow { line: CurveLine::Mean, at: Moment::step(1000.0), value: 0.123_456, runs: None };
        let other = CurveRow { line: CurveLine::Run(3), ..row };
        let series = ReadoutSeries::new("k", "K", &[row, other], &[Along::Step]).unwrap();
        assert_eq!((series.step.as_slice(), series.n.as_slice()), (&[1000.0][..], &[1][..]));
        assert_eq!((series.low.as_slice(), series.high.as_slice()), (&[0.1235][..], &[0.1235][..]));
        assert!(series.epoch.is_empty() && series.second.is_empty());
        assert_eq!(ReadoutSeries::new("k", "K", &[other], &[Along::Step]), None);
    }
}
