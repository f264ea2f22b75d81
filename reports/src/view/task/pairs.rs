//! Two entries beside each other: their paired difference along the budget.

use crate::drawing::axis::{range, round_to};
use crate::drawing::readout::evenly;
use crate::drawing::{
    Along, Axis, CurveLine, CurveRow, CurvesPlot, Figure, Moment, Plot, Series, Spacing, Stroke,
};
use crate::tables::{Tables, schema::curves};
use crate::view::results::family::reference;
use crate::view::results::yardstick::{MeasureView, Yardstick};
use crate::words::text::slug;
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::FEWEST_PAIRS;
use std::collections::BTreeMap;

use super::Estimate;

/// Moments at which entries are held against each other.
const MOMENTS: usize = 41;
/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// Any two entries of a task along the budget, seed by seed.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PairsView {
    /// The pair that is shown first: the entry of best mean against the reference, or the reference against the next.
    pub first: [String; 2],
    /// Their difference.
    pub figure: Figure,
    /// What the difference of any other pair is computed from.
    pub data: PairsData,
}

/// What the task is judged by, of every run at common moments.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PairsData {
    /// What it is.
    pub measure: MeasureView,
    /// Decimals of differences.
    pub decimals: usize,
    /// The moments: epochs completed.
    pub epochs: Vec<f64>,
    /// By the number of pairs, from five on: the quantile of Student's t that half an interval of 95 % is, in standard errors.
    pub quantiles: BTreeMap<String, f64>,
    /// The entries.
    pub entries: Vec<PairEntry>,
}

/// The runs of one entry.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PairEntry {
    /// Key.
    pub key: String,
    /// Name.
    pub title: String,
    /// The value in the unit of the measure at each of the moments, by repetition; none where a run has no value.
    pub runs: BTreeMap<String, Vec<Option<f64>>>,
}

/// None where fewer than two entries have a run with a curve.
pub(super) fn pairs(
    tables: &Tables,
    (task, yardstick): (&TaskCard, &Yardstick),
    estimates: &BTreeMap<String, Estimate>,
) -> PolarsResult<Option<PairsView>> {
    let lines = tables.lines(&task.name, curves::EPOCH, yardstick.column())?;
    let mut epochs: Vec<f64> = lines.values().flat_map(|line| line.points.iter().map(|p| p.0)).collect();
    epochs.sort_by(f64::total_cmp);
    epochs.dedup();
    let epochs: Vec<f64> = evenly(epochs.len(), MOMENTS).into_iter().map(|i| epochs[i]).collect();
    let decimals = yardstick.differences().decimals;
    let entries: Vec<PairEntry> = task
        .entries
        .iter()
        .map(|entry| {
            let own = lines.iter().filter(|((key, _), line)| *key == entry.key && !line.points.is_empty());
            let at = |points: &[(f64, f64)], epoch: f64| {
                let value = points.iter().find(|p| p.0 == epoch).map(|p| p.1).filter(|v| v.is_finite());
                value.map(|v| round_to(yardstick.scaled(v), decimals as i32 + 1))
            };
            let runs = own.map(|((_, repetition), line)| {
                (repetition.to_string(), epochs.iter().map(|epoch| at(&line.points, *epoch)).collect())
            });
            PairEntry { key: entry.key.clone(), title: entry.title.clone(), runs: runs.collect() }
        })
        .filter(|entry: &PairEntry| !entry.runs.is_empty())
        .collect();
    let Some((one, other)) = first((task, yardstick), &entries, estimates) else { return Ok(None) };
    let most = entries.iter().map(|entry| entry.runs.len()).max().unwrap_or(0);
    let quantiles = (FEWEST_PAIRS..=most)
        .map(|n| (n.to_string(), round_to(stats::t_quantile(0.5 + 0.5 * LEVEL, (n - 1) as u32), 6)));
    let (measure, quantiles) = (yardstick.view(), quantiles.collect());
    let data = PairsData { measure, decimals, epochs, quantiles, entries };
    let figure = figure((task, yardstick), [one, other], &data);
    Ok(Some(PairsView { first: [one, other].map(|entry| entry.key.clone()), figure, data }))
}

/// The pair that is shown first.
fn first<'a>(
    (task, yardstick): (&'a TaskCard, &Yardstick),
    entries: &[PairEntry],
    estimates: &BTreeMap<String, Estimate>,
) -> Option<(&'a Entry, &'a Entry)> {
    let has_runs = |entry: &&Entry| entries.iter().any(|own| own.key == entry.key);
    let mut ranked: Vec<&Entry> = task.entries.iter().filter(has_runs).collect();
    let gain = |entry: &Entry| {
        let mean = estimates.get(&entry.key).and_then(|e| e.mean);
        mean.map_or(f64::NEG_INFINITY, |mean| yardstick.turned(mean))
    };
    // A stable sort: of equals the first in the study's order stays.
    ranked.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
    let (best, next) = (ranked.first()?, ranked.get(1)?);
    let reference = reference(task).and_then(|key| ranked.iter().find(|entry| entry.key == key));
    Some((best, reference.filter(|reference| reference.key != best.key).unwrap_or(next)))
}

