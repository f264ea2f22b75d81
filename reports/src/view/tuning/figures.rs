//! Pictures of a search: the criterion by value, and by how many values are tried.

use super::criterion::Criterion;
use super::trials::{by_value, default_of, is_chosen, mean, means_with_failures};
use crate::drawing::axis::range;
use crate::drawing::{Axis, ChartLine, ChartPlot, Figure, Look, Plot, Point, Stroke};
use crate::view::results::measured::logarithm;
use crate::words::text::{checked_colour, slug};
use records::{OptimizerCard, Search, TaskCard, Tuning};
use stats::{Direction, expected_best_curve};
use std::collections::BTreeSet;

/// The searches of a task that are drawn together: all, or those of one optimizer.
pub(crate) struct Sought<'a> {
    pub(crate) task: &'a TaskCard,
    pub(crate) tuning: &'a Tuning,
    /// The optimizer, if it is one only.
    pub(crate) optimizer: Option<&'a str>,
    /// What is known of the optimizers.
    pub(crate) cards: &'a [OptimizerCard],
}

impl<'a> Sought<'a> {
    fn searches(&self) -> Vec<(&'a Search, &'a str, Stroke)> {
        let entry = |search: &Search| self.task.entries.iter().find(|entry| entry.key == search.entry);
        let is_drawn = |search: &&Search| {
            self.optimizer.is_none_or(|name| entry(search).is_some_and(|entry| entry.optimizer == name))
        };
        let drawn = self.tuning.searches.iter().filter(is_drawn);
        drawn
            .map(|search| {
                let entry = entry(search);
                let stroke = Stroke {
                    colour: checked_colour(entry.map_or("", |e| &e.colour)),
                    dash: entry.map_or_else(|| "solid".into(), |e| e.dash.clone()),
                    entry: Some(search.entry.clone()),
                };
                (search, entry.map_or(search.entry.as_str(), |e| e.title.as_str()), stroke)
            })
            .collect()
    }

    fn name(&self, what: &str) -> String {
        let optimizer = self.optimizer.map(|name| format!("-{}", slug(name))).unwrap_or_default();
        format!("{what}-{}{optimizer}", slug(&self.task.name))
    }

    /// Mean of the criterion against the value searched for; none without a finished trial.
    pub(crate) fn sensitivity(&self, criterion: &Criterion) -> Option<Figure> {
        let curves: Vec<(&Search, &str, Stroke, Vec<Point>)> = self
            .searches()
            .into_iter()
            .map(|(search, title, stroke)| {
                let points = by_value(search)
                    .into_iter()
                    .filter_map(|(value, trials)| Some([logarithm(value), criterion.scaled(mean(&trials)?)]));
                (search, title, stroke, points.collect())
            })
            .collect();
        let all = || curves.iter().flat_map(|c| c.3.iter().copied());
        let (left, right) = extent(all().map(|p| p[0]))?;
        let dx = 0.05 * (right - left).max(0.1);
        let hypers: BTreeSet<&str> = curves.iter().map(|(search, ..)| search.hyper.as_str()).collect();
        let hypers = hypers.into_iter().collect::<Vec<_>>().join(", ");
        let x = Axis::logarithmic(&format!("{hypers}, logarithmic"), left - dx, right + dx);
        let y = criterion.axis("mean", extent(all().map(|p| p[1]))?);
        let is_cut = all().flatten().any(|c| c == f64::NEG_INFINITY);
        let inside = |points: &[Point]| on_axes(points, &x, &y);
        let mut lines = Vec::new();
        let mut chosen = Vec::new();
        for (search, title, stroke, points) in &curves {
            let best =
                by_value(search).into_iter().filter(|(value, trials)| is_chosen(search, *value, trials));
            let best: Vec<Point> = best
                .filter_map(|(value, trials)| Some([logarithm(value), criterion.scaled(mean(&trials)?)]))
                .collect();
            // Points that are drawn differ in more than this.
            let look = if self.tuning.drawn == 0 { Look::MarkedLine } else { Look::Marks };
            lines.push(ChartLine::new(title, stroke.clone(), look, &inside(points), &x, &y));
            chosen.push(ChartLine::new("", stroke.clone(), Look::Discs, &inside(&best), &x, &y));
        }
        lines.append(&mut chosen);
        let name = &criterion.name;
        Some(Figure::new(
            self.name("tuning"),
            format!(
                "Which value gives the lowest mean {} on {}?{}",
                criterion.label,
                self.task.title,
                edge(is_cut)
            ),
            format!("Mean {name} of the trials on {} against the value", self.task.title),
            Plot::Chart(ChartPlot { x, y, narrow: false, ground: None, lines, legend: true }),
        ))
    }

