//! The velocity that INNA starts with.

use serde::{Deserialize, Serialize};

/// s, where the first velocity is −s times the first mini-batch gradient, i.e.
/// ψ₀ = (1 − αβ) θ₀ − (β² − βs) g₀ and w₀ = (β − s) g₀.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InitialVelocity {
    /// A number; 1 is the paper's choice for deep learning, 0.1 what its Figure 1 was made with.
    Times(f64),
    /// s = β: ψ₀ = (1 − αβ) θ₀, the authors' PyTorch code.
    Word(Word),
}

/// The word that stands for β.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// β.
    Beta,
}

impl InitialVelocity {
    pub(crate) fn resolve(self, beta: f64) -> f64 {
        match self {
            Self::Times(s) => s,
            Self::Word(Word::Beta) => beta,
        }
    }
}
