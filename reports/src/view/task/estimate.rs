//! The primary metric over the runs of an entry.

use crate::tables::Score;
use schemars::JsonSchema;
use serde::Serialize;
use stats::Interval;
use stats::verdict::FEWEST_PAIRS;

/// The primary metric over the runs of an entry: numbers, and the same printed.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct Estimate {
    /// Runs that enter.
    pub n: usize,
    /// Their values, by repetition.
    pub values: Vec<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Lower bound of the 95 % interval of the mean, from five runs on, cut to what the metric can be.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// `mean`, printed.
    pub mean_text: Option<String>,
    /// `low`, printed.
    pub low_text: Option<String>,
    /// `high`, printed.
    pub high_text: Option<String>,
    /// Half the interval as it is, not cut.
    pub half: Option<f64>,
    /// Half the interval, printed.
    pub half_text: Option<String>,
    /// Sample standard deviation over the runs, printed.
    pub spread_text: Option<String>,
}

impl Estimate {
    /// `within`: what the metric can be; an interval is cut to it.
    pub(super) fn new(scores: &[Score], print: fn(f64) -> String, within: Interval) -> Self {
        let values: Vec<f64> = scores.iter().map(|s| s.value).collect();
        let mean = stats::mean(&values);
        let whole = stats::mean_interval(&values, 0.95).filter(|_| values.len() >= FEWEST_PAIRS);
        let interval = whole.map(|i| Interval { low: i.low.max(within.low), high: i.high.min(within.high) });
        Self {
            n: values.len(),
            mean,
            low: interval.map(|i| i.low),
            high: interval.map(|i| i.high),
            mean_text: mean.map(print),
            low_text: interval.map(|i| print(i.low)),
            high_text: interval.map(|i| print(i.high)),
            half: whole.map(|i| i.half_width()),
            half_text: whole.map(|i| print(i.half_width())),
            spread_text: stats::standard_deviation(&values).map(print),
            values,
        }
    }
}
