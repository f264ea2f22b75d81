//! What a task file says.

use crate::ConfigError;
use crate::images::Wanted;
use crate::measure::{Judged, MeasureSettings};
use crate::study::MOST_EPOCHS;
use cuda::Precision;
use data::{Augmentation, Normalisation, Selection, Source};
use models::{Function, Initialisation, Loss, Model};
use records::{Anchor, Elsewhere, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A file under `configs/tasks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TaskFile {
    /// Heading in the report.
    pub title: String,
    /// What the task is and why it is here.
    pub description: String,
    /// Published curves to draw and to compare with.
    #[serde(default)]
    pub published: Option<PublishedFile>,
    /// Curves of a paper's figures.
    #[serde(default)]
    pub paper: Option<PaperCurves>,
    /// Settings that the paper leaves open, with the reason for ours.
    #[serde(default)]
    pub choices: Vec<Reason>,
    /// The value of the measure that counts as score 1.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// What others have published for the same task and network.
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
    /// The task proper: this part enters the identity of its runs.
    #[serde(flatten)]
    pub task: Task,
}

/// A file of published curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedFile {
    /// Name under `configs/published`.
    pub file: Name,
    /// Largest difference at which a curve counts as reproduced, above 0.
    pub tolerance: f64,
    /// Publication, figure, how the numbers were obtained.
    pub source: String,
}

/// The curves of a data set in a file of a paper's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperCurves {
    /// Name under `configs/published`.
    pub file: Name,
    /// The data set's name in it.
    pub dataset: String,
    /// Why a difference from ours means nothing, if the task is not the paper's.
    #[serde(default)]
    pub incomparable: Option<String>,
    /// Publication, figures, how the numbers were obtained.
    pub source: String,
}

/// Why a setting has its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The key, dots between levels.
    pub key: String,
    /// The reason.
    pub reason: String,
}

/// What is trained and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// A network on examples.
    // The name that the first tasks' records carry: another would be another run.
    #[serde(rename = "classification", alias = "training")]
    #[schemars(rename = "training")]
    Training(Box<Training>),
    /// A function of two variables.
    Function(FunctionTask),
}

/// A network's training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Which examples.
    pub data: Source,
    /// How many of them.
    #[serde(default)]
    pub selection: Selection,
    /// How bytes become numbers.
    pub normalisation: Normalisation,
    /// What is done to training images; nothing unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// The network.
    pub model: Model,
    /// What is minimised; cross-entropy over classes unless said otherwise.
    #[serde(default, skip_serializing_if = "Loss::is_default")]
    pub loss: Loss,
    /// What it is judged by; the test accuracy unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<MeasureSettings>,
    /// Law of the initial weights.
    pub initialisation: Initialisation,
    /// Arithmetic of the matrix products; single precision unless said otherwise.
    #[serde(default, skip_serializing_if = "Precision::is_f32")]
    pub precision: Precision,
    /// Examples per step; the last step of an epoch may have fewer.
    #[schemars(range(min = 1))]
    pub batch_size: usize,
    /// Length of the budget.
    #[schemars(range(min = 1, max = 100_000))]
    pub epochs: u32,
    /// Epochs from one evaluation to the next; the beginning and the end are evaluated in any case.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1))]
    pub evaluate_every: u32,
    /// Differences of the measure below this (a fraction, of an accuracy) do not matter in practice.
    pub margin: f64,
}

fn one() -> u32 {
    1
}

fn is_one(every: &u32) -> bool {
    *every == 1
}

/// A minimisation with the full gradient, in double precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionTask {
    /// The function.
    pub function: Function,
    /// Where it starts.
    pub start: [f64; 2],
    /// Number of steps.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub steps: u64,
    /// Every how many steps the iterate is recorded (the last one always is).
    pub record_every: u64,
}

impl Training {
    /// Whether it is judged by an accuracy.
    pub(crate) fn is_judged_by_accuracy(&self) -> bool {
        self.measure.as_ref().map_or(self.loss.classifies(), |measure| measure.of == Judged::Accuracy)
    }

    /// Its examples; `at_most` is what a rehearsal allows of each class.
    pub(crate) fn wanted(&self, at_most: Option<usize>) -> Wanted {
        Wanted { source: self.data.clone(), selection: self.selection, at_most }
    }
}

impl TaskFile {
    /// Everything that can be told without the data.
    pub(crate) fn check(&self, file: &str) -> Result<(), ConfigError> {
        self.task.check(file)?;
        if let Some(published) = self.published.as_ref().filter(|published| published.tolerance <= 0.0) {
            let message = format!(
                "published.tolerance: {} is out of range; a number > 0 is accepted",
                published.tolerance
            );
            return Err(ConfigError::new(file, message));
        }
        for found in &self.elsewhere {
            let refuse = |message: String| {
                Err(ConfigError::new(file, format!("elsewhere `{}`: {message}", found.title)))
            };
            let Task::Training(task) = &self.task else {
                return refuse("a function is held against curves (`published`); leave it out".into());
            };
            let is_share = found.value > 0.0 && found.value <= 1.0;
            if !found.value.is_finite() || (task.is_judged_by_accuracy() && !is_share) {
                let message =
                    format!("value: {} is out of range; a fraction, at most 1, is accepted", found.value);
                return refuse(message);
            }
        }
        match (&self.anchor, &self.task) {
            (Some(_), Task::Function(_)) => {
                Err(ConfigError::new(file, "anchor: a function has no accuracy; leave the anchor out"))
            }
            (Some(anchor), Task::Training(task))
                if task.is_judged_by_accuracy() && !(anchor.value > 0.0 && anchor.value <= 1.0) =>
            {
                let accepted = "a fraction above that of guessing, at most 1, is accepted";
                let message = format!("anchor.value: {} is out of range; {accepted}", anchor.value);
                Err(ConfigError::new(file, message))
            }
            _ => Ok(()),
        }
    }

    /// Writes what means the same in the same way, so that it names the same runs: 0 in place of −0.
    pub(crate) fn normalise(&mut self) {
        match &mut self.task {
            Task::Training(settings) => {
                if let Model::Nin { dropout, .. } = &mut settings.model {
                    *dropout += 0.0;
                }
            }
            Task::Function(function) => function.start.iter_mut().for_each(|x| *x += 0.0),
        }
    }
}

impl Task {
    /// Its settings as far as a training depends on them: without margin and measure, which decide what a report says of a difference.
    ///
    /// # Errors
    /// If they are not to be had as JSON.
    pub(crate) fn trained(&self) -> Result<Value, serde_json::Error> {
        let mut settings = serde_json::to_value(self)?;
        forget_judgement(&mut settings);
        Ok(settings)
    }

    fn check(&self, file: &str) -> Result<(), ConfigError> {
        let refuse = |key: &str, value: String, accepted: &str| {
            Err(ConfigError::new(file, format!("{key}: {value} is out of range; {accepted}")))
        };
        match self {
            Self::Training(c) => {
                if !(1..=65_536).contains(&c.batch_size) {
                    return refuse("batch_size", c.batch_size.to_string(), "1 to 65536 is accepted");
                }
                if !(1..=MOST_EPOCHS).contains(&c.epochs) {
                    return refuse(
                        "epochs",
                        c.epochs.to_string(),
                        &format!("1 to {MOST_EPOCHS} is accepted"),
                    );
                }
                if !(1..=c.epochs).contains(&c.evaluate_every) {
                    let accepted = format!("1 to {}, the epochs, is accepted", c.epochs);
                    return refuse("evaluate_every", c.evaluate_every.to_string(), &accepted);
                }
                c.data.check().map_err(|e| ConfigError::new(file, e.to_string()))?;
                if let Some(augmentation) = &c.augmentation {
                    augmentation.check().map_err(|e| ConfigError::new(file, e.to_string()))?;
                }
                c.loss.check().map_err(|e| ConfigError::new(file, e.to_string()))?;
                if let Some(measure) = &c.measure {
                    measure.check(file, &c.loss)?;
                } else if !c.loss.classifies() {
                    let message = "measure: missing; a task without labels says what it is judged by, as measure: {of: loss, chance: 1.5}";
                    return Err(ConfigError::new(file, message));
                }
                if c.is_judged_by_accuracy() && !(c.margin > 0.0 && c.margin < 1.0) {
                    return refuse("margin", c.margin.to_string(), "a fraction between 0 and 1 is accepted");
                }
                if !(c.margin > 0.0 && c.margin.is_finite()) {
                    return refuse(
                        "margin",
                        c.margin.to_string(),
                        "a number > 0, in the unit of the measure, is accepted",
                    );
                }
                if c.loss.of_shares() && c.normalisation != Normalisation::Unit {
                    let message = "normalisation: binary cross-entropy takes targets between 0 and 1; `unit` is accepted";
                    return Err(ConfigError::new(file, message));
                }
                if let Initialisation::Normal { std } = c.initialisation
                    && !(std > 0.0 && (std as f32).is_normal())
                {
                    let accepted = "a positive number that single precision has is accepted";
                    return refuse("initialisation.std", std.to_string(), accepted);
                }
            }
            Self::Function(f) => {
                if !(1..=1_000_000_000).contains(&f.steps) {
                    return refuse("steps", f.steps.to_string(), "1 to 1e9 is accepted");
                }
                if f.record_every == 0 || f.steps / f.record_every > 1_000_000 {
                    let accepted = "at least 1, and at most a million recorded iterates, is accepted";
                    return refuse("record_every", f.record_every.to_string(), accepted);
                }
                if !f.start.iter().all(|x| x.is_finite()) {
                    return refuse("start", format!("{:?}", f.start), "two finite numbers are accepted");
                }
            }
        }
        Ok(())
    }
}

/// Takes out of a task's settings what decides no training but what a report says of it.
pub(crate) fn forget_judgement(settings: &mut Value) {
    if let Some(settings) = settings.as_object_mut() {
        settings.remove("margin");
        settings.remove("measure");
    }
}
