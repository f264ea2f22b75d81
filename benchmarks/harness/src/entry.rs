//! A competitor as a study file says it: one setting of an optimizer, or a grid of them.

use crate::ConfigError;
use crate::looks::DASHES;
use crate::optimizers::SearchRange;
pub use records::number;
use records::{LONGEST_NAME, Name, digest_hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A competitor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntrySettings {
    /// Name in the list of optimizers.
    pub optimizer: String,
    /// Name of the entry within the task; the optimizer's if left out.
    #[serde(default)]
    pub key: Option<Name>,
    /// Name in legends; made from the optimizer's, and from what differs between its entries, if left out.
    #[serde(default)]
    pub title: Option<String>,
    /// Hyper-parameters that differ from the optimizer's defaults. The word `tuned` stands for the value that
    /// `inna-bench tune` found.
    #[serde(default)]
    pub hyper: BTreeMap<String, Value>,
    /// Values to try of one or more hyper-parameters: the entry stands for every combination.
    #[serde(default)]
    pub grid: BTreeMap<String, Vec<Value>>,
    /// What `tuned` hyper-parameters are drawn from, in place of the search's own space and the optimizer's file.
    #[serde(default)]
    pub space: BTreeMap<String, SearchRange>,
    /// `#rrggbb`; the optimizer's if left out.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`; the optimizer's if left out.
    #[serde(default)]
    pub dash: Option<String>,
    /// Panel of a figure that the entry belongs to.
    #[serde(default)]
    pub panel: Option<String>,
    /// Remark printed with the entry.
    #[serde(default)]
    pub remark: Option<String>,
    /// What of the grid this entry is, in words; not in a file.
    #[serde(skip)]
    pub(crate) tried: Option<String>,
    /// Its place among the values of each hyper-parameter of the grid, of how many; not in a file.
    #[serde(skip)]
    pub(crate) places: Vec<[usize; 2]>,
}

/// Stands in a configuration for a value that a search finds.
pub(crate) const TUNED: &str = "tuned";

impl EntrySettings {
    /// The entry's key within its task.
    pub fn name(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.optimizer)
    }

    /// The hyper-parameters that a search has to find.
    pub(crate) fn open(&self) -> impl Iterator<Item = &str> {
        self.hyper.iter().filter(|(_, value)| value.as_str() == Some(TUNED)).map(|(name, _)| name.as_str())
    }

    /// The one of them that a search goes through; the others are chosen with it.
    pub(crate) fn main(&self) -> Option<&str> {
        self.open().find(|name| *name == "learning_rate").or_else(|| self.open().next())
    }

    /// Everything that can be told without the optimizer.
    pub(crate) fn check(&self, file: &str, at: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        check_looks(self.colour.as_deref(), self.dash.as_deref())
            .map_err(|message| ConfigError::new(file, format!("{at}.{message}")))?;
        for (name, range) in &self.space {
            if !self.open().any(|open| open == name) {
                return refuse(format!(
                    "space.{name}: {name} is not `{TUNED}` in `hyper`, so nothing is drawn for it"
                ));
            }
            range
                .check()
                .map_err(|message| ConfigError::new(file, format!("{at}.space.{name}.values: {message}")))?;
        }
        for (name, values) in &self.grid {
            if values.is_empty() {
                return refuse(format!("grid.{name}: empty; list the values to try"));
            }
            if let Some(value) = self.hyper.get(name) {
                return refuse(format!(
                    "grid.{name}: `hyper` says {value} for it; keep one, a number in `hyper` or a list in `grid`"
                ));
            }
            if values.iter().any(|value| value.as_str() == Some(TUNED)) {
                return refuse(format!("grid.{name}: `{TUNED}` is no value to try; say it in `hyper`"));
            }
        }
        Ok(())
    }

    /// How many entries it stands for.
    pub(crate) fn combinations(&self) -> usize {
        self.grid.values().fold(1, |product, values| product.saturating_mul(values.len()))
    }

    /// The entry itself, or one per combination of its grid with the values in its key.
    pub(crate) fn expand(&self) -> Vec<Self> {
        let mut entries = vec![Self { grid: BTreeMap::new(), ..self.clone() }];
        for (name, values) in &self.grid {
            entries = entries
                .iter()
                .flat_map(|entry| {
                    values.iter().enumerate().map(move |(place, value)| {
                        let mut entry = entry.clone();
                        entry.places.push([place, values.len()]);
                        entry.hyper.insert(name.clone(), value.clone());
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        entry.key = Some(key(&[entry.name(), name, &text]));
                        let tried = entry.tried.map_or_else(String::new, |tried| format!("{tried}, "));
                        entry.tried = Some(format!("{tried}{name} {text}"));
                        entry
                    })
                })
                .collect();
        }
        entries
    }
}

