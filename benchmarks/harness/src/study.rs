//! What a study file says.

use crate::optimizers::SearchRange;
use crate::{ConfigError, EntrySettings, Include};
use records::{Choice, Name, Selection, Track};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

/// A study: tasks, and what is compared on each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Heading of the report.
    pub title: String,
    /// What the study asks.
    pub question: String,
    /// Seed that every stream of every run derives from.
    pub master_seed: u64,
    /// Studies whose tasks, pictures, choices and label are part of this one, or single entries of theirs; runs that several have are
    /// shared. Figures and claims are each study's own.
    #[serde(default)]
    pub include: Vec<Include>,
    /// What a reader must know before anything else, say that this is a small version of something.
    #[serde(default)]
    pub label: Option<String>,
    /// A file of figures under `configs/published`.
    #[serde(default)]
    pub figures: Option<Shown>,
    /// A file of claims under `configs/published`.
    #[serde(default)]
    pub claims: Option<Shown>,
    /// Pictures of the theory, by name.
    #[serde(default)]
    pub theory: Vec<String>,
    /// Settings that the paper leaves open, other than those of a task, with the reason for ours.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Name of the file under `configs/tuned` with the values that entries call `tuned`.
    #[serde(default)]
    pub tuned: Option<Name>,
    /// How hyper-parameters are chosen, the same for every entry. Without it entries may be anything.
    #[serde(default)]
    pub track: Option<TrackSettings>,
    /// What is compared on every task that lists nothing.
    #[serde(default)]
    pub entries: Vec<EntrySettings>,
    /// The tasks, in the order of the report.
    #[serde(default)]
    pub tasks: Vec<StudyTask>,
}

/// A way of choosing hyper-parameters, the same for every entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrackSettings {
    /// The optimizers' own defaults: no entry sets anything.
    Defaults {},
    /// Every entry leaves something open, and draws as many points for it.
    Tuned {
        /// See `trials` of a task's `tuning`.
        trials: u32,
        /// See `space` of a task's `tuning`.
        #[serde(default)]
        space: BTreeMap<String, SearchRange>,
    },
    /// As a paper has it.
    Paper {
        /// Which, and where its protocol stands.
        source: String,
    },
}

/// A file of which all or some parts are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its name.
    pub file: Name,
    /// Names of the parts; all if left out.
    #[serde(default)]
    pub only: Vec<String>,
}

/// A task of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyTask {
    /// Name of a file under `configs/tasks`.
    pub task: Name,
    /// What figures and claims call it; its name if left out.
    #[serde(default)]
    pub role: Option<String>,
    /// Length of the budget, if not the task's own.
    #[serde(default)]
    pub epochs: Option<u32>,
    /// Number of repetitions (seeds); each is a block shared by all entries.
    #[schemars(range(min = 1, max = 10_000))]
    pub repetitions: u64,
    /// Number of the first repetition: a search takes blocks that no report uses.
    #[serde(default)]
    pub first_repetition: u64,
    /// How the values that entries call `tuned` are searched for.
    #[serde(default)]
    pub tuning: Option<TuningSettings>,
    /// Entries to be chosen by result.
    #[serde(default)]
    pub selections: Vec<Selection>,
    /// Key of the entry that others are compared with; the first if left out.
    #[serde(default)]
    pub reference: Option<String>,
    /// What is compared, in order; the study's `entries` if left out.
    #[serde(default)]
    pub entries: Vec<EntrySettings>,
    /// How the hyper-parameters of all entries were come by; not in a file.
    #[serde(skip)]
    pub track: Option<Track>,
}

