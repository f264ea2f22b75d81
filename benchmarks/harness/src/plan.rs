//! From a study to runs with their identities.

use crate::config::overlay;
use crate::tuned::{Tuned, Values};
use crate::{
    Classification, ConfigError, Configs, EntrySettings, FunctionTask, HarnessError, Scale, Study, StudyTask,
    Task,
};
use crate::{manifest, paper, published};
use data::{Normaliser, Splits};
use models::{Network, Shape};
use records::{Entry, Manifest, OptimizerChoice, PlannedRun, Specification, Store, StoreError, TaskCard};
use rule::Method;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

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
    pub name: String,
    /// What is trained on what.
    pub problem: Problem,
    /// Its runs: blocks in order, entries in order within a block.
    pub runs: Vec<Run>,
}

/// What a task trains.
pub enum Problem {
    /// A network on images.
    Classification {
        /// The settings.
        settings: Box<Classification>,
        /// The images.
        splits: Box<Splits>,
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
    pub id: String,
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
        let (name, mut study, source) = configs.assembled(study)?;
        scale.apply(&mut study, &name)?;
        let values = if scale.rehearses() { Values::FoundOrMiddle } else { Values::Found };
        Self::of(configs, Assembled { name, study, source, scale: *scale, values }, data_dir)
    }

    /// Plans a study that has been put together.
    pub(crate) fn of(configs: &Configs, assembled: Assembled, data_dir: &Path) -> Result<Self, HarnessError> {
        let Assembled { name, study, source, scale, values } = assembled;
        let mut warnings = Vec::new();
        let (mut cards, mut tasks) = (Vec::new(), Vec::new());
        let tuned = study.tuned.as_deref().map(|name| Tuned::read(configs, name)).transpose()?;
        for task in &study.tasks {
            let (mut settings, task_file) = configs.task(&task.task)?;
            resize(&mut settings.task, task, &scale);
            let problem = Problem::load(&task.task, &task_file, &settings.task, data_dir)?;
            let (entries, methods) =
                competitors(configs, (&name, task), tuned.as_ref(), values, &mut warnings)?;
            let runs = name_runs(&study, task, &settings.task, &problem, &entries, &methods)?;
            let published = match &settings.published {
                Some(published) => published::curves(configs, published, &entries)?,
                None => Vec::new(),
            };
            let keys: Vec<String> = entries.iter().map(|entry| entry.key.clone()).collect();
            let json = serde_json::to_value(&settings.task)?;
            let card = TaskCard {
                name: task.task.clone(),
                role: task.role.clone().unwrap_or_else(|| task.task.clone()),
                title: settings.title.clone(),
                description: settings.description.clone(),
                kind: manifest::kind(&problem),
                entries,
                published,
                paper: settings
                    .paper
                    .iter()
                    .map(|p| paper::curves(configs, p))
                    .collect::<Result<Vec<_>, _>>()?
                    .concat(),
                selections: task.selections.clone(),
                choices: paper::choices(&task_file, &settings.choices, &json)?,
                tuning: tuned.as_ref().and_then(|tuned| tuned.card(&task.task, &keys)),
                settings: json,
            };
            paper::check_selections(&name, &card)?;
            cards.push(card);
            tasks.push(PlannedTask { name: task.task.clone(), problem, runs });
        }
        let runs = tasks.iter().flat_map(|task| {
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
            figures: match &study.figures {
                Some(shown) => paper::figures(configs, shown, &cards)?,
                None => Vec::new(),
            },
            claims: study.claims.as_ref().map(|shown| paper::claims(configs, shown, &cards)).transpose()?,
            label: scale.label().or(study.label),
            choices: study.choices,
            theory: study.theory,
            exhibits: Vec::new(),
            study: name,
            tasks: cards,
        };
        Ok(Self { manifest, tasks, warnings })
    }

    /// Reads what the store holds of the plan, in its order.
    ///
    /// # Errors
    /// If a record is there and cannot be read.
    pub fn records(&self, store: &Store) -> Result<Vec<records::Record>, StoreError> {
        let read = |run: &PlannedRun| store.read(&run.task, &run.id).transpose();
        self.manifest.runs.iter().filter_map(read).collect()
    }

    /// Number of runs that the store does not hold.
    pub fn missing(&self, store: &Store) -> usize {
        self.manifest.runs.iter().filter(|run| !store.holds(&run.task, &run.id)).count()
    }
}

/// A study with everything that it includes, ready to be planned.
pub(crate) struct Assembled {
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
}

/// Gives a task the size that study and command line ask for.
fn resize(task: &mut Task, study: &StudyTask, scale: &Scale) {
    let Task::Classification(settings) = task else { return };
    settings.epochs = study.epochs.unwrap_or(settings.epochs).min(scale.epochs.unwrap_or(u32::MAX));
    if let Some(limit) = study.per_class {
        let selection = &mut settings.selection;
        for part in [&mut selection.train_per_class, &mut selection.test_per_class] {
            *part = Some(part.map_or(limit, |n| n.min(limit)));
        }
        selection.validation_per_class = selection.validation_per_class.map(|n| n.min(limit));
    }
}

/// The entries of a task with their methods.
fn competitors(
    configs: &Configs,
    (study, task): (&str, &StudyTask),
    tuned: Option<&Tuned>,
    values: Values,
    warnings: &mut Vec<String>,
) -> Result<(Vec<Entry>, Vec<Arc<dyn Method>>), HarnessError> {
    let file = format!("study `{study}`");
    let (mut entries, mut methods) = (Vec::<Entry>::new(), Vec::new());
    for settings in task.entries.iter().flat_map(EntrySettings::expand) {
        let filled = match tuned {
            Some(tuned) => {
                let shared = configs.optimizer(&settings.optimizer)?;
                tuned.fill((study, &task.task), task.tuning.as_ref(), &settings, &shared, values)?
            }
            None if settings.open().next().is_some() => {
                let message = format!(
                    "{}, entry `{}`: a value is `tuned`, but the study has no `tuned` that names a file under configs/tuned",
                    task.task,
                    settings.name()
                );
                return Err(ConfigError::new(file, message).into());
            }
            None => settings,
        };
        let (entry, method) = compete(configs, &file, &task.task, &filled)?;
        warnings.extend(method.warnings().into_iter().map(|w| format!("{}, {}: {w}", task.task, entry.key)));
        if entries.iter().any(|other| other.key == entry.key) {
            let message =
                format!("{}: two entries are called `{}`; give them a `key` each", task.task, entry.key);
            return Err(ConfigError::new(file, message).into());
        }
        entries.push(entry);
        methods.push(method);
    }
    Ok((entries, methods))
}

/// Resolves an entry: optimizer file, then the study's values, checked by the optimizer itself.
fn compete(
    configs: &Configs,
    file: &str,
    task: &str,
    settings: &EntrySettings,
) -> Result<(Entry, Arc<dyn Method>), ConfigError> {
    let shared = configs.optimizer(&settings.optimizer)?;
    let hyper = overlay(&shared.defaults, &settings.hyper);
    let key = settings.key.clone().unwrap_or_else(|| settings.optimizer.clone());
    let method = catalogue::parse(&settings.optimizer, &hyper)
        .map_err(|e| ConfigError::new(file, format!("{task}, entry `{key}`: {e}")))?;
    let entry = manifest::entry(key, settings, &shared, method.as_ref());
    Ok((entry, Arc::from(method)))
}

fn name_runs(
    study: &Study,
    task: &StudyTask,
    settings: &Task,
    problem: &Problem,
    entries: &[Entry],
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Run>, HarnessError> {
    let task_settings = serde_json::to_value(settings)?;
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
                let message = format!(
                    "{}: entry `{}` repeats the settings of another entry; change or remove one of them",
                    task.task, entry.key
                );
                return Err(ConfigError::new("study", message).into());
            }
            let method = Arc::clone(method);
            runs.push(Run { id, specification, entry: entry.key.clone(), method });
        }
    }
    Ok(runs)
}

