//! The finished runs of one store into another.
//!
//! A run that the destination lacks is stored there. One that it has is the same run made again, so it has to have the same bits:
//! then the one that is there stays and nothing happens. If it has not, no rule could tell which of the two is right, so the one
//! that is there stays in use and the other is kept apart, with the reason.

use crate::{Repeated, compare};
use records::{Aside, Name, Provenance, Record, Store, StoreError, Stored};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A store that cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The destination, or a record in it, cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such folder.
    #[error("there is no store at {path} to merge; name the folder of one")]
    NoSource {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It holds no records.
    #[error("{path} holds no records; name the folder of a store, in which every task has a folder")]
    NoRecords {
        /// The folder.
        path: PathBuf,
    },
    /// It is the destination.
    #[error(
        "{path} is the store that others are merged into; name other stores, or another one to merge into with --store"
    )]
    Same {
        /// The folder.
        path: PathBuf,
    },
    /// It cannot be listed.
    #[error("{path} cannot be listed: {source}. Give yourself the right to read it, or name another store")]
    Unreadable {
        /// What.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A store whose runs are to be copied, and what is in it.
#[derive(Clone, Debug)]
pub struct Source {
    store: Store,
    runs: Vec<(Name, Name)>,
}

impl Source {
    /// Looks into the store at `path`, which is to be merged into `destination`. It is never written to.
    ///
    /// # Errors
    /// If it is not there, holds no records, cannot be listed, or is the destination.
    pub fn open(path: &Path, destination: &Store) -> Result<Self, MergeError> {
        let Ok(store) = Store::existing(path) else {
            return Err(MergeError::NoSource { path: path.into() });
        };
        // The destination need not be there yet.
        let there = |path: &Path| std::fs::canonicalize(path).ok();
        if there(path).is_some() && there(path) == there(destination.root()) {
            return Err(MergeError::Same { path: path.into() });
        }
        let runs = store.folders().map_err(|error| match error {
            StoreError::Io { path, source, .. } => MergeError::Unreadable { path, source },
            other => other.into(),
        })?;
        if runs.is_empty() {
            return Err(MergeError::NoRecords { path: path.into() });
        }
        Ok(Self { store, runs })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        self.store.root()
    }
}

/// What became of the runs of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Runs that were stored.
    pub new: usize,
    /// Those of them whose records are of the former format, without digests: they stay so.
    pub unprotected: usize,
    /// Runs that were there, with the same bits.
    pub equal: usize,
    /// Runs that were stored in place of a damaged record, which is in the quarantine: what was wrong with it.
    pub mended: Vec<String>,
    /// Runs that were there with other bits.
    pub conflicts: Vec<Conflict>,
    /// Records of the source that cannot be used, which stay where they are: what is wrong with them.
    pub refused: Vec<String>,
}

impl Merged {
    /// Whether every run of the source is in the destination now, as it is in the source.
    pub fn is_whole(&self) -> bool {
        self.conflicts.is_empty() && self.refused.is_empty()
    }
}

/// Two records of one run that say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The run's task.
    pub task: Name,
    /// The run.
    pub id: Name,
    /// What differs, in the words of [`compare`].
    pub what: Vec<String>,
    /// Circumstances that are not the same, say the compiler.
    pub circumstances: Vec<String>,
    /// Where the source's record is kept apart; none if nothing was to be written.
    pub kept: Option<PathBuf>,
    /// Whether it was there already, from an earlier merge or another store with the same bits.
    pub is_known: bool,
}

/// A store that others are merged into.
pub struct Merge<'a> {
    destination: &'a Store,
    /// Whether to say only what would happen.
    dry: bool,
    /// Records that are kept apart, by `<task>.<run>`; also those that would be.
    apart: BTreeMap<String, Vec<PathBuf>>,
    /// Records that would be in the destination by now if something were written.
    imagined: BTreeMap<(Name, Name), PathBuf>,
}

impl<'a> Merge<'a> {
    /// Into `destination`, which is made by the first run that is stored. With `dry` nothing is written.
    ///
    /// # Errors
    /// If what is kept apart there cannot be listed.
    pub fn into(destination: &'a Store, dry: bool) -> Result<Self, MergeError> {
        let mut apart: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (was, path) in destination.apart(Aside::Conflicting)? {
            apart.entry(was).or_default().push(path);
        }
        Ok(Self { destination, dry, apart, imagined: BTreeMap::new() })
    }

