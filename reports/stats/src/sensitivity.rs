//! How carefully a hyper-parameter has to be chosen.

use crate::Direction;

/// Share of a range, in decades, within which its ends count as near.
pub const NEAR_EDGE: f64 = 0.1;

/// What a grid of values of one hyper-parameter shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// Grid value with the best score; of several, the smallest.
    pub best: f64,
    /// Its score.
    pub score: f64,
    /// Smallest grid value of the stretch.
    pub low: f64,
    /// Largest grid value of the stretch.
    pub high: f64,
    /// Width of the stretch, log₁₀(high / low): the contiguous grid values around the best whose scores are
    /// all within the tolerance of its score, the tolerance included. Nothing is interpolated: the true width
    /// is this plus anything short of one grid step on each side, and a best value alone has width 0.
    pub decades: f64,
    /// Whether the stretch ends only because the grid does, below.
    pub is_open_below: bool,
    /// The same, above.
    pub is_open_above: bool,
    /// Smallest grid value above the best at which a run diverged.
    pub diverges_at: Option<f64>,
    /// Whether the best is the first or last value of the grid.
    pub is_on_edge: bool,
    /// Whether it is, or lies within [`NEAR_EDGE`] of the range of an end.
    pub is_near_edge: bool,
}

/// Reads a grid of `(value, mean score)`; a score of `None`, or one that is not finite, is a value at which a
/// run diverged. `None` if there is no score at all, or if the values are not positive, finite and strictly
/// ascending.
pub fn sensitivity(grid: &[(f64, Option<f64>)], tolerance: f64, better: Direction) -> Option<Sensitivity> {
    let is_positive = grid.iter().all(|(value, _)| *value > 0.0 && value.is_finite());
    if !is_positive || grid.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return None;
    }
    let score = |i: usize| grid[i].1.filter(|score| score.is_finite());
    let mut best: Option<(usize, f64)> = None;
    for i in 0..grid.len() {
        if let Some(candidate) = score(i)
            && best.is_none_or(|(_, score)| better.gain(candidate, score) > 0.0)
        {
            best = Some((i, candidate));
        }
    }
    let (at, best) = best?;
    // A loss of exactly the tolerance must not depend on how a difference of decimals is rounded.
    let allowed = tolerance + 1e-12 * (tolerance.abs() + best.abs());
    let is_within = |i: &usize| score(*i).is_some_and(|score| better.gain(best, score) <= allowed);
    let low = (0..at).rev().take_while(is_within).last().unwrap_or(at);
    let high = (at + 1..grid.len()).take_while(is_within).last().unwrap_or(at);
    let (first, last) = (0, grid.len() - 1);
    Some(Sensitivity {
        best: grid[at].0,
        score: best,
        low: grid[low].0,
        high: grid[high].0,
        decades: decades(grid[low].0, grid[high].0)?,
        is_open_below: low == first,
        is_open_above: high == last,
        diverges_at: (at + 1..grid.len()).find(|i| score(*i).is_none()).map(|i| grid[i].0),
        is_on_edge: at == first || at == last,
        is_near_edge: is_near_edge(grid[at].0, grid[first].0, grid[last].0)?,
    })
}

/// Decades from one value to another, log₁₀(to / from): from a default to the best, say. `None` unless both
/// are positive and finite.
pub fn decades(from: f64, to: f64) -> Option<f64> {
    let is_positive = |value: f64| value > 0.0 && value.is_finite();
    (is_positive(from) && is_positive(to)).then(|| to.log10() - from.log10())
}

