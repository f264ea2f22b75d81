//! A formula as it stands in a file.

use super::FormulaError;
use crate::{Invariance, Range, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `formula:` of an optimizer's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaSource {
    /// Hyper-parameters. One is `learning_rate`, whose scheduled value formulas call `gamma`.
    pub parameters: BTreeMap<String, ParameterSource>,
    /// Names of what is remembered beside every parameter.
    #[serde(default)]
    pub states: Vec<String>,
    /// First values of states, expressions of theta, g and hyper-parameters; what is not here starts at 0.
    #[serde(default)]
    pub start: BTreeMap<String, String>,
    /// What sums go over; each tensor by itself if it says nothing.
    #[serde(default)]
    pub sums: Option<Scope>,
    /// What the path follows, which is checked; permutation if it says nothing.
    #[serde(default = "permutation")]
    pub invariances: Vec<Invariance>,
    /// The assignments of a step, in their order: `m' = …` for states, `theta' = …`, and any other name for what is used
    /// further down.
    pub step: Vec<String>,
}

fn permutation() -> Vec<Invariance> {
    vec![Invariance::Permutation]
}

/// A hyper-parameter of a formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterSource {
    /// Its default.
    pub default: f64,
    /// What is accepted: `> 0`, `>= 0`, `[0, 1)`, `(0, 1)` or `[0, 1]`.
    pub range: String,
    /// What it is, in one line.
    pub meaning: String,
}

impl ParameterSource {
    pub(super) fn range(&self) -> Result<Range, FormulaError> {
        let text = self.range.trim();
        let refused = || {
            let message = format!(
                "range: `{text}` is not one of > 0, >= 0, [0, 1), (0, 1), [0, 1] with numbers of your own"
            );
            FormulaError::new(0, message)
        };
        let number =
            |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(refused);
        if let Some(low) = text.strip_prefix(">=").or_else(|| text.strip_prefix('≥')) {
            return Ok(Range::AtLeast(number(low)?));
        }
        if let Some(low) = text.strip_prefix('>') {
            return Ok(Range::Above(number(low)?));
        }
        let inner = text.get(1..text.len().saturating_sub(1)).and_then(|inner| inner.split_once(','));
        let (low, high) = inner.ok_or_else(refused)?;
        let (low, high) = (number(low)?, number(high)?);
        let range = match (text.chars().next(), text.chars().last()) {
            (Some('['), Some(')')) => Range::HalfOpen(low, high),
            (Some('['), Some(']')) => Range::Closed(low, high),
            (Some('('), Some(')')) => Range::Open(low, high),
            _ => return Err(refused()),
        };
        if low < high { Ok(range) } else { Err(refused()) }
    }
}