    /// Copies the runs of a source. Called again it finds what is there, and changes nothing.
    ///
    /// # Errors
    /// If the destination cannot be read or written. What was stored by then is whole, and stays.
    pub fn take(&mut self, source: &Source) -> Result<Merged, MergeError> {
        let mut merged = Merged::default();
        for (task, id) in &source.runs {
            match source.store.read(task, id) {
                Ok(Some(record)) => self.add(&record, source, &mut merged)?,
                // Moved away meanwhile.
                Ok(None) => {}
                Err(StoreError::Damaged { path, reason }) => {
                    merged.refused.push(format!("{} is damaged: {reason}", path.display()));
                }
                Err(StoreError::Io { path, source, .. }) => {
                    merged.refused.push(format!("{} cannot be read: {source}", path.display()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(merged)
    }

    fn add(&mut self, record: &Record, source: &Source, merged: &mut Merged) -> Result<(), MergeError> {
        let (task, id) = (&record.specification.task, &record.id);
        loop {
            let damage = match self.there(task, id) {
                Ok(Some(there)) => {
                    match compare(&there, record, None) {
                        Repeated::Same => merged.equal += 1,
                        Repeated::Differs { what, circumstances } => {
                            let conflict = self.conflict(&there, record, source, what, circumstances)?;
                            merged.conflicts.push(conflict);
                        }
                    }
                    return Ok(());
                }
                Ok(None) => None,
                Err(StoreError::Damaged { path, reason }) => {
                    Some(format!("{} was damaged: {reason}", path.display()))
                }
                Err(error) => return Err(error.into()),
            };
            if self.dry {
                self.imagined.insert((task.clone(), id.clone()), source.store.folder(task, id));
            } else if self.destination.write(record)? == Stored::Kept {
                // Another process was faster: what it has stored is to be compared with.
                continue;
            }
            merged.new += 1;
            merged.unprotected += usize::from(!record.is_protected());
            merged.mended.extend(damage);
            return Ok(());
        }
    }

    /// The destination's record of a run.
    fn there(&self, task: &Name, id: &Name) -> Result<Option<Record>, StoreError> {
        match self.imagined.get(&(task.clone(), id.clone())) {
            Some(folder) => self.destination.read_apart(folder, task, id),
            None => self.destination.read(task, id),
        }
    }

    fn conflict(
        &mut self,
        there: &Record,
        record: &Record,
        source: &Source,
        what: Vec<String>,
        circumstances: Vec<String>,
    ) -> Result<Conflict, MergeError> {
        let (task, id) = (record.specification.task.clone(), record.id.clone());
        let known = self.apart.entry(format!("{task}.{id}")).or_default();
        let is_same = |path: &&PathBuf| {
            let kept = self.destination.read_apart(path, &task, &id);
            // What is no whole record of this run says nothing about it.
            kept.is_ok_and(|kept| kept.is_some_and(|kept| compare(&kept, record, None) == Repeated::Same))
        };
        let found = known.iter().find(is_same).cloned();
        let is_known = found.is_some();
        let kept = match found {
            Some(path) => Some(path).filter(|path| path.starts_with(self.destination.root())),
            None if self.dry => {
                known.push(source.store.folder(&task, &id));
                None
            }
            None => {
                let reason = reason(there, record, source.root(), &what, &circumstances);
                let path = self.destination.keep_apart(Aside::Conflicting, record, &reason)?;
                known.push(path.clone());
                Some(path)
            }
        };
        Ok(Conflict { task, id, what, circumstances, kept, is_known })
    }
}

/// What is said beside a record that is kept apart.
fn reason(there: &Record, record: &Record, from: &Path, what: &[String], circumstances: &[String]) -> String {
    let from = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    let made = match circumstances {
        [] => "Both were made with the same sources, compiler, processor and accelerator.".to_owned(),
        names => format!("They were made with another {}.", names.join(", another ")),
    };
    let facts = |record: &Record| {
        let Provenance { code_digest, compiler, machine, device, accelerator, .. } = &record.provenance;
        let device = accelerator.as_ref().map_or_else(|| device.clone(), |name| format!("{device}, {name}"));
        format!("sources {code_digest}, {compiler}, {} ({}), {device}", machine.cpu, machine.features)
    };
    format!(
        "A record of the run {}/{} from the store {}.\n\
         It differs from the record that was there, which stayed: {}.\n{made}\n\
         this one: {}\nthe other: {}\n\
         `inna-bench verify` on a study with this run says which of them comes out again.",
        record.specification.task,
        record.id,
        from.display(),
        what.join(", "),
        facts(record),
        facts(there)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::{Curve, EpochRow, FORMAT, Machine, OptimizerChoice, Outcome, Specification, UNPROTECTED};
    use serde_json::json;
    use std::fs;

    fn record(repetition: u64, loss: f64) -> Record {
        let specification = Specification {
            task: Name::new("t").unwrap(),
            task_settings: json!({"epochs": 1}),
            data_digest: String::new(),
            optimizer: OptimizerChoice { name: "sgd".into(), hyper: json!({"learning_rate": 0.1}) },
            master_seed: 1,
            repetition,
        };
        let row = |epoch: u32| EpochRow {
            epoch,
            step: u64::from(epoch),
            elapsed_s: 0.5,
            learning_rate: None,
            train_loss_running: None,
            train_loss: if epoch == 0 { 2.0 } else { loss },
            validation_loss: None,
            validation_accuracy: None,
            test_loss: f64::NAN,
            test_accuracy: 0.5,
        };
        Record {
            format: FORMAT,
            id: specification.id().unwrap(),
            specification,
            outcome: Outcome::Finished,
            fingerprint: format!("{loss}"),
            provenance: Provenance {
                suite_version: "0".into(),
                code_digest: "c".into(),
                compiler: "rustc".into(),
                machine: Machine {
                    cpu: "x".into(),
                    cores: 1,
                    features: "none".into(),
                    system: "linux".into(),
                },
                device: "cpu".into(),
                accelerator: None,
                precision: "f32".into(),
                threads: 1,
                jobs: 1,
                started_unix_s: 7,
                training_s: 1.0 / 3.0,
                evaluation_s: 0.5,
                population: 1,
                resumptions: 0,
                state_bytes: 0,
                parameters: 1,
            },
            curve: Curve::Epochs(vec![row(0), row(1)]),
        }
    }

    /// Every file below a folder with its content.
    fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match fs::read(entry.path()) {
                Ok(bytes) => drop(found.insert(entry.path(), bytes)),
                Err(_) => found.extend(tree(&entry.path())),
            }
        }
        found
    }

    fn store(folder: &Path, name: &str, records: &[Record]) -> Source {
        let store = Store::open(folder.join(name));
        records.iter().for_each(|record| drop(store.write(record).unwrap()));
        drop(store);
        Source::open(&folder.join(name), &Store::open(folder.join("d"))).unwrap()
    }

    #[test]
    fn what_is_lacking_is_stored_what_is_equal_stays_and_what_differs_is_kept_apart_once() {
        let folder = tempfile::tempdir().unwrap();
        let other_times = |mut record: Record| {
            record.provenance.training_s = 9.0;
            record.provenance.compiler = "rustc, another".into();
            record
        };
        let a = store(folder.path(), "a", &[record(0, 1.0), record(1, 1.0)]);
        let b = store(
            folder.path(),
            "b",
            &[other_times(record(1, 1.0)), other_times(record(0, 1.5)), record(2, 1.0)],
        );
        let c = store(folder.path(), "c", &[record(0, 1.5)]);
        let destination = Store::open(folder.path().join("d"));

        // First what would happen, with the same counts, and nothing on the disk.
        let sources = tree(folder.path());
        let mut counts = Vec::new();
        for dry in [true, false, false] {
            let mut merge = Merge::into(&destination, dry).unwrap();
            let merged: Vec<Merged> = [&a, &b, &c].map(|source| merge.take(source).unwrap()).into();
            counts.push(merged.iter().map(|m| (m.new, m.equal, m.conflicts.len())).collect::<Vec<_>>());
            let known: Vec<bool> = merged.iter().flat_map(|m| &m.conflicts).map(|c| c.is_known).collect();
            if dry {
                assert_eq!(tree(folder.path()), sources);
                assert!(!folder.path().join("d").exists());
                assert!(merged.iter().flat_map(|m| &m.conflicts).all(|c| c.kept.is_none()));
            }
            // The same bits from a third store are the same conflict.
            assert_eq!(known, [counts.len() == 3, true]);
            let Conflict { what, circumstances, .. } = &merged[1].conflicts[0];
            assert_eq!(
                (what, circumstances),
                (&vec!["from epoch 1 on".to_owned()], &vec!["compiler".to_owned()])
            );
        }
        assert_eq!(counts[0], [(2, 0, 0), (1, 1, 1), (0, 0, 1)]);
        assert_eq!(counts[1], counts[0]);
        assert_eq!(counts[2], [(0, 2, 0), (0, 2, 1), (0, 0, 1)]);

        let after = tree(folder.path());
        assert!(sources.iter().all(|(path, bytes)| after[path] == *bytes));
        // What was stored has the bytes that it has in its source; of the conflict there is one record and its reason.
        let there = |k: u64| destination.folder(&Name::new("t").unwrap(), &record(k, 1.0).id);
        for (k, from) in [(0, "a"), (1, "a"), (2, "b")] {
            let path = there(k).join("run.json");
            let inside = path.strip_prefix(folder.path().join("d")).unwrap();
            assert_eq!(fs::read(&path).unwrap(), fs::read(folder.path().join(from).join(inside)).unwrap());
        }
        let apart = destination.apart(Aside::Conflicting).unwrap();
        let [(_, place)] = &apart[..] else { panic!("{apart:?}") };
        let reason = fs::read_to_string(format!("{}.reason.txt", place.display())).unwrap();
        let from = folder.path().join("b");
        for word in
            [from.to_str().unwrap(), "from epoch 1 on", "another compiler", "rustc, another", "sources c"]
        {
            assert!(reason.contains(word), "{word}: {reason}");
        }
        let kept = destination.read_apart(place, &Name::new("t").unwrap(), &record(0, 1.0).id);
        assert_eq!(kept.unwrap().unwrap().fingerprint, "1.5");
    }

    #[test]
    fn damage_is_named_and_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let a = store(folder.path(), "a", &[record(0, 1.0), record(1, 1.0), record(2, 1.0)]);
        let inside = |store: &str, k: u64| folder.path().join(store).join("t").join(record(k, 1.0).id);
        fs::write(inside("a", 0).join("epochs.csv"), "nothing").unwrap();
        fs::remove_file(inside("a", 1).join("run.json")).unwrap();
        // One that is damaged where it is to be stored is mended.
        let destination = Store::open(folder.path().join("d"));
        destination.write(&record(2, 1.0)).unwrap();
        fs::write(inside("d", 2).join("run.json"), "{").unwrap();
        let before = tree(&folder.path().join("a"));
        let merged = Merge::into(&destination, false).unwrap().take(&a).unwrap();
        assert_eq!((merged.new, merged.equal, merged.is_whole()), (1, 0, false));
        let id = record(0, 1.0).id;
        assert!(merged.refused.iter().any(|r| r.contains(&*id) && r.contains("epochs.csv is damaged")));
        assert!(merged.refused.iter().any(|r| r.contains("it has no run.json")), "{:?}", merged.refused);
        assert!(merged.mended[0].contains("run.json was damaged"), "{:?}", merged.mended);
        assert_eq!(tree(&folder.path().join("a")), before);
        assert_eq!(destination.list().len(), 1);
        assert_eq!(fs::read_dir(folder.path().join("d/quarantine")).unwrap().count(), 2);
    }

    #[test]
    fn a_record_of_the_former_format_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let a = store(folder.path(), "a", &[Record { format: UNPROTECTED, ..record(0, 1.0) }]);
        let destination = Store::open(folder.path().join("d"));
        let merged = Merge::into(&destination, false).unwrap().take(&a).unwrap();
        assert_eq!((merged.new, merged.unprotected), (1, 1));
        let (task, id) = (Name::new("t").unwrap(), record(0, 1.0).id);
        assert_eq!(destination.read(&task, &id).unwrap().unwrap().format, UNPROTECTED);
        assert!(destination.seal(&task, &id).unwrap());
        // Sealed it is still the same run.
        assert_eq!(Merge::into(&destination, false).unwrap().take(&a).unwrap().equal, 1);
    }

    #[test]
    fn what_is_no_source_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let a = store(folder.path(), "a", &[record(0, 1.0)]);
        let refused = |path: &str| {
            let destination = Store::open(a.root());
            Source::open(&folder.path().join(path), &destination).unwrap_err().to_string()
        };
        fs::create_dir(folder.path().join("empty")).unwrap();
        for (path, why) in [
            ("none", "there is no store at"),
            ("empty", "holds no records"),
            ("a/t", "holds no records"),
            ("a", "is the store that others are merged into"),
            ("empty/../a/.", "is the store that others are merged into"),
        ] {
            let message = refused(path);
            assert!(message.contains(why) && message.contains("name "), "{message}");
        }
    }
}
