//! Fractions of a data set, as settings have them.

use serde::{Deserialize, Serialize};

/// A fraction of the examples there are. Two are equal if their bits are, so that settings can be compared.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Share(pub f64);

impl Share {
    /// This share of `count`, to the nearest whole number; halves go up.
    pub fn of(self, count: usize) -> usize {
        (count as f64 * self.0).round() as usize
    }

    /// Whether it is a number from 0 up to but without 1.
    pub(crate) fn is_proper(self) -> bool {
        (0.0..1.0).contains(&self.0)
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Share {}
