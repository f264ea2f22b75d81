//! What is drawn: data of every figure, in the coordinates of its axes.

use super::along::{Along, Spacing};
use super::axis::Axis;
use super::chart::ChartPlot;
use super::levels::Level;
use super::mark::{Dot, Mark};
use super::readout::{CurveRow, Readout};
use super::stroke::Stroke;
use super::thinning::Point;
use schemars::JsonSchema;
use serde::Serialize;

/// Figures that belong together, with one caption.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FigureGroup {
    /// The question the figures answer.
    pub heading: String,
    /// What is drawn: n, bands, seeds, units.
    pub caption: String,
    /// The figures, side by side where there is room.
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Figure {
    /// Name of its files, without `.svg` and `.csv`.
    pub name: String,
    /// Text above it: the question it answers.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub description: String,
    /// What curves run along; nothing for other kinds.
    pub x: Option<Along>,
    /// How their values are spaced; nothing for other kinds.
    pub y: Option<Spacing>,
    /// Its content.
    pub plot: Plot,
    /// The same on other axes.
    pub other_views: Vec<FigureView>,
    /// What they are, in a sentence; empty if there are none.
    pub others: String,
    /// Exact values along the lines.
    pub readout: Option<Readout>,
}

/// The same figure on other axes.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FigureView {
    /// What it runs along.
    pub x: Along,
    /// How its values are spaced.
    pub y: Spacing,
    /// Both in words: `against steps, logarithmic`.
    pub label: String,
    /// The same as a sentence, and what is cut off if anything is.
    pub note: String,
    /// The figure; it has no other views of its own.
    pub figure: Figure,
}

impl Figure {
    /// A figure with a single view.
    pub(crate) fn new(name: String, title: String, description: String, plot: Plot) -> Self {
        Self {
            name,
            title,
            description,
            x: None,
            y: None,
            plot,
            other_views: Vec::new(),
            others: String::new(),
            readout: None,
        }
    }

    /// Its name and those of its other views.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let views = self.other_views.iter().map(|view| view.figure.name.as_str());
        std::iter::once(self.name.as_str()).chain(views)
    }

    /// The same in the same order.
    pub(crate) fn names_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let views = self.other_views.iter_mut().map(|view| &mut view.figure.name);
        std::iter::once(&mut self.name).chain(views)
    }
}

/// Kinds of figures.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plot {
    /// Quantities against epochs or steps.
    Curves(CurvesPlot),
    /// Final values, run by run.
    Strip(StripPlot),
    /// A trajectory on the level sets of its function.
    Levels(LevelsPlot),
    /// Lines, points and cells over any two axes.
    Chart(ChartPlot),
}

/// Lines over a common axis.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct CurvesPlot {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// One per entry, and the best there can be where it is known.
    pub series: Vec<Series>,
}

/// One entry's lines.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Series {
    /// Name at the end of the line.
    pub label: String,
    /// How many runs there are, below the name: where some are missing or diverged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Colour and dash.
    pub stroke: Stroke,
    /// Mean over the runs, as long as each has a value (or the only run).
    pub mean: Vec<Point>,
    /// Smallest and largest of them: x, low, high.
    pub band: Vec<[f64; 3]>,
    /// Every run where there are several, diverged ones as far as they went.
    pub runs: Vec<RunLine>,
    /// Published values.
    pub published: Vec<Point>,
    /// What is drawn, in the units of the data; written as `figures/NAME.csv`, not into `report.json`.
    #[serde(skip)]
    pub data: Vec<CurveRow>,
}

impl Series {
    /// Whether nothing of it is drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.mean.is_empty() && self.runs.is_empty() && self.published.is_empty()
    }
}

/// The line of one run.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RunLine {
    /// Its seed block.
    pub repetition: u64,
    /// Whether it diverged: its line ends early, in a dot.
    pub diverged: bool,
    /// The line.
    pub points: Vec<Point>,
    /// What it says of the run; in the drawing, not in `report.json`, which has every run once.
    #[serde(skip)]
    pub mark: Option<Mark>,
}

/// Final values by entry.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct StripPlot {
    /// The metric.
    pub x: Axis,
    /// One row per entry, top to bottom.
    pub rows: Vec<StripRow>,
}

/// A row of a strip plot.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct StripRow {
    /// Name.
    pub label: String,
    /// Colour.
    pub stroke: Stroke,
    /// Values of the runs.
    pub dots: Vec<Dot>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Interval of the mean, from five runs on.
    pub interval: Option<[f64; 2]>,
    /// Values that count as equal, shaded: a practical margin.
    pub region: Option<[f64; 2]>,
}

/// A trajectory over level sets.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LevelsPlot {
    /// First coordinate.
    pub x: Axis,
    /// Second coordinate.
    pub y: Axis,
    /// Level sets, lowest first.
    pub levels: Vec<Level>,
    /// Whose trajectory it is.
    pub label: String,
    /// Colour and dash of the trajectory.
    pub stroke: Stroke,
    /// The trajectory.
    pub path: Vec<Point>,
    /// Where it starts.
    pub start: Point,
    /// The minimiser.
    pub minimiser: Point,
}
