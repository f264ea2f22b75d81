//! The folder tree of records: `STORE/<task>/<run id>/{run.json, epochs.csv | trajectory.csv}`.

use crate::claim::{self, RunClaim};
use crate::draft::{fill, flush_folder, unique};
use crate::protection::{self, Flaw};
use crate::session::{Lease, Session};
use crate::verification::VERIFIED;
use crate::{Aside, Curve, FORMAT, Name, Record, StoreError, shape, sweep_drafts, write_atomically};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file that makes a folder a record: it says what the run is and how it ended; its curve lies beside it.
pub const RUN_FILE: &str = "run.json";
/// The file of its measurements: one of these.
pub(crate) const CURVES: [&str; 2] = ["epochs.csv", "trajectory.csv"];

/// A folder of finished runs, which many processes may share. A run's folder appears whole, by one rename, or not at all, and
/// gives way only to the same run made again by other code, whole again and in one go.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    lease: Lease,
    /// Begun by the first that writes.
    session: Arc<Mutex<Option<Arc<Session>>>>,
}

/// What became of a record that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is there now.
    New,
    /// One of the same run was there already, and stays.
    Kept,
}

impl Store {
    /// The store at `root`. Nothing is made until something is written.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), lease: Lease::default(), session: Arc::default() }
    }

    /// The same for a store that must be there.
    ///
    /// # Errors
    /// If it is not.
    pub fn existing(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self::open(root);
        if store.root.is_dir() { Ok(store) } else { Err(StoreError::NoStore { path: store.root }) }
    }

    /// The same with another way of proving that this process lives; to be said before anything is written.
    #[must_use]
    pub fn with_lease(self, lease: Lease) -> Self {
        Self { lease, ..self }
    }

    /// Where the store is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of a run.
    pub fn folder(&self, task: &Name, id: &Name) -> PathBuf {
        self.root.join(task).join(id)
    }

    /// Whether a record of the run is there, whole or not.
    pub fn holds(&self, task: &Name, id: &Name) -> bool {
        self.folder(task, id).join(RUN_FILE).is_file()
    }

    /// Reads a run; `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read, or is not whole: [`StoreError::Damaged`].
    pub fn read(&self, task: &Name, id: &Name) -> Result<Option<Record>, StoreError> {
        let folder = self.folder(task, id);
        let mut read = self.read_from(&folder, task, id);
        // Its files are read one after the other: between them another record may have taken its place.
        for _ in 0..2 {
            if !matches!(read, Err(StoreError::Damaged { .. })) {
                break;
            }
            read = self.read_from(&folder, task, id);
        }
        read
    }

    /// The same from a folder anywhere, say one that was set aside.
    pub(crate) fn read_from(
        &self,
        folder: &Path,
        task: &Name,
        id: &Name,
    ) -> Result<Option<Record>, StoreError> {
        let path = folder.join(RUN_FILE);
        let text = match text(&path) {
            Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return match self.is_taken(folder) {
                    false => Ok(None),
                    true => Err(StoreError::damaged(folder, format!("it has no {RUN_FILE}"))),
                };
            }
            other => other?,
        };
        let damaged = |reason: String| StoreError::damaged(&path, reason);
        let (mut record, curve) = match protection::unprotect(&text) {
            Ok(read) => read,
            Err(Flaw::Damaged(reason)) => return Err(damaged(reason)),
            Err(Flaw::Newer(format)) => return Err(StoreError::Newer { path, format, known: FORMAT }),
        };
        if record.id != *id {
            return Err(damaged(format!("it says it is run `{}`", record.id)));
        }
        if record.specification.task != *task {
            return Err(damaged(format!("it says it is of task `{}`", record.specification.task)));
        }
        let mut names = CURVES.into_iter();
        let name = match &curve {
            None => names.find(|name| folder.join(name).is_file()),
            Some((file, _)) => names.find(|name| name == file),
        };
        let Some(name) = name else {
            return Err(damaged("its curve (epochs.csv or trajectory.csv) is missing".into()));
        };
        let file = folder.join(name);
        let text = match self::text(&file) {
            Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Err(StoreError::damaged(file, "it is missing"));
            }
            other => other?,
        };
        if curve.is_some_and(|(_, digest)| !protection::is_whole(&text, &digest)) {
            return Err(StoreError::damaged(
                file,
                "its bytes are not those that were written (their digest differs)",
            ));
        }
        record.curve = Curve::from_csv(&text, &file)?;
        match shape::contradiction(&record) {
            None => Ok(Some(record)),
            Some(reason) => Err(damaged(reason)),
        }
    }

    /// Whether something that is no empty folder stands there.
    fn is_taken(&self, folder: &Path) -> bool {
        match fs::read_dir(folder) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// What stands where a run would be stored and is nothing of a record, so that it cannot be moved away.
    pub fn obstacle(&self, task: &Name, id: &Name) -> Option<StoreError> {
        let place = self.folder(task, id);
        let is_free = match fs::symlink_metadata(&place) {
            Ok(found) => found.is_dir() && (is_of_a_record(&place) || !self.is_taken(&place)),
            Err(_) => true,
        };
        (!is_free).then_some(StoreError::InTheWay { path: place })
    }

    /// All runs there are, by task and name.
    pub fn list(&self) -> Vec<(Name, Name)> {
        let mut runs = Vec::new();
        for task in names(&self.root) {
            if Aside::ALL.iter().any(|aside| *task == *aside.folder()) {
                continue;
            }
            let ids = names(&self.root.join(&task)).into_iter();
            runs.extend(ids.filter(|id| self.holds(&task, id)).map(|id| (task.clone(), id)));
        }
        runs.sort();
        runs
    }

    /// Adds a finished run: written beside its place, flushed to disk, then renamed into it. What is there stays: a record of
    /// this run as it is, a damaged one in the quarantine.
    ///
    /// # Errors
    /// If writing fails, or something that is no record is in the way; nothing half-written is left under the run's name.
    pub fn write(&self, record: &Record) -> Result<Stored, StoreError> {
        self.add(&record.specification.task, &record.id, |draft| self.write_draft(record, draft))
    }

    /// [`Store::write`] for the run in a folder of another store: its very bytes.
    ///
    /// # Errors
    /// As [`Store::write`], and if there is no whole record of the run.
    pub fn copy(&self, from: &Path, task: &Name, id: &Name) -> Result<Stored, StoreError> {
        self.add(task, id, |draft| self.copy_draft(from, draft, task, id))
    }

    fn add(
        &self,
        task: &Name,
        id: &Name,
        draw_up: impl FnOnce(&Path) -> Result<(), StoreError>,
    ) -> Result<Stored, StoreError> {
        let place = self.folder(task, id);
        let draft = self.session()?.folder().join(format!("{id}.{}", unique()));
        let result = draw_up(&draft).and_then(|()| self.place(&draft, &place, task, id));
        // Best effort: an error that matters is the one being returned.
        let _ = fs::remove_dir_all(&draft);
        result
    }

    fn place(&self, draft: &Path, place: &Path, task: &Name, id: &Name) -> Result<Stored, StoreError> {
        let folder = self.root.join(task);
        fs::create_dir_all(&folder).map_err(|e| StoreError::io("making", &folder, e))?;
        // Others may be moving things at the same place: once more is enough.
        for _ in 0..3 {
            // A folder that is not empty is not replaced by a rename.
            match fs::rename(draft, place) {
                Ok(()) => {
                    flush_folder(&folder);
                    return Ok(Stored::New);
                }
                Err(error) if fs::symlink_metadata(place).is_err() => {
                    return Err(StoreError::io("naming", place, error));
                }
                Err(_) => {}
            }
            match self.read(task, id) {
                Ok(Some(_)) => return Ok(Stored::Kept),
                Ok(None) => {}
                Err(error @ StoreError::Damaged { .. }) if is_of_a_record(place) => {
                    let moved = self.set_aside(Aside::Damaged, place, &error.to_string())?;
                    // Another process may have put a whole one there between the look and the move: that one stays.
                    if matches!(self.read_from(&moved, task, id), Ok(Some(_)))
                        && fs::rename(&moved, place).is_ok()
                    {
                        let _ = fs::remove_file(reason_of(&moved));
                        return Ok(Stored::Kept);
                    }
                }
                Err(StoreError::Damaged { .. }) => return Err(StoreError::InTheWay { path: place.into() }),
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::InTheWay { path: place.into() })
    }

    /// Copies the record of a run, and looks at the copy.
    pub(crate) fn copy_draft(
        &self,
        from: &Path,
        draft: &Path,
        task: &Name,
        id: &Name,
    ) -> Result<(), StoreError> {
        fs::create_dir_all(draft).map_err(|e| StoreError::io("making", draft, e))?;
        for name in [RUN_FILE].into_iter().chain(CURVES) {
            match text(&from.join(name)) {
                Ok(text) => flush(&draft.join(name), text.as_bytes())?,
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        flush_folder(draft);
        match self.read_from(draft, task, id)? {
            Some(_) => Ok(()),
            None => Err(StoreError::damaged(from, "it was moved away while it was copied")),
        }
    }

    pub(crate) fn write_draft(&self, record: &Record, draft: &Path) -> Result<(), StoreError> {
        fs::create_dir_all(draft).map_err(|e| StoreError::io("making", draft, e))?;
        let curve = record.curve.to_csv();
        let json = protection::protect(record, &curve)
            .map_err(|e| StoreError::damaged(draft, format!("it cannot be written as JSON: {e}")))?;
        flush(&draft.join(record.curve.file_name()), curve.as_bytes())?;
        flush(&draft.join(RUN_FILE), json.as_bytes())?;
        flush_folder(draft);
        Ok(())
    }

    /// Claims a run for this process, which gives it back by dropping the claim or by dying; `None` if another living process
    /// has it. Whether the run has been stored meanwhile is to be looked at afterwards.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn claim(&self, task: &Name, id: &Name) -> Result<Option<RunClaim>, StoreError> {
        RunClaim::take(&self.root, &self.session()?, task, id)
    }

    /// Whether a claim was refused, or may have been, for a process that only time will tell to be dead: one of another machine,
    /// or without a file lock, that has not been watched for long enough.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn is_in_doubt(&self) -> Result<bool, StoreError> {
        Ok(self.session()?.is_in_doubt())
    }

    /// Moves what lies in the store out of the way, with the reason in a file beside it; gives its new place. Nothing is
    /// deleted.
    ///
    /// # Errors
    /// If it cannot be moved.
    pub fn set_aside(&self, aside: Aside, path: &Path, reason: &str) -> Result<PathBuf, StoreError> {
        let place = self.place_aside(aside, path, reason)?;
        match fs::rename(path, &place) {
            // Another process has moved it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => other.map_err(|e| StoreError::io("moving", path, e))?,
        }
        flush_folder(&self.root.join(aside.folder()));
        Ok(place)
    }

    /// A name among what was set aside for what lies at `path` in the store, the reason beside it.
    pub(crate) fn place_aside(&self, aside: Aside, path: &Path, reason: &str) -> Result<PathBuf, StoreError> {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        let name: Vec<_> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let folder = self.root.join(aside.folder());
        fs::create_dir_all(&folder).map_err(|e| StoreError::io("making", &folder, e))?;
        let place = folder.join(format!("{}.{}", name.join("."), unique()));
        write_atomically(&reason_of(&place), format!("{reason}\n").as_bytes())?;
        Ok(place)
    }

    /// Removes what dead processes have left behind: what they had not finished writing, and their claims' worth.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn sweep(&self) -> Result<(), StoreError> {
        let session = self.session()?;
        // Claims first: without their session they are nobody's all the same.
        claim::sweep(&self.root, &session);
        session.sweep();
        // Tasks, and what was set aside; and what is remembered of tasks.
        for folder in [self.root.clone(), self.root.join(VERIFIED)] {
            for task in names(&folder) {
                sweep_drafts(&folder.join(task));
            }
        }
        Ok(())
    }

    /// How others see whether this process lives, in words.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn proof_of_life(&self) -> Result<&'static str, StoreError> {
        Ok(if self.session()?.is_locked() {
            "a file lock, and a lease for other machines"
        } else {
            "a lease"
        })
    }

    pub(crate) fn session(&self) -> Result<Arc<Session>, StoreError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // One that was swept, because this process slept for longer than its lease, would be dead to all others for ever.
        if let Some(session) = session.as_ref().filter(|session| session.is_there()) {
            return Ok(Arc::clone(session));
        }
        let begun = Arc::new(Session::begin(&self.root, self.lease)?);
        *session = Some(Arc::clone(&begun));
        Ok(begun)
    }
}

