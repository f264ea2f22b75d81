//! Whether a grid of values is fine enough for what trains between them.

use crate::Direction;

/// A value of a grid and its neighbours there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Whether the value itself trains.
    pub trains: bool,
    /// The next smaller value of the grid, and whether it trains; none at the edge.
    pub below: Option<(f64, bool)>,
    /// The next larger one.
    pub above: Option<(f64, bool)>,
}

impl Resolution {
    /// Whether the value trains and a neighbour does: then what trains is wider than a step of the grid. Otherwise its true
    /// width, and the best value in it, may lie anywhere between the neighbours.
    pub fn is_resolved(&self) -> bool {
        self.trains && [self.below, self.above].iter().flatten().any(|(_, trains)| *trains)
    }
}

/// Looks at `chosen` in an ascending grid of `(value, mean score)`, where a score of `None`, or one that is not finite, is a value
/// at which a run diverged. A value trains if its score is better than that of guessing by more than the tolerance, in the unit of
/// the score. `None` if `chosen` is not in the grid.
pub fn resolution(
    grid: &[(f64, Option<f64>)],
    chosen: f64,
    (guess, tolerance): (f64, f64),
    better: Direction,
) -> Option<Resolution> {
    let at = grid.iter().position(|(value, _)| *value == chosen)?;
    let trains = |score: Option<f64>| {
        score.is_some_and(|score| score.is_finite() && better.gain(score, guess) > tolerance)
    };
    let value = |i: usize| grid.get(i).map(|(value, score)| (*value, trains(*score)));
    Some(Resolution {
        trains: trains(grid[at].1),
        below: at.checked_sub(1).and_then(value),
        above: value(at + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses after ten epochs; guessing among ten classes is ln 10 = 2.3026, and a tenth of the way from there to 2.148 is 0.0155.
    #[test]
    fn one_value_alone_is_not_resolved() {
        let losses = [2.302, 2.300, 2.148, 2.304].map(Some);
        let grid: Vec<_> = [0.03, 0.1, 0.3, 1.0].into_iter().zip(losses).collect();
        let of = |grid: &[(f64, Option<f64>)], chosen| {
            resolution(grid, chosen, (std::f64::consts::LN_10, 0.0155), Direction::Smaller).unwrap()
        };
        let found = of(&grid, 0.3);
        assert_eq!(found, Resolution { trains: true, below: Some((0.1, false)), above: Some((1.0, false)) });
        assert!(!found.is_resolved());
        // 2.3026 − 2.287 = 0.0156 is more than the tolerance, 0.0154 is not.
        for (loss, resolved) in
            [(Some(2.287), true), (Some(2.2872), false), (None, false), (Some(f64::NAN), false)]
        {
            let mut grid = grid.clone();
            grid[3].1 = loss;
            assert_eq!(of(&grid, 0.3).is_resolved(), resolved, "{loss:?}");
        }
        // A neighbour of what does not train resolves nothing.
        assert!(!of(&grid, 0.1).is_resolved());
    }

    #[test]
    fn an_end_has_one_neighbour() {
        let grid = [(0.1, Some(0.9)), (1.0, Some(0.8)), (10.0, None)];
        let of = |chosen| resolution(&grid, chosen, (0.1, 0.01), Direction::Larger);
        let low = of(0.1).unwrap();
        assert_eq!((low.below, low.above, low.is_resolved()), (None, Some((1.0, true)), true));
        let high = of(10.0).unwrap();
        assert_eq!((high.trains, high.below, high.above), (false, Some((1.0, true)), None));
        assert_eq!(of(0.2), None);
    }
}
