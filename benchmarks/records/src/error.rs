//! What can go wrong with a store of records.

use std::path::PathBuf;

/// A problem with the store; every message names the path and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("{action} {path} failed: {source}. {}", remedy(source, option))]
    Io {
        /// What was tried: "reading", "writing", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// The option that names another folder.
        option: &'static str,
    },
    /// A file is there and does not hold what it should.
    #[error(
        "{path} is damaged: {reason}. `inna-bench run` moves that run to the store's folder `quarantine` and trains it again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A timing is there and is not what was written.
    #[error("{path} is damaged: {reason}. `inna-bench time study` measures again and replaces it")]
    DamagedTiming {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that is no record stands where one would be.
    #[error(
        "{path} is in the way of a record. Move it out of the store and run again; finished runs are kept"
    )]
    InTheWay {
        /// What it is.
        path: PathBuf,
    },
    /// A record of a later version of the suite.
    #[error(
        "{path} is of format {format}, this version reads up to {known}: it is of a later version of the suite. Use that one, or \
         another store (--store)"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The latest format known here.
        known: u32,
    },
    /// There is no store.
    #[error("there is no store at {path}; name the folder with --store, or make one with `inna-bench run`")]
    NoStore {
        /// Where it was looked for.
        path: PathBuf,
    },
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { action, path: path.into(), source, option: "--store" }
    }

    /// A file of a store that cannot be read, whatever is in it.
    pub fn unreadable(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::io("reading", path, source)
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), reason: reason.into() }
    }

    pub(crate) fn timing(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::DamagedTiming { path: path.into(), reason: reason.into() }
    }

    /// The same with advice that speaks of another option than `--store`.
    pub fn naming(self, option: &'static str) -> Self {
        match self {
            Self::Io { action, path, source, .. } => Self::Io { action, path, source, option },
            other => other,
        }
    }
}

/// What to do about an error of the system.
fn remedy(source: &std::io::Error, option: &str) -> String {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            format!(
                "The disk is full: free some space (or choose another folder with {option}) and run again; finished runs are kept"
            )
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            format!("Choose a folder you may write to with {option}")
        }
        _ => format!("Check the path, or choose another folder with {option}; finished runs are kept"),
    }
}
