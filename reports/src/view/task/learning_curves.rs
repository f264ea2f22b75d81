//! A metric against epochs, steps and seconds: one figure with several views.

use crate::drawing::axis::range;
use crate::drawing::{
    Along, Axis, CurveLine, CurveRow, CurvesPlot, Figure, FigureView, Moment, Plot, Readout, ReadoutAxes,
    ReadoutSeries, Series, Spacing, Stroke,
};
use crate::tables::{Tables, schema::curves};
use crate::view::results::clock::Clock;
use crate::view::results::marks::Marks;
use crate::view::results::measured::{Measured, Metric, Reach, drawn, measured};
use crate::words::text::{capital, checked_colour, significant, slug};
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};

/// Decades shown above the lowest value: a single exploding run must not flatten the others.
const DECADES: f64 = 8.0;
/// Part of the start value that a linear axis reaches to, where anything is larger.
const ABOVE_START: f64 = 1.1;
/// The same of a logarithm.
const DECADE_ABOVE: f64 = 1.0;
/// What the line of the best there can be is called.
const LIMIT: &str = "limit";

/// The figure of a metric and what its axes cut off, in sentences; none without a value.
pub(crate) fn figure(
    tables: &Tables,
    task: &TaskCard,
    entries: &[&Entry],
    epochs: u32,
    (clock, marks): (&Clock, &Marks),
    metric: &Metric,
) -> PolarsResult<Option<(Figure, Vec<String>)>> {
    let summary = tables.joint_summary(&task.name, curves::EPOCH, metric.column)?;
    let lines = tables.lines(&task.name, curves::EPOCH, metric.column)?;
    let counts = tables.counts(&task.name)?;
    let measured = measured(task, entries, metric, (clock, marks), &summary, &lines, &counts);
    let scene = Scene { task, epochs, metric, measured };
    let mut views = Vec::new();
    let mut cuts = Vec::new();
    for spacing in metric.spacings {
        let Some((y, cut)) = scene.height(*spacing) else { continue };
        for along in &clock.axes {
            views.extend(scene.view(*along, *spacing, &y, cut.as_deref()));
        }
        let several = metric.spacings.len() > 1;
        let axis = if several { format!("On the {} axis of the", word(*spacing)) } else { "In the".into() };
        cuts.extend(cut.map(|cut| format!("{axis} {}, {cut}.", metric.name)));
    }
    if views.is_empty() {
        return Ok(None);
    }
    let main = views.remove(0);
    let axes: Vec<Along> = [main.x].into_iter().chain(views.iter().map(|v| v.x)).collect();
    let series = scene.measured.iter();
    let readout = Readout {
        x: ReadoutAxes::new(&axes),
        y: metric.label(),
        series: series
            .filter_map(|m| ReadoutSeries::new(&m.entry.key, &m.entry.title, &m.rows, &axes))
            .collect(),
    };
    let figure = Figure {
        name: scene.name(),
        others: others(main.y, &views),
        other_views: views,
        readout: Some(readout).filter(|r| !r.series.is_empty()),
        ..main.figure
    };
    Ok(Some((figure, cuts)))
}

struct Scene<'a> {
    task: &'a TaskCard,
    epochs: u32,
    metric: &'a Metric,
    measured: Vec<Measured<'a>>,
}

