//! Axes: a range, and where to put ticks on it.

use super::text::{minus, superscript};
use schemars::JsonSchema;
use serde::Serialize;

/// From this many decades on nothing is marked within them.
const DECADES: f64 = 5.0;

/// An axis in the coordinate that is drawn (the logarithm, for a logarithmic one).
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Axis {
    /// Quantity and unit.
    pub label: String,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the coordinate is the decimal logarithm of the quantity.
    pub logarithmic: bool,
    /// The ticks, by increasing position.
    pub ticks: Vec<Tick>,
    /// Unlabelled places between them, on a logarithmic axis: 2 to 9 within the decades, or whole decades.
    pub minor: Vec<f64>,
}

/// A tick of an axis.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Tick {
    /// Position in the drawn coordinate.
    pub at: f64,
    /// Text.
    pub text: String,
}

impl Axis {
    /// An axis from `low` to `high` with ticks at round numbers, as they are (`widen` false) or widened to the
    /// ticks around.
    pub(crate) fn linear(label: &str, low: f64, high: f64, widen: bool) -> Self {
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        let step = round_step((high - low) / 6.0);
        let (low, high) =
            if widen { ((low / step).floor() * step, (high / step).ceil() * step) } else { (low, high) };
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let tick = |i: i64| {
            // Rounded to what the label says, so that the JSON holds 0.3 and not 0.30000000000000004.
            let at: f64 = format!("{:.decimals$}", i as f64 * step).parse().unwrap_or(i as f64 * step);
            let text = if at >= 10_000.0 {
                thousands(at as u64)
            } else {
                minus(&format!("{:.decimals$}", at + 0.0))
            };
            Tick { at, text }
        };
        let ticks = (first..=last).map(tick).collect();
        Self { label: label.into(), low, high, logarithmic: false, ticks, minor: Vec::new() }
    }

    /// A logarithmic axis from 10^`low` to 10^`high`. Ticks are decades, or 1, 2, 5 within decades where there
    /// are few of those, or round numbers where the range is less than a factor of three.
    pub(crate) fn logarithmic(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = if high > low { (low, high) } else { (low - 0.2, low + 0.2) };
        let span = high - low;
        let mut ticks = Vec::new();
        if span < 0.5 {
            let inner = Self::linear("", 10_f64.powf(low), 10_f64.powf(high), false);
            let positive = inner.ticks.into_iter().filter(|t| t.at > 0.0);
            ticks.extend(positive.map(|t| Tick { at: round_to(t.at.log10(), 5), text: t.text }));
        } else {
            let mantissas: &[f64] = if span < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            // No more than about seven decades are labelled.
            let every = (span / 7.0).ceil().max(1.0) as i32;
            for decade in low.floor() as i32..=high.ceil() as i32 {
                for mantissa in mantissas {
                    let at = f64::from(decade) + mantissa.log10();
                    if at < low - 1e-9 || at > high + 1e-9 || decade.rem_euclid(every) != 0 {
                        continue;
                    }
                    let text = if (-3..4).contains(&decade) {
                        let decimals = (-decade).max(0) as usize;
                        format!("{:.decimals$}", mantissa * 10_f64.powi(decade))
                    } else if mantissas.len() == 1 {
                        format!("10{}", superscript(decade))
                    } else {
                        format!("{mantissa}·10{}", superscript(decade))
                    };
                    ticks.push(Tick { at: round_to(at, 5), text });
                }
            }
        }
        let minor = minor(low, high, &ticks);
        Self { label: label.into(), low, high, logarithmic: true, ticks, minor }
    }

    /// An axis of factors from 1 to 2^`most`, in their logarithm to base 2.
    pub(crate) fn factors(label: &str, most: f64) -> Self {
        let tick = |power: u32| Tick { at: f64::from(power), text: 2_u64.pow(power).to_string() };
        let ticks = (0..=most as u32).map(tick).collect();
        Self { ticks, ..Self::linear(label, 0.0, most, false) }
    }

