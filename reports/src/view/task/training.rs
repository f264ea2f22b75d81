//! Figures of a classification task.

use super::Estimate;
use super::learning_curves;
use crate::drawing::axis::{range, round_to};
use crate::drawing::bands;
use crate::drawing::{Along, Axis, Dot, Figure, FigureGroup, Plot, Spacing, StripPlot, StripRow, Stroke};
use crate::tables::{Score, Tables, schema::curves};
use crate::view::results::clock::Clock;
use crate::view::results::marks::Marks;
use crate::view::results::measured::{Metric, RUNS_DRAWN};
use crate::view::results::step_times::StepTimes;
use crate::words::text::slug;
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};
use std::collections::BTreeMap;

/// More entries than this crowd the curves; the best of them are drawn then.
const CROWD: usize = 12;
/// How many are drawn then.
const BEST: usize = 6;

/// What is drawn along the budget.
const METRICS: [Metric; 2] = [
    Metric {
        column: curves::TRAIN_LOSS,
        name: "training loss",
        question: "How fast does the training loss fall?",
        unit: "nats",
        factor: 1.0,
        published: &["train_loss", "log10_train_loss"],
        spacings: &[Spacing::Log, Spacing::Linear],
    },
    Metric {
        column: curves::TEST_ACCURACY,
        name: "test accuracy",
        question: "How fast does the test accuracy rise?",
        unit: "%",
        factor: 100.0,
        published: &["test_accuracy"],
        spacings: &[Spacing::Linear],
    },
];

pub(crate) fn figures(
    tables: &Tables,
    task: &TaskCard,
    epochs: u32,
    estimates: &BTreeMap<String, Estimate>,
    (scores, marks, times): (&BTreeMap<String, Vec<Score>>, &Marks, &StepTimes),
) -> PolarsResult<Vec<FigureGroup>> {
    let entries = drawn_entries(task, estimates);
    let clock = Clock::new(tables, task, &entries, times)?;
    let (mut curves, mut remarks) = (Vec::new(), Vec::new());
    for metric in &METRICS {
        if let Some((figure, cuts)) =
            learning_curves::figure(tables, task, &entries, epochs, (&clock, marks), metric)?
        {
            curves.push(figure);
            remarks.extend(cuts);
        }
    }
    if let Some(how) = times.how(&task.name).filter(|_| clock.axes.contains(&Along::Second)) {
        remarks.push(format!("Seconds of training are steps times the time of one, {how}."));
    }
    if entries.len() < task.entries.len() {
        remarks.push(format!(
            "Only the {BEST} entries of highest final test accuracy are drawn, of {}; the tables have all.",
            task.entries.len()
        ));
    }
    remarks.extend(bands::remark(curves.iter()).map(String::from));
    let n = estimates.values().map(|e| e.n).max().unwrap_or(0);
    let mut groups = Vec::new();
    if !curves.is_empty() {
        groups.push(FigureGroup {
            heading: "How fast, and how far".into(),
            caption: format!(
                "Thick lines: mean over all runs of an entry (n = {n}, or what stands below its name), as far as each of \
                 them has a value; bands: smallest to largest; \
                 thin lines: single runs, of entries with up to {RUNS_DRAWN} or with diverged ones, which are drawn as far as they went, to a dot. \
                 All entries see the same initial weights and the same batches in a repetition. The training loss is \
                 re-evaluated without dropout; its mean is taken before the logarithm.{}{}",
                if remarks.is_empty() { "" } else { " " },
                remarks.join(" ")
            ),
            figures: curves,
        });
    }
    groups.extend(strip(task, estimates, scores, marks));
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

fn strip(
    task: &TaskCard,
    estimates: &BTreeMap<String, Estimate>,
    scores: &BTreeMap<String, Vec<Score>>,
    marks: &Marks,
) -> Option<FigureGroup> {
    let rows: Vec<StripRow> = task
        .entries
        .iter()
        .filter_map(|entry| {
            let estimate = estimates.get(&entry.key).filter(|e| e.n > 0)?;
            let percent = |x: f64| round_to(100.0 * x, 4);
            let dot = |score: &Score| Dot {
                value: percent(score.value),
                mark: marks.of(&task.name, &entry.key, score.repetition),
            };
            Some(StripRow {
                label: entry.title.clone(),
                stroke: Stroke::of(entry),
                dots: scores.get(&entry.key).into_iter().flatten().map(dot).collect(),
                mean: estimate.mean.map(percent),
                interval: estimate.low.zip(estimate.high).map(|(low, high)| [percent(low), percent(high)]),
                region: None,
            })
        })
        .collect();
    let (low, high) = range(
        rows.iter().flat_map(|r| r.dots.iter().map(|dot| dot.value).chain(r.interval.into_iter().flatten())),
    )?;
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
             0. All entries see the same initial weights and batches in a repetition."
        ),
        figures: vec![Figure::new(
            format!("{}-final", slug(&task.name)),
            "How accurate is every run at the end?".into(),
            format!("Final test accuracy of every run on {}, by entry", task.title),
            Plot::Strip(StripPlot {
                x: Axis::linear("final test accuracy, %", low, high.max(low + 0.1), true),
                rows,
            }),
        )],
    })
}
