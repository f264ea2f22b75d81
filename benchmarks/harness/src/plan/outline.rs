//! The tasks of a study before any data are there: at the size asked for, told apart, and not more than a plan can hold.

use super::Assembled;
use crate::images::Wanted;
use crate::{ConfigError, Configs, EntrySettings, HarnessError, Scale, StudyTask, Task, TaskFile, labels};

/// Runs of a study, at most: five times what a report has been tried with.
const MOST_RUNS: u64 = 50_000;
/// Images of a study that are made and that are read, at most, counting what tasks share once. A plan names runs by all their
/// bytes, and is to be there in seconds: two cores take three or four for so many.
const MOST_IMAGES_MADE: usize = 100_000;
const MOST_IMAGES_READ: usize = 1_000_000;

/// A task's file, at the size that a study asks for.
pub(super) struct Outline {
    /// What the file says, with that size.
    pub settings: TaskFile,
    /// The task at its own size.
    pub own: Task,
    /// Name of the file.
    pub file: String,
}

impl Outline {
    /// Reads the tasks of a study.
    ///
    /// # Errors
    /// If one cannot be used, two look like one, or there is more of something than a plan can hold.
    pub fn of_all(configs: &Configs, assembled: &Assembled) -> Result<Vec<Self>, HarnessError> {
        let Assembled { given, study, scale, .. } = assembled;
        let mut outlines = Vec::<Self>::new();
        let mut runs = 0;
        for (number, task) in study.tasks.iter().enumerate() {
            let entries: usize = task.entries.iter().map(EntrySettings::combinations).sum();
            runs += entries as u64 * task.repetitions;
            if runs > MOST_RUNS {
                let message = format!(
                    "{}: {entries} entries with {} repetitions make {runs} runs or more of the study; at most {MOST_RUNS} are accepted",
                    task.task, task.repetitions
                );
                return Err(ConfigError::new(format!("study `{given}`"), message).into());
            }
            let (mut settings, file) = configs.task(&task.task)?;
            let own = settings.task.clone();
            resize(&mut settings.task, task, scale);
            let outline = Self { settings, own, file };
            check_others(given, (task, &outline), study.tasks.iter().zip(&outlines).take(number))?;
            outlines.push(outline);
        }
        check_images(given, &outlines, scale)?;
        Ok(outlines)
    }
}

/// Gives a task the size that study and command line ask for.
fn resize(task: &mut Task, study: &StudyTask, scale: &Scale) {
    let Task::Training(settings) = task else { return };
    settings.epochs = study.epochs.unwrap_or(settings.epochs).min(scale.epochs.unwrap_or(u32::MAX));
    if let Some(limit) = scale.per_class {
        let selection = &mut settings.selection;
        for part in [&mut selection.train_per_class, &mut selection.test_per_class] {
            *part = Some(part.map_or(limit, |n| n.min(limit)));
        }
        selection.validation_per_class = selection.validation_per_class.map(|n| n.min(limit));
    }
}

/// Refuses what would make two tasks of a report look like one.
fn check_others<'a>(
    study: &str,
    (task, outline): (&StudyTask, &Outline),
    mut others: impl Iterator<Item = (&'a StudyTask, &'a Outline)> + Clone,
) -> Result<(), ConfigError> {
    let refuse = |message: String| Err(ConfigError::new(format!("study `{study}`"), message));
    let role = |task: &StudyTask| task.role.clone().unwrap_or_else(|| task.task.to_string());
    if let Some((other, _)) = others.clone().find(|(other, _)| role(other) == role(task)) {
        let (one, two) = (&other.task, &task.task);
        return refuse(format!("{one} and {two}: both have the role `{}`; give one another", role(task)));
    }
    let title = |outline: &Outline| labels::plain(&outline.settings.title);
    if let Some((other, _)) = others.find(|(_, other)| title(other) == title(outline)) {
        return refuse(format!(
            "{} and {}: both have the title `{}`; give one another in its file",
            other.task, task.task, outline.settings.title
        ));
    }
    Ok(())
}

/// Refuses more images than a plan can look at, before the first is read or made.
fn check_images(study: &str, outlines: &[Outline], scale: &Scale) -> Result<(), ConfigError> {
    let mut sets = Vec::<Wanted>::new();
    for outline in outlines {
        if let Task::Training(settings) = &outline.settings.task {
            let wanted = settings.wanted(scale.per_class);
            if !sets.contains(&wanted) {
                sets.push(wanted);
            }
        }
    }
    let images = |is_made: bool| -> usize {
        let of_kind = sets.iter().filter(|set| set.source.is_made() == is_made);
        of_kind.fold(0, |sum, set| sum + set.selection.images(&set.source))
    };
    for (count, most, how) in
        [(images(true), MOST_IMAGES_MADE, "made"), (images(false), MOST_IMAGES_READ, "read")]
    {
        if count > most {
            let message = format!(
                "its tasks have {count} images that are {how}; at most {most} are accepted, what tasks share counted once. Give the \
                 larger ones a smaller `selection`, the same images, or a study of their own"
            );
            return Err(ConfigError::new(format!("study `{study}`"), message));
        }
    }
    Ok(())
}
