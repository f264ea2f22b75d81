//! What a run is: its specification, its identity, and the folder it leaves behind.
//!
//! The ground floor of the suite: the trainer writes these types, the report reads them, and neither knows the
//! other. docs/FORMAT.md describes the files.

mod apart;
mod aside;
mod canonical;
mod claim;
mod curve;
mod draft;
mod error;
mod exchange;
mod exhibit;
mod failure;
mod joint;
mod manifest;
mod measure;
mod name;
mod optimizer;
mod paper;
mod protection;
mod record;
mod session;
mod shape;
mod specification;
mod store;
mod survey;
pub mod text;
mod timing;
mod timing_files;
mod track;
mod verification;
mod words;

pub use aside::Aside;
pub use canonical::{canonical_json, digest_hex};
pub use claim::RunClaim;
pub use curve::{Curve, EpochRow, TrajectoryRow};
pub use draft::{sweep_drafts, write_atomically, write_atomically_with};
pub use error::StoreError;
pub use exhibit::{
    Background, Cells, Exhibit, ExhibitAxis, ExhibitLine, ExhibitPanel, ExhibitTable, Finding,
};
pub use joint::Joint;
pub use manifest::{
    Anchor, Elsewhere, Entry, Formula, Grid, Manifest, PlannedRun, PublishedCurve, StaleRun, TaskCard,
    TaskKind,
};
pub use measure::{Measure, Measured, Part};
pub use name::{LONGEST_NAME, Name, NameError};
pub use optimizer::{CheckCard, OptimizerCard, ParameterCard, SearchCard};
pub use paper::{
    Choice, Claim, Claims, Comparison, Erratum, Factor, PaperFigure, PaperLine, PaperPanel, Quantifier,
    Relation, Search, Selection, Trial, Tuning,
};
pub use record::{FORMAT, Machine, Outcome, Provenance, Record, UNPROTECTED};
pub use session::Lease;
pub use specification::{IdentityError, OptimizerChoice, Specification};
pub use store::{RUN_FILE, Store, Stored};
pub use survey::{Damage, Survey};
pub use timing::{StepTime, TIMING_FORMAT, Timing};
pub use timing_files::TIMINGS;
pub use track::Track;
pub use verification::{Circumstances, Verification, file_digest};
pub use words::{number, setting_words};

#[cfg(test)]
mod tests;
