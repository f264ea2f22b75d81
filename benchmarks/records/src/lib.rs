//! What a run is: its specification, its identity, and the folder it leaves behind.
//!
//! The ground floor of the suite: the trainer writes these types, the report reads them, and neither knows the
//! other. docs/FORMAT.md describes the files.

mod canonical;
mod curve;
mod error;
mod manifest;
mod record;
mod specification;
mod store;

pub use canonical::{canonical_json, digest_hex};
pub use curve::{Curve, EpochRow, TrajectoryRow};
pub use error::StoreError;
pub use manifest::{Entry, Formula, Grid, Manifest, PlannedRun, PublishedCurve, TaskCard, TaskKind};
pub use record::{FORMAT, Machine, Outcome, Provenance, Record};
pub use specification::{OptimizerChoice, Specification};
pub use store::{Store, write_atomically};

#[cfg(test)]
mod tests;
