//! Axes: a range, and where to put ticks on it.

use crate::words::text::{minus, significant, superscript};
use schemars::JsonSchema;
use serde::Serialize;

/// From this many decades on nothing is marked within them.
const DECADES: f64 = 5.0;
/// Labels that a logarithmic axis has at least.
const FEWEST: usize = 4;
/// Decimals of a label, at most.
const DECIMALS: usize = 9;
/// Decimals of the smallest number there is.
const FINEST: f64 = 324.0;
/// From here on a range of half a unit on each side is no longer one that labels tell apart.
const LARGE: f64 = 1e9;
/// From here on a label has an exponent.
const MANY: f64 = 1e15;
/// What may lie between labelled decades, which are multiples of it.
const STRIDES: [i32; 9] = [1, 2, 3, 5, 10, 20, 50, 100, 200];
/// Leading digits within a decade.
const DIGITS: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

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
    /// Unlabelled places between them, on a logarithmic axis: 2 to 9 within the decades, whole decades, or parts of
    /// a round step.
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
        // Divided first: the difference of the largest numbers is none.
        let sixth = |low: f64, high: f64| high / 6.0 - low / 6.0;
        let (low, high) = if sixth(low, high) >= f64::MIN_POSITIVE {
            (low, high)
        } else {
            let pad = if low.abs() < LARGE { 0.5 } else { low.abs() / 100.0 };
            (finite(low - pad), finite(low + pad))
        };
        let step = round_step(sixth(low, high));
        let (low, high) = if widen {
            (finite((low / step).floor() * step), finite((high / step).ceil() * step))
        } else {
            (low, high)
        };
        let decimals = decimals_of(step);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let tick = |i: i64| {
            // Rounded to what the label says, so that the JSON holds 0.3 and not 0.30000000000000004.
            let at: f64 = format!("{:.decimals$}", i as f64 * step).parse().unwrap_or(i as f64 * step);
            let text =
                if (10_000.0..MANY).contains(&at) { thousands(at as u64) } else { tick_text(at, decimals) };
            Tick { at, text }
        };
        let ticks = (first..=last).map(tick).collect();
        Self { label: label.into(), low, high, logarithmic: false, ticks, minor: Vec::new() }
    }

    /// A logarithmic axis from 10^`low` to 10^`high`. Ticks are decades, some of them where there are many; over
    /// less than two and a half decades 1, 2, 5 within them, and where those are fewer than four, more digits or
    /// round numbers.
    pub(crate) fn logarithmic(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = if high > low { (low, high) } else { (low - 0.2, low + 0.2) };
        let (ticks, minor) = if high - low < 2.5 { within_decades(low, high) } else { decades(low, high) };
        Self { label: label.into(), low, high, logarithmic: true, ticks, minor }
    }

    /// An axis of factors from 1 to 2^`most`, in their logarithm to base 2.
    pub(crate) fn factors(label: &str, most: f64) -> Self {
        let tick = |power: u32| Tick { at: f64::from(power), text: 2_u64.pow(power).to_string() };
        let ticks = (0..=most.min(63.0) as u32).map(tick).collect();
        Self { ticks, ..Self::linear(label, 0.0, most, false) }
    }

    /// Whether `x` is on the axis.
    pub(crate) fn holds(&self, x: f64) -> bool {
        x >= self.low && x <= self.high
    }
}

