//! A population between two epochs, as one safetensors file.

use crate::engine::ReplicaState;
use crate::train::Past;
use crate::{Context, HarnessError, Run};
use cuda::Precision;
use records::{Curve, Outcome, Provenance, Store};
use rule::OptimizerState;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Raised when a reader of the old layout would misread the new.
const VERSION: u32 = 1;

/// The key of the header among the file's metadata.
const KEY: &str = "inna-bench";

/// What the population is and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    version: u32,
    /// Names of the runs, replica by replica.
    pub runs: Vec<String>,
    code_digest: String,
    device: String,
    precision: String,
    /// Epochs completed.
    pub epochs: u32,
    pub training_s: f64,
    pub evaluation_s: f64,
    pub resumptions: u32,
}

impl Header {
    /// Of a population that has not started.
    pub fn new(context: &Context<'_>, precision: Precision, runs: &[&Run]) -> Self {
        Self {
            version: VERSION,
            runs: runs.iter().map(|run| run.id.clone()).collect(),
            code_digest: context.code_digest.to_owned(),
            device: context.compute.description().unwrap_or_else(|| context.compute.kind().to_owned()),
            precision: precision.name().to_owned(),
            epochs: 0,
            training_s: 0.0,
            evaluation_s: 0.0,
            resumptions: 0,
        }
    }

    /// The same after `epochs` epochs.
    pub fn at(&self, epochs: u32, provenance: &Provenance) -> Self {
        let Provenance { training_s, evaluation_s, resumptions, .. } = *provenance;
        Self { epochs, training_s, evaluation_s, resumptions, ..self.clone() }
    }

    /// Whether a training that starts with this header may go on from one that wrote the other: the same runs by the
    /// same code on the same device with the same libraries.
    pub fn continues(&self, other: &Self) -> bool {
        let start = Self { epochs: 0, training_s: 0.0, evaluation_s: 0.0, resumptions: 0, ..other.clone() };
        *self == start
    }

    /// Where its checkpoint lies.
    pub fn path(&self, store: &Store, task: &str) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        for part in self.runs.iter().chain([&self.device]) {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        store.root().join(task).join(format!(".{}.checkpoint", &hasher.finalize().to_hex()[..16]))
    }

    /// The headers of all checkpoints of a task.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn all(store: &Store, task: &str) -> Result<Vec<Self>, HarnessError> {
        let entries = std::fs::read_dir(store.root().join(task)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let checkpoints = paths.iter().filter(|path| path.extension().is_some_and(|e| e == "checkpoint"));
        checkpoints.map(|path| Self::read(path)).collect()
    }

    /// Reads the start of a file: its length in 8 bytes, then JSON. What follows may be gigabytes.
    fn read(path: &Path) -> Result<Self, HarnessError> {
        let damaged = |reason: String| damaged(path, reason);
        let mut file = std::fs::File::open(path).map_err(|e| damaged(e.to_string()))?;
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|e| damaged(e.to_string()))?;
        let mut json = Vec::new();
        file.take(u64::from_le_bytes(length)).read_to_end(&mut json).map_err(|e| damaged(e.to_string()))?;
        let json: serde_json::Value = serde_json::from_slice(&json).map_err(|e| damaged(e.to_string()))?;
        let text = json["__metadata__"][KEY].as_str();
        let text = text.ok_or_else(|| damaged("it has no header of ours".into()))?;
        serde_json::from_str(text).map_err(|e| damaged(e.to_string()))
    }
}

/// A population that can go on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checkpoint {
    pub header: Header,
    pub past: Vec<Past>,
    pub replicas: Vec<ReplicaState>,
}

/// The part of a replica's past that is text.
#[derive(Serialize, Deserialize)]
struct Written {
    curve: String,
    diverged: Option<Outcome>,
    steps: u64,
}

impl Checkpoint {
    /// The checkpoint at `path`, if there is one that `header` continues.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn of(header: &Header, path: &Path) -> Result<Option<Self>, HarnessError> {
        if !path.is_file() {
            return Ok(None);
        }
        let found = Header::read(path)?;
        if !header.continues(&found) {
            return Ok(None);
        }
        let bytes = std::fs::read(path).map_err(|e| damaged(path, e.to_string()))?;
        Self::parse(found, &bytes, path).map(Some)
    }

    fn parse(header: Header, bytes: &[u8], path: &Path) -> Result<Self, HarnessError> {
        let damaged = |reason: String| damaged(path, reason);
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
        let raw = |name: &str| file.tensor(name).map_err(|e| damaged(e.to_string()));
        let (mut past, mut replicas) = (Vec::new(), Vec::new());
        for r in 0..header.runs.len() {
            let written = raw(&format!("{r}/past"))?;
            let written: Written =
                serde_json::from_slice(written.data()).map_err(|e| damaged(e.to_string()))?;
            let Curve::Epochs(rows) = Curve::from_csv(&written.curve, path)? else {
                return Err(damaged("a curve without epochs".into()));
            };
            let losses = raw(&format!("{r}/losses"))?;
            let losses = losses.data().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
            past.push(Past { rows, losses, diverged: written.diverged });
            let prefix = format!("{r}/state/");
            let mut names: Vec<String> =
                file.names().into_iter().filter(|n| n.starts_with(&prefix)).map(|n| n.to_string()).collect();
            names.sort();
            let mut states = BTreeMap::new();
            for name in names {
                states.insert(name[prefix.len()..].to_owned(), floats(raw(&name)?.data()));
            }
            replicas.push(ReplicaState {
                parameters: floats(raw(&format!("{r}/parameters"))?.data()),
                optimizer: OptimizerState { steps_taken: written.steps, states },
            });
        }
        Ok(Self { header, past, replicas })
    }

    /// Writes it in one go: a reader sees the checkpoint before or this one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), HarnessError> {
        let mut tensors: Vec<(String, Dtype, Vec<u8>)> = Vec::new();
        for (r, (past, replica)) in self.past.iter().zip(&self.replicas).enumerate() {
            let written = Written {
                curve: Curve::Epochs(past.rows.clone()).to_csv(),
                diverged: past.diverged.clone(),
                steps: replica.optimizer.steps_taken,
            };
            tensors.push((format!("{r}/past"), Dtype::U8, serde_json::to_vec(&written)?));
            let losses = past.losses.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((format!("{r}/losses"), Dtype::F64, losses));
            tensors.push((format!("{r}/parameters"), Dtype::F32, bytes(&replica.parameters)));
            for (name, state) in &replica.optimizer.states {
                tensors.push((format!("{r}/state/{name}"), Dtype::F32, bytes(state)));
            }
        }
        let views = tensors.iter().map(|(name, dtype, data)| {
            let width = match dtype {
                Dtype::U8 => 1,
                Dtype::F64 => 8,
                _ => 4,
            };
            TensorView::new(*dtype, vec![data.len() / width], data).map(|view| (name, view))
        });
        let unwritable = |e: safetensors::SafeTensorError| HarnessError::Resume { reason: e.to_string() };
        let views = views.collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        // One key: there is no order to lose.
        let metadata = HashMap::from([(KEY.to_owned(), serde_json::to_string(&self.header)?)]);
        let file = safetensors::serialize(views, Some(metadata)).map_err(unwritable)?;
        Ok(records::write_atomically(path, &file)?)
    }
}

fn damaged(path: &Path, reason: String) -> HarnessError {
    let path = path.display();
    HarnessError::Resume { reason: format!("{path}: {reason}. Remove that file to start its runs over") }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
