//! The finished runs of one store into another.
//!
//! A run that the destination lacks is stored there. One that it has is the same run made again, so it has to have the same bits:
//! then the one that is there stays and nothing happens. If it has not, no rule could tell which of the two is right, so the one
//! that is there stays in use and the other is kept apart, with the reason. Of timings the destination's own stay.

use crate::{Repeated, compare};
use records::{Aside, Name, Provenance, Record, Store, StoreError, Stored, Timing};
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
    timings: Vec<(Name, Name)>,
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
        let unreadable = |error| match error {
            StoreError::Io { path, source, .. } => MergeError::Unreadable { path, source },
            other => other.into(),
        };
        let runs = store.folders().map_err(unreadable)?;
        let timings = store.timings().map_err(unreadable)?;
        if runs.is_empty() && timings.is_empty() {
            return Err(MergeError::NoRecords { path: path.into() });
        }
        Ok(Self { store, runs, timings })
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
    /// Runs and timings that were stored in place of a damaged record, which is in the quarantine: what was wrong with it.
    pub mended: Vec<String>,
    /// Timings that were stored.
    pub new_timings: usize,
    /// Timings of which the destination had one of its own, which stayed, by task and device.
    pub kept_timings: Vec<(Name, Name)>,
    /// Runs that were there with other bits.
    pub conflicts: Vec<Conflict>,
    /// Records of the source that cannot be used, which stay where they are: what is wrong with them.
    pub refused: Vec<String>,
}

impl Merged {
    /// Whether every run of the source is in the destination now, as it is in the source. Timings are of a machine, and replaced by
    /// no merge.
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
    /// Likewise timings, by task and device.
    imagined_timings: BTreeMap<(Name, Name), Timing>,
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
        Ok(Self { destination, dry, apart, imagined: BTreeMap::new(), imagined_timings: BTreeMap::new() })
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
                Err(error @ StoreError::Newer { .. }) => merged.refused.push(error.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
        for (task, device) in &source.timings {
            self.take_timing(source, task, device, &mut merged)?;
        }
        Ok(merged)
    }

    fn take_timing(
        &mut self,
        source: &Source,
        task: &Name,
        device: &Name,
        merged: &mut Merged,
    ) -> Result<(), MergeError> {
        let timing = match source.store.timing(task, device) {
            Ok(Some(timing)) => timing,
            // Moved away meanwhile.
            Ok(None) => return Ok(()),
            Err(StoreError::DamagedTiming { path, reason }) => {
                merged.refused.push(format!("{} is damaged: {reason}", path.display()));
                return Ok(());
            }
            Err(error) => {
                merged.refused.push(error.to_string());
                return Ok(());
            }
        };
        let of = (task.clone(), device.clone());
        let there = match self.imagined_timings.get(&of) {
            Some(timing) => Ok(Some(timing.clone())),
            None => self.destination.timing(task, device),
        };
        match there {
            Ok(None) => {}
            Err(StoreError::DamagedTiming { path, reason }) => {
                merged.mended.push(format!("{} was damaged: {reason}", path.display()));
            }
            Ok(Some(there)) if there == timing => return Ok(()),
            Ok(Some(_)) => {
                merged.kept_timings.push(of);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        merged.new_timings += 1;
        match self.dry {
            true => drop(self.imagined_timings.insert(of, timing)),
            false => self.destination.take_timing(&source.store, task, device)?,
        }
        Ok(())
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
            } else if self.destination.copy(&source.store.folder(task, id), task, id)? == Stored::Kept {
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
                let path = self.destination.keep_apart(
                    Aside::Conflicting,
                    &source.store.folder(&task, &id),
                    (&task, &id),
                    &reason,
                )?;
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
mod tests;
