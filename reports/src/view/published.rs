//! Our curves against published ones.

use super::axis::thousands;
use super::text::significant;
use crate::tables::{Tables, schema::curves};
use polars::prelude::PolarsResult;
use records::{PublishedCurve, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;

/// A published curve and how far ours is from it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PublishedView {
    /// Key of the entry.
    pub key: String,
    /// Its name.
    pub entry: String,
    /// What is compared.
    pub metric: String,
    /// Points compared, of those published.
    pub points: String,
    /// Largest difference.
    pub largest: Option<String>,
    /// Where it occurs (steps or epochs).
    pub at: Option<String>,
    /// Largest difference that counts as reproduced.
    pub tolerance: String,
    /// `reproduced`, `not reproduced` or `no data`.
    pub verdict: &'static str,
    /// Publication, figure, and how the numbers were obtained.
    pub source: String,
}

pub(super) fn published(tables: &Tables, task: &TaskCard) -> PolarsResult<Vec<PublishedView>> {
    task.published.iter().map(|curve| compare(tables, task, curve)).collect()
}

fn compare(tables: &Tables, task: &TaskCard, curve: &PublishedCurve) -> PolarsResult<PublishedView> {
    let ours = ours(tables, task, curve)?;
    // Only where both have a point: between two samples of an oscillating curve anything may happen.
    let differences: Vec<(f64, f64)> = curve
        .x
        .iter()
        .zip(&curve.y)
        .filter_map(|(x, y)| {
            let (_, value) = ours.iter().find(|(at, _)| at == x)?;
            Some((*x, (value - y).abs()))
        })
        .collect();
    let worst = differences.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    // A value that is not a number is no reproduction.
    let verdict = match worst {
        None => "no data",
        Some((_, d)) if *d <= curve.tolerance => "reproduced",
        Some(_) => "not reproduced",
    };
    Ok(PublishedView {
        key: curve.entry.clone(),
        entry: task
            .entries
            .iter()
            .find(|e| e.key == curve.entry)
            .map_or_else(|| curve.entry.clone(), |e| e.title.clone()),
        metric: match curve.metric.as_str() {
            "log10_value" => "log₁₀ of the value".into(),
            "test_accuracy" => "test accuracy (fraction)".into(),
            "train_loss" => "training loss, nats".into(),
            "log10_train_loss" => "log₁₀ of the training loss".into(),
            other => other.to_string(),
        },
        points: format!("{} of {}", differences.len(), curve.x.len()),
        largest: worst.map(|w| significant(w.1, 2)),
        at: worst.map(|w| thousands(w.0 as u64)),
        tolerance: significant(curve.tolerance, 2),
        verdict,
        source: curve.source.clone(),
    })
}

/// Our curve in the units of the published one: the mean over the finished runs.
fn ours(tables: &Tables, task: &TaskCard, curve: &PublishedCurve) -> PolarsResult<Vec<(f64, f64)>> {
    let (x, column, is_log) = match curve.metric.as_str() {
        "log10_value" => (curves::STEP, curves::VALUE, true),
        "test_accuracy" => (curves::EPOCH, curves::TEST_ACCURACY, false),
        "train_loss" => (curves::EPOCH, curves::TRAIN_LOSS, false),
        "log10_train_loss" => (curves::EPOCH, curves::TRAIN_LOSS, true),
        _ => return Ok(Vec::new()),
    };
    let summary = tables.summary(&task.name, x, column)?;
    let points = summary.get(&curve.entry).map_or(&[][..], Vec::as_slice);
    Ok(points.iter().map(|s| (s.x, if is_log { s.mean.log10() } else { s.mean })).collect())
}
