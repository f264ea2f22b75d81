//! Where a search looks between the values of its grid.

use super::choice::{Scores, mean};

/// Digits that a value between two others has at least; more only where these do not tell it from them.
const DIGITS: usize = 2;
/// Digits that tell any two numbers of double precision apart.
const MOST_DIGITS: usize = 17;
/// Smallest ratio of neighbours in a grid that is refined: of closer ones the values between would soon be those of single
/// precision that are there already.
pub(super) const CLOSEST: f64 = 1.1;

/// The next values around the one at `best`, `left` at most: between it and each of its neighbours, the better neighbour's side
/// first (the smaller one's if both are as good, or diverged). Beyond an end of the grid there is no neighbour.
pub(super) fn around(best: usize, scores: &Scores, left: usize) -> Vec<f64> {
    let value = |i: usize| scores.get(i).map(|(point, _)| point.value);
    let Some(centre) = value(best) else { return Vec::new() };
    // A diverged neighbour ranks below every other.
    let rank = |i: &usize| scores.get(*i).and_then(|(_, trials)| mean(trials)).unwrap_or(f64::INFINITY);
    let mut sides: Vec<usize> = best.checked_sub(1).into_iter().chain([best + 1]).collect();
    sides.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    let middle = |side| value(side).and_then(|other| between(centre.min(other), centre.max(other)));
    sides.into_iter().filter_map(middle).take(left).collect()
}

/// The geometric mean of two positive numbers in the fewest digits, two at least, that lie in the middle third of the way between them:
/// 0.17 between 0.1 and 0.3. So ten of them, each beside the last, stay apart in single precision, in which networks train. None if
/// nothing does. Roots and products of IEEE arithmetic and decimals are the same on every machine.
fn between(low: f64, high: f64) -> Option<f64> {
    let mean = low.sqrt() * high.sqrt();
    // As a ratio, half of the way; three times what is between a value and the mean is at most that.
    let half = high.sqrt() / low.sqrt();
    let thrice = |ratio: f64| ratio * ratio * ratio;
    let rounded = |digits: usize| format!("{mean:.*e}", digits - 1).parse().ok();
    let is_middle = |value: &f64| {
        low < *value && *value < high && thrice(mean / value) <= half && thrice(value / mean) <= half
    };
    (DIGITS..=MOST_DIGITS).filter_map(rounded).find(is_middle)
}

#[cfg(test)]
mod tests {
    use super::super::choice::{lowest, middle};
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use records::Trial;
    use std::collections::BTreeMap;

    /// One trial; none finished where there is no score.
    fn scored(all: &[(f64, Option<f64>)]) -> Scores {
        let trial = |value, score| {
            let others = BTreeMap::new();
            vec![Trial { value, others, repetition: 0, score, refined: false }]
        };
        all.iter().map(|&(value, score)| (value.into(), trial(value, score))).collect()
    }

    /// √0.03 = 0.1732, √0.3 = 0.5477, √(1.2 · 1.3) = 1.249; of 1 and 1.1, √1.1 = 1.0488, two digits give 1 again.
    #[test]
    fn a_middle_has_two_digits_or_as_many_as_tell_it_apart() {
        assert_eq!(between(0.1, 0.3), Some(0.17));
        assert_eq!(between(0.3, 1.0), Some(0.55));
        assert_eq!(between(1e-4, 3e-4), Some(1.7e-4));
        assert_eq!(between(1.0, 1.1), Some(1.05));
        assert_eq!(between(1.2, 1.3), Some(1.25));
        // Two digits would give nearly the larger one.
        assert_eq!(between(0.168, 0.170_000_000_1), Some(0.169));
        assert_eq!(between(1e-200, 1e-198), Some(1e-199));
        assert_eq!(between(1e300, 1e304), Some(1e302));
        assert_eq!(between(1.0, 1.0_f64.next_up()), None);
        assert_eq!(between(2.0, 2.0), None);
    }

    #[test]
    fn the_side_of_the_better_neighbour_comes_first() {
        let of = |low, high, left| {
            let scores = scored(&[(0.03, Some(9.0)), (0.1, low), (0.3, Some(1.0)), (1.0, high)]);
            around(2, &scores, left)
        };
        assert_eq!(of(Some(2.0), Some(3.0), 2), [0.17, 0.55]);
        assert_eq!(of(Some(3.0), Some(2.0), 2), [0.55, 0.17]);
        assert_eq!(of(Some(3.0), Some(2.0), 1), [0.55]);
        assert_eq!(of(Some(2.0), Some(2.0), 1), [0.17]);
        assert_eq!(of(None, Some(9e9), 2), [0.55, 0.17]);
        assert_eq!(of(None, None, 2), [0.17, 0.55]);
        assert!(of(None, None, 0).is_empty());
    }