    /// What the best of k values drawn from the grid is expected to reach (Tang et al. 2020); none without a grid of
    /// two values.
    pub(crate) fn budget(&self, criterion: &Criterion) -> Option<Figure> {
        let curves: Vec<(&str, Stroke, Vec<Point>)> = self
            .searches()
            .into_iter()
            .filter_map(|(search, title, stroke)| {
                let means = means_with_failures(search, criterion);
                let curve = expected_best_curve(&means, Direction::Smaller)?;
                let points = curve.iter().enumerate();
                let points = points.map(|(k, best)| [(k + 1) as f64, criterion.scaled(*best)]);
                Some((title, stroke, points.collect()))
            })
            .collect();
        let most = curves.iter().map(|c| c.2.len()).max().filter(|most| *most > 1)?;
        let defaults = self.searches().into_iter().filter_map(|(search, _, stroke)| {
            let (_, score) = default_of(search, self.task, self.cards)?;
            Some((stroke, [[0.0, criterion.scaled(score?)]]))
        });
        let defaults: Vec<(Stroke, [Point; 1])> = defaults.collect();
        let heights = curves.iter().flat_map(|c| c.2.iter()).chain(defaults.iter().flat_map(|d| &d.1));
        let heights: Vec<f64> = heights.map(|p| p[1]).collect();
        let y = criterion.axis("expected best", extent(heights.iter().copied())?);
        let x = Axis::linear("values tried, k (0: the default alone)", 0.0, most as f64, false);
        let line = |(title, stroke, points): &(&str, Stroke, Vec<Point>)| {
            ChartLine::new(title, stroke.clone(), Look::MarkedLine, &on_axes(points, &x, &y), &x, &y)
        };
        let disc = |(stroke, point): &(Stroke, [Point; 1])| {
            ChartLine::new("", stroke.clone(), Look::Discs, &on_axes(point, &x, &y), &x, &y)
        };
        let lines = curves.iter().map(line).chain(defaults.iter().map(disc)).collect();
        Some(Figure::new(
            self.name("budget"),
            format!(
                "What does a larger search budget buy on {}?{}",
                self.task.title,
                edge(heights.contains(&f64::NEG_INFINITY))
            ),
            format!("Expected lowest mean {} of k values on {}, by k", criterion.name, self.task.title),
            Plot::Chart(ChartPlot { x, y, narrow: false, ground: None, lines, legend: true }),
        ))
    }
}

/// What an axis has to hold; a unit of it where there is nothing but what has no logarithm.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let values: Vec<f64> = values.collect();
    range(values.iter().copied()).or((!values.is_empty()).then_some((-1.0, 1.0)))
}

/// The points with what has no logarithm on the edge.
fn on_axes(points: &[Point], x: &Axis, y: &Axis) -> Vec<Point> {
    points.iter().map(|p| [p[0].max(x.low), p[1].max(y.low)]).collect()
}

/// What is said of such points.
fn edge(is_cut: bool) -> &'static str {
    if is_cut { " What is not above 0 has no logarithm and lies on the edge." } else { "" }
}