/// What `colour` and `dash` may be.
pub(crate) fn check_looks(colour: Option<&str>, dash: Option<&str>) -> Result<(), String> {
    if let Some(dash) = dash.filter(|dash| !DASHES.contains(dash)) {
        return Err(format!("dash: `{dash}` is not known; accepted: {}", DASHES.join(", ")));
    }
    let is_colour =
        |c: &str| c.len() == 7 && c.starts_with('#') && c[1..].chars().all(|d| d.is_ascii_hexdigit());
    if let Some(colour) = colour.filter(|c| !is_colour(c)) {
        return Err(format!("colour: `{colour}` is not a colour; accepted: #rrggbb in hexadecimal"));
    }
    Ok(())
}

/// A key of several parts. One that would be too long for a name ends with a digest of its text.
pub(crate) fn key(parts: &[&str]) -> Name {
    let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let text = parts.join("-");
    let whole: String = text.chars().map(safe).collect();
    Name::new(whole.as_str()).unwrap_or_else(|_| {
        let digest = digest_hex(text.as_bytes());
        let start = whole.get(..LONGEST_NAME - 1 - digest.len()).unwrap_or_default();
        let short = Name::new(format!("{start}-{digest}"));
        short.unwrap_or_else(|_| unreachable!("letters, digits and dashes are a name"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_grid_stands_for_every_combination() {
        let entry = EntrySettings {
            optimizer: "inna".into(),
            hyper: BTreeMap::from([("weight_decay".into(), json!(0.1))]),
            grid: BTreeMap::from([
                ("alpha".into(), vec![json!(0.1), json!(0.5)]),
                ("beta".into(), vec![json!(0.1), json!(1.0), json!(2.0)]),
            ]),
            ..EntrySettings::default()
        };
        let entries = entry.expand();
        let keys: std::collections::BTreeSet<_> = entries.iter().map(|e| e.name().to_owned()).collect();
        assert_eq!((keys.len(), entry.combinations()), (6, 6));
        assert!(keys.contains("inna-alpha-0.5-beta-2.0"), "{keys:?}");
        assert!(entries.iter().all(|e| e.hyper["weight_decay"] == json!(0.1) && e.grid.is_empty()));
        assert_eq!(entries[5].tried.as_deref(), Some("alpha 0.5, beta 2.0"));
    }

    #[test]
    fn a_grid_has_no_say_in_what_hyper_sets() {
        let entry =
            |text: &str| serde_yaml::from_str::<EntrySettings>(text).unwrap().check("f", "entries[0]");
        for hyper in ["0.5", "tuned"] {
            let text = format!(
                "{{optimizer: sgd, hyper: {{learning_rate: {hyper}}}, grid: {{learning_rate: [1, 2]}}}}"
            );
            let message = entry(&text).unwrap_err().to_string();
            assert!(
                message.contains("entries[0].grid.learning_rate") && message.contains(hyper),
                "{message}"
            );
        }
        assert!(entry("{optimizer: sgd, grid: {learning_rate: [tuned]}}").is_err());
        assert!(entry("{optimizer: sgd, grid: {learning_rate: []}}").is_err());
        assert!(entry("{optimizer: sgd, hyper: {momentum: 0.5}, grid: {learning_rate: [1]}}").is_ok());
    }

    #[test]
    fn keys_are_names_whatever_they_are_made_of() {
        assert_eq!(key(&["sgd", "schedule", r#"{"kind":"cosine"}"#]), "sgd-schedule-__kind___cosine__");
        let long = |end: &str| key(&["sgd", &format!("{}{end}", "x".repeat(200))]);
        assert_eq!(long("a").len(), LONGEST_NAME);
        assert_ne!(long("a"), long("b"));
    }
}