impl Scene<'_> {
    fn name(&self) -> String {
        format!("{}-{}", slug(&self.task.name), slug(self.metric.column))
    }

    /// The vertical axis, and what lies beyond it in words.
    fn height(&self, spacing: Spacing) -> Option<(Axis, Option<String>)> {
        let rows = || self.measured.iter().flat_map(|m| &m.rows);
        let values = rows().flat_map(|r| {
            let [low, high] = r.runs.map_or([r.value; 2], |(ends, _)| ends);
            [r.value, low, high].map(|v| drawn(v, spacing))
        });
        let values = values.chain(self.metric.limit.map(|limit| drawn(limit, spacing)));
        let mut lowest = f64::INFINITY;
        let values = values.inspect(|value| lowest = lowest.min(*value));
        let found = range(values);
        let is_cut_below = lowest == f64::NEG_INFINITY;
        // Nothing but zeros: an axis all the same, so that they are seen.
        let (low, high) = found.or(is_cut_below.then_some((-1.0, 1.0)))?;
        let pad = 0.04 * (high - low).max(0.01);
        let label = self.metric.label();
        let start = || {
            let first = rows().filter(|r| r.at.epoch == Some(0.0) && r.line != CurveLine::Published);
            range(first.map(|r| r.value)).map_or(f64::INFINITY, |(_, start)| start)
        };
        let axis = match (spacing, self.metric.reach) {
            (Spacing::Log, _) => {
                let top = (high + pad).min(low + DECADES);
                Axis::logarithmic(&format!("{label} (logarithmic)"), low - pad, top)
            }
            (Spacing::Linear, Reach::Percent) => {
                Axis::linear(&label, (low - pad).max(0.0), (high + pad).min(100.0), false)
            }
            (Spacing::Linear, Reach::Positive) => {
                Axis::linear(&label, 0.0, (high + pad).min(ABOVE_START * start()), false)
            }
            (Spacing::Linear, Reach::Any) => {
                Axis::linear(&label, low - pad, (high + pad).min(DECADE_ABOVE + start()), false)
            }
        };
        let top = if spacing == Spacing::Log { 10_f64.powf(axis.high) } else { axis.high };
        let above = (high > axis.high)
            .then(|| format!("what lies above {} runs along the upper edge", significant(top, 3)));
        let below =
            is_cut_below.then(|| "what is not above 0 has no logarithm and runs along the lower edge".into());
        let cuts: Vec<String> = above.into_iter().chain(below).collect();
        Some((axis, Some(cuts.join(", and ")).filter(|cut| !cut.is_empty())))
    }

    /// The horizontal axis; none if nothing lies along it.
    fn width(&self, along: Along) -> Option<Axis> {
        let rows = || self.measured.iter().flat_map(|m| &m.rows);
        let longest = || range(rows().map(|r| r.at.along(along))).map(|(_, end)| end);
        let (label, end) = match along {
            Along::Epoch => ("epochs", f64::from(self.epochs)),
            Along::Step => ("steps", longest()?),
            Along::Second => ("seconds of training", longest()?),
        };
        (end > 0.0 || along == Along::Epoch).then(|| Axis::linear(label, 0.0, end, false))
    }

    /// The best there can be, as a line of its own.
    fn limit(&self, x: &Axis, spacing: Spacing, y: &Axis) -> Option<Series> {
        let limit = self.metric.limit?;
        let at = drawn(limit, spacing);
        let row = CurveRow { line: CurveLine::Limit, at: Moment::default(), value: limit, runs: None };
        y.holds(at).then(|| Series {
            label: LIMIT.into(),
            remark: None,
            stroke: Stroke { colour: checked_colour(""), dash: "dotted".into(), entry: None },
            mean: vec![[x.low, at], [x.high, at]],
            band: Vec::new(),
            runs: Vec::new(),
            published: Vec::new(),
            data: vec![row],
        })
    }

    fn view(&self, along: Along, spacing: Spacing, y: &Axis, cut: Option<&str>) -> Option<FigureView> {
        let x = self.width(along)?;
        let cut = cut.map(|cut| format!("; {cut}")).unwrap_or_default();
        let (metric, several) = (self.metric, self.metric.spacings.len() > 1);
        let spaced = if several { format!(", {}", word(spacing)) } else { String::new() };
        let label = format!("against {}{spaced}", name(along));
        let series: Vec<_> =
            self.measured.iter().map(|m| m.series(along, &x, spacing, y)).filter(|s| !s.is_empty()).collect();
        let (drawn, mut series) = (series.len(), series);
        series.extend(self.limit(&x, spacing, y));
        let description = format!(
            "{} of {} {label}, {drawn} entr{}",
            capital(&metric.name),
            self.task.title,
            if drawn == 1 { "y" } else { "ies" }
        );
        let view = FigureView {
            x: along,
            y: spacing,
            note: format!("{}{cut}", capital(&label)),
            label,
            figure: Figure {
                x: Some(along),
                y: Some(spacing),
                ..Figure::new(
                    format!(
                        "{}-{}-{}",
                        self.name(),
                        key(along),
                        if spacing == Spacing::Log { "log" } else { "linear" }
                    ),
                    metric.question.clone(),
                    description,
                    Plot::Curves(CurvesPlot { x, y: y.clone(), series }),
                )
            },
        };
        (drawn > 0).then_some(view)
    }
}

/// What the other views are, as a sentence.
fn others(main: Spacing, views: &[FigureView]) -> String {
    let has = |along: Along| views.iter().any(|v| v.x == along);
    let mut words = Vec::new();
    match (has(Along::Step), has(Along::Second)) {
        (true, true) => words.push("against steps and seconds"),
        (true, false) => words.push("against steps"),
        (false, true) => words.push("against seconds"),
        (false, false) => {}
    }
    if views.iter().any(|v| v.y != main) {
        words.push(if main == Spacing::Log { "on a linear axis" } else { "on a logarithmic axis" });
    }
    if words.is_empty() { String::new() } else { format!("The same {}", words.join(", and ")) }
}

fn word(spacing: Spacing) -> &'static str {
    match spacing {
        Spacing::Log => "logarithmic",
        Spacing::Linear => "linear",
    }
}

fn name(along: Along) -> &'static str {
    match along {
        Along::Epoch => "epochs",
        Along::Step => "steps",
        Along::Second => "seconds",
    }
}

fn key(along: Along) -> &'static str {
    match along {
        Along::Epoch => "epoch",
        Along::Step => "step",
        Along::Second => "second",
    }
}
