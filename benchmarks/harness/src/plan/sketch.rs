//! What a study would train, as far as that can be told without its data.

use super::Assembled;
use super::outline::Outline;
use super::workload::Workload;
use crate::estimate::Speeds;
use crate::tuned::Values;
use crate::{Configs, EntrySettings, HarnessError, Limits, Scale, Task};
use records::Name;
use std::path::Path;

/// A task of a study whose data need not be there.
#[derive(Clone, Debug, PartialEq)]
pub struct SketchedTask {
    /// Its name.
    pub task: Name,
    /// Its title.
    pub title: String,
    /// What is compared: entries, those of grids counted one by one.
    pub entries: usize,
    /// Seeds.
    pub repetitions: u64,
    /// Parameters of the network; `None` for a function.
    pub parameters: Option<usize>,
    /// Steps of a run.
    pub steps: u64,
    /// Seconds of all its runs, as many at a time as there are jobs.
    pub seconds: f64,
}

/// A study without names of runs, which depend on the data's bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// The tasks in the study's order.
    pub tasks: Vec<SketchedTask>,
}

impl Sketch {
    /// Counts what `study` trains on a CPU.
    ///
    /// # Errors
    /// If the study cannot be used.
    pub fn new(
        configs: &Configs,
        study: &str,
        scale: &Scale,
        data_dir: &Path,
        limits: Limits,
    ) -> Result<Self, HarnessError> {
        let configs = &configs.beside(study);
        let assembled = Assembled::new(configs, study, scale, Values::FoundOrMiddle)?;
        let outlines = Outline::of_all(configs, &assembled)?;
        let workloads = Workload::sketched(configs, study, scale, data_dir)?;
        let mut speeds = Speeds::default();
        let mut tasks = Vec::new();
        for (task, outline) in assembled.study.tasks.iter().zip(outlines) {
            let entries: usize = task.entries.iter().map(EntrySettings::combinations).sum();
            let workload = workloads.iter().find(|workload| workload.task == task.task);
            let (steps, seconds) = match (&outline.settings.task, workload) {
                (Task::Training(settings), Some(workload)) => {
                    let sizes = settings.data.outline(data_dir).map_err(|source| HarnessError::Data {
                        task: task.task.to_string(),
                        source: Box::new(source),
                    })?;
                    let images = settings.selection.trained(&sizes);
                    let batch_size = settings.batch_size.min(images.max(1));
                    let steps = u64::from(settings.epochs) * images.div_ceil(batch_size) as u64;
                    let speed = workload.entries.first().map_or(f64::INFINITY, |entry| {
                        speeds.of(&workload.network, entry.method.as_ref(), batch_size)
                    });
                    (steps, steps as f64 * batch_size as f64 / speed)
                }
                (Task::Function(function), _) => (function.steps, 0.0),
                (Task::Training(_), None) => (0, 0.0),
            };
            let runs = entries as f64 * task.repetitions as f64;
            let at_once = (limits.threads * limits.jobs) as f64;
            tasks.push(SketchedTask {
                task: task.task.clone(),
                title: outline.settings.title.clone(),
                entries,
                repetitions: task.repetitions,
                parameters: workload.map(|workload| workload.network.parameters()),
                steps,
                seconds: seconds * runs / at_once.min(runs.max(1.0)),
            });
        }
        Ok(Self { tasks })
    }

    /// Runs in all.
    pub fn runs(&self) -> u64 {
        self.tasks.iter().map(|task| task.entries as u64 * task.repetitions).sum()
    }

    /// Seconds in all, without evaluations.
    pub fn seconds(&self) -> f64 {
        self.tasks.iter().map(|task| task.seconds).sum()
    }
}
