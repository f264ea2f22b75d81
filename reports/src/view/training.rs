//! Figures of a classification task.

use super::axis::{Axis, round_to};
use super::plots::{CurvesPlot, Figure, FigureGroup, Plot, Series, StripPlot, StripRow, Stroke};
use super::task::Estimate;
use super::text::slug;
use super::thinning::{Point, rounded, thin_graph};
use crate::tables::{Tables, schema::curves};
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};
use std::collections::BTreeMap;

/// Points kept per line.
const POINTS: usize = 200;
/// More entries than this crowd the curves; the best of them are drawn then.
const CROWD: usize = 12;
/// How many are drawn then.
const BEST: usize = 6;
/// Entries with more runs than this are drawn without a line per run.
const RUNS_DRAWN: usize = 10;

pub(super) fn figures(
    tables: &Tables,
    task: &TaskCard,
    epochs: u32,
    estimates: &BTreeMap<String, Estimate>,
) -> PolarsResult<Vec<FigureGroup>> {
    let loss = Metric {
        column: curves::TRAIN_LOSS,
        label: "training loss, nats (logarithmic)",
        title: "Training loss",
        published: &["train_loss", "log10_train_loss"],
        forth: f64::log10,
    };
    let accuracy = Metric {
        column: curves::TEST_ACCURACY,
        label: "test accuracy, %",
        title: "Test accuracy",
        published: &["test_accuracy"],
        forth: |x| 100.0 * x,
    };
    let entries = drawn_entries(task, estimates);
    let mut curves = Vec::new();
    for metric in [&loss, &accuracy] {
        curves.extend(curves_figure(tables, task, &entries, epochs, metric)?);
    }
    let n = estimates.values().map(|e| e.n).max().unwrap_or(0);
    let mut groups = Vec::new();
    if !curves.is_empty() {
        groups.push(FigureGroup {
            heading: "How fast, and how far".into(),
            caption: format!(
                "Thick lines: mean over the finished runs (n = {n} where all are there); bands: smallest to largest; \
                 thin lines: single runs, up to {RUNS_DRAWN} per entry, diverged ones as far as they went. All \
                 entries see the same initial weights and the same batches in a repetition. The training loss is \
                 re-evaluated without dropout; its mean is taken before the logarithm.{}",
                if entries.len() < task.entries.len() {
                    format!(
                        " Only the {BEST} entries of highest final test accuracy are drawn, of {}; the tables have all.",
                        task.entries.len()
                    )
                } else {
                    String::new()
                }
            ),
            figures: curves,
        });
    }
    groups.extend(strip(task, estimates));
    Ok(groups)
}

/// The entries whose curves are drawn: all, or the best where there are too many to tell apart.
fn drawn_entries<'a>(task: &'a TaskCard, estimates: &BTreeMap<String, Estimate>) -> Vec<&'a Entry> {
    let mut entries: Vec<&Entry> = task.entries.iter().collect();
    if entries.len() > CROWD {
        let mean =
            |e: &Entry| estimates.get(&e.key).and_then(|estimate| estimate.mean).unwrap_or(f64::NEG_INFINITY);
        // A stable sort: of equals the first in the study's order stays.
        entries.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        entries.truncate(BEST);
    }
    entries
}

struct Metric {
    column: &'static str,
    label: &'static str,
    title: &'static str,
    published: &'static [&'static str],
    forth: fn(f64) -> f64,
}

