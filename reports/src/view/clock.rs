//! When every epoch of a run was over: after how many steps, and after how many seconds of training.

use super::plots::Along;
use super::readout::Moment;
use crate::tables::{Line, Tables, schema::curves};
use polars::prelude::PolarsResult;
use std::collections::BTreeMap;

/// The moments of a task's epochs.
pub(super) struct Clock {
    runs: BTreeMap<(String, u64), Vec<Moment>>,
    means: BTreeMap<String, Vec<Moment>>,
    /// What the task's curves can be drawn along, epochs first.
    pub(super) axes: Vec<Along>,
}

impl Clock {
    pub(super) fn new(tables: &Tables, task: &str) -> PolarsResult<Self> {
        let seconds = tables.lines(task, curves::EPOCH, curves::ELAPSED_S)?;
        let steps = tables.lines(task, curves::STEP, curves::EPOCH)?;
        let (mut runs, mut all) = (BTreeMap::new(), BTreeMap::new());
        for (key, line) in &steps {
            let moments = moments(line, seconds.get(key));
            all.entry(key.0.clone()).or_insert_with(Vec::new).push(moments.clone());
            runs.insert(key.clone(), moments);
        }
        let means = all.into_iter().map(|(entry, runs)| (entry, means(&runs))).collect();
        let passes = |axis: Along| runs.values().flatten().any(|m: &Moment| m.along(axis) > 0.0);
        let axes = [Along::Epoch, Along::Step, Along::Second];
        let axes = axes.into_iter().filter(|a| *a == Along::Epoch || passes(*a)).collect();
        Ok(Self { runs, means, axes })
    }

    /// The moment at which a run had completed that many epochs.
    pub(super) fn run(&self, entry: &str, repetition: u64, epoch: f64) -> Moment {
        at(self.runs.get(&(entry.to_string(), repetition)), epoch)
    }

    /// The same on average over the entry's runs that got there.
    pub(super) fn mean(&self, entry: &str, epoch: f64) -> Moment {
        at(self.means.get(entry), epoch)
    }
}

fn at(moments: Option<&Vec<Moment>>, epoch: f64) -> Moment {
    let found = moments.and_then(|m| {
        let place = m.binary_search_by(|moment| moment.along(Along::Epoch).total_cmp(&epoch)).ok()?;
        m.get(place).copied()
    });
    found.unwrap_or(Moment::epoch(epoch))
}

/// The moments of one run, by epoch.
fn moments(steps: &Line, seconds: Option<&Line>) -> Vec<Moment> {
    let seconds = seconds.map_or(&[][..], |line| line.points.as_slice());
    let mut moments: Vec<Moment> = steps
        .points
        .iter()
        .map(|(step, epoch)| {
            let second = seconds.iter().find(|(e, _)| e == epoch).map(|(_, s)| *s);
            Moment { epoch: Some(*epoch), step: Some(*step), second }
        })
        .collect();
    moments.sort_by(|a, b| a.along(Along::Epoch).total_cmp(&b.along(Along::Epoch)));
    moments
}

/// Means over runs, epoch by epoch.
fn means(runs: &[Vec<Moment>]) -> Vec<Moment> {
    let mut epochs: BTreeMap<u64, Vec<Moment>> = BTreeMap::new();
    for moment in runs.iter().flatten() {
        // Epochs are not negative: their bits are in the same order.
        epochs.entry(moment.along(Along::Epoch).to_bits()).or_default().push(*moment);
    }
    let mean = |moments: &[Moment], axis: Along| {
        let values: Vec<f64> = moments.iter().map(|m| m.along(axis)).collect();
        stats::mean(&values).filter(|mean| mean.is_finite())
    };
    epochs
        .into_values()
        .map(|moments| Moment {
            epoch: moments[0].epoch,
            step: mean(&moments, Along::Step),
            second: mean(&moments, Along::Second),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two runs of 2 and 4 seconds per epoch are after one epoch at 3 seconds on average; a third one has no
    /// second epoch.
    #[test]
    fn the_mean_time_of_an_epoch() {
        let line = |points: &[(f64, f64)]| Line { diverged: false, points: points.to_vec() };
        let steps = line(&[(0.0, 0.0), (10.0, 1.0), (20.0, 2.0)]);
        let run = |pace: f64| moments(&steps, Some(&line(&[(0.0, 0.0), (1.0, pace), (2.0, 2.0 * pace)])));
        let short = moments(&line(&[(0.0, 0.0), (10.0, 1.0)]), Some(&line(&[(0.0, 0.0), (1.0, 3.0)])));
        let means = means(&[run(2.0), run(4.0), short]);
        assert_eq!(means[1], Moment { epoch: Some(1.0), step: Some(10.0), second: Some(3.0) });
        assert_eq!(means[2], Moment { epoch: Some(2.0), step: Some(20.0), second: Some(6.0) });
        assert_eq!(moments(&steps, None)[1].second, None);
    }
}
