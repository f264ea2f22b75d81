//! Figures of a function task: trajectories on level sets, and the value against the steps.

use crate::drawing::axis::range;
use crate::drawing::levels::levels;
use crate::drawing::thinning::{rounded, simplify, thin_graph};
use crate::drawing::{
    Along, Axis, CurveLine, CurveRow, CurvesPlot, Figure, FigureGroup, Level, LevelsPlot, Moment, Plot,
    Point, Readout, ReadoutAxes, ReadoutSeries, Series, Spacing, Stroke,
};
use crate::tables::{Line, Tables, schema::curves};
use crate::view::results::measured::logarithm;
use crate::words::text::slug;
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard, TaskKind};
use std::collections::BTreeMap;

/// Points kept per line.
const POINTS: usize = 400;
/// Level sets drawn.
const LEVELS: usize = 12;
/// The window of the level sets where the task brings no grid.
const WINDOW: [[f64; 2]; 2] = [[-2.2, 2.2], [-0.2, 2.2]];

/// One group per set of panels: entries of panel `a`, `b`, … make the first, those of panel `a-printed`, … the
/// set named after the dash. Entries without a panel are a set of their own.
pub(crate) fn figures(tables: &Tables, task: &TaskCard) -> PolarsResult<Vec<FigureGroup>> {
    let TaskKind::Function { start, minimiser, steps, grid, .. } = &task.kind else { return Ok(Vec::new()) };
    let first = tables.lines(&task.name, curves::THETA1, curves::THETA2)?;
    let value = tables.lines(&task.name, curves::STEP, curves::VALUE)?;
    let levels = grid.as_ref().map(|g| levels(g, LEVELS)).unwrap_or_default();
    let window = grid.as_ref().map_or(WINDOW, |g| [g.x, g.y]);
    let scene = Scene { task, window, levels, start: *start, minimiser: *minimiser };
    let mut sets: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in &task.entries {
        sets.entry(set_of(entry)).or_default().push(entry);
    }
    let mut groups = Vec::new();
    for (set, mut entries) in sets {
        entries.sort_by_key(|e| e.panel.clone());
        let mut figures: Vec<Figure> =
            entries.iter().filter_map(|e| Some(scene.trajectory(e, line(&first, e)?))).collect();
        if figures.is_empty() {
            continue;
        }
        figures.push(scene.values(&set, &entries, &value, *steps));
        let remarks: Vec<String> = entries
            .iter()
            .filter_map(|e| Some(format!("{}: {}.", e.title, e.remark.as_ref()?.trim_end_matches('.'))))
            .collect();
        let is_cut =
            |entry: &&Entry| line(&value, entry).is_some_and(|l| l.points.iter().any(|p| p.1 <= 0.0));
        groups.push(FigureGroup {
            heading: if set.is_empty() {
                "Trajectories, and how the value falls".into()
            } else {
                format!("The same with the {set} settings")
            },
            caption: format!(
                "Level sets of the function (darker: lower, levels equally far apart in the logarithm where it is \
                 positive) with the trajectory from the start (+) to the minimiser (×); then the value against \
                 the number of steps, logarithmic. Each line is one deterministic run, n = 1.{}{}{}{}",
                if entries.iter().any(is_cut) {
                    " What is not above 0 has no logarithm and is drawn along the lower edge."
                } else {
                    ""
                },
                if task.published.iter().any(|p| entries.iter().any(|e| e.key == p.entry)) {
                    " Rings: published values."
                } else {
                    ""
                },
                if remarks.is_empty() { "" } else { " " },
                remarks.join(" ")
            ),
            figures,
        });
    }
    Ok(groups)
}

fn set_of(entry: &Entry) -> String {
    let panel = entry.panel.as_deref().unwrap_or_default();
    panel.split_once('-').map(|(_, set)| set.to_string()).unwrap_or_default()
}

/// The entry's run of lowest repetition: all are the same without randomness.
fn line<'a>(lines: &'a BTreeMap<(String, u64), Line>, entry: &Entry) -> Option<&'a Line> {
    lines.iter().find(|((key, _), line)| *key == entry.key && !line.points.is_empty()).map(|(_, line)| line)
}

struct Scene<'a> {
    task: &'a TaskCard,
    window: [[f64; 2]; 2],
    levels: Vec<Level>,
    start: Point,
    minimiser: Point,
}

