//! The table of curves: one row per measurement, runs below each other.

use super::PlannedRow;
use super::schema::{self, curves as column};
use polars::prelude::{DataFrame, NamedFrom, PolarsResult, Series, df};
use records::{Curve, EpochRow, Manifest, Measure, Measured, TrajectoryRow};
use std::collections::BTreeMap;

enum Row<'a> {
    Epoch(&'a EpochRow),
    Point(&'a TrajectoryRow),
}

/// Number of measurements of a run: so many rows it takes.
pub(super) fn length(run: &PlannedRow) -> usize {
    match run.record.map(|r| &r.curve) {
        Some(Curve::Epochs(curve)) => curve.len(),
        Some(Curve::Trajectory(curve)) => curve.len(),
        None => 0,
    }
}

pub(super) fn table<'a>(manifest: &Manifest, rows: &'a [PlannedRow<'a>]) -> PolarsResult<DataFrame> {
    let mut cells: Vec<(&PlannedRow, Row)> = Vec::with_capacity(rows.iter().map(length).sum());
    for run in rows {
        match run.record.map(|r| &r.curve) {
            Some(Curve::Epochs(curve)) => cells.extend(curve.iter().map(|row| (run, Row::Epoch(row)))),
            Some(Curve::Trajectory(curve)) => cells.extend(curve.iter().map(|row| (run, Row::Point(row)))),
            None => {}
        }
    }
    // Borrowed: millions of measurements share a few names.
    let text = |f: fn(&'a PlannedRow<'a>) -> &'a str| cells.iter().map(|(run, _)| f(run)).collect::<Vec<_>>();
    let epoch = |f: &dyn Fn(&EpochRow) -> Option<f64>| {
        cells
            .iter()
            .map(|(_, row)| if let Row::Epoch(row) = row { f(row) } else { None })
            .collect::<Vec<Option<f64>>>()
    };
    let point = |f: &dyn Fn(&TrajectoryRow) -> f64| {
        cells
            .iter()
            .map(|(_, row)| if let Row::Point(row) = row { Some(f(row)) } else { None })
            .collect::<Vec<Option<f64>>>()
    };
    let mut table = df!(
        schema::TASK => text(|r| &r.planned.task),
        schema::ENTRY => text(|r| &r.planned.entry),
        schema::REPETITION => cells.iter().map(|(r, _)| r.planned.repetition).collect::<Vec<_>>(),
        schema::STATUS => text(PlannedRow::status),
        column::EPOCH => epoch(&|r| Some(f64::from(r.epoch))),
        column::STEP => cells.iter().map(|(_, row)| match row {
            Row::Epoch(row) => row.step,
            Row::Point(row) => row.step,
        }).collect::<Vec<u64>>(),
        column::ELAPSED_S => epoch(&|r| Some(r.elapsed_s)),
        column::LEARNING_RATE => epoch(&|r| r.learning_rate),
        column::TRAIN_LOSS_RUNNING => epoch(&|r| r.train_loss_running),
        column::TRAIN_LOSS => epoch(&|r| Some(r.train_loss)),
        column::VALIDATION_LOSS => epoch(&|r| r.validation_loss),
        column::VALIDATION_ACCURACY => epoch(&|r| r.validation_accuracy),
        column::TEST_LOSS => epoch(&|r| Some(r.test_loss)),
        column::TEST_ACCURACY => epoch(&|r| r.test_accuracy),
        column::THETA1 => point(&|r| r.theta1),
        column::THETA2 => point(&|r| r.theta2),
        column::VALUE => point(&|r| r.value),
    )?;
    let gaps = gaps(manifest);
    if !gaps.is_empty() {
        let gap = |(run, row): &(&PlannedRow, Row)| match row {
            Row::Epoch(row) => gaps.get(run.planned.task.as_str())?.value(row),
            Row::Point(_) => None,
        };
        let values = cells.iter().map(gap).collect::<Vec<Option<f64>>>();
        table.with_column(Series::new(column::GAP.into(), values).into())?;
    }
    Ok(table)
}

/// The measures that are no column of the records, by the names of their tasks.
fn gaps(manifest: &Manifest) -> BTreeMap<&str, Measure> {
    let measures = manifest.tasks.iter().filter_map(|card| Some((card.name.as_str(), card.kind.measure()?)));
    measures.filter(|(_, measure)| matches!(measure.of, Measured::Gap { .. })).collect()
}
