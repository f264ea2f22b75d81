//! From records to pages: tables (polars) → view (`report.json`) → figures (plotters) → pages (HTML).
//!
//! Data goes one way. Tables are computed from a [`Manifest`] and the [`Record`]s at hand, the view from the
//! tables, figures and pages from the view alone. Any part of a study makes a report: what is missing is said,
//! with the command that makes it. The same records give the same bytes: no clock, no random names, ordered maps.

mod anchors;
mod archive;
mod beside;
mod build;
mod changes;
pub mod drawing;
mod error;
mod figures;
mod json;
mod leaderboard;
mod listing;
mod meanings;
mod own_files;
mod pages;
mod single_file;
mod specimens;
mod splice;
pub mod tables;
mod temporary;
mod terminal;
mod timings;
pub mod view;
mod words;

pub use archive::{ARCHIVE, ArchiveError, Archived, Unpacked, archive, is_archive, unpack};
pub use beside::{Beside, put_beside};
pub use build::{Built, Options, Stage, build, build_with};
pub use changes::{ChangesView, Earlier, terminal_changes};
pub use error::ReportError;
pub use figures::{Room, svg};
pub use json::FORMAT;
pub use leaderboard::{LeaderboardFormat, leaderboard};
pub use listing::list_reports;
pub use single_file::{Bound, SINGLE_FILE, single_file};
pub use specimens::{Specimen, specimen_pages, specimen_places};
pub use splice::{BEGIN, END, SpliceError, splice};
pub use terminal::terminal_table;
pub use view::Report;

#[cfg(doc)]
use records::{Manifest, Record};
