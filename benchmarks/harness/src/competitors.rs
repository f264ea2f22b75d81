//! The entries of a task with their optimizers.

use crate::config::overlay;
use crate::looks::Wish;
use crate::tuned::{Filled, Sought, Tuned, Values};
use crate::{ConfigError, EntrySettings, OptimizerFile, OptimizerFiles, StudyTask, labels, manifest};
use records::{Entry, Search};
use rule::Method;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is compared on a task.
#[derive(Default)]
pub(crate) struct Competitors {
    /// The entries, for display.
    pub entries: Vec<Entry>,
    /// Their settings as the study has them, grids written out, in the same order.
    pub settings: Vec<EntrySettings>,
    /// What they are to look like, in the same order.
    pub wishes: Vec<Wish>,
    /// Their optimizers, in the same order.
    pub methods: Vec<Arc<dyn Method>>,
    /// The searches that some of their values come from.
    pub searches: Vec<Search>,
}

impl Competitors {
    /// Resolves every entry of `task`: optimizer file, then the study's values, then what was searched for, checked by
    /// the optimizer itself.
    ///
    /// # Errors
    /// If an entry cannot be used.
    pub fn new(
        files: &OptimizerFiles,
        sought: Sought,
        task: &StudyTask,
        tuned: Option<&Tuned>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let refuse = |message: String| ConfigError::new(format!("study `{}`", sought.study), message);
        let mut all = Self::default();
        let mut keys = BTreeSet::new();
        for given in task.entries.iter().flat_map(EntrySettings::expand) {
            let key = given.name().to_owned();
            let at = format!("{}, entry `{key}`", sought.task);
            let shared = files.of(&given.optimizer);
            let settings = match tuned {
                Some(tuned) => {
                    let Filled { entry, searches } = tuned.fill(sought, &given, shared)?;
                    all.searches.extend(searches);
                    entry
                }
                None if given.open().next().is_some() => {
                    let message = "a value is `tuned`, but the study has no `tuned` that names a file under configs/tuned";
                    return Err(refuse(format!("{at}: {message}")));
                }
                None => given.clone(),
            };
            let method = method(&settings, shared)
                .map_err(|e| refuse(format!("{at}: {}", files.beside_formulas(e))))?;
            warnings.extend(method.warnings().into_iter().map(|w| format!("{}, {key}: {w}", sought.task)));
            if !keys.insert(key.clone()) {
                let message =
                    format!("{}: two entries are called `{key}`; give them a `key` each", sought.task);
                return Err(refuse(message));
            }
            all.wishes.push(Wish::new(&settings, shared));
            all.entries.push(manifest::entry(key, &settings, method.as_ref()));
            all.methods.push(method);
            all.settings.push(given);
        }
        labels::title(&mut all.entries, &all.settings)
            .map_err(|message| refuse(format!("{}: {message}", sought.task)))?;
        Ok(all)
    }

    /// Refuses an entry that takes the steps of another though its settings differ. In a rehearsal two searches may have
    /// the same middle.
    pub fn check_effects(&self, sought: Sought, total_steps: u64) -> Result<(), ConfigError> {
        if sought.values == Values::FoundOrMiddle {
            return Ok(());
        }
        let mut seen: BTreeMap<_, &Entry> = BTreeMap::new();
        for (entry, method) in self.entries.iter().zip(&self.methods) {
            let Some(source) = method.cuda_source() else { continue };
            let last = total_steps.saturating_sub(1);
            let steps = [0, 1, 2, last / 2, last];
            let fresh = || method.memory().into_iter().map(|(_, first)| first).collect::<Vec<f64>>();
            let scalars = steps.iter().flat_map(|k| method.scalars_at(*k, total_steps, &mut fresh()));
            let scalars = scalars.map(f64::to_bits);
            let work = (blake3::hash(source.as_bytes()).to_hex().to_string(), scalars.collect::<Vec<u64>>());
            match seen.get(&work) {
                // Equal settings are said where runs are named.
                Some(other) if other.hyper != entry.hyper => {
                    let message = format!(
                        "{}: entry `{}` takes the very steps of `{}`: {} has no effect there; change or remove one of them",
                        sought.task,
                        entry.key,
                        other.key,
                        labels::differing(&[&other.hyper, &entry.hyper]).join(", ")
                    );
                    return Err(ConfigError::new(format!("study `{}`", sought.study), message));
                }
                Some(_) => {}
                None => drop(seen.insert(work, entry)),
            }
        }
        Ok(())
    }
}

/// The optimizer of an entry, every value a number.
pub(crate) fn method(
    settings: &EntrySettings,
    shared: &OptimizerFile,
) -> Result<Arc<dyn Method>, rule::CatalogueError> {
    let hyper = overlay(&shared.defaults, &settings.hyper);
    shared.method(&settings.optimizer, &hyper).map(Arc::from)
}
