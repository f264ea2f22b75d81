//! Computed pictures: what theory says, shown by running it.

use crate::drawing::axis::range;
use crate::drawing::heat::{self, edges, map, short};
use crate::drawing::levels::levels;
use crate::drawing::thinning::{simplify, thin_graph};
use crate::drawing::{Axis, ChartLine, ChartPlot, Figure, Ground, Level, Look, Plot, Point, Stroke};
use crate::words::text::{checked_colour, slug};
use records::{Background, Cells, Exhibit, ExhibitAxis, ExhibitLine, ExhibitPanel, ExhibitTable};
use schemars::JsonSchema;
use serde::Serialize;

/// Points kept per line.
const POINTS: usize = 300;
/// Marks kept per line.
const MARKS: usize = 3000;
/// Level sets drawn.
const LEVELS: usize = 12;

/// A computed experiment.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ExhibitView {
    /// Name.
    pub name: String,
    /// The question it answers.
    pub title: String,
    /// Paper and section.
    pub source: String,
    /// What is computed and how.
    pub method: Vec<String>,
    /// What came out.
    pub findings: Vec<FindingView>,
    /// Panels in a row.
    pub columns: usize,
    /// The pictures.
    pub panels: Vec<Figure>,
    /// A table.
    pub table: Option<TableView>,
}

/// A table of texts.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct TableView {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows; the first cell is the row's heading.
    pub rows: Vec<Vec<String>>,
}

