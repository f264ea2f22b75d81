//! The space of a search of several hyper-parameters, and the points that are drawn from it: a Sobol sequence, scrambled by a seed.

use super::choice::Point;
use crate::optimizers::SearchRange;
use crate::tuned::numbers;
use crate::{EntrySettings, OptimizerFile, TuningSettings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// Digits of a number that is drawn, at least: the space is not known better. More only where these make two points one.
const DIGITS: usize = 3;
/// Digits that tell any two numbers apart.
const MOST_DIGITS: usize = 17;

/// What may be drawn for an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Space {
    /// The main hyper-parameter.
    pub hyper: String,
    /// Ends of the stretch that it is drawn from, evenly in its logarithm.
    pub ends: [f64; 2],
    /// What the others are one of, by key.
    pub others: Vec<(String, Vec<Value>)>,
    /// Why.
    pub reason: String,
}

impl Space {
    /// That of an entry with something open; none if its search is a grid.
    ///
    /// # Errors
    /// If too little is listed for what is open, in words.
    pub fn of(
        entry: &EntrySettings,
        settings: Option<&TuningSettings>,
        shared: &OptimizerFile,
    ) -> Result<Option<Self>, String> {
        let (Some(hyper), Some(settings)) = (entry.main(), settings) else { return Ok(None) };
        let others: Vec<&str> = entry.open().filter(|other| *other != hyper).collect();
        if settings.trials.is_none() {
            let beside = match (&others[..], entry.space.is_empty()) {
                ([], true) => return Ok(None),
                ([], false) => "its `space` is".into(),
                _ => format!("{} are `tuned`", others.join(", ")),
            };
            return Err(format!(
                "a grid is searched over one hyper-parameter as the optimizer's file lists it, and {beside} there beside {hyper}; say with \
                 tuning.trials how many points are to be drawn"
            ));
        }
        let range = |key: &str| {
            let own = entry.space.get(key).or_else(|| settings.space.get(key));
            own.or_else(|| shared.search.get(key))
        };
        let values = numbers(range(hyper), hyper)?;
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return Ok(None) };
        let keys = [hyper].into_iter().chain(others.iter().copied());
        let reasons = keys.filter_map(range).map(|range| range.reason.as_str()).filter(|it| !it.is_empty());
        let reason = reasons.collect::<Vec<_>>().join("; ");
        let others = others.iter().map(|other| Ok(((*other).to_owned(), choices(range(other), other)?)));
        let others = others.collect::<Result<Vec<_>, String>>()?;
        Ok(Some(Self { hyper: hyper.to_owned(), ends: [low, high], others, reason }))
    }

    /// As a file of found values has it.
    pub fn declared(&self) -> BTreeMap<String, Vec<Value>> {
        let ends = (self.hyper.clone(), self.ends.map(Value::from).to_vec());
        [ends].into_iter().chain(self.others.iter().cloned()).collect()
    }

    /// What stands for a point until one has been searched for: something in the middle of everything.
    pub fn middle(&self) -> Point {
        let [low, high] = self.ends;
        let middle = |(key, values): &(String, Vec<Value>)| (key.clone(), values[values.len() / 2].clone());
        let value = rounded((low.ln() / 2.0 + high.ln() / 2.0).exp(), DIGITS);
        Point { value, others: self.others.iter().map(middle).collect() }
    }

    /// Points number `numbers` of the sequence, the main hyper-parameter between `ends`, none of which is one of `there`. Whatever is
    /// compared on a task draws the same places from its own space.
    pub fn draw(&self, seed: u32, numbers: Range<u32>, ends: [f64; 2], there: &[Point]) -> Vec<Point> {
        let [low, high] = ends.map(f64::ln);
        let part = |number, dimension| f64::from(sobol_burley::sample(number, dimension, seed));
        let mut drawn: Vec<Point> = Vec::new();
        for number in numbers {
            let value = (low + part(number, 0) * (high - low)).exp();
            let other = |(dimension, (key, values)): (usize, &(String, Vec<Value>))| {
                let place = part(number, dimension as u32 + 1) * values.len() as f64;
                (key.clone(), values[(place as usize).min(values.len() - 1)].clone())
            };
            let others: BTreeMap<String, Value> = self.others.iter().enumerate().map(other).collect();
            let with = |digits| Point { value: rounded(value, digits), others: others.clone() };
            let is_new = |point: &Point| !there.iter().chain(&drawn).any(|other| other == point);
            drawn.extend((DIGITS..=MOST_DIGITS).map(with).find(is_new));
        }
        drawn
    }
}

/// Through text: 0.00123 and not 0.0012300000000000002.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// What a hyper-parameter beside the main one may be.
fn choices(range: Option<&SearchRange>, hyper: &str) -> Result<Vec<Value>, String> {
    let values = range.map(|range| range.values.clone()).unwrap_or_default();
    if values.len() < 2 {
        return Err(format!(
            "fewer than 2 values of {hyper} are listed: give it a `space` in the study, or a `search` in the optimizer's file"
        ));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    const ENDS: [f64; 2] = [1e-4, 1.0];

    fn space() -> Space {
        let schedules = vec![json!({"kind": "constant"}), json!({"kind": "cosine"})];
        let others = vec![("schedule".into(), schedules)];
        Space { hyper: "learning_rate".into(), ends: ENDS, others, reason: String::new() }
    }

    /// What makes the sequence one of Sobol: of the first 2^k points each of 2^k equal stretches holds one, however it is scrambled, and of
    /// each half of one dimension half lies in each half of the other.
    #[test]
    fn points_are_spread_evenly() {
        for seed in [0, 1, 77] {
            let points = space().draw(seed, 0..16, ENDS, &[]);
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
        let (first, later) = (space().draw(3, 0..8, ENDS, &[]), space().draw(3, 5..8, ENDS, &[]));
        assert_eq!(first[5..], later);
        assert_ne!(first, space().draw(4, 0..8, ENDS, &[]));
        // Of another stretch the same part.
        let beyond = space().draw(3, 0..8, [1.0, 1e4], &[]);
        assert!(first.iter().zip(&beyond).all(|(a, b)| (b.value / a.value / 1e4 - 1.0).abs() < 0.01));
    }

    /// A thousand points in a third of a decade, of which three digits tell some hundred apart.
    #[test]
    fn no_two_points_are_one() {
        let narrow = Space { ends: [1.0, 2.0], others: Vec::new(), ..space() };
        let points = narrow.draw(5, 0..1024, [1.0, 2.0], &[]);
        let values: BTreeSet<u64> = points.iter().map(|point| point.value.to_bits()).collect();
        assert_eq!((points.len(), values.len()), (1024, 1024));
        let again = narrow.draw(5, 0..8, [1.0, 2.0], &points);
        assert!(again.len() == 8 && again.iter().all(|point| !points.contains(point)));
    }

    #[test]
    fn the_middle_is_one_of_its_values() {
        let middle = space().middle();
        assert_eq!((middle.value, &middle.others["schedule"]), (0.01, &json!({"kind": "cosine"})));
    }
}
