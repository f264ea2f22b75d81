//! Figures of a paper made again, ours beside the published ones.

use super::lines::{PaperLineView, line_view};
use super::names::{resolve, role_name, task_of, tasks_of};
use crate::drawing::bands;
use crate::drawing::thinning::thin_graph;
use crate::drawing::{Axis, ChartLine, ChartPlot, Figure, Look, Plot, Point, Stroke};
use crate::tables::{Summary, Tables, schema::curves};
use crate::view::results::quantity::Quantity;
use crate::view::results::yardstick::loss_unit;
use crate::words::text::{checked_colour, slug};
use polars::prelude::PolarsResult;
use records::{Entry, Manifest, PaperFigure, PaperLine, PaperPanel, PublishedCurve, TaskCard, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Points kept per line.
const POINTS: usize = 200;

/// A figure of a paper, made again.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PaperFigureView {
    /// Name.
    pub name: String,
    /// Heading.
    pub title: String,
    /// What is drawn.
    pub caption: String,
    /// Panels in a row.
    pub columns: usize,
    /// Lines by colour and dash.
    pub legend: Vec<LegendView>,
    /// Whether any published line is drawn.
    pub published: bool,
    /// Whose bands are seen, where it is not every line's.
    pub bands: Option<&'static str>,
    /// The panels.
    pub panels: Vec<PanelView>,
    /// Panels left out, with the reason.
    pub left_out: Vec<String>,
    /// Why lines are not held against the published ones.
    pub incomparable: Vec<String>,
}

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LegendView {
    /// Name.
    pub label: String,
    /// Colour and dash.
    pub stroke: Stroke,
}

/// A panel.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PanelView {
    /// The picture.
    pub figure: Figure,
    /// Unit of the numbers below.
    pub unit: &'static str,
    /// Unit of their differences.
    pub difference_unit: &'static str,
    /// Its lines in numbers.
    pub lines: Vec<PaperLineView>,
}

pub(super) fn figure(
    manifest: &Manifest,
    tables: &Tables,
    paper: &PaperFigure,
) -> PolarsResult<PaperFigureView> {
    // With tasks left out the rows of the paper are shorter.
    let kept =
        |row: &[PaperPanel]| row.iter().filter(|p| tasks_of(manifest, &p.task).next().is_some()).count();
    let columns = paper.panels.chunks(paper.columns.clamp(1, 6)).map(kept).max().unwrap_or(1).max(1);
    let mut view = PaperFigureView {
        name: slug(&paper.name),
        title: paper.title.clone(),
        caption: paper.caption.clone(),
        columns,
        legend: Vec::new(),
        published: false,
        bands: None,
        panels: Vec::new(),
        left_out: Vec::new(),
        incomparable: Vec::new(),
    };
    for (place, panel) in paper.panels.iter().enumerate() {
        let names: Vec<&str> = panel.lines.iter().map(|l| l.entry.as_str()).collect();
        let reason = match (task_of(manifest, &panel.task, &names), Quantity::of(&panel.metric)) {
            (Some(task), Some(quantity)) => match task.kind {
                TaskKind::Training { epochs, .. } => {
                    let name = format!("paper-{}-{}", slug(&paper.name), place + 1);
                    let narrow = columns > 2;
                    let drawn = Drawing { tables, task, panel, quantity, epochs, narrow }.panel(name)?;
                    view.published |= drawn.1;
                    for item in drawn.2 {
                        if !view.legend.contains(&item) {
                            view.legend.push(item);
                        }
                    }
                    let published = drawn.0.lines.iter().filter_map(|line| line.published.as_ref());
                    for reason in published.filter_map(|published| published.incomparable.as_ref()) {
                        if !view.incomparable.contains(reason) {
                            view.incomparable.push(reason.clone());
                        }
                    }
                    view.panels.push(drawn.0);
                    continue;
                }
                TaskKind::Function { .. } => format!("{} has no epochs", role_name(&panel.task)),
            },
            (None, _) => format!("{} is not in this study", role_name(&panel.task)),
            (_, None) => format!("there is no column {}", panel.metric),
        };
        if !view.left_out.contains(&reason) {
            view.left_out.push(reason);
        }
    }
    view.bands = bands::remark(view.panels.iter().map(|panel| &panel.figure));
    Ok(view)
}

