//! A study as the report sees it: what is compared, on what, by which runs.

use crate::{
    Choice, Claims, Exhibit, Joint, Measure, Name, OptimizerCard, PaperFigure, Selection, Timing, Track,
    Tuning,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A planned study without anything needed to train it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the study (`quick`).
    pub study: String,
    /// Heading of its report.
    pub title: String,
    /// What the study asks, in one or two sentences.
    pub question: String,
    /// The study file as it was read, for the provenance page.
    pub source: String,
    /// Seed that every stream derives from.
    pub master_seed: u64,
    /// The tasks, in the order of the study.
    pub tasks: Vec<TaskCard>,
    /// The runs it consists of.
    pub runs: Vec<PlannedRun>,
    /// Those of them that other code made than the program that made the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<StaleRun>,
    /// Figures of a paper that it makes again.
    #[serde(default)]
    pub figures: Vec<PaperFigure>,
    /// What that paper claims.
    #[serde(default)]
    pub claims: Option<Claims>,
    /// Says of the whole study what it is not: a smaller version of something, a rehearsal.
    #[serde(default)]
    pub label: Option<String>,
    /// Whether its trainings are shorter than the study says.
    #[serde(default)]
    pub rehearsal: bool,
    /// Settings that the study chose where the paper leaves them open; those of a task are with the task.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Names of the theory's pictures that it shows.
    #[serde(default)]
    pub theory: Vec<String>,
    /// These pictures, computed when the report is made.
    #[serde(default)]
    pub exhibits: Vec<Exhibit>,
    /// The optimizers it compares, by name.
    #[serde(default)]
    pub optimizers: Vec<OptimizerCard>,
    /// How long steps of its tasks take, where that was measured: for each task at most one timing on a device.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings: Vec<Timing>,
    /// The studies that it was put together from, if it is not one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<Joint>,
}

/// A task, for display.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskCard {
    /// Name (`nin-shapes`); also the folder of its runs.
    pub name: String,
    /// What figures and claims call it (`cifar10`); tasks of different size share a role.
    #[serde(default)]
    pub role: String,
    /// Heading.
    pub title: String,
    /// What it is and why it is here.
    pub description: String,
    /// How it is measured.
    pub kind: TaskKind,
    /// What must be said of its images: where they are not the official set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// What is compared on it, in order.
    pub entries: Vec<Entry>,
    /// Curves of a paper that ours are drawn beside.
    pub published: Vec<PublishedCurve>,
    /// The settings, every default filled in.
    pub settings: Value,
    /// Curves of a paper's figures with bands; figures say which line they belong to.
    #[serde(default)]
    pub paper: Vec<PublishedCurve>,
    /// Entries chosen by result.
    #[serde(default)]
    pub selections: Vec<Selection>,
    /// Settings chosen where the paper leaves them open.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The search behind its entries' values.
    #[serde(default)]
    pub tuning: Option<Tuning>,
    /// Key of the entry that others are compared with; its first if the study names none.
    #[serde(default)]
    pub reference: Option<String>,
    /// What counts as score 1; without it the task has no scores and no targets.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// How the hyper-parameters of its entries were come by, if in one way for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<Track>,
    /// What others have published for the same task and network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// A result that others have published for the same task and network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// What was trained how, in a few words.
    pub title: String,
    /// The measure at the end: a fraction for an accuracy, or else in the measure's unit.
    pub value: f64,
    /// Name of the optimizer, whose entries are held against it.
    pub optimizer: String,
    /// Publication and place.
    pub source: String,
    /// What was done otherwise there, so that a difference may come from it; nothing if all is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// The value of the measure that counts as score 1, guessing being 0. It is frozen with the task: a score must not depend on who
/// else is compared (Agarwal et al., NeurIPS 2021, normalise likewise with fixed reference scores).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The value: a fraction for an accuracy, or else in the measure's unit.
    #[serde(alias = "accuracy")]
    pub value: f64,
    /// Whose it is, and how the number was obtained.
    pub source: String,
}

