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
    /// How far the interval goes, printed: `± 1.20`, or its bounds where those were cut.
    pub around: Option<String>,
    /// Sample standard deviation over the runs, printed.
    pub spread_text: Option<String>,
}

impl Estimate {
    /// `within`: what the metric can be; an interval is cut to it.
    pub(super) fn new(scores: &[Score], print: impl Fn(f64) -> String, within: Interval) -> Self {
        let values: Vec<f64> = scores.iter().map(|s| s.value).collect();
        let mean = stats::mean(&values);
        let whole = stats::mean_interval(&values, 0.95).filter(|_| values.len() >= FEWEST_PAIRS);
        let interval = whole.map(|i| Interval { low: i.low.max(within.low), high: i.high.min(within.high) });
        Self {
            n: values.len(),
            mean,
            low: interval.map(|i| i.low),
            high: interval.map(|i| i.high),
            mean_text: mean.map(&print),
            low_text: interval.map(|i| print(i.low)),
            high_text: interval.map(|i| print(i.high)),
            half: whole.map(|i| i.half_width()),
            around: whole.map(|i| around(i, within, &print)),
            spread_text: stats::standard_deviation(&values).map(&print),
            values,
        }
    }
}

/// How far an interval goes: half of it, or where that leaves what the metric can be, the bounds that are left.
pub(crate) fn around(whole: Interval, within: Interval, print: impl Fn(f64) -> String) -> String {
    if whole.low < within.low || whole.high > within.high {
        return format!("[{}, {}]", print(whole.low.max(within.low)), print(whole.high.min(within.high)));
    }
    format!("± {}", print(whole.half_width()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_stays_within_what_the_metric_can_be() {
        let print = |x: f64| format!("{:.1}", 100.0 * x);
        let shares = Interval { low: 0.0, high: 1.0 };
        let of = |low, high| around(Interval { low, high }, shares, print);
        assert_eq!(of(0.31, 1.09), "[31.0, 100.0]");
        assert_eq!(of(-0.1, 0.3), "[0.0, 30.0]");
        assert_eq!(of(0.5, 0.75), "± 12.5");
    }
}
