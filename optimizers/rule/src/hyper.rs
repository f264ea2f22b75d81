//! Hyper-parameters: what is accepted, and what to say about what is not.

use crate::schedule::Schedule;
use serde_json::Value;
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
    /// An [`HyperError::OutOfRange`] unless `ok`.
    pub fn unless(ok: bool, key: &str, value: impl fmt::Display, accepted: &str) -> Result<(), Self> {
        if ok {
            return Ok(());
        }
        Err(Self::OutOfRange { key: key.into(), value: value.to_string(), accepted: accepted.into() })
    }
}

/// The one of `names` that `word` is probably a misspelling of.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let similarity = |name: &str| strsim::jaro_winkler(&word.to_lowercase(), &name.to_lowercase());
    // Below 0.7 the suggestion would be a guess.
    names
        .into_iter()
        .map(|name| (similarity(name), name))
        .filter(|(score, _)| *score >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// One line of an optimizer's parameter table.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key in a configuration.
    pub key: &'static str,
    /// What is accepted.
    pub range: Range,
    /// What it is, in one line.
    pub meaning: &'static str,
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
            Self::Flag => f.write_str("true or false"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Schedule => f.write_str(
                "a schedule: {kind: constant}, {kind: power, exponent}, {kind: cosine, floor}, \
                 {kind: step, every, factor} or {kind: warmup, steps, then}",
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