/// A search: the value with the lowest mean of a column at the end of short trainings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TuningSettings {
    /// The column: `train_loss_running`, `train_loss`, `validation_loss` or `validation_error` (the share of the
    /// validation images classified wrongly). The test set is not to be tuned on.
    pub criterion: String,
    /// Epochs of a trial.
    #[schemars(range(min = 1, max = 100_000))]
    pub epochs: u32,
    /// Number of the first block; no block of the report may be among them.
    pub first_repetition: u64,
    /// Number of blocks.
    #[schemars(range(min = 1))]
    pub repetitions: u64,
    /// Values to try after the grid, between its best value and the neighbours of that: as many for every entry.
    #[serde(default)]
    pub refine: Option<u32>,
    /// Points to draw in place of a grid, as many for every entry: `learning_rate` (or the first hyper-parameter that is `tuned`) between
    /// the least and the largest value of its search, evenly in its logarithm, all others from the values of theirs. A scrambled Sobol
    /// sequence, the same for all entries.
    #[serde(default)]
    #[schemars(range(min = 4, max = 1024))]
    pub trials: Option<u32>,
    /// Values of hyper-parameters that are searched over beside it, in place of those in an optimizer's file.
    #[serde(default)]
    pub space: BTreeMap<String, SearchRange>,
}

/// Columns that a search may minimise, and by which a selection may choose.
const COLUMNS: [&str; 3] = ["train_loss_running", "train_loss", "validation_loss"];
/// What a search may minimise beside them: one minus the validation accuracy.
pub(crate) const VALIDATION_ERROR: &str = "validation_error";

/// Epochs of a training, at most.
pub(crate) const MOST_EPOCHS: u32 = 100_000;
/// Values that refine one grid, at most: a half-decade cut in halves so often leaves a thousandth.
const MOST_REFINED: u32 = 10;
/// Points that a search may draw.
const DRAWN: RangeInclusive<u32> = 4..=1024;
/// Repetitions of a task, at most.
pub(crate) const MOST_REPETITIONS: u64 = 10_000;
/// Entries of a task, at most, those of grids counted one by one.
const MOST_ENTRIES: usize = 10_000;
/// Studies that one may include.
const MOST_INCLUDED: usize = 100;

impl Study {
    /// Gives every task what the study says for all.
    ///
    /// # Errors
    /// If the track does not fit what is compared.
    pub(crate) fn spread(&mut self, file: &str) -> Result<(), ConfigError> {
        let entries = std::mem::take(&mut self.entries);
        if !entries.is_empty() && !self.tasks.iter().any(|task| task.entries.is_empty()) {
            let why = if self.tasks.is_empty() {
                "there is no task of this file"
            } else {
                "every task lists its own"
            };
            return Err(ConfigError::new(file, format!("entries: {why}; leave them out")));
        }
        match &self.track {
            Some(_) if self.tasks.is_empty() => {
                let message = "track: is of the tasks of this file, and there are none; leave it out";
                return Err(ConfigError::new(file, message));
            }
            Some(TrackSettings::Tuned { trials, space }) => check_space(file, "track", *trials, space)?,
            Some(_) | None => {}
        }
        for (i, task) in self.tasks.iter_mut().enumerate() {
            if task.entries.is_empty() {
                task.entries.clone_from(&entries);
            }
            if let Some(track) = &self.track {
                let at = format!("tasks[{i}] ({})", task.task);
                let refuse = |message| ConfigError::new(file, format!("{at}.{message}"));
                task.track = Some(track.lay_on(task).map_err(refuse)?);
            }
        }
        Ok(())
    }

    /// Checks what does not need the tasks.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, message));
        if self.tasks.is_empty() && self.include.is_empty() && self.theory.is_empty() {
            return refuse(
                "tasks: empty; name at least one task, a study to include, or a picture of the theory".into(),
            );
        }
        if self.include.len() > MOST_INCLUDED {
            return refuse(format!(
                "include: {} studies; at most {MOST_INCLUDED} are accepted",
                self.include.len()
            ));
        }
        if let Some(name) = twice(&self.theory) {
            return refuse(format!("theory: `{name}` is listed twice; keep one"));
        }
        if let Some(key) = twice(self.choices.iter().map(|choice| &choice.key)) {
            return refuse(format!("choices: `{key}` is listed twice; keep one"));
        }
        // Stores of some systems do not tell `a` from `A`.
        let mut seen = BTreeSet::new();
        for (i, task) in self.tasks.iter().enumerate() {
            let at = format!("tasks[{i}] ({})", task.task);
            if !seen.insert(task.task.to_ascii_lowercase()) {
                return refuse(format!("{at}: the task is listed twice; join the entries"));
            }
            task.check(file, &at)?;
        }
        Ok(())
    }
}

