//! What a study reproduces: a paper's figures, its claims, what it leaves open, and the search it prescribes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A figure of a paper, laid out as there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperFigure {
    /// Name (`figure-2`), part of file names.
    pub name: String,
    /// Heading, with the figure's number in the paper.
    pub title: String,
    /// What is drawn there.
    pub caption: String,
    /// Panels in a row.
    pub columns: usize,
    /// The panels, row by row.
    pub panels: Vec<PaperPanel>,
}

/// A panel: one metric of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperPanel {
    /// [`crate::TaskCard::role`] of the task; a panel whose task a study lacks is left out.
    pub task: String,
    /// Text above it.
    pub title: String,
    /// A column of the curves: `train_loss_running`, `train_loss`, `test_accuracy`.
    pub metric: String,
    /// Name of the figure in the published curves (`fig2`).
    pub published: String,
    /// Range of the vertical axis: log10 of the loss, or the accuracy as a fraction.
    pub range: [f64; 2],
    /// The lines, in the order of the legend.
    pub lines: Vec<PaperLine>,
}

/// A line of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperLine {
    /// Key of an entry, or name of a [`Selection`].
    pub entry: String,
    /// Name of the run in the published curves (`INNA(0.1;0.1)`), if it is there.
    #[serde(default)]
    pub run: Option<String>,
    /// Name in the legend; the entry's if left out.
    #[serde(default)]
    pub title: Option<String>,
    /// `#rrggbb`; the entry's if left out.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`; the entry's if left out.
    #[serde(default)]
    pub dash: Option<String>,
}

/// The entry of several that did best, chosen when the report is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Its name (`inna-best`), used like an entry's key.
    pub name: String,
    /// Keys to choose from.
    pub of: Vec<String>,
    /// The one with the lowest mean of this column at the end of the budget.
    pub lowest: String,
}

/// What a paper says, as comparisons that decide it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The paper, or what the papers have in common that the claims name.
    pub source: String,
    /// The claims.
    pub claims: Vec<Claim>,
    /// What is printed there and does not fit what is drawn there.
    #[serde(default)]
    pub errata: Vec<Erratum>,
}

/// A claim of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Short name.
    pub name: String,
    /// The claim in our words.
    pub statement: String,
    /// Who says so, in a file of claims from several papers; the file's source if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Section of the paper.
    pub section: String,
    /// Figure that is said to show it; empty if none is.
    #[serde(default)]
    pub figure: String,
    /// Roles of the tasks it is about; one that a study lacks counts as not run.
    pub tasks: Vec<String>,
    /// How many of the tasks it must hold on: all, or more than half ("almost every time").
    pub on: Quantifier,
    /// The comparisons, on each task; all must hold.
    #[serde(default)]
    pub comparisons: Vec<Comparison>,
    /// Entries that must not all come to the same, on each task; together with the comparisons.
    #[serde(default)]
    pub factors: Vec<Factor>,
}

/// Several entries (or selections), which differ in something that is said to matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// A column of the curves of classifiers.
    pub metric: String,
    /// Where, as in [`Comparison::at`].
    pub at: Vec<f64>,
    /// Their keys, two or more.
    pub entries: Vec<String>,
}

/// On how many tasks a claim must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    /// On every one.
    All,
    /// On more than half of them.
    Most,
}

/// One comparison of two entries (or selections) on a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// A column of the curves, or for a function `log10_value`, `crossings` (of the valley, by the iterates) or `turns`
    /// (reversals of the first coordinate).
    pub metric: String,
    /// Where: a share of the budget, 1 for its end; two make the mean between them (or what is counted there).
    pub at: Vec<f64>,
    /// Key of an entry, or name of a selection.
    pub entry: String,
    /// What it must do against the other.
    pub is: Relation,
    /// The other.
    pub than: String,
}

/// What a comparison asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The first is lower.
    Lower,
    /// The first is higher.
    Higher,
    /// They differ by less than the task's margin.
    Equivalent,
}

/// Something printed in a paper that its own figures contradict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erratum {
    /// Where.
    pub place: String,
    /// What is printed.
    pub printed: String,
    /// What was found, and how.
    pub found: String,
}

/// A setting that the paper leaves open, with our reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The configuration key (`initialisation`), dots between levels.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// Why this one.
    pub reason: String,
}

/// The search that a task's values come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// The column that is minimised, at the end of a trial.
    pub criterion: String,
    /// Length of a trial in epochs.
    pub epochs: u32,
    /// Blocks of the trials; no report uses them.
    pub repetitions: Vec<u64>,
    /// Digest of the task that the trials trained on, its images and the master seed.
    #[serde(default)]
    pub problem: String,
    /// Values that every search tried between those of its grid, around the best; 0 if the study asked for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refine: u32,
    /// Points that every search drew from its space; 0 for grids.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub drawn: u32,
    /// One per entry.
    pub searches: Vec<Search>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The search for one entry's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Key of the entry.
    pub entry: String,
    /// The hyper-parameter searched over.
    pub hyper: String,
    /// What points were drawn from: the ends of `hyper`, and the values of every other hyper-parameter; empty of a grid.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub space: BTreeMap<String, Vec<Value>>,
    /// The optimizer with all other hyper-parameters: the value found is good for these only.
    #[serde(default)]
    pub settings: Value,
    /// Why the grid is what it is.
    #[serde(default)]
    pub reason: String,
    /// The value with the best mean.
    pub chosen: f64,
    /// The values of the hyper-parameters that were searched over beside it, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, Value>,
    /// How often the grid was extended because the best value lay on its edge.
    pub extensions: u32,
    /// Whether the best value lies on the edge all the same.
    pub on_edge: bool,
    /// Every trial, by value and block.
    pub trials: Vec<Trial>,
}

/// One training of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The value tried.
    pub value: f64,
    /// Those of the hyper-parameters that were searched over beside it, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, Value>,
    /// Its block.
    pub repetition: u64,
    /// The criterion at the end; absent if the trial diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Whether its value was tried to refine the grid, and is none of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refined: bool,
}
