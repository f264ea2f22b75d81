//! The trials of a search, value by value.

use super::criterion::Criterion;
use records::{Search, Trial};

/// A score that is not a number is a diverged trial.
pub(super) fn finite(trial: &Trial) -> Option<f64> {
    trial.score.filter(|score| score.is_finite())
}

/// The values tried, ascending, with their trials.
pub(super) fn by_value(search: &Search) -> Vec<(f64, Vec<&Trial>)> {
    let mut values: Vec<f64> = search.trials.iter().map(|t| t.value).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.into_iter().map(|v| (v, search.trials.iter().filter(|t| t.value == v).collect())).collect()
}

/// Mean over the trials that finished.
pub(super) fn mean(trials: &[&Trial]) -> Option<f64> {
    stats::mean(&trials.iter().filter_map(|t| finite(t)).collect::<Vec<_>>())
}

/// Mean over all trials; none if one diverged.
pub(super) fn mean_of_all(trials: &[&Trial]) -> Option<f64> {
    let all: Option<Vec<f64>> = trials.iter().map(|trial| finite(trial)).collect();
    stats::mean(&all?)
}

/// Mean over all trials, one that diverged counting as a guess.
pub(super) fn mean_with_guesses(trials: &[&Trial], criterion: &Criterion) -> Option<f64> {
    let score = |trial: &&Trial| finite(trial).unwrap_or_else(|| criterion.guess());
    stats::mean(&trials.iter().map(score).collect::<Vec<_>>())
}