impl TrackSettings {
    /// Gives a task what the track says of its search.
    fn lay_on(&self, task: &mut StudyTask) -> Result<Track, String> {
        match self {
            Self::Defaults {} => {
                let is_set = |entry: &&EntrySettings| !entry.hyper.is_empty() || !entry.grid.is_empty();
                match task.entries.iter().find(is_set) {
                    Some(entry) => Err(format!(
                        "entries: `{}` sets hyper-parameters, and the track is `defaults`; leave them out, or choose another track",
                        entry.name()
                    )),
                    None => Ok(Track::Defaults {}),
                }
            }
            Self::Tuned { trials, space } => {
                let is_closed =
                    |entry: &&EntrySettings| entry.open().next().is_none() || !entry.grid.is_empty();
                if let Some(entry) = task.entries.iter().find(is_closed) {
                    return Err(format!(
                        "entries: `{}` leaves nothing open, or is a grid, and the track is `tuned`; say `tuned` for its learning_rate",
                        entry.name()
                    ));
                }
                let Some(tuning) = &mut task.tuning else {
                    return Err(
                        "tuning: missing, and the track is `tuned`; say how the values are searched for"
                            .into(),
                    );
                };
                if tuning.trials.is_some() || tuning.refine.is_some() || !tuning.space.is_empty() {
                    return Err("tuning: trials, space and refine are the track's, the same on every task; leave them out".into());
                }
                tuning.trials = Some(*trials);
                tuning.space.clone_from(space);
                Ok(Track::Tuned { trials: *trials })
            }
            Self::Paper { source } => Ok(Track::Paper { source: source.clone() }),
        }
    }
}

impl StudyTask {
    fn check(&self, file: &str, at: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        if !(1..=MOST_REPETITIONS).contains(&self.repetitions) {
            return refuse(format!(
                "repetitions: {} is out of range; 1 to {MOST_REPETITIONS} is accepted",
                self.repetitions
            ));
        }
        if self.first_repetition.checked_add(self.repetitions).is_none() {
            let most = u64::MAX - MOST_REPETITIONS;
            return refuse(format!(
                "first_repetition: {} is out of range; at most {most} is accepted",
                self.first_repetition
            ));
        }
        if let Some(epochs) = self.epochs.filter(|epochs| !(1..=MOST_EPOCHS).contains(epochs)) {
            return refuse(format!("epochs: {epochs} is out of range; 1 to {MOST_EPOCHS} is accepted"));
        }
        if let Some(tuning) = &self.tuning {
            tuning.check(file, &format!("{at}.tuning"), self)?;
        }
        if let Some(name) = twice(self.selections.iter().map(|selection| &selection.name)) {
            return refuse(format!("selections: two are called `{name}`; rename one"));
        }
        for selection in &self.selections {
            if !COLUMNS.contains(&selection.lowest.as_str()) {
                return refuse(format!(
                    "selections.lowest: `{}` is not known; accepted: {} (nothing is chosen by test results)",
                    selection.lowest,
                    COLUMNS.join(", ")
                ));
            }
        }
        if self.entries.is_empty() {
            return refuse("entries: empty; name at least one optimizer".into());
        }
        for (j, entry) in self.entries.iter().enumerate() {
            entry.check(file, &format!("{at}.entries[{j}]"))?;
        }
        let mut space = self.tuning.iter().flat_map(|tuning| tuning.space.keys());
        let is_open = |key: &&String| self.entries.iter().any(|entry| entry.open().any(|open| open == *key));
        if let Some(key) = space.find(|key| !is_open(key)) {
            return refuse(format!(
                "tuning.space.{key}: no entry leaves {key} open, so nothing is drawn for it"
            ));
        }
        let combinations =
            self.entries.iter().fold(0usize, |n, entry| n.saturating_add(entry.combinations()));
        if combinations > MOST_ENTRIES {
            return refuse(format!(
                "entries: {combinations} with those of the grids; at most {MOST_ENTRIES} are accepted"
            ));
        }
        Ok(())
    }
}

