//! From a study to runs with their identities.

mod cards;
mod outline;
mod sketch;
mod workload;

use crate::images::{ImageSet, Shelf};
use crate::tuned::{Tuned, Values};
use crate::{
    ConfigError, Configs, FunctionTask, HarnessError, OptimizerFiles, Scale, Study, StudyTask, Task, Training,
};
use crate::{looks, optimizers, paper};
use cards::{Given, plan_task};
use data::Normaliser;
use models::Network;
use outline::Outline;
use records::{
    Entry, Manifest, Name, OptimizerChoice, PlannedRun, Specification, Store, StoreError, Survey, TaskCard,
};
use rule::Method;
pub use sketch::{Sketch, SketchedTask};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
pub use workload::{Contender, Workload};

/// A checked study: everything loaded, every run named, nothing trained.
pub struct Plan {
    /// The study as the report sees it.
    pub manifest: Manifest,
    /// The tasks, in the order of the study.
    pub tasks: Vec<PlannedTask>,
    /// Remarks on settings that are accepted but doubtful, with the entry they belong to.
    pub warnings: Vec<String>,
}

/// A task with what its runs share.
pub struct PlannedTask {
    /// Name.
    pub name: Name,
    /// What is trained on what.
    pub problem: Problem,
    /// Its runs: blocks in order, entries in order within a block.
    pub runs: Vec<Run>,
    /// Runs that follow these and are not known before they are there: refined trials of a search.
    pub to_come: usize,
}

/// What a task trains.
pub enum Problem {
    /// A network on images.
    Training {
        /// The settings.
        settings: Box<Training>,
        /// The images.
        images: Box<ImageSet>,
        /// How they become numbers.
        normaliser: Box<Normaliser>,
        /// The network.
        network: Box<Network>,
    },
    /// A function of two variables.
    Function(FunctionTask),
}

/// One planned run.
pub struct Run {
    /// Its name: folder under the task's.
    pub id: Name,
    /// Everything its result depends on.
    pub specification: Specification,
    /// Key of its entry.
    pub entry: String,
    /// Its optimizer.
    pub method: Arc<dyn Method>,
}

impl Plan {
    /// Reads and checks a study, loads its data, names its runs.
    ///
    /// # Errors
    /// The first thing found unusable, with file, key and remedy.
    pub fn new(configs: &Configs, study: &str, data_dir: &Path, scale: &Scale) -> Result<Self, HarnessError> {
        let values = if scale.rehearses() { Values::FoundOrMiddle } else { Values::Found };
        let configs = &configs.beside(study);
        Self::of(configs, Assembled::new(configs, study, scale, values)?, data_dir)
    }

