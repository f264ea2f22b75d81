//! Timings in a store: `STORE/timings/<task>.<device>.json`, the last one of each.

use crate::protection::{Flaw, check_digest, with_digest};
use crate::store::text;
use crate::{Aside, Name, Store, StoreError, TIMING_FORMAT, Timing, write_atomically};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Their folder, which no task can be called.
pub const TIMINGS: &str = "timings";
/// The end of their names.
const EXTENSION: &str = ".json";

#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Store {
    /// The file of a timing.
    pub fn timing_file(&self, task: &Name, device: &Name) -> PathBuf {
        self.root().join(TIMINGS).join(format!("{task}.{device}{EXTENSION}"))
    }

    /// Stores a timing in place of an earlier one of its task and device.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_timing(&self, timing: &Timing) -> Result<PathBuf, StoreError> {
        let file = self.timing_file(&timing.task, &timing.device);
        let json =
            serde_json::to_string_pretty(timing).map_err(|e| StoreError::timing(&file, e.to_string()))?;
        let members = json.strip_suffix("\n}").unwrap_or(&json).to_owned();
        write_atomically(&file, with_digest(members).as_bytes())?;
        Ok(file)
    }

    /// Reads a timing; `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written: [`StoreError::DamagedTiming`].
    pub fn timing(&self, task: &Name, device: &Name) -> Result<Option<Timing>, StoreError> {
        let file = self.timing_file(task, device);
        let damaged = |reason: String| StoreError::timing(&file, reason);
        let text = match text(&file) {
            Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
            Err(StoreError::Damaged { reason, .. }) => return Err(damaged(reason)),
            other => other?,
        };
        if let Err(Flaw::Damaged(reason)) = check_digest(&text) {
            return Err(damaged(reason));
        }
        let Version { format } = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        // Asked before anything is made of it: later formats have other members.
        if format > TIMING_FORMAT {
            return Err(StoreError::Newer { path: file, format, known: TIMING_FORMAT });
        }
        let timing: Timing = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        if (&timing.task, &timing.device) != (task, device) {
            return Err(damaged(format!("it says it is of task `{}` on {}", timing.task, timing.device)));
        }
        match timing.contradiction() {
            None => Ok(Some(timing)),
            Some(reason) => Err(damaged(reason)),
        }
    }

    /// Tasks and devices of the timings there are, sorted.
    ///
    /// # Errors
    /// If their folder is there and cannot be listed.
    pub fn timings(&self) -> Result<Vec<(Name, Name)>, StoreError> {
        let folder = self.root().join(TIMINGS);
        let listing = |e| StoreError::io("listing", &folder, e);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
                return Ok(Vec::new());
            }
            other => other.map_err(listing)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            found.extend(task_and_device(&entry.map_err(listing)?.path()));
        }
        found.sort();
        Ok(found)
    }

    /// Takes the timing of a task and device from another store, its very bytes. A damaged one that is here goes into the quarantine.
    ///
    /// # Errors
    /// If there is no whole one, or it cannot be written.
    pub fn take_timing(&self, from: &Self, task: &Name, device: &Name) -> Result<(), StoreError> {
        let file = self.timing_file(task, device);
        let text = text(&from.timing_file(task, device))?;
        from.timing(task, device)?;
        if let Err(StoreError::DamagedTiming { reason, .. }) = self.timing(task, device) {
            self.set_aside(Aside::Damaged, &file, &reason)?;
        }
        write_atomically(&file, text.as_bytes())
    }
}

/// What a file is the timing of, by its name; hidden ones are none.
fn task_and_device(path: &Path) -> Option<(Name, Name)> {
    let name = path.file_name()?.to_str()?.strip_suffix(EXTENSION)?;
    let (task, device) = name.rsplit_once('.')?;
    let is_hidden = task.starts_with('.') || task.is_empty();
    (!is_hidden).then_some(())?;
    Some((Name::new(task).ok()?, Name::new(device).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::timing;

    #[test]
    fn a_timing_is_read_as_it_was_written_and_the_last_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let (cpu, cuda) = (Name::new("cpu").unwrap(), Name::new("cuda").unwrap());
        let first = timing();
        assert_eq!(store.timing(&first.task, &cpu).unwrap(), None);
        assert!(store.timings().unwrap().is_empty());
        let file = store.write_timing(&first).unwrap();
        assert_eq!(file, folder.path().join("timings/small.v2.cpu.json"));
        assert_eq!(store.timing(&first.task, &cpu).unwrap().as_ref(), Some(&first));
        let second = Timing { started_unix_s: first.started_unix_s + 1, others_cores: None, ..first.clone() };
        store.write_timing(&second).unwrap();
        assert_eq!(store.timing(&first.task, &cpu).unwrap(), Some(second));
        store.write_timing(&Timing { device: cuda.clone(), ..first.clone() }).unwrap();
        for other in [".hidden.cpu.json", "notes.txt", "cpu.json", ".x.part"] {
            std::fs::write(folder.path().join("timings").join(other), "x").unwrap();
        }
        assert_eq!(store.timings().unwrap(), [(first.task.clone(), cpu), (first.task, cuda)]);
        // Nothing there is a run.
        assert!(store.list().is_empty() && store.folders().unwrap().is_empty());
    }

    #[test]
    fn no_bit_of_a_timing_changes_unnoticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let timing = timing();
        let file = store.write_timing(&timing).unwrap();
        let whole = std::fs::read(&file).unwrap();
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&file, bytes).unwrap();
            let read = store.timing(&timing.task, &timing.device);
            assert!(matches!(read, Err(StoreError::DamagedTiming { .. })), "bit {bit}");
        }
        let message = store.timing(&timing.task, &timing.device).unwrap_err().to_string();
        assert!(
            message.contains("small.v2.cpu.json") && message.contains("inna-bench time study"),
            "{message}"
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let whole = timing();
        let (task, device) = (&whole.task, &whole.device);
        let refused = |spoil: &dyn Fn(&mut Timing)| {
            let mut timing = whole.clone();
            spoil(&mut timing);
            store.write_timing(&timing).unwrap();
            matches!(store.timing(task, device), Err(StoreError::DamagedTiming { .. }))
        };
        assert!(!refused(&|_| {}));
        assert!(refused(&|t| t.entries[0].median_ms = 9.0));
        assert!(refused(&|t| t.entries[0].smallest_ms = 0.0));
        assert!(refused(&|t| t.entries[1] = t.entries[0].clone()));
        assert!(refused(&|t| t.entries.clear()));
        assert!(refused(&|t| t.others_cores = Some(-1.0)));
        store.write_timing(&Timing { format: 2, ..whole.clone() }).unwrap();
        assert!(matches!(store.timing(task, device), Err(StoreError::Newer { format: 2, known: 1, .. })));
        // Another task's file under this name.
        let other = Timing { task: Name::new("other").unwrap(), ..whole.clone() };
        std::fs::rename(store.write_timing(&other).unwrap(), store.timing_file(task, device)).unwrap();
        assert!(matches!(store.timing(task, device), Err(StoreError::DamagedTiming { .. })));
    }
}
