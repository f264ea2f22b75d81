//! The space of a search of several hyper-parameters, and the points that are drawn from it: a Sobol sequence, scrambled by a seed.

use super::choice::Point;
use crate::optimizers::SearchRange;
use serde_json::Value;
use std::ops::Range;

/// Digits of a number that is drawn: the space is not known better.
const DIGITS: usize = 3;

/// What may be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Space {
    /// Ends of the stretch that the main hyper-parameter is drawn from, evenly in its logarithm.
    pub ends: [f64; 2],
    /// What the others are one of, by key.
    pub others: Vec<(String, Vec<Value>)>,
    /// Of the scrambling.
    pub seed: u32,
}

impl Space {
    /// Points number `numbers` of the sequence, the main hyper-parameter between `ends`. Whatever is compared on a task draws the same
    /// numbers from its own space.
    pub fn draw(&self, numbers: Range<u32>, ends: [f64; 2]) -> Vec<Point> {
        let [low, high] = ends.map(f64::ln);
        let part = |number, dimension| f64::from(sobol_burley::sample(number, dimension, self.seed));
        let point = |number| {
            let value = (low + part(number, 0) * (high - low)).exp();
            let other = |(dimension, (key, values)): (usize, &(String, Vec<Value>))| {
                let place = part(number, dimension as u32 + 1) * values.len() as f64;
                (key.clone(), values[(place as usize).min(values.len() - 1)].clone())
            };
            Point { value: rounded(value), others: self.others.iter().enumerate().map(other).collect() }
        };
        numbers.map(point).collect()
    }
}

/// Through text: 0.00123 and not 0.0012300000000000002.
fn rounded(value: f64) -> f64 {
    format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value)
}

/// What a hyper-parameter beside the main one may be.
pub(crate) fn choices(range: Option<&SearchRange>, hyper: &str) -> Result<Vec<Value>, String> {
    let values = range.map(|range| range.values.clone()).unwrap_or_default();
    if values.len() < 2 {
        return Err(format!(
            "search.{hyper} in the optimizer's file, or tuning.space.{hyper} in the study, lists fewer than 2 values"
        ));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn space(seed: u32) -> Space {
        let schedules = vec![json!({"kind": "constant"}), json!({"kind": "cosine"})];
        Space { ends: [1e-4, 1.0], others: vec![("schedule".into(), schedules)], seed }
    }

    /// What makes the sequence one of Sobol: of the first 2^k points each of 2^k equal stretches holds one, however it is scrambled, and of
    /// each half of one dimension half lies in each half of the other.
    #[test]
    fn points_are_spread_evenly() {
        for seed in [0, 1, 77] {
            let points = space(seed).draw(0..16, [1e-4, 1.0]);
            // Four decades in sixteen stretches.
            let stretches: BTreeSet<i32> =
                points.iter().map(|point| (point.value.log10() * 4.0).floor() as i32).collect();
            assert_eq!(stretches, (-16..0).collect(), "{points:?}");
            let is_constant = |point: &&Point| point.others["schedule"]["kind"] == "constant";
            let constant: Vec<&Point> = points.iter().filter(is_constant).collect();
            assert_eq!((constant.len(), constant.iter().filter(|point| point.value < 0.01).count()), (8, 4));
        }
    }

    #[test]
    fn a_seed_and_a_number_say_which_point_it_is() {
        let (first, later) = (space(3).draw(0..8, [1e-4, 1.0]), space(3).draw(5..8, [1e-4, 1.0]));
        assert_eq!(first[5..], later);
        assert_ne!(first, space(4).draw(0..8, [1e-4, 1.0]));
        // Of another stretch the same part.
        let beyond = space(3).draw(0..8, [1.0, 1e4]);
        assert!(first.iter().zip(&beyond).all(|(a, b)| (b.value / a.value / 1e4 - 1.0).abs() < 0.01));
    }
}
