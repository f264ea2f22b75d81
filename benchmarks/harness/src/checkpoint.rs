//! A population between two epochs: a header of four lines, then tensors (safetensors).
//!
//! ```text
//! inna-bench checkpoint 2
//! BLAKE3 of the next line
//! {"runs":[…],"epochs":7,…}
//! BLAKE3 of everything below
//! ```
//!
//! No bit of the file can change unnoticed: the first line is fixed, and each of the others is covered by a digest or is one.

use crate::engine::ReplicaState;
use crate::train::Past;
use crate::{Code, Context, HarnessError, PlannedTask, Run};
use cuda::Precision;
use records::{Aside, Curve, Name, Outcome, Provenance, Store, StoreError};
use rule::OptimizerState;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// First line; the number is raised when a reader of the old layout would misread the new.
const MAGIC: &str = "inna-bench checkpoint 2";
/// The end of a checkpoint's name.
pub(crate) const EXTENSION: &str = "checkpoint";
/// Longest line of a header: names of some ten thousand runs.
const LONGEST_LINE: u64 = 4 << 20;

/// What the population is and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Names of the runs, replica by replica.
    pub runs: Vec<Name>,
    /// The parts of the code that its runs depend on.
    code: BTreeMap<String, String>,
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
        let of = |run: &&Run| {
            let choice = &run.specification.optimizer;
            context.code.of_network(&choice.name, &choice.hyper, context.on_device())
        };
        let code = runs.iter().flat_map(of);
        Self {
            runs: runs.iter().map(|run| run.id.clone()).collect(),
            code: code.collect(),
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

    /// Its runs in `task`; `None` if that has not all of them: then it belongs to another study, or to another size of it.
    pub fn within<'a>(&self, task: &'a PlannedTask) -> Option<Vec<&'a Run>> {
        self.runs.iter().map(|id| task.runs.iter().find(|run| run.id == *id)).collect()
    }

    /// Where it was trained.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Whether the parts of the code that it depends on are those of `code`.
    pub fn is_of(&self, code: &Code) -> bool {
        code.has(&self.code)
    }

    /// Where its checkpoint lies.
    pub fn path(&self, store: &Store, task: &Name) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        for part in self.runs.iter().map(Name::as_str).chain([self.device.as_str()]) {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        let name = format!(".{}.{EXTENSION}", &hasher.finalize().to_hex()[..16]);
        store.root().join(task).join(name)
    }

    /// The headers of all checkpoints of a task; the damaged ones apart.
    ///
    /// # Errors
    /// If one cannot be read, whatever is in it.
    pub fn all(store: &Store, task: &Name) -> Result<(Vec<Self>, Vec<Damaged>), StoreError> {
        let entries = std::fs::read_dir(store.root().join(task)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let (mut headers, mut damaged) = (Vec::new(), Vec::new());
        for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == EXTENSION)) {
            match Self::read(path) {
                Ok(Some((header, _))) => headers.push(header),
                // Finished by another process meanwhile.
                Ok(None) => {}
                Err(Unusable::Damaged(error)) => damaged.push(error),
                Err(Unusable::Unreadable(error)) => return Err(error),
            }
        }
        Ok((headers, damaged))
    }

    /// Reads the lines before the tensors, which may be gigabytes. Gives the file behind them; `None` if there is none.
    fn read(path: &Path) -> Result<Option<(Self, Body)>, Unusable> {
        let damaged = |reason: &str| Unusable::damaged(path, reason);
        // A pipe has no end to wait for.
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(damaged("it is no file of data"));
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Unusable::unreadable(path, error)),
        };
        let mut file = BufReader::new(file);
        let mut line = || -> Result<String, Unusable> {
            let mut text = String::new();
            let read = (&mut file).take(LONGEST_LINE).read_line(&mut text);
            read.map_err(|e| Unusable::unreadable(path, e))?;
            text.strip_suffix('\n').map(str::to_owned).ok_or_else(|| damaged("it ends in its header"))
        };
        if line()? != MAGIC {
            return Err(damaged("it is not a checkpoint of this version"));
        }
        let (digest, json) = (line()?, line()?);
        if blake3::hash(json.as_bytes()).to_hex().as_str() != digest {
            return Err(damaged("its header is not what was written (its digest differs)"));
        }
        let header = serde_json::from_str(&json).map_err(|e| damaged(&e.to_string()))?;
        let digest = line()?;
        Ok(Some((header, Body { file, digest })))
    }
}

/// The runs whose checkpoint lies at `path`; `None` if it is gone.
///
/// # Errors
/// If it is not what was written, or cannot be read.
pub(crate) fn runs_of(path: &Path) -> Result<Option<Vec<Name>>, Unusable> {
    Ok(Header::read(path)?.map(|(header, _)| header.runs))
}

/// The tensors of a checkpoint, still unread.
struct Body {
    file: BufReader<File>,
    digest: String,
}

