//! What can go wrong when a report is made.

use crate::Earlier;
use std::path::PathBuf;

/// A problem with making a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A page or table could not be written.
    #[error(transparent)]
    Write(#[from] records::StoreError),
    /// The report to compare with cannot be.
    #[error(
        "{path}: {reason}. What can be compared with is the folder of a report, or its report.json, of {accepted}",
        accepted = Earlier::accepted()
    )]
    Earlier {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table or query failed.
    #[error("tables of the report: {0}. This is a defect of the suite; please report it with this message")]
    Table(#[from] polars::prelude::PolarsError),
    /// A figure could not be drawn.
    #[error("figure `{name}`: {reason}. This is a defect of the suite; please report it with this message")]
    Figure {
        /// Name of the figure.
        name: String,
        /// What the drawing library says.
        reason: String,
    },
    /// A template could not be filled.
    #[error("page `{name}`: {source}. This is a defect of the suite; please report it with this message")]
    Page {
        /// Name of the page.
        name: String,
        /// What the template engine says.
        source: minijinja::Error,
    },
    /// `report.json` could not be encoded.
    #[error("report.json: {0}. This is a defect of the suite; please report it with this message")]
    Json(#[from] serde_json::Error),
}
