//! A list of optimizers.

use crate::conformance::{self, Check};
use crate::{Family, HyperError, Method, nearest};
use serde_json::Value;

/// Optimizers by name. Who trains is given one, so that it need not be built again when one of them changes; the
/// default has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalogue {
    families: &'static [&'static Family],
}

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

impl Catalogue {
    /// The list of `families`, in their order.
    pub const fn new(families: &'static [&'static Family]) -> Self {
        Self { families }
    }

    /// Every optimizer, in the order of the list.
    pub fn families(&self) -> &'static [&'static Family] {
        self.families
    }

    /// The one of this name.
    pub fn find(&self, name: &str) -> Option<&'static Family> {
        self.families.iter().copied().find(|family| family.name == name)
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.families.iter().map(|family| &*family.name).collect()
    }

    /// The optimizer `name` with the hyper-parameters `hyper` (a JSON object; missing keys take their defaults).
    ///
    /// # Errors
    /// If there is no such optimizer, or a hyper-parameter is unknown, of the wrong type or out of range.
    pub fn parse(&self, name: &str, hyper: &Value) -> Result<Box<dyn Method>, CatalogueError> {
        let family = self.find(name).ok_or_else(|| CatalogueError::Unknown {
            name: name.to_owned(),
            known: self.names().into_iter().map(str::to_owned).collect(),
        })?;
        let refused = |source| CatalogueError::Hyper { name: family.name.to_string(), source };
        family.parse_with(hyper, &|name, hyper| self.lookup(name, hyper)).map_err(refused)
    }

    /// How an optimizer finds another.
    fn lookup(&self, name: &str, hyper: &Value) -> Result<Box<dyn Method>, HyperError> {
        match self.parse(name, hyper) {
            Ok(method) => Ok(method),
            Err(CatalogueError::Hyper { source, .. }) => Err(source),
            Err(CatalogueError::Unknown { name, .. }) => Err(HyperError::OutOfRange {
                key: "optimizer".into(),
                accepted: format!("an optimizer with a crate: {}", self.names().join(", ")),
                value: name,
            }),
        }
    }

    /// Checks what the optimizer `name` claims to be with certain settings; nothing for one that claims nothing or is not in the
    /// list.
    pub fn reductions(&self, name: &str) -> Vec<Check> {
        let lookup = |name: &str, hyper: &Value| self.lookup(name, hyper);
        self.find(name).map(|family| conformance::reductions(family, &lookup)).unwrap_or_default()
    }
}