    /// Whether `x` is on the axis.
    pub(crate) fn holds(&self, x: f64) -> bool {
        x >= self.low && x <= self.high
    }
}

/// Where a logarithmic axis has unlabelled ticks: at 2 to 9 within decades, over many decades at the decades alone.
fn minor(low: f64, high: f64, ticks: &[Tick]) -> Vec<f64> {
    let mantissas: &[f64] =
        if high - low < DECADES { &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0] } else { &[1.0] };
    (low.floor() as i32..=high.ceil() as i32)
        .flat_map(|decade| mantissas.iter().map(move |m| round_to(f64::from(decade) + m.log10(), 5)))
        .filter(|at| *at >= low && *at <= high && ticks.iter().all(|t| (t.at - at).abs() > 1e-4))
        .collect()
}

/// The nearest of 1, 2, 5 times a power of ten at or above `x`.
fn round_step(x: f64) -> f64 {
    let power = 10_f64.powf(x.log10().floor());
    let mantissa = x / power;
    power
        * if mantissa <= 1.000_001 {
            1.0
        } else if mantissa <= 2.000_001 {
            2.0
        } else if mantissa <= 5.000_001 {
            5.0
        } else {
            10.0
        }
}

/// Digits in groups of three, parted by a thin space.
pub(crate) fn thousands(x: u64) -> String {
    let digits = x.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    out
}

/// `x` with `decimals` decimals.
pub(crate) fn round_to(x: f64, decimals: i32) -> f64 {
    let power = 10_f64.powi(decimals);
    // Plus zero: minus zero prints as "-0.0".
    (x * power).round() / power + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn round_ticks() {
        assert_eq!(texts(&Axis::linear("", 0.0, 12.0, false)), ["0", "2", "4", "6", "8", "10", "12"]);
        assert_eq!(
            texts(&Axis::linear("", -0.2, 0.21, false)),
            ["\u{2212}0.2", "\u{2212}0.1", "0.0", "0.1", "0.2"]
        );
        let wide = Axis::linear("", 41.0, 59.0, true);
        assert_eq!((wide.low, wide.high), (40.0, 60.0));
        assert_eq!(texts(&Axis::linear("", 0.0, 88_000.0, false)).last(), Some(&"80\u{2009}000"));
        assert_eq!(Axis::linear("", 3.0, 3.0, false).ticks.len(), 5);
    }

    #[test]
    fn decades_and_what_lies_between() {
        assert_eq!(texts(&Axis::logarithmic("", -4.0, 1.0)), ["10⁻⁴", "0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(texts(&Axis::logarithmic("", -1.0, 0.4)), ["0.1", "0.2", "0.5", "1", "2"]);
        // 1.5 to 2.4: less than a factor of three.
        let near = Axis::logarithmic("", 0.176, 0.38);
        assert_eq!(texts(&near), ["1.6", "1.8", "2.0", "2.2"]);
        assert!((near.ticks[2].at - std::f64::consts::LOG10_2).abs() < 1e-5);
        assert_eq!(texts(&Axis::logarithmic("", -16.0, 2.0)).len(), 6);
    }

    /// From 0.1 to 2.5 with 0.1, 0.2, 0.5, 1, 2 labelled: 0.3, 0.4, 0.6 to 0.9 are left, their logarithms from a
    /// table.
    #[test]
    fn unlabelled_ticks_within_decades() {
        let minor = Axis::logarithmic("", -1.0, 0.4).minor;
        assert_eq!(minor, [-0.52288, -0.39794, -0.22185, -0.1549, -0.09691, -0.04576]);
        // Four decades: eight each between the decades. Five and more: nothing; eighteen: the decades between.
        assert_eq!(Axis::logarithmic("", -4.0, 0.0).minor.len(), 32);
        assert!(Axis::logarithmic("", -4.0, 1.0).minor.is_empty());
        let wide = Axis::logarithmic("", -16.0, 2.0);
        assert_eq!(wide.ticks.len() + wide.minor.len(), 19);
        assert!(Axis::linear("", 0.0, 1.0, false).minor.is_empty());
    }
}
