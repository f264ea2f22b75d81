//! The folder tree of records: `STORE/<task>/<run id>/{run.json, epochs.csv | trajectory.csv}`.

use crate::{Curve, FORMAT, PlannedRun, Record, StoreError};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Fewer runs than this are not worth a thread.
const PER_THREAD: usize = 64;

/// A folder of finished runs. A run's folder appears whole, by one rename, or not at all.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens `root`, making it if need be.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(|e| StoreError::io("making", &root, e))?;
        Ok(Self { root })
    }

    /// Where the store is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of a run.
    pub fn folder(&self, task: &str, id: &str) -> PathBuf {
        self.root.join(task).join(id)
    }

    /// Whether the run is there.
    pub fn holds(&self, task: &str, id: &str) -> bool {
        self.folder(task, id).join("run.json").is_file()
    }

    /// Reads a run; `None` if it is not there.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn read(&self, task: &str, id: &str) -> Result<Option<Record>, StoreError> {
        if !self.holds(task, id) {
            return Ok(None);
        }
        let path = self.folder(task, id).join("run.json");
        let text = fs::read_to_string(&path).map_err(|e| StoreError::io("reading", &path, e))?;
        let unreadable = |reason: String| StoreError::Unreadable { path: path.clone(), reason };
        let mut record: Record = serde_json::from_str(&text).map_err(|e| unreadable(e.to_string()))?;
        if record.format != FORMAT {
            return Err(unreadable(format!("format {}, this version reads {FORMAT}", record.format)));
        }
        if record.id != id {
            return Err(unreadable(format!("it says it is run `{}`", record.id)));
        }
        for name in ["epochs.csv", "trajectory.csv"] {
            let file = self.folder(task, id).join(name);
            if file.is_file() {
                let text = fs::read_to_string(&file).map_err(|e| StoreError::io("reading", &file, e))?;
                record.curve = Curve::from_csv(&text, &file)?;
                return Ok(Some(record));
            }
        }
        Err(unreadable("its curve (epochs.csv or trajectory.csv) is missing".into()))
    }

    /// Reads those of `runs` that are there, in their order; very many on all cores.
    ///
    /// # Errors
    /// If one is there and cannot be read: the first of them.
    pub fn read_all(&self, runs: &[PlannedRun]) -> Result<Vec<Record>, StoreError> {
        let read = |runs: &[PlannedRun]| -> Result<Vec<Record>, StoreError> {
            runs.iter().filter_map(|run| self.read(&run.task, &run.id).transpose()).collect()
        };
        let threads =
            std::thread::available_parallelism().map_or(1, usize::from).min(runs.len() / PER_THREAD);
        if threads < 2 {
            return read(runs);
        }
        let parts = std::thread::scope(|scope| {
            let parts = runs.chunks(runs.len().div_ceil(threads));
            let workers: Vec<_> = parts.map(|part| (part, scope.spawn(move || read(part)))).collect();
            // A worker that panicked has said so; its part is read again here, where the panic belongs.
            workers
                .into_iter()
                .map(|(part, worker)| worker.join().unwrap_or_else(|_| read(part)))
                .collect::<Vec<_>>()
        });
        let mut records = Vec::with_capacity(runs.len());
        for part in parts {
            records.append(&mut part?);
        }
        Ok(records)
    }

    /// Adds a finished run: written beside its place, flushed to disk, then renamed into it.
    ///
    /// # Errors
    /// If writing fails; nothing half-written is left under the run's name.
    pub fn write(&self, record: &Record) -> Result<(), StoreError> {
        let task = &record.specification.task;
        let place = self.folder(task, &record.id);
        // The process number keeps two writers of one shared store apart.
        let draft = self.root.join(task).join(format!(".{}.{}.part", record.id, std::process::id()));
        let result = self.write_draft(record, &draft).and_then(|()| {
            if place.exists() {
                fs::remove_dir_all(&place).map_err(|e| StoreError::io("replacing", &place, e))?;
            }
            fs::rename(&draft, &place).map_err(|e| StoreError::io("naming", &place, e))
        });
        if result.is_err() {
            // Best effort: the error that matters is the one being returned.
            let _ = fs::remove_dir_all(&draft);
        }
        result
    }

    fn write_draft(&self, record: &Record, draft: &Path) -> Result<(), StoreError> {
        fs::create_dir_all(draft).map_err(|e| StoreError::io("making", draft, e))?;
        let json = serde_json::to_string_pretty(record)
            .map_err(|e| StoreError::Unreadable { path: draft.to_path_buf(), reason: e.to_string() })?;
        flush(&draft.join("run.json"), (json + "\n").as_bytes())?;
        flush(&draft.join(record.curve.file_name()), record.curve.to_csv().as_bytes())
    }
}

fn flush(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fill(path, |file| file.write_all(bytes).map_err(|e| StoreError::io("writing", path, e))).map(|_| ())
}

/// Makes a file, lets `content` write it, flushes it to disk and gives its size in bytes.
pub(crate) fn fill<E: From<StoreError>>(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<u64, E> {
    let io = |e| E::from(StoreError::io("writing", path, e));
    let mut file = Watched { file: BufWriter::new(fs::File::create(path).map_err(io)?), failure: None };
    let result = content(&mut file);
    // Whoever encodes may wrap an error of the disk in one of its own, which does not say what to do about it.
    if let Some(failure) = file.failure {
        return Err(io(failure));
    }
    result?;
    let file = file.file.into_inner().map_err(|e| io(e.into_error()))?;
    file.sync_all().map_err(io)?;
    Ok(file.metadata().map_err(io)?.len())
}

/// A file that remembers why it could not be written.
struct Watched {
    file: BufWriter<fs::File>,
    failure: Option<io::Error>,
}

impl Watched {
    fn remembered<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            // An interrupted call is repeated by its caller: that is no failure.
            if kind != io::ErrorKind::Interrupted {
                self.failure.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.remembered(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.remembered(result)
    }
}

/// Writes a single file so that a reader sees the old content or the new, never a part.
///
/// # Errors
/// If the folder cannot be made or the file not written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = |file: &mut dyn Write| file.write_all(bytes).map_err(|e| StoreError::io("writing", path, e));
    write_atomically_with(path, write).map(|_| ())
}

/// [`write_atomically`] for what is too large to be held in memory: `content` writes it bit by bit. Gives the size of the
/// file in bytes.
///
/// # Errors
/// If the folder cannot be made or the file not written; the error of `content` if that fails for another reason.
pub fn write_atomically_with<E: From<StoreError>>(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<u64, E> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| StoreError::io("making", folder, e))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = folder.join(format!(".{name}.{}.part", std::process::id()));
    let result = fill(&draft, content).and_then(|size| {
        fs::rename(&draft, path).map_err(|e| StoreError::io("naming", path, e))?;
        Ok(size)
    });
    if result.is_err() {
        let _ = fs::remove_file(&draft);
    }
    result
}
