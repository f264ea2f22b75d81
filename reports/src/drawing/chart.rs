//! Charts: lines and points over two axes, on level sets or coloured cells if there are any.

use super::axis::{Axis, round_to};
use super::clip::segments;
use super::levels::Level;
use super::stroke::Stroke;
use super::thinning::Point;
use schemars::JsonSchema;
use serde::Serialize;

/// Lines and points over two axes.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ChartPlot {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Whether it stands beside others and is drawn for little room.
    pub narrow: bool,
    /// Drawn below everything.
    pub ground: Option<Ground>,
    /// The lines, from the lowest to the topmost.
    pub lines: Vec<ChartLine>,
    /// Whether the lines are explained in the figure itself.
    pub legend: bool,
}

/// What a chart shows below its lines.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ground {
    /// Level sets.
    Levels {
        /// Lowest first.
        levels: Vec<Level>,
    },
    /// Coloured cells.
    Cells(Box<HeatMap>),
}

/// A coloured cell for each value.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct HeatMap {
    /// Edges of the columns in the coordinate of the axis: one more than there are columns.
    pub columns: Vec<f64>,
    /// Edges of the rows.
    pub rows: Vec<f64>,
    /// Row by row from the lowest; none where there is no number.
    pub values: Vec<Option<f64>>,
    /// The numbers as they are printed in the cells; empty if they are not.
    pub texts: Vec<String>,
    /// Places in `values` of cells that are marked with a cross.
    pub marked: Vec<usize>,
    /// What the colour means, from its darkest to its brightest.
    pub scale: Axis,
    /// What a cell without a number means.
    pub none: String,
}

/// How a line of a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// A line through the points.
    Line,
    /// Rings at the points.
    Marks,
    /// A line with rings at the points.
    MarkedLine,
    /// Discs at the points.
    Discs,
    /// A thin line with rings every so often: somebody else's result.
    Published,
}

/// A line or a set of points.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ChartLine {
    /// Name.
    pub label: String,
    /// Colour and dash.
    pub stroke: Stroke,
    /// How it is drawn.
    pub look: Look,
    /// Its connected pieces.
    pub pieces: Vec<Vec<Point>>,
    /// Area around it: x, low, high.
    pub band: Vec<[f64; 3]>,
    /// Edges of the area around a published line.
    pub edges: Vec<Vec<Point>>,
}

impl ChartLine {
    /// A line through points in the coordinates of the axes, cut to what they show.
    pub(crate) fn new(label: &str, stroke: Stroke, look: Look, points: &[Point], x: &Axis, y: &Axis) -> Self {
        let pieces = match look {
            Look::Marks | Look::Discs => {
                let inside = points.iter().filter(|p| x.holds(p[0]) && y.holds(p[1])).copied();
                vec![inside.collect::<Vec<Point>>()].into_iter().filter(|p| !p.is_empty()).collect()
            }
            _ => segments(points, x, y),
        };
        let pieces = pieces.iter().map(|p| to_resolution(p, x, y)).collect();
        Self { label: label.into(), stroke, look, pieces, band: Vec::new(), edges: Vec::new() }
    }

    /// The same with an area around it: filled for ours, outlined for a published line.
    pub(crate) fn with_band(mut self, band: &[[f64; 3]], x: &Axis, y: &Axis) -> Self {
        let band: Vec<[f64; 3]> =
            band.iter().filter(|b| x.holds(b[0]) && !b[1].is_nan() && !b[2].is_nan()).copied().collect();
        if self.look == Look::Published {
            for k in [1, 2] {
                let edge: Vec<Point> = band.iter().map(|b| [b[0], b[k]]).collect();
                self.edges.extend(segments(&edge, x, y).iter().map(|p| to_resolution(p, x, y)));
            }
        } else {
            let clamp = |v: f64| round_to(v.clamp(y.low, y.high), decimals(y));
            self.band =
                band.iter().map(|b| [round_to(b[0], decimals(x)), clamp(b[1]), clamp(b[2])]).collect();
        }
        self
    }
}

/// Points rounded to what a picture resolves.
pub(crate) fn to_resolution(points: &[Point], x: &Axis, y: &Axis) -> Vec<Point> {
    points.iter().map(|p| [round_to(p[0], decimals(x)), round_to(p[1], decimals(y))]).collect()
}

/// Decimals that tell ten thousand places on an axis apart.
pub(crate) fn decimals(axis: &Axis) -> i32 {
    (4.0 - (axis.high - axis.low).abs().max(1e-300).log10()).ceil().clamp(0.0, 12.0) as i32
}
