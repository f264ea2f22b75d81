//! What a store remembers of runs that came out again: `STORE/.verified/<task>/<run>.json`, the last time of each.

use crate::canonical::full_digest_hex;
use crate::{Machine, Name, Record, Store, StoreError, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Digest of a file, as [`Circumstances`] has the program's.
///
/// # Errors
/// If it cannot be read.
pub fn file_digest(path: &Path) -> Result<String, StoreError> {
    let bytes = std::fs::read(path).map_err(|e| StoreError::io("reading", path, e))?;
    Ok(full_digest_hex(&bytes))
}

/// Folder of what is remembered. Hidden: it is worth something only to the program and the machine that wrote it, so that it is neither
/// merged nor archived.
pub(crate) const VERIFIED: &str = ".verified";

/// With what a run was repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circumstances {
    /// Digest of the program's own file: other sources, another compiler or another way of building give another.
    pub program: String,
    /// The machine.
    pub machine: Machine,
    /// `cpu`, `cuda` or `emulated`.
    pub device: String,
    /// The device's hardware and versions; none on a CPU.
    pub accelerator: Option<String>,
    /// Runs of a population that were asked for on a device; none on a CPU, where it changes no bit.
    pub replicas: Option<usize>,
}

/// A run that was repeated and came out with the same bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// [`Verification::digest`] of the record that it was compared with.
    pub record: String,
    /// With what it was repeated.
    pub with: Circumstances,
    /// Epochs that were repeated; none if it was the whole run.
    pub epochs: Option<u32>,
    /// When, in seconds since 1970-01-01 UTC.
    pub verified_unix_s: u64,
}

impl Verification {
    /// A digest of everything that a record says, its measurements included: a record that was changed or made again has another.
    pub fn digest(record: &Record) -> String {
        let said = serde_json::to_string(record).unwrap_or_default();
        full_digest_hex(format!("{said}\n{}", record.curve.to_csv()).as_bytes())
    }

    /// Whether it answers for `record`, repeated with `with` as far as `epochs`, the whole run if that is none.
    pub fn covers(&self, record: &Record, with: &Circumstances, epochs: Option<u32>) -> bool {
        let is_as_long = match (self.epochs, epochs) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(then), Some(now)) => then >= now,
        };
        is_as_long && self.with == *with && self.record == Self::digest(record)
    }
}

impl Store {
    fn verification_file(&self, task: &Name, id: &Name) -> PathBuf {
        self.root().join(VERIFIED).join(task).join(format!("{id}.json"))
    }

    /// What is remembered of a run. What cannot be read is not remembered: the run is repeated then.
    pub fn verification(&self, task: &Name, id: &Name) -> Option<Verification> {
        let text = crate::store::text(&self.verification_file(task, id)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Forgets what is remembered of a run.
    ///
    /// # Errors
    /// If something is remembered that cannot be removed.
    pub fn forget(&self, task: &Name, id: &Name) -> Result<(), StoreError> {
        let file = self.verification_file(task, id);
        match std::fs::remove_file(&file) {
            Err(error) if ![ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
                Err(StoreError::io("removing", &file, error))
            }
            _ => Ok(()),
        }
    }

    /// Remembers that a run came out again, in place of what was remembered of it before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn remember(&self, task: &Name, id: &Name, verification: &Verification) -> Result<(), StoreError> {
        let file = self.verification_file(task, id);
        let json = serde_json::to_string_pretty(verification)
            .map_err(|e| StoreError::damaged(&file, format!("it cannot be written as JSON: {e}")))?;
        write_atomically(&file, format!("{json}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;
    use crate::tests::{epoch, record};

    fn circumstances(record: &Record) -> Circumstances {
        Circumstances {
            program: "p".into(),
            machine: record.provenance.machine.clone(),
            device: "cpu".into(),
            accelerator: None,
            replicas: None,
        }
    }

    #[test]
    fn what_is_remembered_answers_for_the_same_record_program_machine_and_length() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path());
        let record = record(Curve::Epochs((0..3).map(epoch).collect()));
        let (task, id) = (&record.specification.task, &record.id);
        assert_eq!(store.verification(task, id), None);
        let with = circumstances(&record);
        let part = Verification {
            record: Verification::digest(&record),
            with: with.clone(),
            epochs: Some(3),
            verified_unix_s: 7,
        };
        store.remember(task, id, &part).unwrap();
        assert_eq!(store.verification(task, id).as_ref(), Some(&part));
        assert!(part.covers(&record, &with, Some(3)) && part.covers(&record, &with, Some(1)));
        assert!(!part.covers(&record, &with, Some(4)) && !part.covers(&record, &with, None));
        let whole = Verification { epochs: None, ..part };
        assert!(whole.covers(&record, &with, None) && whole.covers(&record, &with, Some(9)));
        // Another program, another machine, another device.
        let machine = Machine { features: "none".into(), ..with.machine.clone() };
        for other in [
            Circumstances { program: "q".into(), ..with.clone() },
            Circumstances { replicas: Some(2), ..with.clone() },
            Circumstances { machine, ..with.clone() },
            Circumstances { device: "cuda".into(), accelerator: Some("H100".into()), ..with.clone() },
        ] {
            assert!(!whole.covers(&record, &other, None), "{other:?}");
        }
        // Nothing there is a run.
        assert!(store.list().is_empty() && store.folders().unwrap().is_empty());
        // What is damaged is not remembered, and what a dead process has left there is swept.
        std::fs::write(store.verification_file(task, id), "{").unwrap();
        assert_eq!(store.verification(task, id), None);
        store.forget(task, id).unwrap();
        store.forget(task, id).unwrap();
        let left = folder.path().join(VERIFIED).join(task).join(".dead.part");
        std::fs::write(&left, "").unwrap();
        std::fs::File::options()
            .append(true)
            .open(&left)
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH)
            .unwrap();
        store.sweep().unwrap();
        assert!(!left.exists());
    }

    #[test]
    fn every_number_of_a_record_enters_its_digest() {
        let record = record(Curve::Epochs((0..3).map(epoch).collect()));
        let digest = Verification::digest(&record);
        let mut other = record.clone();
        other.fingerprint.push('0');
        assert_ne!(Verification::digest(&other), digest);
        let mut other = record.clone();
        other.specification.repetition += 1;
        assert_ne!(Verification::digest(&other), digest);
        let mut other = record;
        let Curve::Epochs(rows) = &mut other.curve else { unreachable!() };
        rows[2].train_loss = f64::from_bits(rows[2].train_loss.to_bits() + 1);
        assert_ne!(Verification::digest(&other), digest);
    }
}