/// How a task is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskKind {
    /// A network trained on examples; judged by its measure at the end of the budget.
    // The name that the first tasks' records carry: another would be another run.
    #[serde(rename = "classification")]
    Training {
        /// Numbers that the network ends with for each thing it predicts: classes, or the numbers of an image.
        classes: usize,
        /// Examples trained on.
        #[serde(rename = "train_images")]
        train_examples: usize,
        /// Examples held out for validation.
        #[serde(rename = "validation_images")]
        validation_examples: usize,
        /// Examples tested on.
        #[serde(rename = "test_images")]
        test_examples: usize,
        /// What an example is: `image`, `sequence`.
        #[serde(default = "image", skip_serializing_if = "is_image")]
        example: String,
        /// Unit of the losses of its curves.
        #[serde(default = "nats", skip_serializing_if = "is_nats")]
        loss_unit: String,
        /// Whether labels are predicted, so that its curves have accuracies, whatever it is judged by.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        classifies: bool,
        /// What it is judged by; the test accuracy if nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measure: Option<Measure>,
        /// Length of the budget in epochs.
        epochs: u32,
        /// Examples per step.
        batch_size: usize,
        /// Trainable parameters of the model.
        parameters: u64,
        /// Differences of the measure below this do not matter in practice.
        margin: f64,
    },
    /// A function of two variables minimised from a fixed point.
    Function {
        /// The function, as a formula in plain text.
        formula: String,
        /// Name of the function in the list of functions (`inna-toy`), for drawing its level sets.
        function: String,
        /// Starting point.
        start: [f64; 2],
        /// The minimiser.
        minimiser: [f64; 2],
        /// Number of steps.
        steps: u64,
        /// Level-set data: the function on a grid for the picture.
        grid: Option<Grid>,
    },
}

fn image() -> String {
    "image".into()
}

fn is_image(example: &str) -> bool {
    example == "image"
}

fn nats() -> String {
    "nats".into()
}

fn is_nats(unit: &str) -> bool {
    unit == "nats"
}

fn yes() -> bool {
    true
}

fn is_yes(classifies: &bool) -> bool {
    *classifies
}

impl TaskKind {
    /// What a training is judged by; none for a function.
    pub fn measure(&self) -> Option<Measure> {
        match self {
            Self::Training { measure, classes, .. } => {
                Some(measure.clone().unwrap_or_else(|| Measure::accuracy(*classes)))
            }
            Self::Function { .. } => None,
        }
    }
}

/// Values of a function on a rectangular grid, for level sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Range of the first coordinate.
    pub x: [f64; 2],
    /// Range of the second coordinate.
    pub y: [f64; 2],
    /// Columns and rows.
    pub size: [usize; 2],
    /// Row-major, rows by increasing second coordinate.
    pub values: Vec<f64>,
}

/// One competitor on one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Key within the task (`inna`, `inna-a`).
    pub key: String,
    /// Name for legends (`INNA (0.5, 0.1)`).
    pub title: String,
    /// Name in the list of optimizers.
    pub optimizer: String,
    /// All hyper-parameters.
    pub hyper: Value,
    /// `#rrggbb`.
    pub colour: String,
    /// `solid`, `dashed`, `dotted` or `dash-dot`.
    pub dash: String,
    /// Panel of a figure the entry belongs to (`a`), where the task has such.
    pub panel: Option<String>,
    /// A remark to print with it, say that these are the printed values.
    pub remark: Option<String>,
    /// Optimizer state per parameter, in numbers of the training precision.
    pub states: Vec<String>,
    /// The update rule.
    pub formula: Formula,
}

/// An update rule for display, traced from the code that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// Presentation MathML, one `<math>` element.
    pub mathml: String,
    /// Where the rule comes from: paper and equation.
    pub reference: String,
}

/// A curve of a publication, in the units of the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedCurve {
    /// Key of the [`Entry`] it is compared with; among [`TaskCard::paper`], the run's name in the paper
    /// (`INNA(0.1;0.1)`), which a figure's lines refer to.
    pub entry: String,
    /// Figure it is drawn in (`fig2`).
    #[serde(default)]
    pub figure: String,
    /// What the axis shows: `log10_value`, `log10_train_loss`, `test_accuracy`.
    pub metric: String,
    /// Steps (or epochs).
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// Lower and upper edge of the band around them (extreme runs); empty if none is drawn.
    #[serde(default)]
    pub band: Vec<[f64; 2]>,
    /// Why a difference from ours means nothing (another budget); empty if it does mean something.
    #[serde(default)]
    pub incomparable: Option<String>,
    /// Largest difference at which the curve counts as reproduced; with a band, what may lie outside it.
    pub tolerance: f64,
    /// Publication, figure, and how the numbers were obtained.
    pub source: String,
}

/// A run the study consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Name of the run: the folder under the task's.
    pub id: Name,
    /// Task it belongs to.
    pub task: Name,
    /// [`Entry::key`].
    pub entry: String,
    /// The block.
    pub repetition: u64,
}

/// A run that is used though the code that it depends on has changed since it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleRun {
    /// Task it belongs to.
    pub task: Name,
    /// Name of the run.
    pub id: Name,
    /// The parts of the suite that have changed (`adam`, `kernels`).
    pub parts: Vec<String>,
}
