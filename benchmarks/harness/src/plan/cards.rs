//! The tasks of a plan, one by one: their cards for the report, and their runs.

use super::outline::Outline;
use super::{Assembled, PlannedTask, Problem, name_runs};
use crate::competitors::Competitors;
use crate::images::Shelf;
use crate::looks::Wish;
use crate::suitability::Suitability;
use crate::tuned::{self, Sought, Tuned};
use crate::{ConfigError, Configs, HarnessError, OptimizerFiles, StudyTask, TaskFile};
use crate::{manifest, paper, published};
use records::{Entry, TaskCard, TaskKind};
use std::sync::Arc;

/// What the tasks of a study are planned from.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub configs: &'a Configs,
    pub assembled: &'a Assembled,
    pub files: &'a OptimizerFiles,
    pub tuned: Option<&'a Tuned>,
    pub shelf: &'a Arc<Shelf>,
}

/// Plans one task of a study: its card, its runs, and what its entries are to look like.
pub(super) fn plan_task(
    from: Given,
    task: &StudyTask,
    outline: Outline,
    warnings: &mut Vec<String>,
) -> Result<(TaskCard, PlannedTask, Vec<Wish>), HarnessError> {
    let Given { configs, assembled, files, tuned, shelf } = from;
    let Assembled { given, study, scale, values, trials, .. } = assembled;
    let Outline { settings, own, file } = outline;
    let problem = Problem::load(&task.task, &file, &settings.task, scale.per_class, shelf)?;
    // Tasks share data sets: once is enough.
    let new = problem.remarks().iter().filter(|remark| !warnings.contains(*remark));
    warnings.extend(new.cloned().collect::<Vec<_>>());
    let suitability =
        Suitability { study: given, file: &file, task, own: &own, problem: &problem, scale, trials: *trials };
    if !trials {
        suitability.check_task()?;
    }
    let epochs = task.tuning.as_ref().map(|tuning| tuning.epochs);
    let problems = tuned::problems(&settings.task, epochs, problem.data_digest(), study.master_seed)?;
    let sought = Sought {
        study: given,
        task: &task.task,
        tuning: task.tuning.as_ref(),
        problems: &problems,
        values: *values,
    };
    let competitors = Competitors::new(files, sought, task, tuned, warnings)?;
    suitability.check_entries(&competitors, warnings)?;
    competitors.check_effects(sought, problem.steps())?;
    let Competitors { entries, methods, searches, wishes, .. } = competitors;
    let runs = name_runs(study, task, &settings.task, &problem, &entries, &methods, *values)?;
    let kind = manifest::kind(&problem);
    check_anchor(&file, &settings, &kind)?;
    check_elsewhere(&file, &settings, files)?;
    check_reference(given, task, &entries)?;
    let published = match &settings.published {
        Some(published) => published::curves(configs, published, &entries)?,
        None => Vec::new(),
    };
    let mut paper = match &settings.paper {
        Some(curves) => paper::curves(configs, curves)?,
        None => Vec::new(),
    };
    if settings.task != own {
        let reason = "Another budget than the task's own.";
        paper.iter_mut().for_each(|curve| curve.incomparable = Some(reason.into()));
    }
    // What is good for the task's own budget and examples says nothing of others.
    let anchor = settings.anchor.filter(|_| settings.task == own);
    let elsewhere = if settings.task == own { settings.elsewhere } else { Vec::new() };
    let json = serde_json::to_value(&settings.task)?;
    let card = TaskCard {
        name: task.task.to_string(),
        role: task.role.clone().unwrap_or_else(|| task.task.to_string()),
        title: settings.title,
        description: settings.description,
        kind,
        remarks: problem.remarks().to_vec(),
        anchor,
        reference: task.reference.clone(),
        track: task.track.clone(),
        elsewhere,
        entries,
        published,
        paper,
        selections: task.selections.clone(),
        choices: paper::choices(&file, &settings.choices, &json)?,
        tuning: tuned.and_then(|tuned| tuned.card(&task.task, searches)),
        settings: json,
    };
    paper::check_selections(given, &card)?;
    Ok((card, PlannedTask { name: task.task.clone(), problem, runs, to_come: 0 }, wishes))
}

fn check_anchor(file: &str, settings: &TaskFile, kind: &TaskKind) -> Result<(), ConfigError> {
    let (Some(anchor), Some(measure)) = (&settings.anchor, kind.measure()) else { return Ok(()) };
    let (is_better, side) = match measure.rises() {
        true => (anchor.value > measure.chance, "above"),
        false => (anchor.value < measure.chance, "below"),
    };
    if is_better {
        return Ok(());
    }
    let guess = match kind {
        TaskKind::Training { classes, .. } if measure.rises() => format!("1/{classes}"),
        _ => format!("{} {}", measure.chance, measure.unit),
    };
    let message = format!("anchor.value: {} is not {side} {guess}, that of guessing", anchor.value);
    Err(ConfigError::new(file, message))
}

/// Results of optimizers that nobody knows would be held against nothing.
fn check_elsewhere(file: &str, settings: &TaskFile, files: &OptimizerFiles) -> Result<(), ConfigError> {
    for found in &settings.elsewhere {
        let known = files.parse(&found.optimizer, &serde_json::Value::Null);
        known.map_err(|e| ConfigError::new(file, format!("elsewhere `{}`: {e}", found.title)))?;
    }
    Ok(())
}

fn check_reference(study: &str, task: &StudyTask, entries: &[Entry]) -> Result<(), ConfigError> {
    match task.reference.as_ref().filter(|key| entries.iter().all(|e| e.key != **key)) {
        None => Ok(()),
        Some(key) => {
            let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            let message =
                format!("{}: reference: there is no entry `{key}`; accepted: {}", task.task, keys.join(", "));
            Err(ConfigError::new(format!("study `{study}`"), message))
        }
    }
}