/// A number at a tick: with so many decimals, or with an exponent where that would be a row of zeros.
fn tick_text(x: f64, decimals: usize) -> String {
    if decimals > DECIMALS || x.abs() >= MANY {
        let text = significant(x, 3);
        match text.split_once(" × ") {
            // Ticks are round: the digits that say so are not needed.
            Some((mantissa, power)) if mantissa.contains('.') => {
                format!("{} × {power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        }
    } else {
        minus(&format!("{:.decimals$}", x + 0.0))
    }
}

/// Labelled and unlabelled ticks of a logarithmic axis of many decades.
fn decades(low: f64, high: f64) -> (Vec<Tick>, Vec<f64>) {
    // No more than about seven are labelled.
    let stride = STRIDES.into_iter().find(|s| f64::from(*s) >= (high - low) / 7.0).unwrap_or(500);
    let ticks = mantissas(low, high, &[1.0], stride);
    let minor = if high - low < DECADES {
        mantissas(low, high, &DIGITS, 1)
    } else {
        let finer = STRIDES.into_iter().rev().find(|s| 4 * s <= stride).unwrap_or(1);
        mantissas(low, high, &[1.0], finer)
    };
    let minor = unlabelled(minor.into_iter().map(|t| t.at), &ticks);
    (ticks, minor)
}

/// The same for an axis of few decades or less than one.
fn within_decades(low: f64, high: f64) -> (Vec<Tick>, Vec<f64>) {
    if high - low >= 0.5 {
        let sets: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 2.0, 3.0, 5.0, 7.0], &DIGITS];
        let ticks = sets.into_iter().map(|set| mantissas(low, high, set, 1)).find(|t| t.len() >= FEWEST);
        if let Some(ticks) = ticks {
            let all = mantissas(low, high, &DIGITS, 1);
            let minor = unlabelled(all.into_iter().map(|t| t.at), &ticks);
            return (ticks, minor);
        }
    }
    let [from, to] = [low, high].map(|power| 10_f64.powf(power));
    // As many parts as it takes: a round step is up to two and a half times as long as asked for.
    let steps = [6.0, 10.0, 15.0].map(|parts| round_step((to - from) / parts));
    if !(steps[2] >= f64::MIN_POSITIVE && to.is_finite()) {
        // At the ends of what numbers there are only logarithms tell them apart.
        return decades(low, high);
    }
    let labelled = |step: f64| {
        let decimals = decimals_of(step);
        let tick = |i: i64| Tick {
            at: round_to((i as f64 * step).log10(), 5),
            text: tick_text(i as f64 * step, decimals),
        };
        multiples(from, to, step).into_iter().map(tick).collect::<Vec<Tick>>()
    };
    let step = steps.into_iter().find(|s| multiples(from, to, *s).len() >= FEWEST).unwrap_or(steps[2]);
    let ticks = labelled(step);
    // Four parts of two, five of one or five.
    let leading = step / 10_f64.powf((step.log10() + 1e-9).floor());
    let part = step / if (leading - 2.0).abs() < 0.1 { 4.0 } else { 5.0 };
    let parts = multiples(from, to, part).into_iter().map(|i| round_to((i as f64 * part).log10(), 5));
    let minor = unlabelled(parts, &ticks);
    (ticks, minor)
}

/// The positive multiples of a step between two numbers.
fn multiples(from: f64, to: f64, step: f64) -> Vec<i64> {
    let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
    (first.max(1)..=last).collect()
}

/// Ticks at these digits within every decade that is a multiple of `stride`.
fn mantissas(low: f64, high: f64, digits: &[f64], stride: i32) -> Vec<Tick> {
    let mut ticks = Vec::new();
    for decade in (low.floor() as i32..=high.ceil() as i32).filter(|d| d.rem_euclid(stride) == 0) {
        for digit in digits {
            let at = f64::from(decade) + digit.log10();
            if at < low - 1e-9 || at > high + 1e-9 {
                continue;
            }
            let text = if (-3..4).contains(&decade) {
                let decimals = (-decade).max(0) as usize;
                format!("{:.decimals$}", digit * 10_f64.powi(decade))
            } else if digits.len() == 1 {
                format!("10{}", superscript(decade))
            } else {
                format!("{digit}·10{}", superscript(decade))
            };
            ticks.push(Tick { at: round_to(at, 5), text });
        }
    }
    ticks
}

/// The places that have no label.
fn unlabelled(places: impl Iterator<Item = f64>, ticks: &[Tick]) -> Vec<f64> {
    places.filter(|at| ticks.iter().all(|t| (t.at - at).abs() > 1e-4)).collect()
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

/// Decimals that tell multiples of a step apart.
fn decimals_of(step: f64) -> usize {
    (-step.log10().floor()).clamp(0.0, FINEST) as usize
}

/// The nearest number that is one.
fn finite(x: f64) -> f64 {
    x.clamp(f64::MIN, f64::MAX)
}

/// Digits in groups of three, parted by a thin space.
pub(crate) fn thousands(x: u64) -> String {
    let digits = x.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
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

/// Smallest and largest finite value.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |range, v| {
        let (low, high) = range.unwrap_or((v, v));
        Some((f64::min(low, v), f64::max(high, v)))
    })
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
        assert_eq!(texts(&Axis::linear("", 0.0, 88_000.0, false)).last(), Some(&"80\u{202f}000"));
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

    #[test]
    fn labels_are_short_whatever_the_numbers_are() {
        for (low, high) in [(-1e150, 1e150), (0.0, 1e-200), (0.0, 1e19), (1e-12, 2e-12)] {
            let axis = Axis::linear("", low, high, false);
            assert!(axis.ticks.len() > 2, "{axis:?}");
            assert!(texts(&axis).iter().all(|text| text.chars().count() <= 12), "{axis:?}");
        }
        for (low, high) in [(-200.0, -199.8), (150.0, 150.3), (-300.0, 300.0)] {
            let axis = Axis::logarithmic("", low, high);
            assert!(texts(&axis).iter().all(|text| text.chars().count() <= 12), "{axis:?}");
        }
        assert_eq!(texts(&Axis::linear("", 0.0, 2e20, false))[1], "5 × 10¹⁹");
    }

    /// Every number that a record can hold is one that an axis can begin or end with.
    #[test]
    fn the_ends_of_what_numbers_there_are_have_axes() {
        let ends = [0.0, 5e-324, 1e-307, 1.0, 1e15, u64::MAX as f64, 1e308, f64::MAX];
        let all: Vec<f64> = ends.iter().flat_map(|end| [-end, *end]).collect();
        for (&low, &high) in all.iter().flat_map(|low| all.iter().map(move |high| (low, high))) {
            for widen in [false, true] {
                let axis = Axis::linear("", low, high, widen);
                assert!(axis.low.is_finite() && axis.high.is_finite(), "{axis:?}");
                assert!((1..40).contains(&axis.ticks.len()), "{low} {high} {axis:?}");
            }
        }
        let same = Axis::linear("", u64::MAX as f64, u64::MAX as f64, false);
        assert!(same.high > same.low && same.ticks.len() > 2, "{same:?}");
        for (low, high) in [(-324.0, -323.9), (-323.6, -323.3), (308.2, 308.2), (-308.0, -307.9)] {
            assert!(Axis::logarithmic("", low, high).ticks.len() < 40);
        }
        assert_eq!(Axis::factors("", 200.0).ticks.len(), 64);
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
    /// 1.2 to 2.45: halves would be two labels, so fifths, and twentieths between them from 1.25 to 2.45 less the
    /// five of 1.4 to 2.2 and the two at 1.2 and 2.4: 26 − 7. 1.3 to 4.9: 2 alone of 1, 2, 5.
    #[test]
    fn four_labels_at_least_below_one_decade() {
        let near = Axis::logarithmic("", 1.199_f64.log10(), 2.451_f64.log10());
        assert_eq!(texts(&near), ["1.2", "1.4", "1.6", "1.8", "2.0", "2.2", "2.4"]);
        assert_eq!((near.minor.len(), near.minor[0]), (19, 0.09691));
        let digits = Axis::logarithmic("", 1.3_f64.log10(), 4.9_f64.log10());
        assert_eq!(texts(&digits), ["1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"]);
        let wide = Axis::logarithmic("", 1.3_f64.log10(), 9.5_f64.log10());
        assert_eq!(texts(&wide), ["2", "3", "5", "7"]);
        // Their logarithms are 0.60206, 0.77815, 0.90309 and 0.95424.
        assert_eq!(wide.minor, [0.60206, 0.77815, 0.90309, 0.95424]);
        let close = Axis::logarithmic("", 2.301_f64.log10(), 2.304_f64.log10());
        assert!(close.ticks.len() >= 4, "{:?}", texts(&close));
    }

    /// 60 decades in sevenths are 8.6, so every tenth; 110 are 15.7, so every twentieth.
    #[test]
    fn strides_are_round_and_anchored() {
        assert_eq!(
            texts(&Axis::logarithmic("", -58.5, 1.5)),
            ["10⁻⁵⁰", "10⁻⁴⁰", "10⁻³⁰", "10⁻²⁰", "10⁻¹⁰", "1"]
        );
        let far = Axis::logarithmic("", -109.0, 1.0);
        assert_eq!(texts(&far), ["10⁻¹⁰⁰", "10⁻⁸⁰", "10⁻⁶⁰", "10⁻⁴⁰", "10⁻²⁰", "1"]);
        // Every fifth decade between: 22 from −105 to 0, six of them labelled.
        assert_eq!(far.minor.len(), 22 - 6);
        assert_eq!(texts(&Axis::logarithmic("", -27.0, 1.0)).first(), Some(&"10⁻²⁵"));
    }
}
