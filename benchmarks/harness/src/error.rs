//! What can go wrong between a study file and its records.

use std::path::PathBuf;

/// A configuration that cannot be used: names file, key and what would be accepted.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// What is wrong in it, with the key.
    pub message: String,
}

impl ConfigError {
    pub(crate) fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), message: message.into() }
    }
}

/// Anything that stops a plan or its execution.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarnessError {
    /// A configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Data is missing or damaged.
    #[error("task `{task}`: {source}")]
    Data {
        /// The task that needs it.
        task: String,
        /// What is wrong.
        source: Box<data::DataError>,
    },
    /// The store cannot be read or written.
    #[error("{0}")]
    Store(Box<records::StoreError>),
    /// The configuration folder is not there.
    #[error(
        "no folder {0} with studies, tasks and optimizers: run from the root of the checkout or name the folder with --configs"
    )]
    NoConfigs(PathBuf),
    /// A pool of threads could not be made.
    #[error("cannot start {threads} threads: {reason}. Ask for fewer with --threads or --jobs")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// The system's reason.
        reason: String,
    },
    /// A device is missing or failed.
    #[error(transparent)]
    Device(#[from] cuda::DeviceError),
    /// A checkpoint could not be encoded, or does not fit what goes on from it.
    #[error("a checkpoint cannot be used: {reason}")]
    Checkpoint {
        /// Why not.
        reason: String,
    },
    /// Records that had been stored are gone.
    #[error(
        "{missing} of {runs} runs that were there are no longer in {store}: it was moved or emptied meanwhile. Run again: only these are repeated"
    )]
    Vanished {
        /// How many.
        missing: usize,
        /// Of how many.
        runs: usize,
        /// The store.
        store: PathBuf,
    },
    /// Something could not be written as JSON.
    #[error("cannot be written as JSON: {0}. Every number in the configuration must be finite")]
    Json(#[from] serde_json::Error),
    /// A run could not be named.
    #[error("a run's specification cannot be named: {0}")]
    Specification(#[from] records::IdentityError),
}

impl From<records::StoreError> for HarnessError {
    fn from(error: records::StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
