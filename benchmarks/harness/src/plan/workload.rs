//! What the steps of a study's trainings consist of. No data are needed to know that.

use super::Assembled;
use super::outline::Outline;
use crate::competitors::Competitors;
use crate::images::Form;
use crate::tuned::{Sought, Tuned, Values};
use crate::{ConfigError, Configs, HarnessError, OptimizerFiles, Scale, StudyTask, Task, Training};
use models::{Network, Objective, Shape};
use records::{Name, canonical_json};
use rule::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// A task that trains a network, as far as the time of a step depends on it.
pub struct Workload {
    /// The task's name.
    pub task: Name,
    /// Its settings.
    pub settings: Training,
    /// The network, for images of the official shape.
    pub network: Network,
    /// What is compared on it: optimizers with hyper-parameters, each once.
    pub entries: Vec<Contender>,
}

/// An optimizer with its hyper-parameters.
pub struct Contender {
    /// Name in the list of optimizers.
    pub optimizer: String,
    /// All hyper-parameters.
    pub hyper: Value,
    /// The optimizer.
    pub method: Arc<dyn Method>,
}

impl Workload {
    /// Those of some studies, in their order; functions have none. Of a task that several have the entries are joined, so that they are
    /// timed in turn: the task is that of its file. Values that were searched for have to be there.
    ///
    /// # Errors
    /// If a study cannot be used.
    pub fn of_studies(
        configs: &Configs,
        studies: &[String],
        scale: &Scale,
        data_dir: &Path,
    ) -> Result<Vec<Self>, HarnessError> {
        let mut all = Vec::<Self>::new();
        for study in studies {
            for workload in Self::of_study(configs, study, scale, data_dir)? {
                match all.iter_mut().find(|there| there.task == workload.task) {
                    Some(there) => there.entries.extend(workload.entries),
                    None => all.push(workload),
                }
            }
        }
        for workload in &mut all {
            let mut seen = BTreeSet::new();
            workload.entries.retain(|it| seen.insert((it.optimizer.clone(), canonical_json(&it.hyper))));
        }
        Ok(all)
    }

    fn of_study(
        configs: &Configs,
        study: &str,
        scale: &Scale,
        data_dir: &Path,
    ) -> Result<Vec<Self>, HarnessError> {
        let values = if scale.rehearses() { Values::FoundOrMiddle } else { Values::FoundOnAnyImages };
        Self::with(configs, study, scale, data_dir, values, false)
    }

    /// The same with the middle of a grid where nothing has been searched for.
    pub(crate) fn sketched(
        configs: &Configs,
        study: &str,
        scale: &Scale,
        data_dir: &Path,
    ) -> Result<Vec<Self>, HarnessError> {
        Self::with(configs, study, scale, data_dir, Values::FoundOrMiddle, true)
    }

    fn with(
        configs: &Configs,
        study: &str,
        scale: &Scale,
        data_dir: &Path,
        values: Values,
        open: bool,
    ) -> Result<Vec<Self>, HarnessError> {
        let configs = &configs.beside(study);
        let assembled = Assembled::new(configs, study, scale, values)?;
        let files = OptimizerFiles::read(configs)?;
        let tuned = assembled.study.tuned.as_ref().map(|name| Tuned::read(configs, name)).transpose()?;
        let outlines = Outline::of_all(configs, &assembled)?;
        let mut workloads = Vec::new();
        for (task, outline) in assembled.study.tasks.iter().zip(outlines) {
            let Task::Training(settings) = outline.settings.task else { continue };
            let network = settings.network(&outline.file, data_dir)?;
            let entries = contenders(study, task, &files, tuned.as_ref(), (values, open))?;
            workloads.push(Self { task: task.task.clone(), settings: *settings, network, entries });
        }
        Ok(workloads)
    }

    /// Height, width and channels of an image.
    pub fn input(&self) -> [usize; 3] {
        let Shape { height, width, channels } = self.network.input();
        [height, width, channels]
    }
}

impl Training {
    /// Its network, for examples as they are before the first is read; only a text has to be there. `file` says in messages where the
    /// task stands.
    ///
    /// # Errors
    /// If the network's settings are out of range or do not fit the data.
    pub fn network(&self, file: &str, data_dir: &Path) -> Result<Network, ConfigError> {
        let outline = self.data.outline(data_dir).map_err(|e| ConfigError::new(file, e.to_string()))?;
        self.network_for(file, outline.into())
    }

    /// The same for examples of this form.
    pub(crate) fn network_for(&self, file: &str, form: Form) -> Result<Network, ConfigError> {
        let refuse = |message: String| ConfigError::new(file, message);
        let objective = Objective { loss: self.loss, classes: form.classes, labels: form.labels };
        if form.vocabulary.is_some() && !self.loss.classifies() {
            return Err(refuse(
                "loss: the data are tokens, whose numbers are no target; cross_entropy is accepted".into(),
            ));
        }
        if self.augmentation.is_some() && form.vocabulary.is_some() {
            return Err(refuse("augmentation: the data are tokens, not images; leave it out".into()));
        }
        let network = Network::new(&self.model, form.shape, objective).map_err(|e| refuse(e.to_string()))?;
        match (network.vocabulary(), form.vocabulary) {
            (Some(_), None) => Err(refuse(
                "model: an embedding reads tokens, and the data are images; begin with another layer".into(),
            )),
            (None, Some(_)) => Err(refuse(
                "model: the data are tokens, whose numbers mean nothing; begin with an embedding".into(),
            )),
            (Some(has), Some(needs)) if has < needs => Err(refuse(format!(
                "model: an embedding with vocabulary {has}, and the data have {needs} tokens; {needs} is accepted"
            ))),
            _ => Ok(network),
        }
    }
}

fn contenders(
    study: &str,
    task: &StudyTask,
    files: &OptimizerFiles,
    tuned: Option<&Tuned>,
    (values, open): (Values, bool),
) -> Result<Vec<Contender>, ConfigError> {
    let problems = &[String::new(), String::new()];
    let sought = Sought { study, task: &task.task, tuning: task.tuning.as_ref(), problems, values };
    let all = Competitors::new(files, sought, task, tuned, &mut Vec::new())?;
    for settings in &all.settings {
        let is_found = |hyper: &&str| {
            let mut own = all.searches.iter().filter(|search| search.entry == settings.name());
            own.any(|search| search.hyper == **hyper || search.others.contains_key(*hyper))
        };
        if let Some(hyper) = settings.open().find(|hyper| !open && !is_found(hyper)) {
            let message = format!(
                "{}, entry `{}`: {hyper} has not been searched for; find it with: inna-bench tune {study}",
                task.task,
                settings.name()
            );
            return Err(ConfigError::new(format!("study `{study}`"), message));
        }
    }
    let entries = all.entries.into_iter().zip(all.methods).map(|(entry, method)| Contender {
        optimizer: entry.optimizer,
        hyper: entry.hyper,
        method,
    });
    Ok(entries.collect())
}
