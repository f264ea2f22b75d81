//! Why a run is done, stale or missing, and which input is to blame.

use crate::checkpoint::Header;
use crate::difference::{Difference, differences};
use crate::{ChangedPart, Code, Configs, HarnessError, Plan, PlannedTask, Problem, Run};
use records::{Name, Record, Specification, Store};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a planned run stands.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// It is there, made by this very program.
    Done,
    /// It is there, made by another build or under a former name, and nothing that it depends on has changed.
    Reused {
        /// Whether its record says which code made it; if not, it is taken as it is.
        names_its_code: bool,
        /// Whether its name is the one it had while the margin was part of it.
        former_name: bool,
    },
    /// It is there, and what it depends on has changed since.
    Stale {
        /// The parts that have.
        changes: Vec<ChangedPart>,
    },
    /// It is there, and not whole.
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
    /// It is not there, but a checkpoint is.
    Underway {
        /// Epochs that have been trained.
        epochs: u32,
        /// Where: only there it goes on.
        device: String,
    },
    /// It is not there.
    Missing {
        /// The stored run that it is most like, which the study does not have.
        nearest: Option<Nearest>,
    },
}

/// A stored run that is like a missing one.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Nearest {
    /// Its name.
    pub id: Name,
    /// The inputs in which it differs, planned against stored.
    pub differences: Vec<Difference>,
}

/// A planned run and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Explained {
    /// Task.
    pub task: Name,
    /// Key of the entry.
    pub entry: String,
    /// Seed block.
    pub repetition: u64,
    /// Its name.
    pub id: Name,
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
}

impl Plan {
    /// Says of every run how it stands in `store` for a program built from `code`. Writes nothing.
    ///
    /// # Errors
    /// If a record cannot be read for a reason that lies outside of it.
    pub fn explain(&self, store: &Store, code: &Code) -> Result<Vec<Explained>, HarnessError> {
        let survey = store.survey_ends(&self.manifest.runs)?;
        let key = |task: &Name, id: &Name| (task.clone(), id.clone());
        let there: BTreeMap<_, &Record> =
            survey.records.iter().map(|r| (key(&r.specification.task, &r.id), r)).collect();
        let damaged: BTreeMap<_, &String> =
            survey.damaged.iter().map(|d| (key(&d.run.task, &d.run.id), &d.reason)).collect();
        let mut explained = Vec::new();
        for task in &self.tasks {
            let underway = underway(task, store, code)?;
            // Read only if something is missing.
            let mut others = None;
            for run in &task.runs {
                let key = key(&task.name, &run.id);
                let standing = if let Some(record) = there.get(&key) {
                    standing(record, run, code)
                } else if let Some(reason) = damaged.get(&key) {
                    Standing::Damaged { reason: (*reason).clone() }
                } else if let Some(header) = underway.get(&run.id) {
                    Standing::Underway { epochs: header.epochs, device: header.device().to_owned() }
                } else {
                    let others = others.get_or_insert_with(|| others_of(task, store));
                    Standing::Missing { nearest: nearest(&run.specification, others) }
                };
                explained.push(Explained {
                    task: task.name.clone(),
                    entry: run.entry.clone(),
                    repetition: run.specification.repetition,
                    id: run.id.clone(),
                    standing,
                });
            }
        }
        Ok(explained)
    }
}

fn standing(record: &Record, run: &Run, code: &Code) -> Standing {
    let changes = code.changes(record);
    if !changes.is_empty() {
        return Standing::Stale { changes };
    }
    let former_name = run.specification.task_settings.get("margin").is_some();
    if record.provenance.code_digest == code.digest && !former_name {
        return Standing::Done;
    }
    let names_its_code = !record.provenance.code.is_empty() || record.provenance.code_digest == code.digest;
    Standing::Reused { names_its_code, former_name }
}

/// The checkpoints that hold runs of a task, by run, as far as the plan and this code can go on from them.
fn underway(task: &PlannedTask, store: &Store, code: &Code) -> Result<BTreeMap<Name, Header>, HarnessError> {
    let Problem::Training { .. } = &task.problem else { return Ok(BTreeMap::new()) };
    let (headers, _) = Header::all(store, &task.name)?;
    let mut underway = BTreeMap::new();
    for header in headers.into_iter().filter(|header| header.is_of(code) && header.within(task).is_some()) {
        for id in &header.runs {
            underway.entry(id.clone()).or_insert_with(|| header.clone());
        }
    }
    Ok(underway)
}

/// What the store holds of a task that is not planned.
fn others_of(task: &PlannedTask, store: &Store) -> Vec<Specification> {
    let ids = store.list().into_iter().filter(|(name, _)| *name == task.name).map(|(_, id)| id);
    let foreign = ids.filter(|id| task.runs.iter().all(|run| run.id != *id));
    // One that is damaged, or gone meanwhile, explains nothing.
    foreign.filter_map(|id| Some(store.read(&task.name, &id).ok()??.specification)).collect()
}

fn nearest(planned: &Specification, others: &[Specification]) -> Option<Nearest> {
    let same_optimizer = others.iter().filter(|other| other.optimizer.name == planned.optimizer.name);
    let compared = same_optimizer.map(|other| (differences(planned, other), other));
    // Of equally many differences, those of the same repetition first.
    let (differences, other) =
        compared.min_by_key(|(found, other)| (found.len(), other.repetition != planned.repetition))?;
    Some(Nearest { id: other.id().ok()?, differences })
}

/// What is known of a stored run beside what its record says.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RunStanding {
    /// Parts of the code that have changed since it was made.
    pub changes: Vec<ChangedPart>,
    /// Inputs in which the task's file says otherwise now; a study may give a task another size.
    pub differences: Vec<Difference>,
    /// Why its task cannot be looked at.
    pub task_unusable: Option<String>,
}

impl RunStanding {
    /// Holds a record against the present code and configuration.
    pub fn new(record: &Record, configs: &Configs, code: &Code) -> Self {
        let changes = code.changes(record);
        let planned =
            configs.task(&record.specification.task).map_err(|e| e.to_string()).and_then(|(file, _)| {
                let task_settings = serde_json::to_value(&file.task).map_err(|e| e.to_string())?;
                Ok(Specification { task_settings, ..record.specification.clone() })
            });
        match planned {
            Ok(planned) => {
                let differences = differences(&planned, &record.specification);
                Self { changes, differences, task_unusable: None }
            }
            Err(reason) => Self { changes, differences: Vec::new(), task_unusable: Some(reason) },
        }
    }
}