/// What of a folder's content can be a task or a run.
fn names(folder: &Path) -> Vec<Name> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).filter_map(|name| Name::new(name).ok()).collect()
}

/// Bytes of a file of a record, at most: a hundred times what the longest training has written.
const LARGEST: u64 = 256 << 20;

/// Whether a folder holds files of a record and nothing else that can be seen, one or more.
fn is_of_a_record(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    // What a file manager or an editor leaves is hidden, and goes with the folder.
    let mut names = names.iter().filter(|name| !name.to_string_lossy().starts_with('.')).peekable();
    names.peek().is_some()
        && names.all(|name| *name == *RUN_FILE || CURVES.iter().any(|curve| *name == **curve))
}

/// Where it is said why something was set aside.
pub(crate) fn reason_of(place: &Path) -> PathBuf {
    let mut file = place.as_os_str().to_owned();
    file.push(".reason.txt");
    file.into()
}

/// The text of a file; what is no text is damaged.
pub(crate) fn text(path: &Path) -> Result<String, StoreError> {
    let found = fs::metadata(path).map_err(|e| StoreError::io("reading", path, e))?;
    // A pipe has no end to wait for.
    if !found.is_file() {
        return Err(StoreError::damaged(path, "it is no file of data"));
    }
    if found.len() > LARGEST {
        return Err(StoreError::damaged(
            path,
            format!("it has {} bytes, a record at most {LARGEST}", found.len()),
        ));
    }
    let bytes = fs::read(path).map_err(|e| StoreError::io("reading", path, e))?;
    String::from_utf8(bytes).map_err(|_| StoreError::damaged(path, "it is not text (UTF-8)"))
}

pub(crate) fn flush(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fill(path, None, |file| file.write_all(bytes).map_err(|e| StoreError::io("writing", path, e))).map(|_| ())
}
