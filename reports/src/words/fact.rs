//! Something said of something.

use schemars::JsonSchema;
use serde::Serialize;

/// A name and a value, printed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}
