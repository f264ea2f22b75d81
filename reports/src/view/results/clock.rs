//! When every epoch of a run was over: after how many steps, and after how many seconds of training.

use crate::drawing::{Along, Moment};
use crate::tables::{Line, Tables, schema::curves};
use polars::prelude::PolarsResult;
use std::collections::BTreeMap;

/// The moments of a task's epochs.
pub(crate) struct Clock {
    runs: BTreeMap<(String, u64), Vec<Moment>>,
    typical: BTreeMap<String, Vec<Moment>>,
    /// What the task's curves can be drawn along, epochs first.
    pub(crate) axes: Vec<Along>,
}

impl Clock {
    pub(crate) fn new(tables: &Tables, task: &str) -> PolarsResult<Self> {
        let seconds = tables.lines(task, curves::EPOCH, curves::ELAPSED_S)?;
        let steps = tables.lines(task, curves::STEP, curves::EPOCH)?;
        let (mut runs, mut all) = (BTreeMap::new(), BTreeMap::new());
        for (key, line) in &steps {
            let moments = moments(line, seconds.get(key));
            all.entry(key.0.clone()).or_insert_with(Vec::new).push(moments.clone());
            runs.insert(key.clone(), moments);
        }
        let typical = all.into_iter().map(|(entry, runs)| (entry, typical(&runs))).collect();
        let passes = |axis: Along| runs.values().flatten().any(|m: &Moment| m.along(axis) > 0.0);
        let axes = [Along::Epoch, Along::Step, Along::Second];
        let axes = axes.into_iter().filter(|a| *a == Along::Epoch || passes(*a)).collect();
        Ok(Self { runs, typical, axes })
    }

    /// The moment at which a run had completed that many epochs.
    pub(crate) fn run(&self, entry: &str, repetition: u64, epoch: f64) -> Moment {
        at(self.runs.get(&(entry.to_string(), repetition)), epoch)
    }

    /// The same for what stands for all of the entry's runs.
    pub(crate) fn typical(&self, entry: &str, epoch: f64) -> Moment {
        at(self.typical.get(entry), epoch)
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

/// What stands for all runs, epoch by epoch: the mean of the steps, and the seconds that they take at the median time per step. One run
/// that was slow, because of something else on its machine, moves neither.
fn typical(runs: &[Vec<Moment>]) -> Vec<Moment> {
    let paces: Vec<f64> = runs
        .iter()
        .filter_map(|run| {
            run.iter().rev().find_map(|moment| Some(moment.second? / moment.step.filter(|s| *s > 0.0)?))
        })
        .collect();
    let pace = stats::median(&paces);
    let mut epochs: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for moment in runs.iter().flatten() {
        // Epochs are not negative: their bits are in the same order.
        let steps = epochs.entry(moment.along(Along::Epoch).to_bits()).or_default();
        steps.extend(moment.step);
    }
    epochs
        .into_iter()
        .map(|(epoch, steps)| {
            let step = stats::mean(&steps);
            Moment {
                epoch: Some(f64::from_bits(epoch)),
                step,
                second: step.zip(pace).map(|(step, pace)| step * pace),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of 2, 3 and 40 seconds per epoch of ten steps: three seconds after one, six after two. One without seconds counts for steps
    /// alone.
    #[test]
    fn the_typical_time_of_an_epoch() {
        let line = |points: &[(f64, f64)]| Line { diverged: false, points: points.to_vec() };
        let steps = line(&[(0.0, 0.0), (10.0, 1.0), (20.0, 2.0)]);
        let run = |pace: f64| moments(&steps, Some(&line(&[(0.0, 0.0), (1.0, pace), (2.0, 2.0 * pace)])));
        let typical = typical(&[run(2.0), run(40.0), run(3.0), moments(&steps, None)]);
        assert_eq!(typical[1], Moment { epoch: Some(1.0), step: Some(10.0), second: Some(3.0) });
        assert_eq!(typical[2], Moment { epoch: Some(2.0), step: Some(20.0), second: Some(6.0) });
        assert_eq!(moments(&steps, None)[1].second, None);
    }
}
