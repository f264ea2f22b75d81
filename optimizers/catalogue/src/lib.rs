//! The one list of optimizers: the path dependencies in this crate's `Cargo.toml`.
//!
//! An optimizer is a crate under `optimizers/` that exports `pub const FAMILY: rule::Family`, and one line there.

use rule::conformance::Check;
use rule::{Family, HyperError, Method, nearest};
use serde_json::Value;

include!(concat!(env!("OUT_DIR"), "/families.rs"));

/// Why an optimizer could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// There is none of this name.
    #[error("unknown optimizer `{name}`{}; accepted: {}", did_you_mean(.name, .known), .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Its hyper-parameters were refused.
    #[error("optimizer `{name}`: {source}")]
    Hyper {
        /// The optimizer.
        name: String,
        /// What is wrong with them.
        source: HyperError,
    },
}

fn did_you_mean(name: &str, known: &[String]) -> String {
    nearest(name, known.iter().map(String::as_str))
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default()
}

/// Every optimizer, in the order of the list.
pub fn families() -> &'static [Family] {
    FAMILIES
}

/// Their names.
pub fn names() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| &*family.name).collect()
}

/// The optimizer `name` with the hyper-parameters `hyper` (a JSON object; missing keys take their defaults).
///
/// # Errors
/// If there is no such optimizer, or a hyper-parameter is unknown, of the wrong type or out of range.
pub fn parse(name: &str, hyper: &Value) -> Result<Box<dyn Method>, CatalogueError> {
    let family =
        FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| CatalogueError::Unknown {
            name: name.to_owned(),
            known: names().into_iter().map(str::to_owned).collect(),
        })?;
    let refused = |source| CatalogueError::Hyper { name: family.name.to_string(), source };
    family.parse_with(hyper, &lookup).map_err(refused)
}

/// How an optimizer finds another.
fn lookup(name: &str, hyper: &Value) -> Result<Box<dyn Method>, HyperError> {
    match parse(name, hyper) {
        Ok(method) => Ok(method),
        Err(CatalogueError::Hyper { source, .. }) => Err(source),
        Err(CatalogueError::Unknown { name, .. }) => Err(HyperError::OutOfRange {
            key: "optimizer".into(),
            accepted: format!("an optimizer with a crate: {}", names().join(", ")),
            value: name,
        }),
    }
}

/// Checks what the optimizer `name` claims to be with certain settings; nothing for one that claims nothing or is not in the
/// list.
pub fn reductions(name: &str) -> Vec<Check> {
    let family = FAMILIES.iter().find(|family| family.name == name);
    family.map(|family| rule::conformance::reductions(family, &lookup)).unwrap_or_default()
}

/// What the documentation shows of a crate compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/ADDING-AN-OPTIMIZER.md")]
pub struct Documented;

#[cfg(test)]
mod tests;
