//! Hyper-parameters: what is accepted, and what to say about what is not.

use crate::schedule::Schedule;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Why hyper-parameters were refused. The message names the key; the caller adds the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HyperError {
    /// No parameter has this name.
    #[error("unknown key `{key}`{}; accepted: {}", did_you_mean(.nearest), .accepted.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
        /// The accepted key that looks most like it, if one does.
        nearest: Option<String>,
        /// All accepted keys.
        accepted: Vec<String>,
    },
    /// The value is of another type.
    #[error("key `{key}`: {value} is not {accepted} ({reason})")]
    WrongType {
        /// The key.
        key: String,
        /// The value as JSON.
        value: String,
        /// What would be accepted.
        accepted: String,
        /// What the parser said.
        reason: String,
    },
    /// The value has the right type but is not allowed.
    #[error("key `{key}`: {value} is out of range; accepted: {accepted}")]
    OutOfRange {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// The value is no finite number.
    #[error("key `{key}`: {value} is not a finite number; accepted: {accepted}")]
    NotFinite {
        /// The key, dots between levels.
        key: String,
        /// The value as it was written.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Hyper-parameters must be a map.
    #[error("hyper-parameters must be a map from keys to values, not {found}")]
    NotAMap {
        /// What stood there.
        found: String,
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

impl HyperError {
    /// The same error of a key that stands under `outer`.
    pub fn under(mut self, outer: &str) -> Self {
        match &mut self {
            Self::UnknownKey { key, .. }
            | Self::WrongType { key, .. }
            | Self::OutOfRange { key, .. }
            | Self::NotFinite { key, .. } => *key = format!("{outer}.{key}"),
            Self::NotAMap { .. } => {}
        }
        self
    }

    /// An [`HyperError::OutOfRange`] unless `ok`.
    pub fn unless(ok: bool, key: &str, value: impl fmt::Display, accepted: &str) -> Result<(), Self> {
        if ok {
            return Ok(());
        }
        Err(Self::OutOfRange { key: key.into(), value: value.to_string(), accepted: accepted.into() })
    }
}

/// Refuses a number in `value` that single precision has not: one that becomes 0, subnormal or infinite there.
///
/// # Errors
/// The first such number, with its key.
pub fn check_single_precision(hyper: &Value) -> Result<(), HyperError> {
    each_leaf("", hyper, &mut |key, leaf| {
        let number = leaf.as_f64().unwrap_or(0.0);
        let single = number as f32;
        let accepted = format!(
            "0 where it is allowed, or a number of size {:e} to {:e}, the range of the single precision that networks are \
             trained in",
            f32::MIN_POSITIVE,
            f32::MAX
        );
        HyperError::unless(number == 0.0 || single.is_normal(), key, leaf, &accepted)
    })
}

/// Refuses words that stand for numbers which are not finite, as YAML leaves them behind: `1e400`, `nan`.
pub(crate) fn check_finite(key: &str, value: &Value, accepted: &dyn fmt::Display) -> Result<(), HyperError> {
    each_leaf(key, value, &mut |key, leaf| match leaf.as_str() {
        Some(word) if word.trim_start_matches('.').parse::<f64>().is_ok_and(|x| !x.is_finite()) => {
            let (key, value) = (key.to_owned(), word.to_owned());
            Err(HyperError::NotFinite { key, value, accepted: accepted.to_string() })
        }
        _ => Ok(()),
    })
}

/// Refuses lists: no hyper-parameter is one, and a derived reader would take one for a map without names.
pub(crate) fn check_no_list(key: &str, value: &Value, accepted: &dyn fmt::Display) -> Result<(), HyperError> {
    match value {
        Value::Array(_) => Err(HyperError::WrongType {
            key: key.to_owned(),
            value: value.to_string(),
            accepted: accepted.to_string(),
            reason: "it is a list".into(),
        }),
        Value::Object(map) => {
            map.iter().try_for_each(|(name, value)| check_no_list(&format!("{key}.{name}"), value, accepted))
        }
        _ => Ok(()),
    }
}

/// Calls `see` with every value that holds no others, and its key.
fn each_leaf(
    key: &str,
    value: &Value,
    see: &mut dyn FnMut(&str, &Value) -> Result<(), HyperError>,
) -> Result<(), HyperError> {
    let under = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Object(map) => map.iter().try_for_each(|(name, value)| each_leaf(&under(name), value, see)),
        Value::Array(items) => items.iter().try_for_each(|value| each_leaf(key, value, see)),
        leaf => see(key, leaf),
    }
}

/// `value` with 0 in place of every −0: they are one setting, and name one run.
pub(crate) fn without_negative_zeros(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), without_negative_zeros(v))).collect(),
        Value::Array(items) => items.iter().map(without_negative_zeros).collect(),
        Value::Number(number) if number.is_f64() && number.as_f64() == Some(0.0) => 0.0.into(),
        other => other.clone(),
    }
}

