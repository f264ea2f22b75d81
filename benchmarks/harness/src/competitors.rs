//! The entries of a task with their optimizers.

use crate::config::overlay;
use crate::tuned::{Filled, Sought, Tuned};
use crate::{ConfigError, Configs, EntrySettings, OptimizerFile, StudyTask, manifest};
use records::{Entry, Search};
use rule::Method;
use std::sync::Arc;

/// What is compared on a task.
pub(crate) struct Competitors {
    /// The entries, for display.
    pub entries: Vec<Entry>,
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
        configs: &Configs,
        sought: Sought,
        task: &StudyTask,
        tuned: Option<&Tuned>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let refuse = |message: String| ConfigError::new(format!("study `{}`", sought.study), message);
        let mut all = Self { entries: Vec::new(), methods: Vec::new(), searches: Vec::new() };
        let mut chosen = Vec::new();
        for settings in task.entries.iter().flat_map(EntrySettings::expand) {
            let key = settings.name().to_owned();
            let at = format!("{}, entry `{key}`", sought.task);
            let shared = configs.optimizer(&settings.optimizer)?;
            let settings = match tuned {
                Some(tuned) => {
                    let Filled { entry, searches } = tuned.fill(sought, &settings, &shared)?;
                    all.searches.extend(searches);
                    entry
                }
                None if settings.open().next().is_some() => {
                    let message = "a value is `tuned`, but the study has no `tuned` that names a file under configs/tuned";
                    return Err(refuse(format!("{at}: {message}")));
                }
                None => settings,
            };
            let method = method(&settings, &shared).map_err(|e| refuse(format!("{at}: {e}")))?;
            warnings.extend(method.warnings().into_iter().map(|w| format!("{}, {key}: {w}", sought.task)));
            if all.entries.iter().any(|other| other.key == key) {
                let message =
                    format!("{}: two entries are called `{key}`; give them a `key` each", sought.task);
                return Err(refuse(message));
            }
            chosen.push(settings.colour.is_some() || settings.dash.is_some());
            all.entries.push(manifest::entry(key, &settings, &shared, method.as_ref()));
            all.methods.push(method);
        }
        manifest::tell_apart(&mut all.entries, &chosen);
        Ok(all)
    }
}

fn method(
    settings: &EntrySettings,
    shared: &OptimizerFile,
) -> Result<Arc<dyn Method>, catalogue::CatalogueError> {
    let hyper = overlay(&shared.defaults, &settings.hyper);
    catalogue::parse(&settings.optimizer, &hyper).map(Arc::from)
}
