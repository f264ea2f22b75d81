//! Records beside their places: those of other stores that say otherwise, and what stands where a record would.

use crate::draft::{flush_folder, unique};
use crate::store::{CURVES, RUN_FILE, reason_of};
use crate::{Aside, Name, Record, Store, StoreError, write_atomically};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

impl Store {
    /// Task and name of every folder with a file of a record in it, whole or not, sorted. [`Store::list`] has those with a
    /// `run.json` alone, and passes over what it may not look into.
    ///
    /// # Errors
    /// If a folder cannot be listed.
    pub fn folders(&self) -> Result<Vec<(Name, Name)>, StoreError> {
        let mut runs = Vec::new();
        for task in folders(self.root())? {
            if Aside::ALL.iter().any(|aside| *task == *aside.folder()) {
                continue;
            }
            let within = self.root().join(&task);
            for id in folders(&within)? {
                if [RUN_FILE].iter().chain(&CURVES).any(|file| within.join(&id).join(file).is_file()) {
                    runs.push((task.clone(), id));
                }
            }
        }
        runs.sort();
        Ok(runs)
    }

    /// Keeps a copy of the record of a run in a folder of another store, which is not to be used, with the reason in a file beside
    /// it; gives its folder, which appears whole by one rename.
    ///
    /// # Errors
    /// If there is none, or it cannot be written.
    pub fn keep_apart(
        &self,
        aside: Aside,
        from: &Path,
        (task, id): (&Name, &Name),
        reason: &str,
    ) -> Result<PathBuf, StoreError> {
        let folder = self.root().join(aside.folder());
        fs::create_dir_all(&folder).map_err(|e| StoreError::io("making", &folder, e))?;
        let name = format!("{task}.{id}.{}", unique());
        let (draft, place) = (self.session()?.folder().join(&name), folder.join(&name));
        let result = self.copy_draft(from, &draft, task, id).and_then(|()| {
            write_atomically(&reason_of(&place), format!("{reason}\n").as_bytes())?;
            fs::rename(&draft, &place).map_err(|e| StoreError::io("naming", &place, e))
        });
        // Best effort: an error that matters is the one being returned.
        let _ = fs::remove_dir_all(&draft);
        result?;
        flush_folder(&folder);
        Ok(place)
    }

    /// Folders of what was set aside, each with what it was in the store: `<task>.<run>`.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn apart(&self, aside: Aside) -> Result<Vec<(String, PathBuf)>, StoreError> {
        let folder = self.root().join(aside.folder());
        let listing = |e| StoreError::io("listing", &folder, e);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(listing)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(listing)?.path();
            // Longer than a name may be: task, run, and what no other has.
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some((was, _)) = name.rsplit_once('.').filter(|_| path.is_dir()) {
                found.push((was.to_owned(), path));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Reads a record from a folder that was set aside; `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read, is not whole, or is another run: [`StoreError::Damaged`].
    pub fn read_apart(&self, folder: &Path, task: &Name, id: &Name) -> Result<Option<Record>, StoreError> {
        self.read_from(folder, task, id)
    }

    /// Whether another living process works on the store. One of which only time will tell that it is dead counts.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn is_shared(&self) -> Result<bool, StoreError> {
        Ok(self.session()?.has_company())
    }
}

/// The folders in a folder that can be those of a task or a run; links to folders count.
fn folders(folder: &Path) -> Result<Vec<Name>, StoreError> {
    let listing = |e| StoreError::io("listing", folder, e);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(listing)? {
        let entry = entry.map_err(listing)?;
        let name = entry.file_name().into_string().ok().and_then(|name| Name::new(name).ok());
        let Some(name) = name.filter(|name| !name.starts_with('.')) else { continue };
        match fs::metadata(entry.path()) {
            Ok(found_there) if found_there.is_dir() => found.push(name),
            Ok(_) => {}
            // A link to nowhere, or moved meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::io("looking at", entry.path(), error)),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;
    use crate::tests::{epoch, record};

    #[test]
    fn a_record_kept_apart_is_whole_and_none_of_the_stores() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let written = record(Curve::Epochs(vec![epoch(0)]));
        let (task, id) = (&written.specification.task, &written.id);
        let elsewhere = tempfile::tempdir().unwrap();
        let other = Store::open(elsewhere.path());
        other.write(&written).unwrap();
        let place = store
            .keep_apart(Aside::Conflicting, &other.folder(task, id), (task, id), "it says otherwise")
            .unwrap();
        assert_eq!(place.parent().unwrap(), folder.path().join("conflicts"));
        let reason = fs::read_to_string(format!("{}.reason.txt", place.display())).unwrap();
        assert_eq!(reason, "it says otherwise\n");
        assert_eq!(store.apart(Aside::Conflicting).unwrap(), [(format!("{task}.{id}"), place.clone())]);
        // Rows compared as text: a NaN equals none.
        let read = store.read_apart(&place, task, id).unwrap().unwrap();
        assert_eq!(
            (read.fingerprint, read.curve.to_csv()),
            (written.fingerprint.clone(), written.curve.to_csv())
        );
        assert!(store.list().is_empty() && store.folders().unwrap().is_empty());
        assert!(store.read(task, id).unwrap().is_none());
        fs::write(place.join("epochs.csv"), "no").unwrap();
        assert!(matches!(store.read_apart(&place, task, id), Err(StoreError::Damaged { .. })));
        drop(store);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no session is left");
    }

    #[test]
    fn a_folder_without_run_json_is_listed_if_it_has_measurements() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let written = record(Curve::Epochs(vec![epoch(0)]));
        store.write(&written).unwrap();
        let (task, id) = (written.specification.task.clone(), written.id.clone());
        for other in ["t/empty", "slurm/a-1", "quarantine/t.r.1", ".sessions/x", "t/half"] {
            fs::create_dir_all(folder.path().join(other)).unwrap();
        }
        for file in ["slurm/a-1/script.sh", "quarantine/t.r.1/run.json", "notes.txt", "t/half/epochs.csv"] {
            fs::write(folder.path().join(file), "x").unwrap();
        }
        let half = (task.clone(), Name::new("half").unwrap());
        assert_eq!(store.folders().unwrap(), [half, (task.clone(), id.clone())]);
        assert_eq!(store.list(), [(task, id)]);
        assert!(Store::open(folder.path().join("none")).folders().is_err());
    }

    #[test]
    fn company_is_another_living_session() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Store::open(folder.path()), Store::open(folder.path()));
        assert!(!one.is_shared().unwrap());
        assert!(two.is_shared().unwrap() && one.is_shared().unwrap());
        drop(two);
        assert!(!one.is_shared().unwrap());
    }
}
