//! Our curves against published ones.

use super::yardstick::loss_unit;
use crate::drawing::axis::thousands;
use crate::tables::{Tables, schema::curves};
use crate::words::text::significant;
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
    /// Which of the published curves of the task it is, from 0; several entries may be held against one.
    pub curve: usize,
    /// Whether the largest difference is no more than what the published numbers are rounded to.
    pub is_rounding: bool,
    /// Largest difference that counts as reproduced.
    pub tolerance: String,
    /// `reproduced`, `not reproduced` or `no data`.
    pub verdict: &'static str,
    /// Publication, figure, and how the numbers were obtained.
    pub source: String,
}

pub(crate) fn published(tables: &Tables, task: &TaskCard) -> PolarsResult<Vec<PublishedView>> {
    let mut distinct: Vec<&PublishedCurve> = Vec::new();
    let mut views = Vec::new();
    for curve in &task.published {
        let same = |other: &&&PublishedCurve| {
            (&other.metric, &other.x, &other.y) == (&curve.metric, &curve.x, &curve.y)
        };
        let place = distinct.iter().position(|other| same(&other)).unwrap_or(distinct.len());
        if place == distinct.len() {
            distinct.push(curve);
        }
        views.push(compare(tables, task, curve, place)?);
    }
    Ok(views)
}

fn compare(
    tables: &Tables,
    task: &TaskCard,
    curve: &PublishedCurve,
    place: usize,
) -> PolarsResult<PublishedView> {
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
            "train_loss" => format!("training loss, {}", loss_unit(&task.kind)),
            "log10_train_loss" => "log₁₀ of the training loss".into(),
            other => other.to_string(),
        },
        points: format!("{} of {}", differences.len(), curve.x.len()),
        largest: worst.map(|w| significant(w.1, 2)),
        at: worst.map(|w| thousands(w.0 as u64)),
        curve: place,
        is_rounding: worst
            .zip(rounding(&curve.y))
            .is_some_and(|(worst, rounding)| worst.1 <= 1.001 * rounding),
        tolerance: significant(curve.tolerance, 2),
        verdict,
        source: curve.source.clone(),
    })
}

/// How far numbers can be from what they were rounded from: half a unit of the last decimal that any of them has.
fn rounding(values: &[f64]) -> Option<f64> {
    let has = |decimals: i32| {
        let power = 10_f64.powi(decimals);
        values.iter().all(|y| (y * power - (y * power).round()).abs() < 1e-4)
    };
    (0..=9).find(|decimals| has(*decimals)).map(|decimals| 0.5 * 10_f64.powi(-decimals))
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

#[cfg(test)]
mod tests {
    use super::rounding;

    #[test]
    fn the_last_decimal_of_any() {
        assert_eq!(rounding(&[1.0, 2.5, -0.25]), Some(0.005));
        assert_eq!(rounding(&[2.0, 3.0]), Some(0.5));
        assert!((rounding(&[-0.340_981, 1.2]).unwrap() - 5e-7).abs() < 1e-12);
        assert_eq!(rounding(&[std::f64::consts::PI]), None);
    }
}
