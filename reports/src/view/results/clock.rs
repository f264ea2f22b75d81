//! When every epoch of a run was over: after how many steps, and after how many seconds if a step takes as long as was measured.

use super::step_times::StepTimes;
use crate::drawing::{Along, Moment};
use crate::tables::{Line, Tables, schema::curves};
use polars::prelude::PolarsResult;
use records::{Entry, TaskCard};
use std::collections::BTreeMap;

/// The moments of a task's epochs.
pub(crate) struct Clock {
    runs: BTreeMap<(String, u64), Vec<Moment>>,
    typical: BTreeMap<String, Vec<Moment>>,
    /// What the task's curves can be drawn along, epochs first.
    pub(crate) axes: Vec<Along>,
}

impl Clock {
    /// For the entries that are drawn: unless steps of all of them were timed there are no seconds.
    pub(crate) fn new(
        tables: &Tables,
        task: &TaskCard,
        entries: &[&Entry],
        times: &StepTimes,
    ) -> PolarsResult<Self> {
        let seconds = |entry: &&Entry| {
            let step = times.of(&task.name, &entry.key)?;
            Some((entry.key.clone(), step.median_ms / 1000.0))
        };
        let paces: BTreeMap<String, f64> =
            entries.iter().map(seconds).collect::<Option<_>>().unwrap_or_default();
        let steps = tables.lines(&task.name, curves::STEP, curves::EPOCH)?;
        let (mut runs, mut all) = (BTreeMap::new(), BTreeMap::new());
        for (key, line) in &steps {
            let moments = moments(line, paces.get(&key.0).copied());
            all.entry(key.0.clone()).or_insert_with(Vec::new).push(moments.clone());
            runs.insert(key.clone(), moments);
        }
        let typical = all.into_iter().map(|(entry, runs)| {
            let pace = paces.get(&entry).copied();
            (entry, typical(&runs, pace))
        });
        let typical = typical.collect();
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

/// The moments of one run, by epoch; `pace` is the seconds of a step.
fn moments(steps: &Line, pace: Option<f64>) -> Vec<Moment> {
    let moment = |(step, epoch): &(f64, f64)| Moment {
        epoch: Some(*epoch),
        step: Some(*step),
        second: pace.map(|pace| step * pace),
    };
    let mut moments: Vec<Moment> = steps.points.iter().map(moment).collect();
    moments.sort_by(|a, b| a.along(Along::Epoch).total_cmp(&b.along(Along::Epoch)));
    moments
}

/// What stands for all runs, epoch by epoch: the mean of the steps, and the seconds that they take.
fn typical(runs: &[Vec<Moment>], pace: Option<f64>) -> Vec<Moment> {
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
            let second = step.zip(pace).map(|(step, pace)| step * pace);
            Moment { epoch: Some(f64::from_bits(epoch)), step, second }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten steps of a quarter of a second are an epoch of 2.5 s.
    #[test]
    fn the_time_of_an_epoch_is_that_of_its_steps() {
        let line = |points: &[(f64, f64)]| Line { diverged: false, points: points.to_vec() };
        let steps = line(&[(20.0, 2.0), (0.0, 0.0), (10.0, 1.0)]);
        let run = moments(&steps, Some(0.25));
        assert_eq!(run[1], Moment { epoch: Some(1.0), step: Some(10.0), second: Some(2.5) });
        // A run that ended after an epoch counts as far as it went.
        let short = moments(&line(&[(0.0, 0.0), (12.0, 1.0)]), Some(0.25));
        let typical = typical(&[run, short], Some(0.25));
        assert_eq!(typical[1], Moment { epoch: Some(1.0), step: Some(11.0), second: Some(2.75) });
        assert_eq!(typical[2], Moment { epoch: Some(2.0), step: Some(20.0), second: Some(5.0) });
        assert_eq!(moments(&steps, None)[1].second, None);
    }
}
