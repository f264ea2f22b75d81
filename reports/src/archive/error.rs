//! What can go wrong with an archive.

use super::ARCHIVE;
use crate::error::ReportError;
use records::{NameError, StoreError};
use std::io::{Error, ErrorKind};
use std::path::PathBuf;

/// A problem with a report in one file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {source}. Name an archive that `inna-bench archive` made")]
    Reading {
        /// The archive.
        file: PathBuf,
        /// The system's reason.
        source: Error,
    },
    /// It is not what `inna-bench archive` writes.
    #[error(
        "{file}: {what}: {reason}. Nothing of it was used; copy it again from where it was made, or make it again with \
         `inna-bench archive`"
    )]
    Unusable {
        /// The archive.
        file: PathBuf,
        /// The member, or the whole.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What would be put into it is more than would be read.
    #[error(
        "{file} would not be read again: {reason}. Leave tasks out with --task, or carry the store itself"
    )]
    TooLarge {
        /// The archive.
        file: PathBuf,
        /// What is too large.
        reason: String,
    },
    /// It would have another name than archives have.
    #[error(
        "{file} does not end in {ARCHIVE}, by which `inna-bench report` knows an archive; name it so with -o"
    )]
    OtherName {
        /// The archive.
        file: PathBuf,
    },
    /// The study has a name that no folder can have.
    #[error("the study's name: {0}. Rename its file")]
    Study(#[from] NameError),
    /// There is nothing to put into it.
    #[error(
        "{store} holds none of the {runs} runs of `{study}`; make some with `inna-bench run`, or name the store that has them with --store"
    )]
    Empty {
        /// The study.
        study: String,
        /// How many it has.
        runs: usize,
        /// Where they were looked for.
        store: PathBuf,
    },
    /// The temporary folder could not be used.
    #[error("{action} {path} failed: {source}. {}", advice(source))]
    Temporary {
        /// What was tried: "writing", "making", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: Error,
    },
    /// The archive could not be written.
    #[error(transparent)]
    Writing(StoreError),
    /// The report in it could not be made.
    #[error(transparent)]
    Report(ReportError),
}

/// What to do about a temporary folder.
fn advice(source: &Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "The disk is full: free some space there, or name another folder for temporary files with the variable TMPDIR"
        }
        _ => "Name a folder for temporary files that you may write to with the variable TMPDIR",
    }
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        Self::Writing(error.naming("-o"))
    }
}

impl From<ReportError> for ArchiveError {
    /// The pages of an archive are made in a temporary folder.
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Folder { action, path, source } => Self::Temporary { action, path, source },
            other => Self::Report(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_about_the_place_that_failed() {
        let source = || ErrorKind::StorageFull.into();
        let pages =
            ReportError::Folder { action: "writing", path: "/tmp/x/index.html".into(), source: source() };
        let message = ArchiveError::from(pages).to_string();
        assert!(message.contains("/tmp/x/index.html") && message.contains("TMPDIR"), "{message}");
        let store = StoreError::Io {
            action: "writing",
            path: "a.tar.gz".into(),
            source: source(),
            option: "--store",
        };
        let message = ArchiveError::from(store).to_string();
        assert!(message.contains("a.tar.gz") && message.contains("with -o"), "{message}");
    }
}
