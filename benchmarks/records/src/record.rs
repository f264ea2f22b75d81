//! A finished run.

use crate::{Curve, Name, Specification};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the record format; raised when a reader of the old one would misread the new.
pub const FORMAT: u32 = 2;
/// The format before: the same without digests.
pub const UNPROTECTED: u32 = 1;

/// A finished run: what it was, how it ended, what it measured and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`] of the writer, or [`UNPROTECTED`].
    pub format: u32,
    /// [`Specification::id`].
    pub id: Name,
    /// What was run.
    pub specification: Specification,
    /// How it ended.
    pub outcome: Outcome,
    /// Hash over every mini-batch loss and the final parameters, bit for bit: equal fingerprints are equal runs.
    pub fingerprint: String,
    /// Where and with what it was made.
    pub provenance: Provenance,
    /// The measurements; a file of its own beside `run.json`.
    #[serde(skip, default = "no_rows")]
    pub curve: Curve,
}

impl Record {
    /// Whether its files carry digests; those of the former format do not.
    pub fn is_protected(&self) -> bool {
        self.format != UNPROTECTED
    }
}

fn no_rows() -> Curve {
    Curve::Epochs(Vec::new())
}

/// How a run ended. Divergence is a result, not a failure: it is kept, listed and counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The whole budget was spent.
    Finished,
    /// The loss or a parameter stopped being a finite number.
    Diverged {
        /// The step whose result was not finite.
        step: u64,
        /// What was seen, say "training loss is NaN".
        reason: String,
    },
}

/// The circumstances of a run: nothing here enters its identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Provenance {
    /// Version of the suite.
    pub suite_version: String,
    /// Digest of the suite's sources and lock file.
    pub code_digest: String,
    /// Digests of the parts of the suite that the run's result depends on, by the part's name (`adam`, `kernels`); empty if the build did
    /// not tell them apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code: BTreeMap<String, String>,
    /// Compiler that built it.
    pub compiler: String,
    /// The machine.
    pub machine: Machine,
    /// `cpu`, `cuda` or `emulated`.
    pub device: String,
    /// The device's hardware and versions; none on a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<String>,
    /// `f32`, `tf32` (products only), `bf16` (and what is stored between layers) or `f64`.
    pub precision: String,
    /// Threads this run could use.
    pub threads: usize,
    /// Runs trained side by side while this one was.
    pub jobs: usize,
    /// Start, in seconds since 1970-01-01 UTC.
    pub started_unix_s: u64,
    /// Seconds of training, without evaluation: the run's share of its population's.
    pub training_s: f64,
    /// Seconds of evaluation, likewise.
    pub evaluation_s: f64,
    /// Runs that were trained together as one population.
    #[serde(default = "one")]
    pub population: usize,
    /// Times that the training went on from a checkpoint.
    #[serde(default)]
    pub resumptions: u32,
    /// Bytes of optimizer state per parameter byte count: state buffers in total.
    pub state_bytes: u64,
    /// Trainable parameters.
    pub parameters: u64,
}

fn one() -> usize {
    1
}

/// Hardware and operating system, as the run saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Machine {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical cores.
    pub cores: usize,
    /// Vector extensions the products may use: results are bit-identical only among machines that agree here.
    pub features: String,
    /// Operating system and architecture.
    pub system: String,
}
