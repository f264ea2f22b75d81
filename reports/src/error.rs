//! What can go wrong when a report is made.

use records::StoreError;
use std::io::ErrorKind;
use std::path::PathBuf;

/// A problem with making a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Something in the folder of the pages could not be written or removed.
    #[error("{action} {path} failed: {source}. {advice}", advice = advice(source))]
    Folder {
        /// What was tried: "writing", "removing", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A problem with a record put beside the pages.
    #[error(transparent)]
    Record(StoreError),
    /// The report to compare with cannot be.
    #[error(
        "{path}: {reason}. What can be compared with is the folder of a report, or its report.json, of {accepted}"
    )]
    Earlier {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The formats that could be.
        accepted: String,
    },
    /// A page would replace a file of somebody else.
    #[error("{path} is there and none of these pages; choose another folder with -o")]
    NotOurs {
        /// The file.
        path: PathBuf,
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
    /// A page could not be put into a file with others.
    #[error("page `{page}`: {reason}. This is a defect of the suite; please report it with this message")]
    Markup {
        /// Name of the page.
        page: String,
        /// What about it.
        reason: String,
    },
    /// `report.json` could not be encoded.
    #[error("report.json: {0}. This is a defect of the suite; please report it with this message")]
    Json(#[from] serde_json::Error),
}

/// What to do about a folder that cannot be written to: of the pages, not of the records.
fn advice(source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "The disk is full: free some space, or choose another folder for the pages with -o"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Choose a folder you may write to with -o"
        }
        _ => "Check the path, or choose another folder for the pages with -o",
    }
}

impl From<StoreError> for ReportError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { action, path, source, .. } => Self::Folder { action, path, source },
            other => Self::Record(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_about_the_folder_of_the_pages() {
        let of = |kind: ErrorKind| {
            ReportError::Folder { action: "writing", path: "o/index.html".into(), source: kind.into() }
                .to_string()
        };
        for kind in [ErrorKind::StorageFull, ErrorKind::ReadOnlyFilesystem, ErrorKind::NotADirectory] {
            let message = of(kind);
            assert!(
                message.starts_with("writing o/index.html failed: ") && message.contains("-o"),
                "{message}"
            );
            assert!(!message.contains("--store"), "{message}");
        }
    }

    /// Whatever way the system says no.
    #[test]
    fn a_folder_that_cannot_be_made_is_said_with_the_advice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = records::write_atomically(&file.join("index.html"), b"").unwrap_err();
        let message = ReportError::from(error).to_string();
        assert!(message.contains("file") && message.ends_with("with -o"), "{message}");
    }
}
