//! Figures of a task that trains.

use super::Estimate;
use super::learning_curves;
use crate::drawing::axis::range;
use crate::drawing::bands;
use crate::drawing::{Along, Axis, Dot, Figure, FigureGroup, Plot, Spacing, StripPlot, StripRow, Stroke};
use crate::tables::{Score, Tables, schema::curves};
use crate::view::results::clock::Clock;
use crate::view::results::marks::Marks;
use crate::view::results::measured::{Metric, RUNS_DRAWN, Reach};
use crate::view::results::step_times::StepTimes;
use crate::view::results::yardstick::{Yardstick, loss_unit};
use crate::words::text::slug;
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard, TaskKind};
use stats::Direction;
use std::collections::BTreeMap;

/// More entries than this crowd the curves; the best of them are drawn then.
const CROWD: usize = 12;
/// How many are drawn then.
const BEST: usize = 6;

/// What is drawn along the budget: the training loss, what else there is, and last what the task is judged by.
fn metrics(kind: &TaskKind, yardstick: &Yardstick) -> Vec<Metric> {
    let loss = |column: &'static str, name: &str, published: &'static [&'static str]| Metric {
        column,
        name: name.into(),
        question: format!("How fast does the {name} fall?"),
        unit: loss_unit(kind).into(),
        factor: 1.0,
        reach: Reach::Positive,
        limit: None,
        published,
        spacings: &[Spacing::Log, Spacing::Linear],
    };
    let accuracy = || Metric {
        name: "test accuracy".into(),
        question: "How fast does the test accuracy rise?".into(),
        unit: "%".into(),
        factor: 100.0,
        reach: Reach::Percent,
        spacings: &[Spacing::Linear],
        ..loss(curves::TEST_ACCURACY, "", &["test_accuracy"])
    };
    let gap = || Metric {
        name: yardstick.name(),
        question: format!("How fast does the {} fall?", yardstick.name()),
        unit: yardstick.unit().into(),
        reach: Reach::Any,
        spacings: &[Spacing::Linear],
        ..loss(curves::GAP, "", &[])
    };
    let classifies = matches!(kind, TaskKind::Training { classifies: true, .. });
    let mut all = vec![loss(curves::TRAIN_LOSS, "training loss", &["train_loss", "log10_train_loss"])];
    if classifies {
        all.push(accuracy());
    }
    let judged = yardstick.column();
    if judged == curves::GAP {
        all.push(gap());
    } else if !classifies || judged == curves::TEST_LOSS {
        all.push(loss(curves::TEST_LOSS, "test loss", &[]));
    }
    // A stable sort: what it is judged by goes to the end.
    all.sort_by_key(|metric| metric.column == judged);
    for metric in all.iter_mut().filter(|metric| metric.column == judged) {
        metric.limit = yardstick.limit().map(|limit| yardstick.scaled(limit));
    }
    all
}

pub(crate) fn figures(
    tables: &Tables,
    (task, yardstick): (&TaskCard, &Yardstick),
    estimates: &BTreeMap<String, Estimate>,
    (scores, marks, times): (&BTreeMap<String, Vec<Score>>, &Marks, &StepTimes),
) -> PolarsResult<Vec<FigureGroup>> {
    let entries = drawn_entries((task, yardstick), estimates);
    let TaskKind::Training { epochs, .. } = task.kind else { return Ok(Vec::new()) };
    let clock = Clock::new(tables, task, &entries, times)?;
    let (mut curves, mut remarks) = (Vec::new(), Vec::new());
    for metric in &metrics(&task.kind, yardstick) {
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
            "Only the {BEST} entries of {} {} are drawn, of {}; the tables have all.",
            yardstick.best(),
            yardstick.final_name(),
            task.entries.len()
        ));
    }
    if yardstick.column() == curves::GAP {
        remarks.push(format!("The mean of the {} is one of logarithms.", yardstick.name()));
    }
    if let Some(limit) = yardstick.limit() {
        let limit = yardstick.print_whole(limit);
        remarks.push(format!("Dotted: the limit, {limit}, the best {} there can be.", yardstick.name()));
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
    groups.extend(strip((task, yardstick), estimates, scores, marks));
    Ok(groups)
}

/// The entries whose curves are drawn: all, or the best where there are too many to tell apart.
fn drawn_entries<'a>(
    (task, yardstick): (&'a TaskCard, &Yardstick),
    estimates: &BTreeMap<String, Estimate>,
) -> Vec<&'a Entry> {
    let mut entries: Vec<&Entry> = task.entries.iter().collect();
    if entries.len() > CROWD {
        let gain = |e: &Entry| {
            let mean = estimates.get(&e.key).and_then(|estimate| estimate.mean);
            mean.map_or(f64::NEG_INFINITY, |mean| yardstick.turned(mean))
        };
        // A stable sort: of equals the first in the study's order stays.
        entries.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
        entries.truncate(BEST);
    }
    entries
}

fn strip(
    (task, yardstick): (&TaskCard, &Yardstick),
    estimates: &BTreeMap<String, Estimate>,
    scores: &BTreeMap<String, Vec<Score>>,
    marks: &Marks,
) -> Option<FigureGroup> {
    let rows: Vec<StripRow> = task
        .entries
        .iter()
        .filter_map(|entry| {
            let estimate = estimates.get(&entry.key).filter(|e| e.n > 0)?;
            let drawn = |x: f64| yardstick.drawn(x);
            let dot = |score: &Score| Dot {
                value: drawn(score.value),
                mark: marks.of(&task.name, &entry.key, score.repetition),
            };
            Some(StripRow {
                label: entry.title.clone(),
                stroke: Stroke::of(entry),
                dots: scores.get(&entry.key).into_iter().flatten().map(dot).collect(),
                mean: estimate.mean.map(drawn),
                interval: estimate.low.zip(estimate.high).map(|(low, high)| [drawn(low), drawn(high)]),
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
    let (name, worst) = (yardstick.name(), yardstick.view().worst);
    let (question, capped) = if yardstick.better() == Direction::Larger {
        ("How accurate is every run at the end?", "")
    } else {
        ("Where is every run at the end?", ", the value of a guess, and so does one that ends above it")
    };
    Some(FigureGroup {
        heading: "Where every run ended".into(),
        caption: format!(
            "Dots: {name} at the end of the budget, one per run; {intervals}. A diverged run counts as \
             {worst}{capped}. All entries see the same initial weights and batches in a repetition."
        ),
        figures: vec![Figure::new(
            format!("{}-final", slug(&task.name)),
            question.into(),
            format!("Final {name} of every run on {}, by entry", task.title),
            Plot::Strip(StripPlot {
                x: Axis::linear(
                    &yardstick.with_unit(&yardstick.final_name()),
                    low,
                    high.max(low + yardstick.shortest()),
                    true,
                ),
                rows,
            }),
        )],
    })
}
