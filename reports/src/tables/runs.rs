//! The table of runs.

use super::PlannedRow;
use super::schema::{self, runs as column};
use crate::timings::Timings;
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series, df};
use records::{Curve, Entry, Manifest, Outcome, Record, StepTime, TaskKind};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn table(manifest: &Manifest, rows: &[PlannedRow], timings: &Timings) -> PolarsResult<DataFrame> {
    let text = |f: &dyn Fn(&PlannedRow) -> String| rows.iter().map(f).collect::<Vec<_>>();
    let number =
        |f: &dyn Fn(&Record) -> Option<f64>| rows.iter().map(|r| r.record.and_then(f)).collect::<Vec<_>>();
    let count =
        |f: &dyn Fn(&Record) -> Option<u64>| rows.iter().map(|r| r.record.and_then(f)).collect::<Vec<_>>();
    let label =
        |f: &dyn Fn(&Record) -> Option<String>| rows.iter().map(|r| r.record.and_then(f)).collect::<Vec<_>>();
    let kind = |record: &Record| {
        manifest.tasks.iter().find(|t| t.name == record.specification.task).map(|t| &t.kind)
    };
    let entries: Vec<Option<&Entry>> = rows.iter().map(|row| entry(manifest, row)).collect();
    let of_entry = |f: &dyn Fn(&Entry) -> String| -> Vec<String> {
        entries.iter().map(|entry| entry.map(f).unwrap_or_default()).collect()
    };
    let step = |of: fn(&StepTime) -> f64| -> Vec<Option<f64>> {
        let steps = rows.iter().zip(&entries).map(|(row, entry)| timings.step(&row.planned.task, (*entry)?));
        steps.map(|step| step.map(of)).collect()
    };
    let mut table = df!(
        schema::TASK => text(&|r| r.planned.task.to_string()),
        schema::ENTRY => text(&|r| r.planned.entry.clone()),
        column::TITLE => of_entry(&|e| e.title.clone()),
        column::OPTIMIZER => of_entry(&|e| e.optimizer.clone()),
        schema::REPETITION => rows.iter().map(|r| r.planned.repetition).collect::<Vec<_>>(),
        column::ID => text(&|r| r.planned.id.to_string()),
        schema::STATUS => text(&|r| r.status().to_string()),
        column::SCORE => number(&|r| score(r, kind(r)?)),
        column::TEST_ACCURACY => number(&|r| end(r).accuracy),
        column::TEST_LOSS => number(&|r| end(r).test_loss),
        column::TRAIN_LOSS => number(&|r| end(r).train_loss),
        column::VALUE => number(&|r| end(r).value),
        column::DISTANCE => number(&|r| match kind(r)? {
            TaskKind::Function { minimiser, .. } => {
                end(r).point.map(|p| (p[0] - minimiser[0]).hypot(p[1] - minimiser[1]))
            }
            TaskKind::Training { .. } => None,
        }),
        column::DIVERGED_STEP => count(&|r| match &r.outcome {
            Outcome::Diverged { step, .. } => Some(*step),
            Outcome::Finished => None,
        }),
        column::DIVERGED_REASON => label(&|r| match &r.outcome {
            Outcome::Diverged { reason, .. } => Some(reason.clone()),
            Outcome::Finished => None,
        }),
        column::TRAINING_S => number(&|r| Some(r.provenance.training_s)),
        column::EVALUATION_S => number(&|r| Some(r.provenance.evaluation_s)),
        column::MS_PER_STEP => step(|it| it.median_ms),
        column::MS_PER_STEP_SMALLEST => step(|it| it.smallest_ms),
        column::MS_PER_STEP_LARGEST => step(|it| it.largest_ms),
        column::STATE_BYTES => count(&|r| Some(r.provenance.state_bytes)),
        column::PARAMETERS => count(&|r| Some(r.provenance.parameters)),
        column::STARTED_UNIX_S => count(&|r| Some(r.provenance.started_unix_s)),
        column::MACHINE => label(&|r| Some(r.provenance.machine.cpu.clone())),
        column::DEVICE => label(&|r| Some(r.provenance.device.clone())),
        column::ACCELERATOR => label(&|r| r.provenance.accelerator.clone()),
        column::CODE_DIGEST => label(&|r| Some(r.provenance.code_digest.clone())),
        column::FINGERPRINT => label(&|r| Some(r.fingerprint.clone())),
    )?;
    let names: BTreeSet<&String> = entries
        .iter()
        .flatten()
        .filter_map(|entry| entry.hyper.as_object())
        .flat_map(|hyper| hyper.keys())
        .collect();
    for name in names {
        let values: Vec<Option<&Value>> =
            entries.iter().map(|entry| entry.and_then(|e| e.hyper.get(name))).collect();
        table.with_column(hyper(&format!("{}{name}", column::HYPER), &values))?;
    }
    Ok(table)
}

/// The entry of a planned run.
fn entry<'a>(manifest: &'a Manifest, row: &PlannedRow) -> Option<&'a Entry> {
    let card = manifest.tasks.iter().find(|card| card.name == row.planned.task)?;
    card.entries.iter().find(|entry| entry.key == row.planned.entry)
}

/// A hyper-parameter run by run: as numbers if all that have it have a number, or else as text, what has parts as JSON.
fn hyper(name: &str, values: &[Option<&Value>]) -> Column {
    let series = if values.iter().flatten().all(|value| value.is_number()) {
        Series::new(name.into(), values.iter().map(|value| value.and_then(Value::as_f64)).collect::<Vec<_>>())
    } else {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Series::new(name.into(), values.iter().map(|value| value.map(text)).collect::<Vec<_>>())
    };
    series.into()
}

/// What a finished run ended with; all empty for one that diverged, whose last row is not an end.
#[derive(Default)]
struct End {
    accuracy: Option<f64>,
    test_loss: Option<f64>,
    train_loss: Option<f64>,
    value: Option<f64>,
    point: Option<[f64; 2]>,
}

fn end(record: &Record) -> End {
    if record.outcome != Outcome::Finished {
        return End::default();
    }
    match &record.curve {
        Curve::Epochs(rows) => rows.last().map_or_else(End::default, |row| End {
            accuracy: row.test_accuracy,
            test_loss: Some(row.test_loss),
            train_loss: Some(row.train_loss),
            ..End::default()
        }),
        Curve::Trajectory(rows) => rows.last().map_or_else(End::default, |row| End {
            value: Some(row.value),
            point: Some([row.theta1, row.theta2]),
            ..End::default()
        }),
    }
}

/// What a run counts as; a diverged training as the worst, which no finished one is beyond.
fn score(record: &Record, kind: &TaskKind) -> Option<f64> {
    match (kind.measure(), &record.outcome, &record.curve) {
        (Some(measure), Outcome::Diverged { .. }, _) => Some(measure.worst()),
        (Some(measure), Outcome::Finished, Curve::Epochs(rows)) => {
            Some(measure.counted(measure.value(rows.last()?)?))
        }
        _ => end(record).value,
    }
}