/// The first of `names` that came before.
fn twice<'a>(names: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// Whether so many points can be drawn from what is listed.
fn check_space(
    file: &str,
    at: &str,
    trials: u32,
    space: &BTreeMap<String, SearchRange>,
) -> Result<(), ConfigError> {
    let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
    if !DRAWN.contains(&trials) {
        let (least, most) = (DRAWN.start(), DRAWN.end());
        return refuse(format!(
            "trials: {trials} is out of range; {least} to {most} is accepted, or nothing for a grid"
        ));
    }
    let wrong = space.iter().find_map(|(key, range)| Some((key, range.check().err()?)));
    wrong.map_or(Ok(()), |(key, message)| refuse(format!("space.{key}.values: {message}")))
}

impl TuningSettings {
    fn check(&self, file: &str, at: &str, task: &StudyTask) -> Result<(), ConfigError> {
        let refuse = |message: String| Err(ConfigError::new(file, format!("{at}.{message}")));
        if self.criterion != VALIDATION_ERROR && !COLUMNS.contains(&self.criterion.as_str()) {
            let accepted = COLUMNS.join(", ");
            return refuse(format!(
                "criterion: `{}` is not known; accepted: {accepted}, {VALIDATION_ERROR}",
                self.criterion
            ));
        }
        if !(1..=MOST_EPOCHS).contains(&self.epochs) {
            return refuse(format!(
                "epochs: {} is out of range; 1 to {MOST_EPOCHS} is accepted",
                self.epochs
            ));
        }
        if !(1..=MOST_REPETITIONS).contains(&self.repetitions) {
            return refuse(format!(
                "repetitions: {} is out of range; 1 to {MOST_REPETITIONS} is accepted",
                self.repetitions
            ));
        }
        if self.first_repetition.checked_add(self.repetitions).is_none() {
            let most = u64::MAX - MOST_REPETITIONS;
            return refuse(format!(
                "first_repetition: {} is out of range; at most {most} is accepted",
                self.first_repetition
            ));
        }
        if let Some(refine) = self.refine.filter(|refine| !(1..=MOST_REFINED).contains(refine)) {
            return refuse(format!(
                "refine: {refine} is out of range; 1 to {MOST_REFINED} is accepted, or nothing for the grid alone"
            ));
        }
        if let Some(trials) = self.trials {
            check_space(file, at, trials, &self.space)?;
        }
        match (self.trials, self.refine) {
            (Some(_), Some(_)) => {
                return refuse(
                    "refine: refines a grid, and `trials` draws points in place of one; keep one".into(),
                );
            }
            (None, _) if !self.space.is_empty() => {
                return refuse(
                    "space: is what points are drawn from; say how many with `trials`, or leave it out"
                        .into(),
                );
            }
            _ => {}
        }
        if self.overlaps(task) {
            return refuse(format!(
                "first_repetition: {} makes the search use blocks that the report uses; at least {} is accepted",
                self.first_repetition,
                task.first_repetition.saturating_add(task.repetitions)
            ));
        }
        Ok(())
    }

    /// Values to try after the grid of each entry.
    pub(crate) fn refined(&self) -> u32 {
        self.refine.unwrap_or(0)
    }

    /// Points to draw for each entry; 0 for grids.
    pub(crate) fn drawn(&self) -> u32 {
        self.trials.unwrap_or(0)
    }

    /// The blocks of the search.
    pub(crate) fn blocks(&self) -> Range<u64> {
        self.first_repetition..self.first_repetition.saturating_add(self.repetitions)
    }

