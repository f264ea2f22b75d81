//! What can go wrong between a study file and its records.

use std::path::PathBuf;

/// Characters of a message, at most.
const LONGEST: usize = 1500;

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
        let (file, mut message) = (file.into(), message.into());
        // What is wrong may be that a text is as long as the file.
        if let Some((end, _)) = message.char_indices().nth(LONGEST) {
            message.replace_range(end.., "…");
        }
        Self { file, message }
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
        "{0} is no folder of configurations: it has none of studies, tasks, optimizers. Name another with --configs, or leave it out for those that \
         are built in; `inna-bench new study NAME` makes one"
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
    /// A run needs more memory than the device has, even by itself.
    #[error(
        "{run} does not fit into the device's memory by itself: {bytes} bytes more are needed, {free} are free. Free some of it, raise \
         --device-memory if that was given, give the task a smaller batch_size, or train with --device cpu"
    )]
    TooLarge {
        /// The run, or the task of all such runs.
        run: String,
        /// Bytes wanted.
        bytes: usize,
        /// Bytes free.
        free: usize,
    },
    /// A process for a population cannot be started, or cannot begin.
    #[error("a process for a population cannot begin: {reason}")]
    Worker {
        /// Why not.
        reason: String,
    },
    /// What a process is told to train is not to be had.
    #[error("--worker: {reason}")]
    Order {
        /// Why not.
        reason: String,
    },
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
    /// What is to be part of a path cannot be.
    #[error(transparent)]
    Name(#[from] records::NameError),
    /// A run could not be named.
    #[error("a run's specification cannot be named: {0}")]
    Specification(#[from] records::IdentityError),
}

impl HarnessError {
    /// A device's error while it had a single run to train: that there is not enough memory is said of the run.
    pub(crate) fn too_large(error: cuda::DeviceError, run: impl FnOnce() -> String) -> Self {
        match error {
            cuda::DeviceError::Memory { bytes, free } => Self::TooLarge { run: run(), bytes, free },
            error => error.into(),
        }
    }
}

impl From<records::StoreError> for HarnessError {
    fn from(error: records::StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
