//! The two-dimensional functions of the papers, with a (sub)gradient.

use serde::{Deserialize, Serialize};

/// A function of two variables.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// `100 (θ2 − |θ1|)² + |1 − θ1|`, not smooth, one critical point: Figure 1 of Castera, Bolte, Févotte,
    /// Pauwels, JMLR 22(134), 2021.
    InnaToy,
    /// `θ1⁴ − 4 θ1² + θ2²`: a strict saddle at 0 between two minima; Castera, J. Optim. Theory Appl. 199, 2023.
    DoubleWell,
    /// `θ1² + 2 θ2²`: the quadratic of the same paper.
    Quadratic,
}

/// `sign(0) = 0`: the subgradient that the published curves follow.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

impl Function {
    /// Value at a point.
    pub fn value(self, [x, y]: [f64; 2]) -> f64 {
        match self {
            Self::InnaToy => {
                let across = y - x.abs();
                100.0 * across * across + (1.0 - x).abs()
            }
            Self::DoubleWell => x * x * (x * x - 4.0) + y * y,
            Self::Quadratic => x * x + 2.0 * y * y,
        }
    }

    /// Gradient, or the subgradient that backpropagation would return, with `sign(0) = 0`.
    pub fn gradient(self, [x, y]: [f64; 2]) -> [f64; 2] {
        match self {
            Self::InnaToy => {
                let across = 200.0 * (y - x.abs());
                [-across * sign(x) - sign(1.0 - x), across]
            }
            Self::DoubleWell => [4.0 * x * (x * x - 2.0), 2.0 * y],
            Self::Quadratic => [2.0 * x, 4.0 * y],
        }
    }

    /// A global minimiser.
    pub fn minimiser(self) -> [f64; 2] {
        match self {
            Self::InnaToy => [1.0, 1.0],
            Self::DoubleWell => [std::f64::consts::SQRT_2, 0.0],
            Self::Quadratic => [0.0, 0.0],
        }
    }

    /// The formula as text.
    pub fn formula(self) -> &'static str {
        match self {
            Self::InnaToy => "J(θ1, θ2) = 100 (θ2 − |θ1|)² + |1 − θ1|",
            Self::DoubleWell => "J(θ1, θ2) = θ1⁴ − 4 θ1² + θ2²",
            Self::Quadratic => "J(θ1, θ2) = θ1² + 2 θ2²",
        }
    }
}
