//! What is drawn: data of every figure, in the coordinates of its axes.

use super::axis::Axis;
use super::chart::ChartPlot;
use super::levels::Level;
use super::thinning::Point;
use serde::Serialize;

/// Figures that belong together, with one caption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FigureGroup {
    /// The question the figures answer.
    pub heading: String,
    /// What is drawn: n, bands, seeds, units.
    pub caption: String,
    /// The figures, side by side where there is room.
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Name of its file, without `.svg`.
    pub name: String,
    /// Text above it.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub description: String,
    /// Its content.
    pub plot: Plot,
}

/// Kinds of figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// How an entry is drawn everywhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stroke {
    /// `#rrggbb`.
    pub colour: String,
    /// `solid`, `dashed`, `dotted` or `dash-dot`.
    pub dash: String,
}

/// Lines over a common axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvesPlot {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// One per entry.
    pub series: Vec<Series>,
}

/// One entry's lines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Name at the end of the line.
    pub label: String,
    /// Colour and dash.
    pub stroke: Stroke,
    /// Mean over the finished runs (or the only run).
    pub mean: Vec<Point>,
    /// Smallest and largest over the finished runs: x, low, high.
    pub band: Vec<[f64; 3]>,
    /// Every run where there are several, diverged ones as far as they went.
    pub runs: Vec<Vec<Point>>,
    /// Published values.
    pub published: Vec<Point>,
}

/// Final values by entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StripPlot {
    /// The metric.
    pub x: Axis,
    /// One row per entry, top to bottom.
    pub rows: Vec<StripRow>,
}

/// A row of a strip plot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StripRow {
    /// Name.
    pub label: String,
    /// Colour.
    pub stroke: Stroke,
    /// Values of the runs.
    pub values: Vec<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Interval of the mean, from five runs on.
    pub interval: Option<[f64; 2]>,
}

/// A trajectory over level sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelsPlot {
    /// First coordinate.
    pub x: Axis,
    /// Second coordinate.
    pub y: Axis,
    /// Level sets, lowest first.
    pub levels: Vec<Level>,
    /// Colour and dash of the trajectory.
    pub stroke: Stroke,
    /// The trajectory.
    pub path: Vec<Point>,
    /// Where it starts.
    pub start: Point,
    /// The minimiser.
    pub minimiser: Point,
}