impl From<&ExhibitTable> for TableView {
    fn from(table: &ExhibitTable) -> Self {
        Self { columns: table.columns.clone(), rows: table.rows.clone() }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct FindingView {
    /// The statement.
    pub text: String,
    /// `as predicted`, `not as predicted`, or nothing where theory predicts nothing.
    pub mark: Option<&'static str>,
}

impl ExhibitView {
    pub(crate) fn new(exhibit: &Exhibit) -> Self {
        let columns = exhibit.columns.clamp(1, 4);
        Self {
            name: slug(&exhibit.name),
            title: exhibit.title.clone(),
            source: exhibit.source.clone(),
            method: exhibit.method.clone(),
            findings: exhibit
                .findings
                .iter()
                .map(|f| FindingView {
                    text: f.text.clone(),
                    mark: f.holds.map(|holds| if holds { "as predicted" } else { "not as predicted" }),
                })
                .collect(),
            columns,
            panels: exhibit
                .panels
                .iter()
                .enumerate()
                .map(|(k, panel)| {
                    Figure::new(
                        format!("theory-{}-{}", slug(&exhibit.name), k + 1),
                        panel.title.clone(),
                        panel.description.clone(),
                        Plot::Chart(chart(panel, exhibit, columns > 2)),
                    )
                })
                .collect(),
            table: exhibit.table.as_ref().map(TableView::from),
        }
    }
}

fn chart(panel: &ExhibitPanel, exhibit: &Exhibit, narrow: bool) -> ChartPlot {
    let forth = |p: &Point| [drawn(&panel.x, p[0]), drawn(&panel.y, p[1])];
    let lines: Vec<(&ExhibitLine, Vec<Point>)> =
        panel.lines.iter().map(|l| (l, l.points.iter().map(forth).collect())).collect();
    let extent = |k: usize, axis: &ExhibitAxis| {
        let ground = match &panel.background {
            Some(Background::Levels { grid }) => (if k == 0 { grid.x } else { grid.y }).to_vec(),
            Some(Background::Cells(cells)) => {
                let centres = if k == 0 { &cells.x } else { &cells.y };
                return range(
                    edges(&centres.iter().map(|c| drawn(axis, *c)).collect::<Vec<_>>()).into_iter(),
                );
            }
            None => Vec::new(),
        };
        let ground: Vec<f64> = ground.into_iter().map(|v| drawn(axis, v)).collect();
        let data = || lines.iter().flat_map(|(_, points)| points.iter().map(|p| p[k]));
        if ground.is_empty() {
            range(data()).map(|(low, high)| padded(low, high))
        } else {
            range(ground.into_iter())
        }
    };
    let axes = [&panel.x, &panel.y];
    let [x, y] = [0, 1].map(|k| axis(axes[k], extent(k, axes[k])));
    let lines = lines.iter().map(|(line, points)| chart_line(line, points, &x, &y)).collect();
    let ground = panel.background.as_ref().map(|background| match background {
        Background::Levels { grid } => Ground::Levels {
            levels: levels(grid, LEVELS).into_iter().map(|level| placed(level, panel, &x, &y)).collect(),
        },
        Background::Cells(cells) => Ground::Cells(Box::new(heat_map(cells, panel, exhibit))),
    });
    ChartPlot { x, y, narrow, ground, lines, legend: true }
}

/// A value in the coordinate that is drawn; what a logarithmic axis cannot show is not a number.
fn drawn(axis: &ExhibitAxis, value: f64) -> f64 {
    match (axis.logarithmic, value > 0.0) {
        (true, true) => value.log10(),
        (true, false) => f64::NAN,
        (false, _) => value,
    }
}

fn padded(low: f64, high: f64) -> (f64, f64) {
    let pad = 0.04 * (high - low);
    (low - pad, high + pad)
}

fn axis(axis: &ExhibitAxis, extent: Option<(f64, f64)>) -> Axis {
    let asked = axis.range.map(|r| r.map(|v| drawn(axis, v)));
    let (low, high) = match asked {
        Some([low, high]) if low.is_finite() && high.is_finite() && low < high => (low, high),
        _ => extent.unwrap_or((0.0, 1.0)),
    };
    if axis.logarithmic {
        Axis::logarithmic(&format!("{}, logarithmic", axis.label), low, high)
    } else {
        Axis::linear(&axis.label, low, high, false)
    }
}

fn chart_line(line: &ExhibitLine, points: &[Point], x: &Axis, y: &Axis) -> ChartLine {
    let stroke = Stroke { colour: checked_colour(&line.colour), dash: line.dash.clone(), entry: None };
    if line.marks {
        let every = points.len().div_ceil(MARKS).max(1);
        let marks: Vec<Point> = points.iter().step_by(every).copied().collect();
        return ChartLine::new(&line.label, stroke, Look::Marks, &marks, x, y);
    }
    // Thinned piece by piece, so that a break stays where it is.
    let mut kept = Vec::new();
    for piece in points.split(|p| !p[0].is_finite() || !p[1].is_finite()) {
        if !kept.is_empty() {
            kept.push([f64::NAN; 2]);
        }
        kept.extend(thin(piece, x, y));
    }
    ChartLine::new(&line.label, stroke, Look::Line, &kept, x, y)
}

/// Fewer points for the same line: by extremes where it is a graph, by distance where it is a path.
fn thin(piece: &[Point], x: &Axis, y: &Axis) -> Vec<Point> {
    if piece.len() <= POINTS {
        return piece.to_vec();
    }
    if piece.windows(2).all(|w| w[0][0] < w[1][0]) {
        return thin_graph(piece, POINTS);
    }
    let (width, height) = (x.high - x.low, y.high - y.low);
    let unit: Vec<Point> = piece.iter().map(|p| [(p[0] - x.low) / width, (p[1] - y.low) / height]).collect();
    let mut tolerance = 5e-4;
    let mut path = simplify(&unit, tolerance);
    while path.len() > 2 * POINTS && tolerance < 0.1 {
        tolerance *= 2.0;
        path = simplify(&unit, tolerance);
    }
    path.into_iter().map(|p| [x.low + p[0] * width, y.low + p[1] * height]).collect()
}

/// A level set in the coordinates of the axes, cut to what they show.
fn placed(level: Level, panel: &ExhibitPanel, x: &Axis, y: &Axis) -> Level {
    let forth = |p: &Point| [drawn(&panel.x, p[0]), drawn(&panel.y, p[1])];
    let paths = level.paths.iter().flat_map(|path| {
        let points: Vec<Point> = path.iter().map(forth).collect();
        crate::drawing::clip::segments(&points, x, y)
    });
    Level { value: level.value, place: level.place, paths: paths.collect() }
}

/// The cells of a panel; the colours mean the same in all panels of an exhibit whose cells mean the same.
fn heat_map(cells: &Cells, panel: &ExhibitPanel, exhibit: &Exhibit) -> crate::drawing::chart::HeatMap {
    let alike = exhibit.panels.iter().filter_map(|other| match &other.background {
        Some(Background::Cells(other)) if other.legend == cells.legend => Some(&other.values),
        _ => None,
    });
    let ends = heat::extent(alike.flatten());
    let centres = |axis: &ExhibitAxis, values: &[f64]| {
        edges(&values.iter().map(|v| drawn(axis, *v)).collect::<Vec<f64>>())
    };
    let print: Option<&dyn Fn(f64) -> String> = if cells.print { Some(&short) } else { None };
    map(
        [centres(&panel.x, &cells.x), centres(&panel.y, &cells.y)],
        &cells.values,
        &cells.legend,
        &cells.none,
        ends,
        print,
    )
}
