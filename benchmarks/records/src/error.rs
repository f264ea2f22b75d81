//! What can go wrong with a store of records.

use std::path::PathBuf;

/// A problem with the store; every message names the path and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("{action} {path} failed: {source}. {remedy}")]
    Io {
        /// What was tried: "reading", "writing", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A file is there and does not hold what it should.
    #[error(
        "{path} is not a readable record: {reason}. Remove that run's folder and run the study again: only this run is repeated"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        let remedy = match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "The disk is full: free some space (or choose another folder with --store) and run again; finished runs are kept"
            }
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "Choose a folder you may write to with --store"
            }
            _ => "Check the path, or choose another folder with --store; finished runs are kept",
        };
        Self::Io { action, path: path.into(), source, remedy }
    }
}