/// A checkpoint that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Why there is nothing to be had from a checkpoint.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is not what was written.
    Damaged(Damaged),
    /// Nobody knows: it cannot be read, which says nothing about it. It may be another user's.
    Unreadable(StoreError),
}

impl Unusable {
    fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged(Damaged { path: path.into(), reason: reason.into() })
    }

    /// A file that is not text is damaged.
    fn unreadable(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::InvalidData {
            return Self::damaged(path, source.to_string());
        }
        Self::Unreadable(StoreError::unreadable(path, source))
    }
}

impl Damaged {
    /// Moves it out of the way, so that its runs start over, and says so.
    pub fn put_away(&self, store: &Store, context: &Context<'_>) -> Result<(), HarnessError> {
        let place = store.set_aside(Aside::Damaged, &self.path, &self.reason)?;
        context.progress.note(&format!(
            "{}: {}; moved to {}, its runs start over",
            self.path.display(),
            self.reason,
            place.display()
        ));
        Ok(())
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
    /// If it is there and is not what was written, or has more epochs than the `budget`.
    pub fn of(header: &Header, path: &Path, budget: u32) -> Result<Option<Self>, Unusable> {
        let Some((found, mut body)) = Header::read(path)? else { return Ok(None) };
        if !header.continues(&found) {
            return Ok(None);
        }
        let damaged = |reason: String| Unusable::damaged(path, reason);
        if found.epochs > budget {
            return Err(damaged(format!("it has {} epochs of a training of {budget}", found.epochs)));
        }
        let mut bytes = Vec::new();
        body.file.read_to_end(&mut bytes).map_err(|e| Unusable::unreadable(path, e))?;
        if blake3::hash(&bytes).to_hex().as_str() != body.digest {
            return Err(damaged("its tensors are not what was written (their digest differs)".into()));
        }
        Self::parse(found, &bytes, path).map(Some).map_err(Unusable::Damaged)
    }

    fn parse(header: Header, bytes: &[u8], path: &Path) -> Result<Self, Damaged> {
        let damaged = |reason: String| Damaged { path: path.into(), reason };
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
        let raw = |name: &str| file.tensor(name).map_err(|e| damaged(e.to_string()));
        let (mut past, mut replicas) = (Vec::new(), Vec::new());
        for r in 0..header.runs.len() {
            let written = raw(&format!("{r}/past"))?;
            let written: Written =
                serde_json::from_slice(written.data()).map_err(|e| damaged(e.to_string()))?;
            let curve = Curve::from_csv(&written.curve, path).map_err(|e| damaged(e.to_string()))?;
            let Curve::Epochs(rows) = curve else {
                return Err(damaged("a curve without epochs".into()));
            };
            let losses = doubles(raw(&format!("{r}/losses"))?.data());
            past.push(Past { rows, losses, diverged: written.diverged });
            let named = |kind: &str| -> BTreeMap<String, String> {
                let prefix = format!("{r}/{kind}/");
                let of_kind = file.names().into_iter().filter_map(|name| name.strip_prefix(&prefix));
                of_kind.map(|name| (name.to_owned(), format!("{prefix}{name}"))).collect()
            };
            let mut states = BTreeMap::new();
            for (name, tensor) in named("state") {
                states.insert(name, floats(raw(&tensor)?.data()));
            }
            let mut memory = BTreeMap::new();
            for (name, tensor) in named("memory") {
                memory.insert(name, doubles(raw(&tensor)?.data()));
            }
            // Networks without batch normalisation have none.
            let running =
                file.tensor(&format!("{r}/running")).map(|it| floats(it.data())).unwrap_or_default();
            replicas.push(ReplicaState {
                parameters: floats(raw(&format!("{r}/parameters"))?.data()),
                running,
                optimizer: OptimizerState { steps_taken: written.steps, states, memory },
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
            if !replica.running.is_empty() {
                tensors.push((format!("{r}/running"), Dtype::F32, bytes(&replica.running)));
            }
            for (name, state) in &replica.optimizer.states {
                tensors.push((format!("{r}/state/{name}"), Dtype::F32, bytes(state)));
            }
            for (name, numbers) in &replica.optimizer.memory {
                let numbers = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
                tensors.push((format!("{r}/memory/{name}"), Dtype::F64, numbers));
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
        let unwritable = |e: safetensors::SafeTensorError| HarnessError::Checkpoint { reason: e.to_string() };
        let views = views.collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        let body = safetensors::serialize(views, None).map_err(unwritable)?;
        let json = serde_json::to_string(&self.header)?;
        let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex();
        let head = format!("{MAGIC}\n{}\n{json}\n{}\n", digest(json.as_bytes()), digest(&body));
        records::write_atomically_with(path, |file| {
            // A disk's error is remembered by the file and named with its path.
            let written = file.write_all(head.as_bytes()).and_then(|()| file.write_all(&body));
            written.map_err(|e| HarnessError::Checkpoint { reason: e.to_string() })
        })?;
        Ok(())
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
