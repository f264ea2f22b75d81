//! The winner's curse: how much of a tuned score was luck.

use crate::{Direction, Interval, mean, mean_interval, standard_deviation};

/// A score that decided a selection, and what the selected settings reach on seeds that had no part in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimism {
    /// Score on the tuning seeds.
    pub selected: f64,
    /// Mean score on fresh seeds.
    pub fresh: f64,
    /// How much better the selected score is than the fresh mean, in the unit of the score; positive if
    /// selection was flattering.
    pub gap: f64,
    /// The gap in standard deviations of single fresh seeds. `None` for one seed, or if they do not differ.
    pub in_deviations: Option<f64>,
    /// Student's 95 % interval of the gap, from two fresh seeds on. The selected score is what it is: only
    /// the fresh mean is uncertain.
    pub interval: Option<Interval>,
    /// Fresh seeds.
    pub n: usize,
}

/// Compares the score that won a search with the scores of its settings on fresh seeds. `None` without a
/// fresh score, or if a score is not finite.
pub fn optimism(selected: f64, fresh: &[f64], better: Direction) -> Option<Optimism> {
    if !selected.is_finite() || fresh.iter().any(|score| !score.is_finite()) {
        return None;
    }
    let gaps: Vec<f64> = fresh.iter().map(|score| better.gain(selected, *score)).collect();
    let gap = mean(&gaps)?;
    Some(Optimism {
        selected,
        fresh: mean(fresh)?,
        gap,
        in_deviations: standard_deviation(fresh).filter(|spread| *spread > 0.0).map(|spread| gap / spread),
        interval: mean_interval(&gaps, 0.95),
        n: fresh.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use streams::Stream;

    /// Gaps 4, 3, 2, 1, 0: mean 2, spread √2.5, half width 2.776445 √(2.5 / 5) = 1.963243.
    #[test]
    fn by_hand() {
        let fresh = [1.0, 2.0, 3.0, 4.0, 5.0];
        let found = optimism(5.0, &fresh, Direction::Larger).unwrap();
        assert_eq!((found.selected, found.fresh, found.gap, found.n), (5.0, 3.0, 2.0, 5));
        assert!((found.in_deviations.unwrap() - 2.0 / 2.5_f64.sqrt()).abs() < 1e-15);
        let interval = found.interval.unwrap();
        assert!((interval.low - 0.036_757).abs() < 1e-6 && (interval.high - 3.963_243).abs() < 1e-6);
        // A loss of 5 chosen where fresh ones have mean 3 was bad luck.
        assert_eq!(optimism(5.0, &fresh, Direction::Smaller).unwrap().gap, -2.0);
        let one = optimism(0.5, &[0.25], Direction::Larger).unwrap();
        assert_eq!((one.gap, one.in_deviations, one.interval), (0.25, None, None));
        assert_eq!(optimism(0.5, &[0.25, 0.25], Direction::Larger).unwrap().in_deviations, None);
        assert_eq!(optimism(1.0, &[], Direction::Larger), None);
        assert_eq!(optimism(1.0, &[f64::NAN], Direction::Larger), None);
    }

    /// The best of K trials whose true spread is s times the seed noise is flattered by m / √(1 + s²)
    /// standard deviations of the noise, where m is the expected largest of K normal draws: 1.53875, 2.04276
    /// and 2.50759 for 10, 30 and 100 (Harter, Biometrika 48, 1961).
    #[test]
    fn the_gap_of_a_winner_is_that_of_order_statistics() {
        let mut draws = Stream::new(0, "", "optimism", 0).draws(0);
        for (trials, largest) in [(10, 1.538_75), (30, 2.042_76), (100, 2.507_59)] {
            for spread in [0.5, 1.0, 2.0] {
                let gaps: Vec<f64> =
                    (0..4000)
                        .map(|_| {
                            let made = (0..trials).map(|_| {
                                let truth = spread * draws.normal();
                                (truth + draws.normal(), truth)
                            });
                            let (selected, truth) = made.fold((f64::NEG_INFINITY, 0.0), |best, trial| {
                                if trial.0 > best.0 { trial } else { best }
                            });
                            let fresh = [truth + draws.normal(), truth + draws.normal()];
                            optimism(selected, &fresh, Direction::Larger).unwrap().gap
                        })
                        .collect();
                let expected = largest / (1.0 + spread * spread).sqrt();
                // The standard error is below 1.2 / √4000 = 0.019.
                assert!((mean(&gaps).unwrap() - expected).abs() < 0.06, "{trials} trials, spread {spread}");
            }
        }
    }

    proptest! {
        #[test]
        fn mirrored_scores_give_the_same_gap(
            selected in -1.0..1.0f64, fresh in vec(-1.0..1.0f64, 1..9),
        ) {
            let mirrored: Vec<f64> = fresh.iter().map(|score| -score).collect();
            let a = optimism(selected, &fresh, Direction::Larger).unwrap();
            let b = optimism(-selected, &mirrored, Direction::Smaller).unwrap();
            prop_assert_eq!((a.gap, a.in_deviations, a.interval), (b.gap, b.in_deviations, b.interval));
            prop_assert!(a.interval.is_none_or(|interval| interval.low <= a.gap && a.gap <= interval.high));
        }
    }
}
