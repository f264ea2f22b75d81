//! Whether a task has what a study asks of it, once both are known: nothing is accepted that would be without effect.

use crate::competitors::Competitors;
use crate::study::VALIDATION_ERROR;
use crate::{ConfigError, Problem, Scale, StudyTask, Task, Training, manifest};
use records::TaskKind;

/// A task of a study.
#[derive(Clone, Copy)]
pub(crate) struct Suitability<'a> {
    /// The study as it was called.
    pub study: &'a str,
    /// The task's file.
    pub file: &'a str,
    /// What the study says of it.
    pub task: &'a StudyTask,
    /// What its file says.
    pub own: &'a Task,
    /// The task at the size asked for, with its data.
    pub problem: &'a Problem,
    /// Changes of size.
    pub scale: &'a Scale,
    /// Whether these are the trials of a search, which are short.
    pub trials: bool,
}

impl Suitability<'_> {
    fn refuse(&self, message: String) -> ConfigError {
        ConfigError::new(format!("study `{}`", self.study), format!("{}: {message}", self.task.task))
    }

    /// What does not need the optimizers.
    ///
    /// # Errors
    /// The first thing that the study asks for in vain.
    pub fn check_task(&self) -> Result<(), ConfigError> {
        match (self.problem, self.own) {
            (Problem::Training { settings, images, .. }, Task::Training(own)) => {
                let trained = images.train;
                // A rehearsal has fewer examples, and takes them all at once.
                if settings.batch_size > trained && self.scale.per_class.is_none() {
                    let message = format!(
                        "batch_size: {} is out of range; the task has {trained} training examples, so at most {trained} is accepted",
                        settings.batch_size
                    );
                    return Err(ConfigError::new(self.file, message));
                }
                self.check_validation(images.validation > 0)?;
                self.check_criterion()?;
                self.check_trials(own)
            }
            _ => self.check_function(),
        }
    }

    fn check_validation(&self, is_there: bool) -> Result<(), ConfigError> {
        let remedy = "but the task holds nothing out; give it selection.validation_per_class, or of sequences a validation part of its data";
        if is_there {
            return Ok(());
        }
        if let Some(selection) = self.task.selections.iter().find(|it| it.lowest.starts_with("validation_")) {
            let (name, lowest) = (&selection.name, &selection.lowest);
            return Err(self.refuse(format!("selections: {name}: lowest: {lowest}, {remedy}")));
        }
        match &self.task.tuning {
            Some(tuning) if tuning.criterion.starts_with("validation_") => {
                Err(self.refuse(format!("tuning.criterion: {}, {remedy}", tuning.criterion)))
            }
            _ => Ok(()),
        }
    }

    /// Once there is what is held out, only classes can be lacking.
    fn check_criterion(&self) -> Result<(), ConfigError> {
        let kind = manifest::kind(self.problem);
        match &self.task.tuning {
            Some(tuning) if !has_column(&kind, &tuning.criterion) => Err(self
                .refuse(format!("tuning.criterion: {}, but the task classifies nothing", tuning.criterion))),
            _ => Ok(()),
        }
    }

    fn check_trials(&self, own: &Training) -> Result<(), ConfigError> {
        let epochs = self.task.epochs.unwrap_or(own.epochs);
        match &self.task.tuning {
            Some(tuning) if tuning.epochs > epochs => Err(self.refuse(format!(
                "tuning.epochs: {} is out of range; a training has {epochs} epochs, and no trial may be longer",
                tuning.epochs
            ))),
            Some(tuning) if tuning.epochs < epochs && tuning.epochs % own.evaluate_every != 0 => {
                Err(self.refuse(format!(
                    "tuning.epochs: {}, when no training is evaluated; multiples of {} (evaluate_every in the task's file) and {epochs} are accepted",
                    tuning.epochs, own.evaluate_every
                )))
            }
            _ => Ok(()),
        }
    }

    fn check_function(&self) -> Result<(), ConfigError> {
        let StudyTask { epochs, tuning, selections, .. } = self.task;
        let why = "a function has no epochs and no images: its length is `steps` in the task's file";
        for (key, is_there) in [
            ("epochs", epochs.is_some()),
            ("tuning", tuning.is_some()),
            ("selections", !selections.is_empty()),
        ] {
            // The trials of a study's search have another length, and there are none of a function.
            if is_there {
                return Err(self.refuse(format!("{key}: {why}; leave it out")));
            }
        }
        Ok(())
    }

    /// What does.
    ///
    /// # Errors
    /// The first entry with a setting that comes to nothing in this training.
    pub fn check_entries(
        &self,
        competitors: &Competitors,
        warnings: &mut Vec<String>,
    ) -> Result<(), ConfigError> {
        let steps = self.problem.steps();
        for ((entry, settings), method) in
            competitors.entries.iter().zip(&competitors.settings).zip(&competitors.methods)
        {
            let refuse = |message: String| self.refuse(format!("entry `{}`: {message}", entry.key));
            if let Problem::Training { .. } = self.problem {
                rule::check_single_precision(&entry.hyper).map_err(|e| refuse(e.to_string()))?;
            }
            if self.trials {
                continue;
            }
            if let Problem::Training { network, .. } = self.problem
                && network.statistics() > 0
                && method.evaluates_elsewhere()
            {
                warnings.push(format!(
                    "{}, {}: the weights that are evaluated are not those that are trained, but the running statistics of batch \
                     normalisation are of the latter",
                    self.task.task, entry.key
                ));
            }
            // A fallback that says nothing of its schedule has the rule's.
            let own = method.fallback().map(|fallback| ("fallback.schedule", fallback.schedule()));
            let own = own.filter(|(_, schedule)| *schedule != method.schedule());
            let trial_steps = self.trial_steps().filter(|_| settings.open().next().is_some());
            for (key, schedule) in [("schedule", method.schedule())].into_iter().chain(own) {
                if let Err(e) = schedule.check_length(key, steps) {
                    if !self.scale.rehearses() {
                        return Err(refuse(e.to_string()));
                    }
                    warnings.push(format!(
                        "{}, {}: at the size of this rehearsal: {e}",
                        self.task.task, entry.key
                    ));
                }
                let Some(trial) = trial_steps.filter(|_| !self.scale.rehearses()) else { continue };
                if schedule.warmup() >= trial {
                    return Err(refuse(format!(
                        "the {trial} steps of a trial (tuning.epochs) end inside the warm-up of {} steps ({key}), at {:.0} % of the \
                         step size that is searched for; longer trials or a shorter warm-up are accepted",
                        schedule.warmup(),
                        100.0 * schedule.factor(trial.saturating_sub(1), trial)
                    )));
                }
                if let Err(e) = schedule.check_length(key, trial) {
                    warnings
                        .push(format!("{}, {}: in the trials of its search: {e}", self.task.task, entry.key));
                }
            }
        }
        Ok(())
    }

    /// Steps of a trial.
    fn trial_steps(&self) -> Option<u64> {
        let tuning = self.task.tuning.as_ref()?;
        match self.problem {
            Problem::Training { settings, .. } => {
                Some(self.problem.steps() / u64::from(settings.epochs.max(1)) * u64::from(tuning.epochs))
            }
            Problem::Function(_) => None,
        }
    }
}

/// Whether curves of a task have `column`, for figures, claims and selections.
pub(crate) fn has_column(kind: &TaskKind, column: &str) -> bool {
    let of_functions = ["log10_value", "crossings", "turns"].contains(&column);
    match kind {
        TaskKind::Function { .. } => of_functions,
        TaskKind::Training { validation_examples, classifies, .. } => {
            let needs_validation = column.starts_with("validation_") || column == VALIDATION_ERROR;
            let needs_classes = column.ends_with("_accuracy") || column == VALIDATION_ERROR;
            !of_functions
                && (*validation_examples > 0 || !needs_validation)
                && (*classifies || !needs_classes)
        }
    }
}