/// The one of `names` that `word` is probably a misspelling of.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Words of any length are compared by their beginnings: the measure takes time quadratic in it.
    let start = |text: &str| text.chars().take(100).collect::<String>().to_lowercase();
    let word = start(word);
    let similarity = |name: &str| {
        let name = start(name);
        // One slip of the finger, exchanged letters too: `sdg`.
        let slip = word.len() > 2 && strsim::osa_distance(&word, &name) == 1;
        strsim::jaro_winkler(&word, &name).max(if slip { 0.9 } else { 0.0 })
    };
    // Below 0.7 the suggestion would be a guess.
    names
        .into_iter()
        .map(|name| (similarity(name), name))
        .filter(|(score, _)| *score >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// One line of an optimizer's parameter table.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its key in a configuration.
    pub key: Cow<'static, str>,
    /// What is accepted.
    pub range: Range,
    /// What it is, in one line.
    pub meaning: Cow<'static, str>,
}

impl Parameter {
    /// A line of a table that is written in the program.
    pub const fn new(key: &'static str, range: Range, meaning: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), range, meaning: Cow::Borrowed(meaning) }
    }
}

/// The values that a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A finite number greater than this.
    Above(f64),
    /// A finite number, this or greater.
    AtLeast(f64),
    /// From the first to below the second.
    HalfOpen(f64, f64),
    /// Above the first and below the second.
    Open(f64, f64),
    /// From the first to the second.
    Closed(f64, f64),
    /// A whole number, this or greater.
    Whole(u64),
    /// A whole number from the first to the second.
    WholeBetween(u64, u64),
    /// One of these numbers.
    Among(&'static [f64]),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A [`Schedule`].
    Schedule,
    /// Something else, described in words; the optimizer checks it.
    Other(&'static str),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(low) => write!(f, "a number > {low}"),
            Self::AtLeast(low) => write!(f, "a number ≥ {low}"),
            Self::HalfOpen(low, high) => write!(f, "a number in [{low}, {high})"),
            Self::Open(low, high) => write!(f, "a number > {low} and < {high}"),
            Self::Closed(low, high) => write!(f, "a number in [{low}, {high}]"),
            Self::Whole(low) => write!(f, "a whole number ≥ {low}"),
            Self::WholeBetween(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Among(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
                write!(f, "one of {}", numbers.join(", "))
            }
            Self::Flag => f.write_str("true or false"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Schedule => f.write_str(
                "a schedule: {kind: constant}, {kind: power, exponent}, {kind: cosine, floor}, {kind: linear, floor}, \
                 {kind: stable, decay}, {kind: step, every, factor} or {kind: warmup, steps, then}",
            ),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl Range {
    /// Whether `value`, whose type is already known to be right, is accepted for `key`.
    pub fn check(&self, key: &str, value: &Value) -> Result<(), HyperError> {
        let number = value.as_f64().unwrap_or(f64::NAN);
        let inside = match self {
            Self::Above(low) => number.is_finite() && number > *low,
            Self::AtLeast(low) => number.is_finite() && number >= *low,
            Self::HalfOpen(low, high) => number >= *low && number < *high,
            Self::Open(low, high) => number > *low && number < *high,
            Self::Closed(low, high) => number >= *low && number <= *high,
            Self::Whole(low) => value.as_u64().is_some_and(|whole| whole >= *low),
            Self::WholeBetween(low, high) => value.as_u64().is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Among(numbers) => numbers.contains(&number),
            Self::Schedule => match serde_json::from_value::<Schedule>(value.clone()) {
                Ok(schedule) => return schedule.check(key),
                Err(_) => false,
            },
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Flag => value.is_boolean(),
            Self::Other(_) => true,
        };
        HyperError::unless(inside, key, value, &self.to_string())
    }
}
