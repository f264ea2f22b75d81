//! Runs as single numbers: the value of each at a place in the budget.
//!
//! A run that diverged keeps what was measured before it did. Where a place reaches beyond that, the whole of it counts
//! as the worst there is: a loss without bound, or no image classified correctly.

use crate::tables::{Line, Tables, schema};
use crate::view::results::quantity::Quantity;
use polars::prelude::PolarsResult;
use std::collections::BTreeMap;

/// The value of a run, or what it counts as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) value: f64,
    /// Whether it is the worst there is, in place of what a diverged run did not reach.
    pub(super) diverged: bool,
}

/// All runs of a task, for one quantity.
pub(super) struct Runs {
    lines: BTreeMap<(String, u64), Line>,
    statuses: BTreeMap<(String, u64), &'static str>,
    worst: f64,
}

impl Runs {
    pub(super) fn new(tables: &Tables, task: &str, quantity: Quantity) -> PolarsResult<Self> {
        Ok(Self {
            lines: tables.lines(task, schema::curves::EPOCH, quantity.column())?,
            statuses: tables.statuses(task)?,
            worst: quantity.worst(),
        })
    }

    /// Values of an entry's runs by repetition, from the first epoch of a place to its last, taken into `unit` epoch by
    /// epoch. In a finished run a moment without a measurement takes the one before it.
    pub(super) fn of(
        &self,
        entry: &str,
        (first, last): (f64, f64),
        unit: impl Fn(f64) -> f64,
    ) -> BTreeMap<u64, Measured> {
        let value = |points: &[(f64, f64)]| {
            let inside: Vec<f64> =
                points.iter().filter(|p| p.0 >= first && p.0 <= last).map(|p| unit(p.1)).collect();
            let before = || points.iter().rev().find(|p| p.0 >= 1.0 && p.0 <= last).map(|p| unit(p.1));
            stats::mean(&inside).or_else(before)
        };
        let mut values = BTreeMap::new();
        for (key, status) in self.statuses.iter().filter(|((name, _), _)| name == entry) {
            let points = self.lines.get(key).map_or(&[][..], |line| &line.points);
            let reached = points.last().is_some_and(|p| p.0 >= last);
            let measured = match *status {
                schema::DONE => value(points),
                schema::DIVERGED if reached => value(points),
                _ => None,
            };
            let worst = || (*status == schema::DIVERGED).then(|| (unit(self.worst), true));
            if let Some((value, diverged)) = measured.map(|value| (value, false)).or_else(worst) {
                values.insert(key.1, Measured { value, diverged });
            }
        }
        values
    }
}
