//! The first page: the result in a sentence, the standings, what has been run.

mod commands;
mod cost;
mod findings;
mod headline;
mod matrix;
mod profile;
mod standing;

pub use commands::Commands;
pub use cost::CostView;
pub use matrix::{MatrixCell, MatrixRow, MatrixView};
pub use profile::{ProfileRow, ProfileView};
pub use standing::{ScoreView, StandingCell, StandingView, StandingsView};

pub(super) use findings::findings;
pub(super) use headline::headline;
pub(super) use matrix::matrix;
pub(super) use profile::profile;
pub(super) use standing::Field;