fn curves_figure(
    tables: &Tables,
    task: &TaskCard,
    entries: &[&Entry],
    epochs: u32,
    metric: &Metric,
) -> PolarsResult<Option<Figure>> {
    let summary = tables.summary(&task.name, curves::EPOCH, metric.column)?;
    let lines = tables.lines(&task.name, curves::EPOCH, metric.column)?;
    let drawn = |points: Vec<Point>| {
        let finite: Vec<Point> =
            points.into_iter().map(|p| [p[0], (metric.forth)(p[1])]).filter(|p| p[1].is_finite()).collect();
        rounded(&thin_graph(&finite, POINTS), 4)
    };
    let mut series = Vec::new();
    for entry in entries {
        let summary = summary.get(&entry.key).map_or(&[][..], Vec::as_slice);
        let runs: Vec<Vec<Point>> = lines
            .iter()
            .filter(|((key, _), _)| *key == entry.key)
            .map(|(_, line)| drawn(line.points.iter().map(|p| [p.0, p.1]).collect()))
            .filter(|points| !points.is_empty())
            .collect();
        if runs.is_empty() {
            continue;
        }
        let published = task
            .published
            .iter()
            .filter(|c| c.entry == entry.key && metric.published.contains(&c.metric.as_str()))
            .flat_map(|c| {
                let is_log = c.metric.starts_with("log10_");
                let y = move |y: f64| if is_log { y } else { (metric.forth)(y) };
                c.x.iter().zip(&c.y).map(move |(x, v)| [*x, y(*v)])
            })
            .filter(|p| p[1].is_finite())
            .collect::<Vec<_>>();
        let several = runs.len() > 1;
        series.push(Series {
            label: entry.title.clone(),
            stroke: Stroke { colour: entry.colour.clone(), dash: entry.dash.clone() },
            mean: drawn(summary.iter().map(|s| [s.x, s.mean]).collect()),
            band: summary
                .iter()
                .map(|s| [s.x, round_to((metric.forth)(s.low), 4), round_to((metric.forth)(s.high), 4)])
                .filter(|b| several && b[1].is_finite() && b[2].is_finite())
                .collect(),
            runs: if several && runs.len() <= RUNS_DRAWN || summary.is_empty() { runs } else { Vec::new() },
            published: rounded(&thin_graph(&published, 40), 4),
        });
    }
    let ys = series.iter().flat_map(|s| {
        let lines = s.runs.iter().flatten().chain(&s.mean).chain(&s.published).map(|p| p[1]);
        lines.chain(s.band.iter().flat_map(|b| [b[1], b[2]]))
    });
    let Some((low, high)) = range(ys) else { return Ok(None) };
    let pad = 0.04 * (high - low).max(0.01);
    let y = if metric.column == curves::TRAIN_LOSS {
        // A single exploding run must not flatten the others: eight decades above the lowest are enough.
        Axis::logarithmic(metric.label, low - pad, (high + pad).min(low + 8.0))
    } else {
        Axis::linear(metric.label, (low - pad).max(0.0), (high + pad).min(100.0), false)
    };
    for s in &mut series {
        clip(s, &y);
    }
    Ok(Some(Figure {
        name: format!("{}-{}", slug(&task.name), slug(metric.column)),
        title: format!("{} against epochs", metric.title),
        description: format!("{} of {} against epochs, {} entries", metric.title, task.title, series.len()),
        plot: Plot::Curves(CurvesPlot {
            x: Axis::linear("epochs", 0.0, f64::from(epochs), false),
            y,
            series,
        }),
    }))
}

fn clip(series: &mut Series, y: &Axis) {
    let clamp = |p: &mut f64| *p = p.clamp(y.low, y.high);
    series.mean.iter_mut().for_each(|p| clamp(&mut p[1]));
    series.runs.iter_mut().flatten().for_each(|p| clamp(&mut p[1]));
    series.band.iter_mut().for_each(|b| {
        clamp(&mut b[1]);
        clamp(&mut b[2]);
    });
    series.published.retain(|p| y.holds(p[1]));
}

fn strip(task: &TaskCard, estimates: &BTreeMap<String, Estimate>) -> Option<FigureGroup> {
    let rows: Vec<StripRow> = task
        .entries
        .iter()
        .filter_map(|entry| {
            let estimate = estimates.get(&entry.key).filter(|e| e.n > 0)?;
            let percent = |x: f64| round_to(100.0 * x, 4);
            Some(StripRow {
                label: entry.title.clone(),
                stroke: Stroke { colour: entry.colour.clone(), dash: entry.dash.clone() },
                values: estimate.values.iter().map(|x| percent(*x)).collect(),
                mean: estimate.mean.map(percent),
                interval: estimate.low.zip(estimate.high).map(|(low, high)| [percent(low), percent(high)]),
            })
        })
        .collect();
    let (low, high) =
        range(rows.iter().flat_map(|r| r.values.iter().copied().chain(r.interval.into_iter().flatten())))?;
    let with_interval = rows.iter().any(|r| r.interval.is_some());
    let intervals = if with_interval {
        "bar: mean with its 95 % interval (Student's t, over seeds)"
    } else {
        "no interval: fewer than five runs per entry"
    };
    Some(FigureGroup {
        heading: "Where every run ended".into(),
        caption: format!(
            "Dots: test accuracy at the end of the budget, one per run; {intervals}. A diverged run counts as \
             guessing."
        ),
        figures: vec![Figure {
            name: format!("{}-final", slug(&task.name)),
            title: "Final test accuracy".into(),
            description: format!("Final test accuracy of every run on {}, by entry", task.title),
            plot: Plot::Strip(StripPlot {
                x: Axis::linear("final test accuracy, %", low, high.max(low + 0.1), true),
                rows,
            }),
        }],
    })
}

/// Smallest and largest finite value.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |range, v| {
        let (low, high) = range.unwrap_or((v, v));
        Some((f64::min(low, v), f64::max(high, v)))
    })
}
