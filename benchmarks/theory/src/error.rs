//! What can go wrong.

use crate::names;
use rule::CatalogueError;
use rule::nearest;

/// Why an exhibit was not computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TheoryError {
    /// There is none of this name.
    #[error("unknown exhibit `{name}`{}; accepted: {}", did_you_mean(.name), names().join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The catalogue refused an optimizer that an exhibit runs.
    #[error("an exhibit's optimizer: {0}")]
    Optimizer(#[from] CatalogueError),
}

fn did_you_mean(name: &str) -> String {
    nearest(name, names()).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}