/// The differences of a pair over the seeds that both have, one less the other, at each moment as long as every one of these seeds has a
/// value of both: where a run ends early, those that are left would go on as if it had never been.
fn differences(one: &PairEntry, other: &PairEntry) -> Vec<Vec<f64>> {
    let common: Vec<_> =
        one.runs.iter().filter_map(|(seed, values)| Some((values, other.runs.get(seed)?))).collect();
    let moments = common.first().map_or(0, |(values, _)| values.len());
    let at = |values: &[Option<f64>], moment: usize| values.get(moment).copied().flatten();
    let all = |k: usize| -> Option<Vec<f64>> {
        common.iter().map(|(one, other)| Some(at(one, k)? - at(other, k)?)).collect()
    };
    (0..moments).map_while(all).collect()
}

fn figure((task, yardstick): (&TaskCard, &Yardstick), [one, other]: [&Entry; 2], data: &PairsData) -> Figure {
    let of = |entry: &Entry| data.entries.iter().find(|own| own.key == entry.key);
    let mut rows = Vec::new();
    let (mut mean, mut band) = (Vec::new(), Vec::new());
    let places = data.decimals as i32 + 1;
    let all = of(one).zip(of(other)).map(|(one, other)| differences(one, other)).unwrap_or_default();
    for (epoch, found) in data.epochs.iter().zip(&all) {
        let Some(centre) = stats::mean(found) else { continue };
        mean.push([*epoch, round_to(centre, places)]);
        let interval = stats::mean_interval(found, LEVEL).filter(|_| found.len() >= FEWEST_PAIRS);
        band.extend(interval.map(|i| [*epoch, round_to(i.low, places), round_to(i.high, places)]));
        rows.push(CurveRow { line: CurveLine::Mean, at: Moment::epoch(*epoch), value: centre, runs: None });
    }
    let ends = mean.iter().map(|p| p[1]).chain(band.iter().flat_map(|b| [b[1], b[2]]));
    // Zero, where neither is ahead, is always seen.
    let (low, high) = range(ends.chain([0.0])).unwrap_or((-1.0, 1.0));
    let series = Series {
        label: one.title.clone(),
        remark: None,
        stroke: Stroke::of(one),
        mean,
        band,
        runs: Vec::new(),
        published: Vec::new(),
        data: rows,
    };
    let last = data.epochs.last().copied().unwrap_or(1.0);
    Figure {
        x: Some(Along::Epoch),
        y: Some(Spacing::Linear),
        ..Figure::new(
            format!("{}-pair", slug(&task.name)),
            format!("{} minus {}: who is ahead when?", one.title, other.title),
            format!(
                "Paired difference of the {} of {} and {} along the epochs",
                data.measure.name, one.title, other.title
            ),
            Plot::Curves(CurvesPlot {
                x: Axis::linear("epochs", 0.0, last, false),
                y: Axis::linear(
                    &format!("difference, {}", yardstick.difference_axis()),
                    low,
                    high.max(low + yardstick.shortest()),
                    true,
                ),
                series: vec![series],
            }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_those_of_common_seeds_and_end_with_the_first_of_their_runs() {
        let entry = |runs: &[(u64, &[Option<f64>])]| PairEntry {
            key: "k".into(),
            title: "K".into(),
            runs: runs.iter().map(|(seed, values)| (seed.to_string(), values.to_vec())).collect(),
        };
        let one = entry(&[
            (0, &[Some(10.0), Some(30.0), Some(40.0)]),
            (1, &[Some(12.0), Some(25.0), None]),
            (3, &[Some(9.0), None, None]),
        ]);
        let other =
            entry(&[(0, &[Some(10.5), Some(20.0), Some(20.0)]), (1, &[Some(10.0), Some(20.0), Some(20.0)])]);
        // The third run of the one is no pair's. Of the last moment the first pair alone would say +20.
        assert_eq!(differences(&one, &other), [[-0.5, 2.0], [10.0, 5.0]]);
        assert_eq!(differences(&other, &one), [[0.5, -2.0], [-10.0, -5.0]]);
        assert!(differences(&one, &entry(&[(7, &[Some(1.0)])])).is_empty());
    }
}