struct Drawing<'a> {
    tables: &'a Tables,
    task: &'a TaskCard,
    panel: &'a PaperPanel,
    quantity: Quantity,
    epochs: u32,
    narrow: bool,
}

/// A panel, whether anything published is in it, and what its lines are called.
type Drawn = (PanelView, bool, Vec<LegendView>);

impl Drawing<'_> {
    fn panel(&self, name: String) -> PolarsResult<Drawn> {
        let Self { tables, task, panel, quantity, epochs, narrow } = *self;
        let x = Axis::linear("epochs", 0.0, f64::from(epochs.max(1)), false);
        let summary = tables.summary(&task.name, curves::EPOCH, quantity.column())?;
        let counts = tables.counts(&task.name)?;
        let [low, high] = self.range(&summary)?;
        let label = match quantity {
            Quantity::Loss(_) => format!("{}, {}, logarithmic", short(quantity), loss_unit(&task.kind)),
            Quantity::Accuracy(_) => format!("{}, %", short(quantity)),
        };
        let y = match quantity {
            Quantity::Loss(_) => Axis::logarithmic(&label, low, high),
            Quantity::Accuracy(_) => Axis::linear(&label, low, high, false),
        };
        let (mut ours, mut theirs, mut legend, mut lines) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for line in &panel.lines {
            let entry = resolve(tables, task, &line.entry)?;
            let published = self.published(line);
            let (stroke, title) = (stroke(line, entry, task), title(line, entry));
            let points = entry.and_then(|e| summary.get(&e.key)).map_or(&[][..], Vec::as_slice);
            let counts = entry.and_then(|e| counts.get(&e.key)).copied().unwrap_or_default();
            let chosen = entry.filter(|e| e.key != line.entry).map(|e| e.title.clone());
            lines.push(line_view(&title, chosen, &stroke, points, counts.diverged, published, quantity));
            if let Some(curve) = published {
                theirs.push(published_line(curve, &title, &stroke, quantity, &x, &y));
            }
            ours.push(our_line(points, &title, &stroke, quantity, &x, &y));
            legend.push(LegendView { label: title, stroke });
        }
        let drawn = !theirs.is_empty();
        // Ours above theirs.
        theirs.append(&mut ours);
        let view = PanelView {
            figure: Figure::new(
                name,
                panel.title.clone(),
                format!("{} of {} against epochs", quantity.name(), task.title),
                Plot::Chart(ChartPlot { x, y, narrow, ground: None, lines: theirs, legend: false }),
            ),
            unit: quantity.value_unit(),
            difference_unit: quantity.unit(),
            lines,
        };
        Ok((view, drawn, legend))
    }

    /// The range of the vertical axis in its coordinate: the paper's, or a wider one that holds the second half of our
    /// lines where another budget keeps them from ending among the published ones.
    fn range(&self, summary: &BTreeMap<String, Vec<Summary>>) -> PolarsResult<[f64; 2]> {
        let [asked_low, asked_high] = self.panel.range.map(|end| self.quantity.drawn_published(end));
        let (mut low, mut high) = (asked_low, asked_high);
        for line in &self.panel.lines {
            let other_budget = self.published(line).is_some_and(|curve| curve.incomparable.is_some());
            let entry = resolve(self.tables, self.task, &line.entry)?.filter(|_| other_budget);
            let points = entry.and_then(|e| summary.get(&e.key)).map_or(&[][..], Vec::as_slice);
            for point in &points[points.len() / 2..] {
                let value = self.quantity.drawn(point.mean);
                if value.is_finite() {
                    (low, high) = (low.min(value), high.max(value));
                }
            }
        }
        let pad = 0.04 * (high - low);
        let low = if low < asked_low { low - pad } else { low };
        let high = if high > asked_high { high + pad } else { high };
        Ok(match self.quantity {
            Quantity::Loss(_) => [low, high],
            Quantity::Accuracy(_) => [low.max(0.0), high.min(100.0)],
        })
    }

    fn published(&self, line: &PaperLine) -> Option<&PublishedCurve> {
        let (run, metric) = (line.run.as_ref()?, self.quantity.published()?);
        self.task
            .paper
            .iter()
            .find(|c| c.figure == self.panel.published && c.entry == *run && c.metric == metric)
    }
}

