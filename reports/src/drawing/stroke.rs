//! How an entry is drawn.

use crate::words::text::checked_colour;
use records::Entry;
use schemars::JsonSchema;
use serde::Serialize;

/// How an entry is drawn everywhere.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Stroke {
    /// `#rrggbb`.
    pub colour: String,
    /// `solid`, `dashed`, `dotted` or `dash-dot`.
    pub dash: String,
    /// Key of the entry it belongs to; none for what is no entry's.
    pub entry: Option<String>,
}

impl Stroke {
    /// The colour and the dash of an entry.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            colour: checked_colour(&entry.colour),
            dash: entry.dash.clone(),
            entry: Some(entry.key.clone()),
        }
    }
}
