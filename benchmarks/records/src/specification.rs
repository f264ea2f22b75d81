//! The complete description of a run, and the name it gives the run.

use crate::{Name, NameError, canonical_json, digest_hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything a run's result depends on, code and machine apart. Two runs with the same specification are the
/// same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Specification {
    /// Name of the task (`nin-shapes`); enters the seeds, so it is part of the identity.
    pub task: Name,
    /// The task with every default filled in: data, model, budget, precision.
    pub task_settings: Value,
    /// Digest of the training and test data the task draws on; empty for a task without data.
    pub data_digest: String,
    /// The optimizer with every hyper-parameter filled in.
    pub optimizer: OptimizerChoice,
    /// Seed that all streams of the run derive from.
    pub master_seed: u64,
    /// Which repetition: the block of a paired comparison.
    pub repetition: u64,
}

/// An optimizer and its hyper-parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OptimizerChoice {
    /// Name in the list of optimizers.
    pub name: String,
    /// All hyper-parameters, defaults included.
    pub hyper: Value,
}

impl Specification {
    /// The run's name: `inna-r0-1f0c9a…`, optimizer, repetition and a hash of the canonical specification.
    ///
    /// # Errors
    /// Only if a hyper-parameter is not a finite number or the optimizer has no usable name, which a checked configuration
    /// excludes.
    pub fn id(&self) -> Result<Name, IdentityError> {
        let text = canonical_json(&serde_json::to_value(self)?);
        let hash = digest_hex(text.as_bytes());
        Ok(Name::new(format!("{}-r{}-{hash}", self.optimizer.name, self.repetition))?)
    }
}

/// Why a specification cannot name its run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It is not to be had as JSON.
    #[error("{0}. Every number in the configuration must be finite")]
    Json(#[from] serde_json::Error),
    /// Its optimizer has a name that cannot be part of a path.
    #[error(transparent)]
    Name(#[from] NameError),
}
