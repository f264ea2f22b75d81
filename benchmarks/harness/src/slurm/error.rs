//! What can go wrong between a study and a Slurm cluster.

use std::path::PathBuf;

/// A problem with Slurm or with what is handed to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// A command of Slurm is not there.
    #[error(
        "`{command}` is not on the PATH: run this on a login node of the Slurm cluster (or load Slurm's module); on a machine of your own use: \
         inna-bench run"
    )]
    Missing {
        /// The command.
        command: String,
    },
    /// A command of Slurm failed.
    #[error("`{command}` failed: {reason}")]
    Failed {
        /// The command as it was called.
        command: String,
        /// What it said.
        reason: String,
    },
    /// A command of Slurm answered something unexpected.
    #[error("`{command}` answered {answer:?}; expected: {expected}")]
    Answer {
        /// The command.
        command: String,
        /// What it printed.
        answer: String,
        /// What it should have printed.
        expected: &'static str,
    },
    /// A path cannot be handed to Slurm.
    #[error(
        "{path:?} cannot be handed to Slurm; accepted: paths of UTF-8 text without control characters, backslashes and double quotes. Choose another folder"
    )]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// No time limit can be given.
    #[error(
        "--device {device}: there is none here to time the training on ({reason}); give `time` in the cluster's YAML and the number of runs per \
         population with --replicas"
    )]
    Untimed {
        /// The device that was asked for.
        device: String,
        /// Why it cannot be used here.
        reason: String,
    },
    /// The record of a submission cannot be used.
    #[error("{path} is not a readable record of a submission: {reason}. Remove it to forget that submission")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
