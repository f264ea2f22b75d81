//! What the ladders of targets cost an entry, against the reference.

use crate::view::results::race::{Outcomes, Race};
use crate::words::text::significant;
use schemars::JsonSchema;
use serde::Serialize;
use stats::runtime::PENALTY;
use stats::{geometric_mean_ratio, geometric_mean_ratio_interval};
use std::collections::BTreeMap;

/// Cost of the ladders of targets against the reference.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct CostView {
    /// Geometric mean over tasks, seeds and targets of steps over the reference's steps; none for the reference itself, and
    /// where neither reached anything.
    pub ratio: Option<f64>,
    /// The same, printed.
    pub ratio_text: Option<String>,
    /// Bounds of its 95 % interval, printed; from five common seeds on each task on.
    pub interval: Option<[String; 2]>,
    /// The same as numbers.
    #[serde(skip)]
    pub(crate) bounds: Option<[f64; 2]>,
    /// The ratio if a missed target counts the budget once, and ten times; printed where either side misses half of its
    /// targets or more, for there the ratio hangs on that factor.
    pub penalties: Option<[String; 2]>,
    /// Runs and targets reached.
    pub reached: usize,
    /// Runs times targets.
    pub pairs: usize,
    /// Seeds and targets that both this entry and the reference missed: they enter the ratio as equal.
    pub missed_by_both: usize,
}

/// None unless the entry has runs on every task with an anchor.
pub(crate) fn cost(races: &BTreeMap<String, Race>, key: &str, reference: Option<&str>) -> Option<CostView> {
    let met: Option<Vec<Met>> = races.values().map(|race| Met::new(race, key, reference)).collect();
    let met = met?;
    let outcomes =
        || races.values().filter_map(|race| race.runs.get(key)).flat_map(|runs| runs.values().flatten());
    let (reached, pairs) = (outcomes().filter(|o| o.is_reached()).count(), outcomes().count());
    if pairs == 0 {
        return None;
    }
    let each = || met.iter().flat_map(Met::targets);
    let missed_by_both = each().filter(|[ours, theirs]| !ours && !theirs).count();
    // Where neither reached anything there is nothing to divide.
    let is_compared = Some(key) != reference
        && met.iter().all(|met| !met.seeds.is_empty())
        && each().count() > missed_by_both;
    let ratio = |penalty: f64| {
        let [ours, theirs] = [0, 1].map(|side| costs(&met, side, penalty).concat());
        if is_compared { geometric_mean_ratio(&ours, &theirs) } else { None }
    };
    let value = ratio(PENALTY);
    let interval = value.and_then(|_| {
        let [ours, theirs] = [0, 1].map(|side| costs(&met, side, PENALTY));
        let [ours, theirs] = [&ours, &theirs].map(|side| side.iter().map(Vec::as_slice).collect::<Vec<_>>());
        geometric_mean_ratio_interval(&ours, &theirs)
    });
    let print = |x: f64| format!("{}×", significant(x, 3));
    let fewest = [0, 1].map(|side| each().filter(|reached| reached[side]).count()).into_iter().min();
    let is_scarce = fewest.is_some_and(|fewest| 2 * fewest <= each().count());
    let penalties = value.filter(|_| is_scarce).and_then(|_| Some([print(ratio(1.0)?), print(ratio(10.0)?)]));
    Some(CostView {
        ratio: value,
        ratio_text: value.map(print),
        interval: interval.map(|i| [print(i.low), print(i.high)]),
        bounds: interval.map(|i| [i.low, i.high]),
        penalties,
        reached,
        pairs,
        missed_by_both,
    })
}

/// An entry and the reference on the seeds of a task that both have.
struct Met<'a> {
    race: &'a Race,
    seeds: Vec<[Outcomes; 2]>,
}

impl<'a> Met<'a> {
    fn new(race: &'a Race, key: &str, reference: Option<&str>) -> Option<Self> {
        let ours = race.runs.get(key)?;
        let theirs = reference.and_then(|reference| race.runs.get(reference));
        let seeds = ours.iter().filter_map(|(seed, ours)| Some([*ours, *theirs?.get(seed)?]));
        Some(Self { race, seeds: seeds.collect() })
    }

    /// Seed by seed and target by target, whether each side reached it.
    fn targets(&self) -> impl Iterator<Item = [bool; 2]> {
        let target =
            |(ours, theirs): (&stats::Outcome, &stats::Outcome)| [ours.is_reached(), theirs.is_reached()];
        self.seeds.iter().flat_map(move |[ours, theirs]| ours.iter().zip(theirs).map(target))
    }
}

/// Costs of the runs of one side, task by task.
fn costs(met: &[Met], side: usize, penalty: f64) -> Vec<Vec<f64>> {
    met.iter().map(|met| met.seeds.iter().map(|pair| met.race.cost(&pair[side], penalty)).collect()).collect()
}
