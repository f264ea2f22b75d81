//! The trials of a search, value by value.

use super::criterion::Criterion;
use records::{OptimizerCard, Search, TaskCard, Trial};
use serde_json::Value;
use std::collections::BTreeMap;

/// A score that is not a number is a diverged trial.
pub(crate) fn finite(trial: &Trial) -> Option<f64> {
    trial.score.filter(|score| score.is_finite())
}

/// The values tried, ascending, with their trials; of a search over several hyper-parameters, the points.
pub(crate) fn by_value(search: &Search) -> Vec<(f64, Vec<&Trial>)> {
    let mut points: Vec<(f64, Vec<&Trial>)> = Vec::new();
    for trial in &search.trials {
        let is_same = |(value, trials): &&mut (f64, Vec<&Trial>)| {
            *value == trial.value && trials.iter().all(|other| other.others == trial.others)
        };
        match points.iter_mut().find(is_same) {
            Some((_, trials)) => trials.push(trial),
            None => points.push((trial.value, vec![trial])),
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// Whether a point is the one that was chosen.
pub(crate) fn is_chosen(search: &Search, value: f64, trials: &[&Trial]) -> bool {
    value == search.chosen && trials.iter().all(|trial| trial.others == search.others)
}

/// Of the `drawn` points of a search that are even in its space, which come before those beyond an edge, those whose mean is no worse
/// than the best of all by more than `tolerance`; none without a point all of whose trials finished.
pub(crate) fn about_as_good(search: &Search, drawn: u32, tolerance: f64) -> Option<usize> {
    let best = means(search).iter().filter_map(|(_, mean)| *mean).min_by(f64::total_cmp)?;
    let mut points: Vec<(f64, &BTreeMap<String, Value>)> = Vec::new();
    for point in search.trials.iter().map(|trial| (trial.value, &trial.others)) {
        if !points.contains(&point) {
            points.push(point);
        }
    }
    let mean_of = |(value, others): &(f64, &BTreeMap<String, Value>)| {
        let own = search.trials.iter().filter(|trial| trial.value == *value && trial.others == **others);
        mean_of_all(&own.collect::<Vec<_>>())
    };
    let means = points.iter().take(drawn as usize).map(mean_of);
    Some(means.filter(|mean| mean.is_some_and(|mean| mean - best <= tolerance)).count())
}

/// Mean over the trials that finished.
pub(crate) fn mean(trials: &[&Trial]) -> Option<f64> {
    stats::mean(&trials.iter().filter_map(|t| finite(t)).collect::<Vec<_>>())
}

/// Mean over all trials; none if one diverged.
pub(crate) fn mean_of_all(trials: &[&Trial]) -> Option<f64> {
    let all: Option<Vec<f64>> = trials.iter().map(|trial| finite(trial)).collect();
    stats::mean(&all?)
}

/// The values tried, ascending, with their means; none where a trial diverged.
pub(crate) fn means(search: &Search) -> Vec<(f64, Option<f64>)> {
    by_value(search).into_iter().map(|(value, trials)| (value, mean_of_all(&trials))).collect()
}

/// The means of the values, ascending in the value; a value of which a trial diverged is never chosen, so it counts as the
/// worst there is: as guessing, or as the worst finished value if that is worse.
pub(crate) fn means_with_failures(search: &Search, criterion: &Criterion) -> Vec<f64> {
    let means = means(search);
    let worst = means.iter().filter_map(|(_, mean)| *mean).fold(criterion.guess(), f64::max);
    means.into_iter().map(|(_, mean)| mean.unwrap_or(worst)).collect()
}

/// The default of the optimizer for what was searched for, and the mean of its trials if it is on the grid and none of them
/// diverged.
pub(crate) fn default_of(
    search: &Search,
    task: &TaskCard,
    cards: &[OptimizerCard],
) -> Option<(f64, Option<f64>)> {
    let entry = task.entries.iter().find(|entry| entry.key == search.entry)?;
    let card = cards.iter().find(|card| card.name == entry.optimizer)?;
    let parameter = card.parameters.iter().find(|parameter| parameter.key == search.hyper)?;
    let value = parameter.default.as_f64()?;
    // Beside the defaults of everything else that was searched over.
    let is_default = |key: &String, of: &Value| {
        card.parameters.iter().any(|parameter| parameter.key == *key && parameter.default == *of)
    };
    let is_alone = |trials: &[&Trial]| {
        trials.iter().all(|trial| trial.others.iter().all(|(key, of)| is_default(key, of)))
    };
    let tried = by_value(search).into_iter().find(|(tried, trials)| *tried == value && is_alone(trials));
    Some((value, tried.and_then(|(_, trials)| mean_of_all(&trials))))
}