impl Problem {
    fn load(name: &str, file: &str, task: &Task, data_dir: &Path) -> Result<Self, HarnessError> {
        let settings = match task {
            Task::Function(settings) => return Ok(Self::Function(settings.clone())),
            Task::Classification(settings) => settings.clone(),
        };
        let data = |source| HarnessError::Data { task: name.to_owned(), source: Box::new(source) };
        let splits = data::load(&settings.data, &settings.selection, data_dir).map_err(data)?;
        let normaliser = settings.normalisation.fit(&splits.train).map_err(data)?;
        let images = &splits.train;
        let input = Shape { height: images.height, width: images.width, channels: images.channels };
        let network = Network::new(&settings.model, input, images.classes)
            .map_err(|e| ConfigError::new(file, e.to_string()))?;
        Ok(Self::Classification {
            settings: Box::new(settings),
            splits: Box::new(splits),
            normaliser: Box::new(normaliser),
            network: Box::new(network),
        })
    }

    /// Digest of the images; empty without.
    pub fn data_digest(&self) -> &str {
        match self {
            Self::Classification { splits, .. } => &splits.digest,
            Self::Function(_) => "",
        }
    }

    /// Optimizer steps of one run.
    pub fn steps(&self) -> u64 {
        match self {
            Self::Classification { settings, splits, .. } => {
                splits.train.len().div_ceil(settings.batch_size) as u64 * u64::from(settings.epochs)
            }
            Self::Function(task) => task.steps,
        }
    }
}