/// The name of a quantity that fits above a small panel.
fn short(quantity: Quantity) -> &'static str {
    match quantity.column() {
        curves::TRAIN_LOSS_RUNNING => "training loss",
        _ => quantity.name(),
    }
}

/// The stroke of a line: its entry's own, or the one that the figure asks for unless another entry is drawn so.
fn stroke(line: &PaperLine, entry: Option<&Entry>, task: &TaskCard) -> Stroke {
    let colour = line.colour.as_ref().or(entry.map(|e| &e.colour));
    let dash = line.dash.as_ref().or(entry.map(|e| &e.dash));
    let taken = entry.is_some_and(|own| {
        let same = |e: &&Entry| e.key != own.key && Some(&e.colour) == colour && Some(&e.dash) == dash;
        task.entries.iter().any(|e| same(&e))
    });
    if let Some(own) = entry.filter(|_| taken) {
        return Stroke::of(own);
    }
    Stroke {
        colour: checked_colour(colour.map_or("", String::as_str)),
        dash: dash.cloned().unwrap_or_else(|| "solid".into()),
        entry: entry.map(|e| e.key.clone()),
    }
}

fn title(line: &PaperLine, entry: Option<&Entry>) -> String {
    line.title.clone().or(entry.map(|e| e.title.clone())).unwrap_or_else(|| line.entry.clone())
}

/// The mean of our finished runs with the best and the worst; the mean is taken before the logarithm.
fn our_line(
    points: &[Summary],
    title: &str,
    stroke: &Stroke,
    quantity: Quantity,
    x: &Axis,
    y: &Axis,
) -> ChartLine {
    let mean: Vec<Point> = points.iter().map(|s| [s.x, quantity.drawn(s.mean)]).collect();
    let band: Vec<[f64; 3]> = points
        .iter()
        .filter(|s| s.n > 1)
        .map(|s| [s.x, quantity.drawn(s.low), quantity.drawn(s.high)])
        .collect();
    let every = band.len().div_ceil(POINTS).max(1);
    let band: Vec<[f64; 3]> = band.into_iter().step_by(every).collect();
    ChartLine::new(title, stroke.clone(), Look::Line, &thin_graph(&mean, POINTS), x, y).with_band(&band, x, y)
}

/// The published line as far as our budget goes.
fn published_line(
    curve: &PublishedCurve,
    title: &str,
    stroke: &Stroke,
    quantity: Quantity,
    x: &Axis,
    y: &Axis,
) -> ChartLine {
    let points = curve.x.iter().zip(&curve.y).map(|(x, v)| [*x, quantity.drawn_published(*v)]);
    let points: Vec<Point> = points.filter(|p| p[0] <= x.high).collect();
    let band = curve
        .x
        .iter()
        .zip(&curve.band)
        .map(|(x, b)| [*x, quantity.drawn_published(b[0]), quantity.drawn_published(b[1])]);
    let band: Vec<[f64; 3]> = band.filter(|b| b[0] <= x.high).collect();
    let every = band.len().div_ceil(POINTS / 2).max(1);
    let band: Vec<[f64; 3]> = band.into_iter().step_by(every).collect();
    ChartLine::new(title, stroke.clone(), Look::Published, &thin_graph(&points, POINTS / 2), x, y)
        .with_band(&band, x, y)
}