    /// The same before a search: what has not been searched for yet is the middle of its grid, and nothing to train.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn untuned(
        configs: &Configs,
        study: &str,
        data_dir: &Path,
        scale: &Scale,
    ) -> Result<Self, HarnessError> {
        let configs = &configs.beside(study);
        Self::of(configs, Assembled::new(configs, study, scale, Values::FoundOrMiddle)?, data_dir)
    }

    /// Plans a study that has been put together.
    pub(crate) fn of(configs: &Configs, assembled: Assembled, data_dir: &Path) -> Result<Self, HarnessError> {
        let files = OptimizerFiles::read(configs)?;
        let tuned = assembled.study.tuned.as_ref().map(|name| Tuned::read(configs, name)).transpose()?;
        let outlines = Outline::of_all(configs, &assembled)?;
        let shelf = Arc::new(Shelf::new(data_dir));
        let given =
            Given { configs, assembled: &assembled, files: &files, tuned: tuned.as_ref(), shelf: &shelf };
        let mut warnings = Vec::new();
        let (mut cards, mut tasks, mut wishes) = (Vec::<TaskCard>::new(), Vec::new(), Vec::new());
        for (task, outline) in assembled.study.tasks.iter().zip(outlines) {
            let (card, planned, wished) = plan_task(given, task, outline, &mut warnings)?;
            cards.push(card);
            wishes.push(wished);
            tasks.push(planned);
        }
        shelf.settle();
        looks::assign(&mut cards, &wishes);
        let Assembled { name, study, source, scale, .. } = assembled;
        let runs = tasks.iter().flat_map(|task: &PlannedTask| {
            task.runs.iter().map(|run| PlannedRun {
                id: run.id.clone(),
                task: task.name.clone(),
                entry: run.entry.clone(),
                repetition: run.specification.repetition,
            })
        });
        let manifest = Manifest {
            title: study.title,
            question: study.question,
            source,
            master_seed: study.master_seed,
            runs: runs.collect(),
            stale: Vec::new(),
            figures: match &study.figures {
                Some(shown) => paper::figures(configs, shown, &cards)?,
                None => Vec::new(),
            },
            claims: study.claims.as_ref().map(|shown| paper::claims(configs, shown, &cards)).transpose()?,
            label: match (scale.label(), study.label) {
                (Some(rehearsal), Some(label)) => Some(format!("{rehearsal} {label}")),
                (rehearsal, label) => rehearsal.or(label),
            },
            rehearsal: scale.rehearses(),
            choices: study.choices,
            theory: study.theory,
            exhibits: Vec::new(),
            optimizers: optimizers::cards(&files, &cards),
            joint: None,
            study: name,
            tasks: cards,
            timings: Vec::new(),
        };
        Ok(Self { manifest, tasks, warnings })
    }

    /// Reads what the store holds of the plan, in its order.
    ///
    /// # Errors
    /// If a record cannot be read for a reason that lies outside of it.
    pub fn survey(&self, store: &Store) -> Result<Survey, StoreError> {
        store.survey(&self.manifest.runs)
    }

    /// Takes runs that `store` holds under the name that they had while a task's margin was part of it for the planned ones.
    ///
    /// # Errors
    /// If a specification cannot be named.
    pub fn adopt(&mut self, store: &Store) -> Result<(), HarnessError> {
        for task in &mut self.tasks {
            let former_settings = serde_json::to_value(task.problem.task())?;
            for run in &mut task.runs {
                if store.holds(&task.name, &run.id) || run.specification.task_settings == former_settings {
                    continue;
                }
                let former =
                    Specification { task_settings: former_settings.clone(), ..run.specification.clone() };
                let id = former.id()?;
                if store.holds(&task.name, &id) {
                    let planned = self.manifest.runs.iter_mut();
                    planned
                        .filter(|planned| planned.task == task.name && planned.id == run.id)
                        .for_each(|planned| planned.id = id.clone());
                    (run.id, run.specification) = (id, former);
                }
            }
        }
        Ok(())
    }
}

/// A study with everything that it includes, ready to be planned.
pub(crate) struct Assembled {
    /// The study as it was called: name or path.
    pub given: String,
    /// Short name.
    pub name: String,
    /// The study; `include` is done with.
    pub study: Study,
    /// The texts it was made of.
    pub source: String,
    /// Changes of size.
    pub scale: Scale,
    /// Where `tuned` values come from.
    pub values: Values,
    /// Whether these are the trials of a search.
    pub trials: bool,
}

impl Assembled {
    fn new(configs: &Configs, given: &str, scale: &Scale, values: Values) -> Result<Self, ConfigError> {
        let (name, mut study, source) = configs.assembled(given)?;
        scale.apply(&mut study, given)?;
        Ok(Self { given: given.to_owned(), name, study, source, scale: scale.clone(), values, trials: false })
    }
}

