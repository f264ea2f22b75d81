//! Where weight decay acts.

use crate::HyperError;
use serde::{Deserialize, Serialize};

/// Where weight decay acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// λθ is added to the gradient.
    Coupled,
    /// The parameter is multiplied by 1 − γλ before the step, as in AdamW.
    Decoupled,
}

impl Decay {
    /// Refuses a decay that is decoupled from nothing, so that one training has one name.
    ///
    /// # Errors
    /// If it is decoupled and `weight_decay` is 0.
    pub fn check(self, weight_decay: f64) -> Result<(), HyperError> {
        let acts = self == Self::Coupled || weight_decay > 0.0;
        HyperError::unless(acts, "decay", "decoupled", "coupled, or decoupled with weight_decay > 0")
    }
}