    /// Whether a block of the report is one of the search's.
    pub(crate) fn overlaps(&self, task: &StudyTask) -> bool {
        let blocks = self.blocks();
        blocks.start < task.first_repetition.saturating_add(task.repetitions)
            && task.first_repetition < blocks.end
    }
}

#[cfg(test)]
mod tests {
    use crate::reader::parse;
    use crate::{ConfigError, Study};
    use records::Track;

    fn study(task: &str) -> Result<Study, ConfigError> {
        let text = format!("{{title: t, question: q, master_seed: 1, tasks: [{{{task}}}]}}");
        let study: Study = parse("s.yaml", &text)?;
        study.check("s.yaml").map(|()| study)
    }

    const ENTRIES: &str = "entries: [{optimizer: sgd}]";

    #[test]
    fn names_of_files_are_names() {
        for path in ["../../evil", "/abs/evil", "../tasks/h", "./h", "a/b", "a b", "''", "'..'", "ü"] {
            let message = study(&format!("task: {path}, repetitions: 1, {ENTRIES}")).unwrap_err().to_string();
            assert!(message.contains("not usable as a name") && message.contains("tasks[0]"), "{message}");
        }
        let top = |more: &str| -> Result<Study, ConfigError> {
            parse(
                "s.yaml",
                &format!("{{title: t, question: q, master_seed: 1, theory: [stability], {more}}}"),
            )
        };
        for more in [
            "tuned: ../../../escaped",
            "tuned: a/b",
            "figures: {file: ../x.yaml}",
            "claims: {file: /etc/passwd}",
        ] {
            let message = top(more).unwrap_err().to_string();
            assert!(message.contains("not usable as a name"), "{more}: {message}");
        }
        assert!(top("tuned: a.b-c_1").is_ok());
    }

    fn spread(text: &str) -> Result<Study, ConfigError> {
        let mut study: Study =
            parse("s.yaml", &format!("{{title: t, question: q, master_seed: 1, {text}}}"))?;
        study.spread("s.yaml")?;
        study.check("s.yaml").map(|()| study)
    }

    const TUNING: &str = "tuning: {criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1}";

    #[test]
    fn what_a_study_says_for_all_tasks_is_each_ones() {
        let space = "space: {schedule: {values: [{kind: constant}, {kind: cosine}], reason: r}}";
        let open = "hyper: {learning_rate: tuned, schedule: tuned}";
        let study = spread(&format!(
            "tuned: t, track: {{kind: tuned, trials: 8, {space}}}, entries: [{{optimizer: sgd, {open}}}, {{optimizer: adam, {open}}}], \
             tasks: [{{task: a, repetitions: 2, {TUNING}}}, {{task: b, repetitions: 1, {TUNING}, entries: [{{optimizer: inna, {open}}}]}}]"
        ))
        .unwrap();
        let names = |i: usize| study.tasks[i].entries.iter().map(|entry| entry.name()).collect::<Vec<_>>();
        assert_eq!((names(0), names(1)), (vec!["sgd", "adam"], vec!["inna"]));
        for task in &study.tasks {
            let tuning = task.tuning.as_ref().unwrap();
            assert_eq!((tuning.trials, tuning.space["schedule"].values.len()), (Some(8), 2));
            assert_eq!(task.track, Some(Track::Tuned { trials: 8 }));
        }
        let defaults =
            "track: {kind: defaults}, entries: [{optimizer: sgd}], tasks: [{task: a, repetitions: 2}]";
        assert_eq!(spread(defaults).unwrap().tasks[0].track, Some(Track::Defaults {}));
    }

