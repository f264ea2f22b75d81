//! What a store holds of a plan.

use crate::{Name, PlannedRun, Record, Store, StoreError};
use std::collections::BTreeSet;

/// Fewer runs than this are not worth a thread.
const PER_THREAD: usize = 64;

/// The runs of a plan that are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Their records, in the plan's order.
    pub records: Vec<Record>,
    /// Those that are there and not whole: they count as missing.
    pub damaged: Vec<Damage>,
}

/// A record that is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The run that it was to be.
    pub run: PlannedRun,
    /// What is wrong, with the file and what happens to it.
    pub reason: String,
}

impl Survey {
    /// Records of the former format, which carry no digests.
    pub fn unprotected(&self) -> usize {
        self.records.iter().filter(|record| !record.is_protected()).count()
    }

    /// Task and name of every run that is there, whole.
    pub fn whole(&self) -> BTreeSet<(Name, Name)> {
        self.records.iter().map(|record| (record.specification.task.clone(), record.id.clone())).collect()
    }
}

impl Store {
    /// Reads those of `runs` that are there; very many on all cores.
    ///
    /// # Errors
    /// If one is there and cannot be read for a reason that lies outside of it.
    pub fn survey(&self, runs: &[PlannedRun]) -> Result<Survey, StoreError> {
        self.survey_with(runs, |_| {})
    }

    /// The same without the measurements, of which only the last row is kept.
    ///
    /// # Errors
    /// As [`Store::survey`].
    pub fn survey_ends(&self, runs: &[PlannedRun]) -> Result<Survey, StoreError> {
        self.survey_with(runs, |record| record.curve.keep_last())
    }

    fn survey_with(
        &self,
        runs: &[PlannedRun],
        keep: impl Fn(&mut Record) + Sync,
    ) -> Result<Survey, StoreError> {
        let read = |runs: &[PlannedRun]| -> Result<Survey, StoreError> {
            let mut survey = Survey::default();
            for run in runs {
                match self.read_planned(run) {
                    Ok(None) => {}
                    Ok(Some(mut record)) => {
                        keep(&mut record);
                        survey.records.push(record);
                    }
                    Err(error @ StoreError::Damaged { .. }) => {
                        survey.damaged.push(Damage { run: run.clone(), reason: error.to_string() });
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(survey)
        };
        let threads =
            std::thread::available_parallelism().map_or(1, usize::from).min(runs.len() / PER_THREAD);
        if threads < 2 {
            return read(runs);
        }
        let parts = std::thread::scope(|scope| {
            let parts = runs.chunks(runs.len().div_ceil(threads));
            let read = &read;
            let workers: Vec<_> = parts.map(|part| (part, scope.spawn(move || read(part)))).collect();
            // A worker that panicked has said so; its part is read again here, where the panic belongs.
            workers
                .into_iter()
                .map(|(part, worker)| worker.join().unwrap_or_else(|_| read(part)))
                .collect::<Vec<_>>()
        });
        let mut survey = Survey::default();
        for part in parts {
            let Survey { mut records, mut damaged } = part?;
            survey.records.append(&mut records);
            survey.damaged.append(&mut damaged);
        }
        Ok(survey)
    }

    /// Reads a planned run; a record of another repetition is not it.
    fn read_planned(&self, run: &PlannedRun) -> Result<Option<Record>, StoreError> {
        let record = self.read(&run.task, &run.id)?;
        match record {
            Some(record) if record.specification.repetition != run.repetition => {
                let reason = format!(
                    "it is repetition {}, the plan has {} under this name",
                    record.specification.repetition, run.repetition
                );
                Err(StoreError::damaged(self.folder(&run.task, &run.id), reason))
            }
            record => Ok(record),
        }
    }
}