/// Whether a value lies on or beyond an end of a range, or within [`NEAR_EDGE`] of its length in decades of
/// one. `None` unless all three are positive and finite.
pub fn is_near_edge(value: f64, low: f64, high: f64) -> Option<bool> {
    let margin = NEAR_EDGE * decades(low, high)? + 1e-12;
    Some(decades(low, value)? <= margin || decades(value, high)? <= margin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    /// Learning rates in half decades, accuracies; the tolerance is one point.
    #[test]
    fn a_grid_by_hand() {
        let grid = [
            (0.001, Some(0.90)),
            (0.003, Some(0.945)),
            (0.01, Some(0.95)),
            (0.03, Some(0.94)),
            (0.1, Some(0.93)),
            (0.3, Some(0.945)),
            (1.0, None),
            (3.0, Some(0.1)),
            (10.0, None),
        ];
        let found = sensitivity(&grid, 0.01, Direction::Larger).unwrap();
        assert_eq!((found.best, found.score), (0.01, 0.95));
        // 0.03 loses exactly the tolerance; 0.3 is good again, but behind 0.1, which is not.
        assert_eq!((found.low, found.high), (0.003, 0.03));
        close(found.decades, 1.0);
        assert_eq!(found.diverges_at, Some(1.0));
        assert!(!found.is_open_below && !found.is_open_above && !found.is_on_edge && !found.is_near_edge);
        close(decades(0.001, found.best).unwrap(), 1.0);
        close(decades(0.1, found.best).unwrap(), -1.0);
        // With no tolerance the best stands alone.
        assert_eq!(sensitivity(&grid, 0.0, Direction::Larger).unwrap().decades, 0.0);
        let wide = sensitivity(&grid, 0.5, Direction::Larger).unwrap();
        assert_eq!((wide.low, wide.high, wide.is_open_below, wide.is_open_above), (0.001, 0.3, true, false));
    }

    #[test]
    fn a_loss_that_falls_to_the_edge() {
        let grid = [
            (0.01, Some(f64::NAN)),
            (0.1, Some(2.0)),
            (1.0, Some(1.0)),
            (10.0, Some(1.0)),
            (100.0, Some(0.9)),
        ];
        let found = sensitivity(&grid, 0.1, Direction::Smaller).unwrap();
        assert_eq!((found.best, found.low, found.high), (100.0, 1.0, 100.0));
        assert!(found.is_on_edge && found.is_near_edge && found.is_open_above);
        // What diverged below the best is no boundary.
        assert_eq!(found.diverges_at, None);
        // The first of two equal ones, on neither edge.
        assert_eq!(sensitivity(&grid[..4], 0.0, Direction::Smaller).unwrap().best, 1.0);
    }

    #[test]
    fn near_means_a_tenth_of_the_decades() {
        let near = |value| is_near_edge(value, 1e-5, 1.0);
        // Half a decade of five is the last that is near.
        assert_eq!(
            [1e-5, 3.1e-5, 3.2e-5, 0.1, 0.31, 0.32, 1.0, 2.0].map(near),
            [
                Some(true),
                Some(true),
                Some(false),
                Some(false),
                Some(false),
                Some(true),
                Some(true),
                Some(true)
            ]
        );
        assert_eq!((near(0.0), is_near_edge(1.0, 0.0, 2.0), decades(0.0, 1.0)), (None, None, None));
        // A best that is not the end, and near it.
        let grid = [(1.0, Some(0.0)), (1000.0, Some(2.0)), (1100.0, Some(1.0))];
        let found = sensitivity(&grid, 0.0, Direction::Larger).unwrap();
        assert!(found.is_near_edge && !found.is_on_edge);
    }

    #[test]
    fn what_is_no_grid() {
        let of = |grid: &[(f64, Option<f64>)]| sensitivity(grid, 0.1, Direction::Larger);
        assert_eq!((of(&[]), of(&[(1.0, None)])), (None, None));
        assert_eq!(of(&[(2.0, Some(1.0)), (1.0, Some(1.0))]), None);
        assert_eq!(of(&[(1.0, Some(1.0)), (1.0, Some(1.0))]), None);
        assert_eq!(of(&[(0.0, Some(1.0)), (1.0, Some(1.0))]), None);
        let alone = of(&[(1.0, Some(1.0))]).unwrap();
        assert!(alone.is_on_edge && alone.is_near_edge && alone.decades == 0.0);
    }

    proptest! {
        #[test]
        fn a_wider_tolerance_never_narrows(
            scores in vec(proptest::option::of(0.0..1.0f64), 1..12),
            narrow in 0.0..0.5f64, more in 0.0..0.5f64,
        ) {
            let grid: Vec<_> = (-5..).map(|i| 10_f64.powi(i)).zip(scores.iter().copied()).collect();
            let of = |tolerance| sensitivity(&grid, tolerance, Direction::Larger);
            match (of(narrow), of(narrow + more)) {
                (Some(a), Some(b)) => {
                    prop_assert_eq!(a.best, b.best);
                    prop_assert!(b.low <= a.low && a.low <= a.best && a.best <= a.high && a.high <= b.high);
                    prop_assert!(b.diverges_at.is_none_or(|at| at > b.high));
                }
                (a, b) => prop_assert!(a.is_none() && b.is_none() && scores.iter().all(Option::is_none)),
            }
        }
    }
}
