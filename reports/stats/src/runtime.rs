//! Cost until a target is reached.

use crate::{Anchors, Direction, mean};

/// Scores of the targets beside one another: these shares of the way from chance to the reference.
pub const LADDER: [f64; 4] = [0.5, 0.75, 0.9, 1.0];
/// Factor by which the budget of a run that missed the target is counted in a penalised mean.
pub const PENALTY: f64 = 2.0;

/// What one run spent on a target, in any unit of cost (steps, samples, seconds).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// It got there at this cost.
    Reached(f64),
    /// It did not, within this budget. A run that diverged counts with its full budget.
    Missed(f64),
}

/// The targets of [`LADDER`] on a task.
pub fn ladder(anchors: Anchors) -> [f64; 4] {
    LADDER.map(|share| anchors.value(share))
}

/// Index of the first confirmed crossing: the first of two consecutive evaluations that are both at the
/// target or beyond. One that nothing follows, or that the next one takes back, is not confirmed. The spacing
/// of the evaluations is the resolution of any cost read from it.
pub fn first_crossing(values: &[f64], target: f64, better: Direction) -> Option<usize> {
    values.windows(2).position(|pair| pair.iter().all(|value| better.reaches(*value, target)))
}

/// [`first_crossing`] as the cost of a run whose evaluations took place at these costs. `None` for unequal
/// lengths.
pub fn outcome(
    costs: &[f64],
    values: &[f64],
    target: f64,
    better: Direction,
    budget: f64,
) -> Option<Outcome> {
    (costs.len() == values.len()).then(|| match first_crossing(values, target, better) {
        Some(at) => Outcome::Reached(costs[at]),
        None => Outcome::Missed(budget),
    })
}

/// Expected runtime: the cost of all runs, failed ones with their whole budget, over the number of successes
/// (Hansen et al., "COCO: a platform for comparing continuous optimizers", Optimization Methods and Software
/// 36, 2021). It is what restarting until success would cost on average. `None` without a success, and for
/// costs that are not finite or are negative.
pub fn expected_runtime(outcomes: &[Outcome]) -> Option<f64> {
    let successes = outcomes.iter().filter(|outcome| outcome.is_reached()).count();
    let total = outcomes.iter().map(|outcome| outcome.cost(1.0)).sum::<Option<f64>>()?;
    (successes > 0).then(|| total / successes as f64)
}

/// Mean cost in which a failure counts `factor` times its budget (PAR-k, of which [`PENALTY`] makes PAR-2).
/// Unlike [`expected_runtime`] it has a value without any success. `None` of nothing, and for costs that are
/// not finite or are negative.
pub fn penalised_mean(outcomes: &[Outcome], factor: f64) -> Option<f64> {
    mean(&outcomes.iter().map(|outcome| outcome.cost(factor)).collect::<Option<Vec<f64>>>()?)
}

/// Fraction of the runs that reached the target; `None` of nothing.
pub fn share_reached(outcomes: &[Outcome]) -> Option<f64> {
    mean(&outcomes.iter().map(|outcome| f64::from(u8::from(outcome.is_reached()))).collect::<Vec<_>>())
}

impl Outcome {
    /// Whether the run got there.
    pub fn is_reached(self) -> bool {
        matches!(self, Self::Reached(_))
    }

    /// The cost, that of a failure being `factor` times its budget.
    fn cost(self, factor: f64) -> Option<f64> {
        let cost = match self {
            Self::Reached(cost) => cost,
            Self::Missed(budget) => factor * budget,
        };
        (cost.is_finite() && cost >= 0.0).then_some(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Missed, Reached};
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn a_crossing_is_confirmed_by_the_next_evaluation() {
        let first = |values: &[f64]| first_crossing(values, 0.8, Direction::Larger);
        assert_eq!(first(&[0.1, 0.5, 0.8, 0.9]), Some(2));
        assert_eq!(first(&[0.1, 0.9, 0.7, 0.8, 0.8, 0.1]), Some(3));
        assert_eq!(first(&[0.1, 0.9, 0.7, 0.9]), None);
        assert_eq!(first(&[0.1, 0.9, f64::NAN, 0.9]), None);
        assert_eq!((first(&[0.9]), first(&[]), first(&[0.9, 0.9])), (None, None, Some(0)));
        assert_eq!(first_crossing(&[3.0, 0.9, 1.0, 2.0], 1.0, Direction::Smaller), Some(1));
        let costs = [100.0, 200.0, 300.0];
        let spent = |values: &[f64]| outcome(&costs, values, 0.8, Direction::Larger, 300.0);
        assert_eq!(spent(&[0.1, 0.8, 0.9]), Some(Reached(200.0)));
        assert_eq!((spent(&[0.1, 0.7, 0.9]), spent(&[0.1])), (Some(Missed(300.0)), None));
    }

    #[test]
    fn the_ladder_climbs_from_chance_to_the_reference() {
        assert_eq!(ladder(Anchors { chance: 0.0, reference: 1.0 }), LADDER);
        let down = ladder(Anchors { chance: 0.9, reference: 0.1 });
        for (target, expected) in down.into_iter().zip([0.5, 0.3, 0.18, 0.1]) {
            assert!((target - expected).abs() < 1e-15);
        }
        assert_eq!(down[3], 0.1);
    }

    /// (10 + 20 + 50) / 2 = 40, (10 + 20 + 2 · 50) / 3 = 130 / 3.
    #[test]
    fn costs_by_hand() {
        let outcomes = [Reached(10.0), Missed(50.0), Reached(20.0)];
        assert_eq!(expected_runtime(&outcomes), Some(40.0));
        assert_eq!(penalised_mean(&outcomes, PENALTY), Some(130.0 / 3.0));
        assert_eq!(share_reached(&outcomes), Some(2.0 / 3.0));
        let none = [Missed(50.0), Missed(70.0)];
        assert_eq!((expected_runtime(&none), penalised_mean(&none, 2.0)), (None, Some(120.0)));
        assert_eq!((expected_runtime(&[]), penalised_mean(&[], 2.0), share_reached(&[])), (None, None, None));
        assert_eq!(expected_runtime(&[Reached(1.0), Missed(f64::INFINITY)]), None);
        assert_eq!(penalised_mean(&[Reached(-1.0)], 2.0), None);
    }

    proptest! {
        #[test]
        fn an_easier_target_is_never_reached_later(
            values in vec(0.0..1.0f64, 0..30), target in 0.0..1.0f64, ease in 0.0..0.5f64,
        ) {
            let at = |target| first_crossing(&values, target, Direction::Larger).unwrap_or(usize::MAX);
            prop_assert!(at(target - ease) <= at(target));
            let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
            let down = first_crossing(&mirrored, -target, Direction::Smaller);
            prop_assert_eq!(down.unwrap_or(usize::MAX), at(target));
        }

        /// The mean over all runs, penalised once, is the expected runtime times the share of successes.
        #[test]
        fn two_ways_to_pay_for_failures(runs in vec((0.0..9.0f64, any::<bool>()), 1..20)) {
            let outcomes: Vec<Outcome> =
                runs.into_iter().map(|(cost, ok)| if ok { Reached(cost) } else { Missed(cost) }).collect();
            let share = share_reached(&outcomes).unwrap();
            let mean = penalised_mean(&outcomes, 1.0).unwrap();
            match expected_runtime(&outcomes) {
                Some(cost) => prop_assert!((cost * share - mean).abs() < 1e-12),
                None => prop_assert_eq!(share, 0.0),
            }
        }
    }
}
