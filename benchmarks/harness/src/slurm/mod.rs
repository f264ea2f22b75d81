//! Running a study on a Slurm cluster.
//!
//! Slurm is the engine: a study becomes one job array whose tasks call this program on the shared store, and what
//! [`JobStatus`] says comes from Slurm and the store. In between there is text: a script made from a [`Cluster`] and a
//! [`Script`], the answers of Slurm's commands, and one small [`Submission`] per array.

mod array;
mod cluster;
mod commands;
mod error;
mod limit;
mod quote;
mod script;
mod status;
mod submission;
mod tasks;

pub use array::{Array, Lack};
pub use cluster::Cluster;
pub use commands::{Submitted, accounts, installed, largest_array, queue, submit};
pub use error::SlurmError;
pub use limit::TimeLimit;
pub use quote::absolute;
pub(crate) use quote::word;
pub use script::Script;
pub use status::{JobStatus, RunCounts, TaskGroup};
pub(crate) use submission::stamp;
pub use submission::{Submission, Submissions};
pub use tasks::{State, TaskState, Tasks};