fn name_runs(
    study: &Study,
    task: &StudyTask,
    settings: &Task,
    problem: &Problem,
    entries: &[Entry],
    methods: &[Arc<dyn Method>],
    values: Values,
) -> Result<Vec<Run>, HarnessError> {
    let task_settings = settings.trained()?;
    let mut runs = Vec::new();
    let mut ids = BTreeSet::new();
    for repetition in task.first_repetition..task.first_repetition + task.repetitions {
        for (entry, method) in entries.iter().zip(methods) {
            let specification = Specification {
                task: task.task.clone(),
                task_settings: task_settings.clone(),
                data_digest: problem.data_digest().to_owned(),
                optimizer: OptimizerChoice { name: entry.optimizer.clone(), hyper: entry.hyper.clone() },
                master_seed: study.master_seed,
                repetition,
            };
            let id = specification.id()?;
            if !ids.insert(id.clone()) {
                // The middle of a grid may be what another entry has: no reason to refuse a rehearsal.
                if values == Values::FoundOrMiddle {
                    continue;
                }
                let message = format!(
                    "{}: entry `{}` repeats the settings of another entry (a search may have chosen its value); change or remove one of \
                     them",
                    task.task, entry.key
                );
                return Err(ConfigError::new(format!("study `{}`", study.title), message).into());
            }
            let method = Arc::clone(method);
            runs.push(Run { id, specification, entry: entry.key.clone(), method });
        }
    }
    Ok(runs)
}

impl Problem {
    /// `at_most` is what a rehearsal allows of each class.
    fn load(
        name: &str,
        file: &str,
        task: &Task,
        at_most: Option<usize>,
        shelf: &Arc<Shelf>,
    ) -> Result<Self, HarnessError> {
        let settings = match task {
            Task::Function(settings) => return Ok(Self::Function(settings.clone())),
            Task::Training(settings) => settings.clone(),
        };
        let data = |source| HarnessError::Data { task: name.to_owned(), source: Box::new(source) };
        let (images, splits) = ImageSet::new(shelf, settings.wanted(at_most)).map_err(data)?;
        let normaliser = settings.normalisation.fit(&splits.train).map_err(data)?;
        let network = settings.network_for(file, images.form)?;
        check_batches(&network, images.train, settings.batch_size)
            .map_err(|message| ConfigError::new(file, message))?;
        Ok(Self::Training {
            settings,
            images: Box::new(images),
            normaliser: Box::new(normaliser),
            network: Box::new(network),
        })
    }

    /// The settings it was made from.
    pub(crate) fn task(&self) -> Task {
        match self {
            Self::Training { settings, .. } => Task::Training(settings.clone()),
            Self::Function(settings) => Task::Function(settings.clone()),
        }
    }

    /// Digest of the images; empty without.
    pub fn data_digest(&self) -> &str {
        match self {
            Self::Training { images, .. } => &images.digest,
            Self::Function(_) => "",
        }
    }

    /// What must be said of the images.
    fn remarks(&self) -> &[String] {
        match self {
            Self::Training { images, .. } => &images.remarks,
            Self::Function(_) => &[],
        }
    }

    /// Optimizer steps of one run.
    pub fn steps(&self) -> u64 {
        self.steps_of(None)
    }

    /// The same of its first `epochs` epochs, if that is given and there are more.
    pub fn steps_of(&self, epochs: Option<u32>) -> u64 {
        match self {
            Self::Training { settings, images, .. } => {
                let epochs = settings.epochs.min(epochs.unwrap_or(u32::MAX));
                images.train.div_ceil(settings.batch_size) as u64 * u64::from(epochs)
            }
            Self::Function(task) => task.steps,
        }
    }
}

/// Refuses batches of which a batch normalisation would see a single number of a channel: it has no variance. And batches that take more memory than any machine that trains such networks has.
fn check_batches(network: &Network, images: usize, batch_size: usize) -> Result<(), String> {
    const MOST_GB: f64 = 32.0;
    let gigabytes = network.batch_bytes(batch_size) as f64 * 1e-9;
    if gigabytes > MOST_GB {
        return Err(format!(
            "batch_size: {batch_size} is not usable; {gigabytes:.0} GB of the whole batch would be kept for every run (batch normalisation \
             does, and a network that is mostly weights): at most {MOST_GB} are accepted"
        ));
    }
    let Some(positions) = network.normalised_positions() else { return Ok(()) };
    let last = match images % batch_size {
        0 => batch_size,
        rest => rest,
    };
    if batch_size.min(last) * positions > 1 {
        return Ok(());
    }
    Err(format!(
        "batch_size: {batch_size} is not usable; of {images} images it makes a batch of a single one, where batch normalisation has one \
         number of each channel and no variance: choose a batch_size that leaves two or none, or layer-norm"
    ))
}