    /// Inwards only: what lies beyond an end is for the extension of the grid.
    #[test]
    fn at_an_end_there_is_one_side() {
        let scores = scored(&[(0.1, Some(1.0)), (0.3, Some(1.0)), (1.0, Some(1.0))]);
        assert_eq!(around(0, &scores, 2), [0.17]);
        assert_eq!(around(2, &scores, 2), [0.55]);
        assert!(around(0, &scored(&[(0.1, Some(1.0))]), 2).is_empty());
    }

    /// The refined values of a grid in the order in which they are asked for.
    fn sequence(grid: &[f64], refine: usize, score: impl Fn(f64) -> Option<f64>) -> Vec<f64> {
        let (mut values, mut refined) = (grid.to_vec(), Vec::new());
        while refined.len() < refine {
            let scores = scored(&values.iter().map(|&value| (value, score(value))).collect::<Vec<_>>());
            let Some(best) = middle(&lowest(&scores), &scores, grid) else { break };
            let added = around(best, &scores, refine - refined.len());
            assert!(!added.is_empty(), "{values:?}");
            values.extend(&added);
            values.sort_by(f64::total_cmp);
            refined.extend(added);
        }
        refined
    }

    const GRID: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];

    /// (log₁₀ (s / 0.6))²: 0.605 at 0.1, 0.0906 at 0.3, 0.0492 at 1, 0.489 at 3. Around 1 the side of 0.3 is first: √0.3 = 0.55, then
    /// √3 = 1.7. 0.55 is the best now (0.00143), between 0.3 and 1 (0.0492): √0.55 = 0.742, then √0.165 = 0.406. 0.74 has 0.0083, so
    /// 0.55 stays, between 0.41 (0.0273) and 0.74: √(0.55 · 0.74) = 0.638.
    #[test]
    fn a_quadratic_by_hand() {
        let valley = |s: f64| Some((s / 0.6).log10().powi(2));
        assert_eq!(sequence(&GRID, 5, valley), [0.55, 1.7, 0.74, 0.41, 0.64]);
        // The first of them do not depend on how many there are to be.
        assert_eq!(sequence(&GRID, 2, valley), [0.55, 1.7]);
        // The largest is the best: √3 = 1.73, then 1.7 to 3 (√5.1 = 2.26), 2.3 to 3 (√6.9 = 2.63).
        assert_eq!(sequence(&GRID, 3, |s| Some((s / 30.0).log10().powi(2))), [1.7, 2.3, 2.6]);
        // Nothing but 0.3 trains, and the rest diverges.
        assert_eq!(sequence(&GRID, 4, |s| (s == 0.3).then_some(1.0)), [0.17, 0.55, 0.23, 0.41]);
        // All alike: the middle of the list stays the choice.
        assert_eq!(sequence(&GRID, 4, |_| Some(1.0)), [0.17, 0.55, 0.23, 0.41]);
        assert!(sequence(&GRID, 4, |_| None).is_empty());
    }

    proptest! {
        /// Whatever the scores are: as many values as asked for, none twice (in single precision too), all inside of the grid, and
        /// the same ones again.
        #[test]
        fn as_many_as_asked_for_and_none_twice(
            first in -8.0..2.0f64,
            ratios in vec(CLOSEST..10.0, 2..7),
            refine in 1..=10usize,
            (seed, levels) in (any::<u64>(), 1..1000u64),
        ) {
            let mut grid = vec![10_f64.powf(first)];
            ratios.iter().for_each(|ratio| grid.push(grid[grid.len() - 1] * ratio));
            // Few levels make ties; one in seven values diverges.
            let score = |value: f64| {
                let drawn = (value.to_bits() ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
                (value == grid[1] || !drawn.is_multiple_of(7)).then_some((drawn % levels) as f64)
            };
            let found = sequence(&grid, refine, score);
            prop_assert_eq!(found.len(), refine);
            prop_assert!(found.iter().all(|value| grid[0] < *value && *value < grid[grid.len() - 1]));
            let mut all: Vec<f32> = grid.iter().chain(&found).map(|value| *value as f32).collect();
            all.sort_by(f32::total_cmp);
            all.dedup();
            prop_assert_eq!(all.len(), grid.len() + refine);
            prop_assert_eq!(sequence(&grid, refine, score), found);
        }
    }
}
