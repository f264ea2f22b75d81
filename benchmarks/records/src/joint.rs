//! What a report of several studies says of itself.

use crate::Name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of which studies a manifest was put together, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joint {
    /// Names of the studies, in the order in which they were named.
    pub studies: Vec<String>,
    /// The study that each run was taken from, by the run's name.
    #[serde(default)]
    pub runs: BTreeMap<Name, String>,
    /// What a reader must know: whose the reference is, which entries were told apart, what is left out and why.
    pub remarks: Vec<String>,
}
