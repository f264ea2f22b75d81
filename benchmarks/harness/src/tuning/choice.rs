//! Which of the values of a search is the best.

use crate::study::VALIDATION_ERROR;
use records::{Curve, EpochRow, Outcome, Record, Trial};
use serde_json::Value;
use std::collections::BTreeMap;

/// Means this close are equal: the order of a sum decides what is left.
const EQUAL: f64 = 1e-9;

/// What is tried at once: a value of the main hyper-parameter, and of every other that is searched over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub value: f64,
    pub others: BTreeMap<String, Value>,
}

impl From<f64> for Point {
    fn from(value: f64) -> Self {
        Self { value, others: BTreeMap::new() }
    }
}

/// The points of one search with the scores of their trials.
pub(super) type Scores = Vec<(Point, Vec<Trial>)>;

/// The criterion after the last epoch; none if the run diverged.
pub(super) fn score(record: &Record, criterion: &str) -> Option<f64> {
    let (Outcome::Finished, Curve::Epochs(rows)) = (&record.outcome, &record.curve) else { return None };
    let column = |row: &EpochRow| match criterion {
        "train_loss" => Some(row.train_loss),
        "validation_loss" => row.validation_loss,
        VALIDATION_ERROR => row.validation_accuracy.map(|accuracy| 1.0 - accuracy),
        _ => row.train_loss_running,
    };
    rows.last().and_then(column).filter(|x| x.is_finite())
}

/// Mean of the scores of a value; none if a trial diverged.
pub(super) fn mean(trials: &[Trial]) -> Option<f64> {
    let all: Option<Vec<f64>> = trials.iter().map(|trial| trial.score).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>() / all.len() as f64)
}

/// Places of the values with the lowest mean; a value of which a trial diverged is out.
pub(super) fn lowest(scores: &Scores) -> Vec<usize> {
    let means: Vec<(usize, f64)> =
        scores.iter().enumerate().filter_map(|(i, (_, trials))| Some((i, mean(trials)?))).collect();
    let least = means.iter().map(|(_, mean)| *mean).fold(f64::INFINITY, f64::min);
    let equal = |mean: f64| mean - least <= EQUAL * least.abs();
    means.into_iter().filter(|(_, mean)| equal(*mean)).map(|(i, _)| i).collect()
}

/// The one of equal values that is taken: the middle one of those that were listed, or of all if none was. Of two in the middle
/// it is the one nearer to the middle of the list, or else the smaller.
pub(super) fn middle(tied: &[usize], scores: &Scores, listed: &[f64]) -> Option<usize> {
    let is_listed = |i: &usize| listed.contains(&scores[*i].0.value);
    let from: Vec<usize> = tied.iter().copied().filter(is_listed).collect();
    let from = if from.is_empty() { tied } else { &from[..] };
    let centre = listed.get(listed.len() / 2)?;
    let centre = scores.iter().position(|(point, _)| point.value == *centre)?;
    let (low, high) = (*from.get(from.len().checked_sub(1)? / 2)?, *from.get(from.len() / 2)?);
    Some(if high.abs_diff(centre) < low.abs_diff(centre) { high } else { low })
}

/// The half-decade `n` places from the one nearest to `value`: …, 0.1, 0.3, 1, 3, ….
pub(super) fn half_decade(value: f64, n: i32) -> f64 {
    let place = (2.0 * value.log10()).round() as i32 + n;
    let mantissa = if place.rem_euclid(2) == 0 { 1 } else { 3 };
    // Through text: 3e-4 and not 3.0000000000000003e-4.
    format!("{mantissa}e{}", place.div_euclid(2)).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_decades_are_one_and_three() {
        let run: Vec<f64> = (-5..=3).map(|n| half_decade(0.3, n)).collect();
        assert_eq!(run, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]);
        assert_eq!(half_decade(0.001, -1), 3e-4);
    }

    #[test]
    fn the_lowest_mean_wins_and_a_diverged_trial_loses() {
        let trial =
            |value, score| Trial { value, others: BTreeMap::new(), repetition: 0, score, refined: false };
        let scores = vec![
            (Point::from(0.1), vec![trial(0.1, Some(2.0)), trial(0.1, Some(1.0))]),
            (Point::from(0.3), vec![trial(0.3, Some(1.2)), trial(0.3, Some(1.2))]),
            (Point::from(1.0), vec![trial(1.0, Some(0.1)), trial(1.0, None)]),
        ];
        assert_eq!(lowest(&scores), [1]);
        assert!(lowest(&scores[2..].to_vec()).is_empty());
    }

    /// Scores of one trial each.
    fn scored(all: &[(f64, f64)]) -> Scores {
        let trial = |value, score| {
            let others = BTreeMap::new();
            vec![Trial { value, others, repetition: 0, score: Some(score), refined: false }]
        };
        all.iter().map(|&(value, score)| (value.into(), trial(value, score))).collect()
    }

    #[test]
    fn of_equal_values_the_middle_one_that_was_listed_is_taken() {
        let listed = [1.0, 2.0, 3.0, 4.0, 5.0];
        let taken = |all: &[(f64, f64)]| {
            let scores = scored(all);
            middle(&lowest(&scores), &scores, &listed).map(|i| scores[i].0.value)
        };
        let over = |low: &[f64]| -> Vec<(f64, f64)> {
            listed.iter().map(|&value| (value, if low.contains(&value) { 0.1 } else { 0.2 })).collect()
        };
        for (tied, expected) in [
            (&[1.0, 2.0, 3.0, 4.0, 5.0][..], 3.0),
            (&[1.0], 1.0),
            (&[1.0, 2.0, 3.0], 2.0),
            (&[1.0, 2.0], 2.0),
            (&[4.0, 5.0], 4.0),
            (&[1.0, 5.0], 1.0),
            (&[1.0, 2.0, 4.0, 5.0], 2.0),
        ] {
            assert_eq!(taken(&over(tied)), Some(expected), "{tied:?}");
        }
        // What an extension added is taken only if nothing listed is as good.
        let extended = [&[(0.1, 0.1), (0.3, 0.1)][..], &over(&[1.0])].concat();
        assert_eq!(taken(&extended), Some(1.0));
        let better = [&[(0.1, 0.0), (0.3, 0.0)][..], &over(&[1.0])].concat();
        assert_eq!(taken(&better), Some(0.3));
        assert_eq!(taken(&[]), None);
        // The order of a sum is no difference.
        assert_eq!(lowest(&scored(&[(1.0, 0.1 + 0.2), (2.0, 0.3)])), [0, 1]);
    }
}
