//! A computed picture: something that theory says, shown by running it.

use crate::Grid;
use serde::{Deserialize, Serialize};

/// One experiment of a few seconds, with its pictures and what they show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Name (`stability`), part of file names.
    pub name: String,
    /// The question it answers.
    pub title: String,
    /// What is computed and how, paragraph by paragraph.
    pub method: Vec<String>,
    /// What came out.
    pub findings: Vec<Finding>,
    /// Panels in a row.
    pub columns: usize,
    /// The pictures.
    pub panels: Vec<ExhibitPanel>,
    /// A table below them.
    pub table: Option<ExhibitTable>,
    /// Where it comes from: paper and section.
    pub source: String,
}

/// A statement about what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The statement, with its numbers.
    pub text: String,
    /// For something that theory predicts: whether it came out so.
    pub holds: Option<bool>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExhibitPanel {
    /// Text above it.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub description: String,
    /// Horizontal axis.
    pub x: ExhibitAxis,
    /// Vertical axis.
    pub y: ExhibitAxis,
    /// Drawn below everything.
    pub background: Option<Background>,
    /// Lines, and points if a line's `points` are marks.
    pub lines: Vec<ExhibitLine>,
}

/// An axis of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExhibitAxis {
    /// Quantity and unit.
    pub label: String,
    /// Whether it is logarithmic; values are given as they are all the same, and must be positive.
    pub logarithmic: bool,
    /// Its ends; those of the data if left out.
    pub range: Option<[f64; 2]>,
}

/// What a picture shows below its lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Background {
    /// Level sets of a function.
    Levels {
        /// The function on a grid.
        grid: Grid,
    },
    /// A coloured cell for each value.
    Cells(Cells),
}

/// A heat map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// Centres of the columns, ascending.
    pub x: Vec<f64>,
    /// Centres of the rows, ascending.
    pub y: Vec<f64>,
    /// Row by row; none where there is no number (diverged).
    pub values: Vec<Option<f64>>,
    /// What the colour means, with its unit.
    pub legend: String,
    /// What a cell without a number means.
    pub none: String,
    /// Whether the number is printed in each cell.
    pub print: bool,
}

/// A line or a set of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExhibitLine {
    /// Name.
    pub label: String,
    /// `#rrggbb`.
    pub colour: String,
    /// `solid`, `dashed`, `dotted` or `dash-dot`.
    pub dash: String,
    /// Rings at the points instead of a line through them.
    pub marks: bool,
    /// The points; a line breaks where a coordinate is not finite.
    pub points: Vec<[f64; 2]>,
}

/// A table of printed cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExhibitTable {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows; the first cell is the row's heading.
    pub rows: Vec<Vec<String>>,
}
