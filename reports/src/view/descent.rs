//! Figures of a function task: trajectories on level sets, and the value against the steps.

use super::axis::Axis;
use super::levels::{Level, levels};
use super::plots::{CurvesPlot, Figure, FigureGroup, LevelsPlot, Plot, Series, Stroke};
use super::text::slug;
use super::thinning::{Point, rounded, simplify, thin_graph};
use super::training::range;
use crate::tables::{Line, Tables, schema::curves};
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
pub(super) fn figures(tables: &Tables, task: &TaskCard) -> PolarsResult<Vec<FigureGroup>> {
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
        groups.push(FigureGroup {
            heading: if set.is_empty() {
                "Trajectories, and how the value falls".into()
            } else {
                format!("The same with the {set} settings")
            },
            caption: format!(
                "Level sets of the function (darker: lower, levels equally far apart in the logarithm where it is \
                 positive) with the trajectory from the start (+) to the minimiser (×); then the value against \
                 the number of steps, logarithmic. Each line is one deterministic run, n = 1.{}{}{}",
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
        Figure {
            name: format!("{}-{}", slug(&self.task.name), slug(&entry.key)),
            title: if letter.is_empty() {
                entry.title.clone()
            } else {
                format!("({letter}) {}", entry.title)
            },
            description: format!("Trajectory of {} on the level sets of {}", entry.title, self.task.title),
            plot: Plot::Levels(LevelsPlot {
                x: axes.0,
                y: axes.1,
                levels: self.levels.clone(),
                stroke: Stroke { colour: entry.colour.clone(), dash: "solid".into() },
                path: rounded(&path, 4),
                start: self.start,
                minimiser: self.minimiser,
            }),
        }
    }

    fn values(
        &self,
        set: &str,
        entries: &[&Entry],
        lines: &BTreeMap<(String, u64), Line>,
        steps: u64,
    ) -> Figure {
        let log = |x: f64, y: f64| [x, y.log10()];
        let mut series: Vec<Series> = entries
            .iter()
            .filter_map(|entry| {
                let line = line(lines, entry)?;
                let points: Vec<Point> =
                    line.points.iter().map(|p| log(p.0, p.1)).filter(|p| p[1].is_finite()).collect();
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
                    stroke: Stroke { colour: entry.colour.clone(), dash: entry.dash.clone() },
                    mean: rounded(&thin_graph(&points, POINTS), 4),
                    band: Vec::new(),
                    runs: Vec::new(),
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
        Figure {
            name: format!(
                "{}-values{}{}",
                slug(&self.task.name),
                if set.is_empty() { "" } else { "-" },
                slug(set)
            ),
            title: if letters > 0 {
                format!("({letter}) Value against steps")
            } else {
                "Value against steps".into()
            },
            description: format!(
                "Logarithm of the value of {} against steps, {} entries",
                self.task.title,
                series.len()
            ),
            plot: Plot::Curves(CurvesPlot { x: Axis::linear("steps", 0.0, steps as f64, false), y, series }),
        }
    }
}
