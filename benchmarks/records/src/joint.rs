//! What a report of several studies says of itself.

use serde::{Deserialize, Serialize};

/// Of which studies a manifest was put together, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joint {
    /// Names of the studies, in the order in which they were named.
    pub studies: Vec<String>,
    /// What a reader must know: whose the reference is, which entries were told apart, what is left out and why.
    pub remarks: Vec<String>,
}