    #[test]
    fn a_track_is_kept_to() {
        let open = "{optimizer: sgd, hyper: {learning_rate: tuned}}";
        let task = |more: &str| format!("tasks: [{{task: a, repetitions: 2{more}}}]");
        for (text, complaint) in [
            (
                format!("track: {{kind: defaults}}, entries: [{open}], {}", task("")),
                "tasks[0] (a).entries: `sgd` sets hyper-parameters, and the track is `defaults`",
            ),
            (
                format!("track: {{kind: tuned, trials: 8}}, entries: [{{optimizer: sgd}}], {}", task("")),
                "tasks[0] (a).entries: `sgd` leaves nothing open",
            ),
            (
                format!("track: {{kind: tuned, trials: 8}}, entries: [{open}], {}", task("")),
                "tasks[0] (a).tuning: missing, and the track is `tuned`",
            ),
            (
                format!(
                    "track: {{kind: tuned, trials: 8}}, entries: [{open}], {}",
                    task(&format!(", {}", TUNING.replace("repetitions: 1}", "repetitions: 1, trials: 16}")))
                ),
                "tuning: trials, space and refine are the track's",
            ),
            (
                format!(
                    "track: {{kind: tuned, trials: 1}}, entries: [{open}], {}",
                    task(&format!(", {TUNING}"))
                ),
                "track.trials: 1 is out of range",
            ),
            (
                format!("entries: [{open}], {}", task(", entries: [{optimizer: adam}]")),
                "entries: every task lists its own",
            ),
            (
                "entries: [{optimizer: sgd}], theory: [stability]".into(),
                "entries: there is no task of this file",
            ),
            ("track: {kind: defaults}, theory: [stability]".into(), "track: is of the tasks of this file"),
            (
                format!(
                    "track: {{kind: tuned, trials: 8, space: {{shedule: {{values: [1, 2], reason: r}}}}}}, entries: [{open}], {}",
                    task(&format!(", {TUNING}"))
                ),
                "space.shedule: no entry leaves shedule open",
            ),
            (task(""), "entries: empty; name at least one optimizer"),
            ("track: {kind: best}, theory: [stability]".into(), "track"),
        ] {
            let message = spread(&text).unwrap_err().to_string();
            assert!(message.contains(complaint), "{message}");
        }
    }

    #[test]
    fn sums_and_products_are_bounded_before_they_are_made() {
        let values = format!("[{}]", (1..60).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
        let grid: Vec<String> = ["a", "b", "c", "d"].iter().map(|key| format!("{key}: {values}")).collect();
        for (task, complaint) in [
            (format!("repetitions: 0, {ENTRIES}"), "repetitions: 0"),
            (format!("repetitions: 10001, {ENTRIES}"), "repetitions: 10001"),
            (format!("repetitions: 1, epochs: 0, {ENTRIES}"), "epochs: 0"),
            (format!("repetitions: 1, epochs: 4294967295, {ENTRIES}"), "epochs: 4294967295"),
            (
                format!("repetitions: 1, first_repetition: 18446744073709551615, {ENTRIES}"),
                "first_repetition: 18446744073709551615",
            ),
            (
                format!("repetitions: 1, entries: [{{optimizer: sgd, grid: {{{}}}}}]", grid.join(", ")),
                "entries: 12117361 with those of the grids; at most 10000",
            ),
            (
                format!(
                    "repetitions: 1, tuning: {{criterion: train_loss, epochs: 100001, first_repetition: 9, repetitions: 1}}, {ENTRIES}"
                ),
                "tuning.epochs: 100001",
            ),
            (
                format!(
                    "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 18446744073709551615, repetitions: 2}}, {ENTRIES}"
                ),
                "tuning.first_repetition",
            ),
            (
                format!(
                    "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1, refine: 0}}, {ENTRIES}"
                ),
                "tasks[0] (a).tuning.refine: 0 is out of range; 1 to 10 is accepted",
            ),
            (
                format!(
                    "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1, refine: 11}}, {ENTRIES}"
                ),
                "tuning.refine: 11",
            ),
        ] {
            let message = study(&format!("task: a, {task}")).unwrap_err().to_string();
            assert!(message.contains(complaint), "{message}");
        }
        assert!(
            study(&format!("task: a, repetitions: 1, first_repetition: 9007199254740993, {ENTRIES}")).is_ok()
        );
    }
}