impl Scene<'_> {
    fn trajectory(&self, entry: &Entry, line: &Line) -> Figure {
        let [x, y] = self.window;
        let axes = (Axis::linear("θ₁", x[0], x[1], false), Axis::linear("θ₂", y[0], y[1], false));
        let points: Vec<Point> = line.points.iter().map(|p| [p.0, p.1]).collect();
        let mut tolerance = 1e-3;
        let mut path = simplify(&points, tolerance);
        while path.len() > POINTS && tolerance < 1.0 {
            tolerance *= 2.0;
            path = simplify(&points, tolerance);
        }
        // A diverging trajectory is followed to where it leaves the window.
        let inside = path.iter().take_while(|p| axes.0.holds(p[0]) && axes.1.holds(p[1])).count();
        path.truncate(inside);
        let panel = entry.panel.as_deref().unwrap_or_default();
        let letter = panel.split('-').next().unwrap_or_default();
        Figure::new(
            format!("{}-{}", slug(&self.task.name), slug(&entry.key)),
            if letter.is_empty() { entry.title.clone() } else { format!("({letter}) {}", entry.title) },
            format!("Trajectory of {} on the level sets of {}", entry.title, self.task.title),
            Plot::Levels(LevelsPlot {
                x: axes.0,
                y: axes.1,
                levels: self.levels.clone(),
                label: entry.title.clone(),
                stroke: Stroke { dash: "solid".into(), ..Stroke::of(entry) },
                path: rounded(&path, 4),
                start: self.start,
                minimiser: self.minimiser,
            }),
        )
    }

    fn values(
        &self,
        set: &str,
        entries: &[&Entry],
        lines: &BTreeMap<(String, u64), Line>,
        steps: u64,
    ) -> Figure {
        let mut series: Vec<Series> = entries
            .iter()
            .filter_map(|entry| {
                let line = line(lines, entry)?;
                let points: Vec<Point> = line.points.iter().map(|p| [p.0, p.1]).collect();
                let points = thin_graph(&points, POINTS);
                let published = self
                    .task
                    .published
                    .iter()
                    .filter(|c| c.entry == entry.key && c.metric == "log10_value")
                    .flat_map(|c| c.x.iter().zip(&c.y).map(|(x, y)| [*x, *y]))
                    .collect::<Vec<Point>>();
                // Every third published point: rings that touch hide the line they are compared with.
                let rings: Vec<Point> =
                    published.iter().step_by(published.len().div_ceil(30).max(1)).copied().collect();
                Some(Series {
                    label: entry.title.clone(),
                    remark: None,
                    stroke: Stroke::of(entry),
                    mean: rounded(&logs(&points), 4),
                    band: Vec::new(),
                    runs: Vec::new(),
                    data: rows(&points, &rings),
                    published: rounded(&rings, 4),
                })
            })
            .collect();
        let (low, high) =
            range(series.iter().flat_map(|s| s.mean.iter().map(|p| p[1]))).unwrap_or((-8.0, 2.0));
        // Ten decades for all such figures, so that they compare at a glance; more only if the data needs it.
        let y = Axis::logarithmic(
            "J(θ), logarithmic",
            low.floor().clamp(-16.0, -8.0),
            high.ceil().clamp(2.0, 8.0),
        );
        for s in &mut series {
            s.mean.iter_mut().for_each(|p| p[1] = p[1].clamp(y.low, y.high));
            s.published.retain(|p| y.holds(p[1]));
        }
        // Panels are lettered as in the paper; a second set of them has no place for this one there.
        let letters = if set.is_empty() { entries.iter().filter(|e| e.panel.is_some()).count() } else { 0 };
        let letter = char::from(b'a' + letters.min(25) as u8);
        let axes = [Along::Step];
        let readout = Readout {
            x: ReadoutAxes::new(&axes),
            y: "J(θ)".into(),
            series: series
                .iter()
                .filter_map(|s| ReadoutSeries::new(s.stroke.entry.as_ref()?, &s.label, &s.data, &axes))
                .collect(),
        };
        let question = "How fast does the value fall?";
        Figure {
            x: Some(Along::Step),
            y: Some(Spacing::Log),
            readout: Some(readout).filter(|r| !r.series.is_empty()),
            ..Figure::new(
                format!(
                    "{}-values{}{}",
                    slug(&self.task.name),
                    if set.is_empty() { "" } else { "-" },
                    slug(set)
                ),
                if letters > 0 { format!("({letter}) {question}") } else { question.into() },
                format!(
                    "Logarithm of the value of {} against steps, {} entries",
                    self.task.title,
                    series.len()
                ),
                Plot::Curves(CurvesPlot { x: Axis::linear("steps", 0.0, steps as f64, false), y, series }),
            )
        }
    }
}

/// The points of a line on a logarithmic axis; what is not above 0 lies below every such axis.
fn logs(points: &[Point]) -> Vec<Point> {
    points.iter().map(|p| [p[0], logarithm(p[1])]).filter(|p| p[1] < f64::INFINITY).collect()
}

/// The rows of a deterministic run and of the published values (logarithms) beside it.
fn rows(points: &[Point], published: &[Point]) -> Vec<CurveRow> {
    let row = |line, x, value| CurveRow { line, at: Moment::step(x), value, runs: None };
    let ours = points.iter().map(|p| row(CurveLine::Mean, p[0], p[1]));
    ours.chain(published.iter().map(|p| row(CurveLine::Published, p[0], 10_f64.powf(p[1])))).collect()
}
