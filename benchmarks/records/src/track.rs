//! How the hyper-parameters of what is compared were come by.

use serde::{Deserialize, Serialize};

/// A way of choosing hyper-parameters, the same for every entry of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Track {
    /// The optimizers' own defaults: no search, and no setting of the study's.
    Defaults {},
    /// Searched for, as many points for every entry.
    Tuned {
        /// Points that every entry draws.
        trials: u32,
    },
    /// As a paper has it.
    Paper {
        /// Which, and where its protocol stands.
        source: String,
    },
}
