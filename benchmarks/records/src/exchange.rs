//! Records that give way: to themselves with digests, and to the same run made again by other code.

use crate::draft::{flush_folder, unique};
use crate::store::{RUN_FILE, flush, text};
use crate::{Aside, FORMAT, Name, Record, Store, StoreError, protection};
use std::fs;
use std::path::{Path, PathBuf};

impl Store {
    /// Gives a record of the former format its digests; its measurements stay as they are. False if it has them.
    ///
    /// # Errors
    /// If it cannot be read, is not whole, or cannot be written.
    pub fn seal(&self, task: &Name, id: &Name) -> Result<bool, StoreError> {
        let place = self.folder(task, id);
        let draft = self.session()?.folder().join(format!("{id}.{}", unique()));
        let result = self.seal_at(&place, &draft, task, id);
        // What was exchanged for it, or a draft of nothing.
        let _ = fs::remove_dir_all(&draft);
        result
    }

    fn seal_at(&self, place: &Path, draft: &Path, task: &Name, id: &Name) -> Result<bool, StoreError> {
        let Some(mut record) = self.read(task, id)?.filter(|record| !record.is_protected()) else {
            return Ok(false);
        };
        fs::create_dir_all(draft).map_err(|e| StoreError::io("making", draft, e))?;
        let (before, curve) = (text(&place.join(RUN_FILE))?, text(&place.join(record.curve.file_name()))?);
        record.format = FORMAT;
        let json = protection::protect(&record, &curve)
            .map_err(|e| StoreError::damaged(place, format!("it cannot be written as JSON: {e}")))?;
        flush(&draft.join(record.curve.file_name()), curve.as_bytes())?;
        flush(&draft.join(RUN_FILE), json.as_bytes())?;
        flush_folder(draft);
        self.read_from(draft, task, id)?;
        exchange(draft, place)?;
        // Another process may have put another record there meanwhile: that one has its place back.
        if text(&draft.join(RUN_FILE)).is_ok_and(|now| now != before) {
            exchange(draft, place)?;
            return Ok(false);
        }
        flush_folder(place.parent().unwrap_or(place));
        Ok(true)
    }

    /// Puts `record` where another record of the run is, which is kept among what was superseded, with the reason. At every moment there
    /// is one of the two: they are exchanged in one go. (A file system that cannot do that has none for the time between two renames.)
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn supersede(&self, record: &Record, reason: &str) -> Result<(), StoreError> {
        let place = self.folder(&record.specification.task, &record.id);
        if !self.holds(&record.specification.task, &record.id) {
            return self.write(record).map(|_| ());
        }
        let draft = self.session()?.folder().join(format!("{}.{}", record.id, unique()));
        self.write_draft(record, &draft)?;
        // Where it is when they have been exchanged: nothing has to be done then that a kill could prevent.
        let aside = self.place_aside(Aside::Superseded, &place, reason)?;
        fs::rename(&draft, &aside).map_err(|e| StoreError::io("naming", &aside, e))?;
        exchange(&aside, &place)?;
        flush_folder(&self.root().join(&record.specification.task));
        flush_folder(&self.root().join(Aside::Superseded.folder()));
        Ok(())
    }
}

/// Lets two paths change places, in one go where the file system can do that.
fn exchange(one: &Path, other: &Path) -> Result<(), StoreError> {
    if exchanged(one, other).is_ok() {
        return Ok(());
    }
    exchange_by_three(one, other)
}

/// The same by three renames: for a moment nothing is at `other`.
fn exchange_by_three(one: &Path, other: &Path) -> Result<(), StoreError> {
    let mut between = one.as_os_str().to_owned();
    between.push(".between");
    let between = PathBuf::from(between);
    fs::rename(one, &between).map_err(|e| StoreError::io("moving", one, e))?;
    fs::rename(other, one).map_err(|e| StoreError::io("moving", other, e))?;
    fs::rename(&between, other).map_err(|e| StoreError::io("naming", other, e))
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchanged(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchanged(_: &Path, _: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind;
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_renames_exchange_what_one_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for exchange in [exchange, exchange_by_three] {
            for (place, content) in [(&one, "1"), (&other, "2")] {
                fs::create_dir(place).unwrap();
                fs::write(place.join("file"), content).unwrap();
            }
            exchange(&one, &other).unwrap();
            assert_eq!(fs::read_to_string(one.join("file")).unwrap(), "2");
            assert_eq!(fs::read_to_string(other.join("file")).unwrap(), "1");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
            fs::remove_dir_all(&one).unwrap();
            fs::remove_dir_all(&other).unwrap();
        }
    }
}
