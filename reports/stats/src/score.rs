//! Scores that can be pooled over tasks.

/// The two values of a task's metric that a score is measured on. They belong to the task and are frozen with
/// it: a minimum and maximum of the competitors at hand would change with every one that is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchors {
    /// What a guess reaches; scores 0.
    pub chance: f64,
    /// What the published reference reaches; scores 1.
    pub reference: f64,
}

impl Anchors {
    /// Normalised score of a value, (value − chance) / (reference − chance) (Agarwal et al., "Deep
    /// reinforcement learning at the edge of the statistical precipice", NeurIPS 2021). More is better
    /// whichever way the metric goes; above 1 is better than the reference, below 0 worse than chance. `None`
    /// for anchors that are equal or not finite, and for a value that is not a number.
    pub fn score(self, value: f64) -> Option<f64> {
        let range = self.reference - self.chance;
        (range.is_finite() && range != 0.0 && !value.is_nan()).then(|| (value - self.chance) / range)
    }

    /// The value with this score.
    pub fn value(self, score: f64) -> f64 {
        // This form, unlike chance + score · range, gives the reference itself for 1.
        (1.0 - score) * self.chance + score * self.reference
    }
}

/// How far scores fall short of the reference on average: mean of max(0, 1 − score), the optimality gap of
/// Agarwal et al. 2021 with γ = 1. Less is better; doing better than the reference on one task makes up for
/// nothing on another. `None` of nothing, or if a score is not a number.
pub fn optimality_gap(scores: &[f64]) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    crate::mean(&scores.iter().map(|score| (1.0 - score).max(0.0)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn scores_by_hand() {
        let accuracy = Anchors { chance: 0.125, reference: 0.875 };
        assert_eq!([0.125, 0.5, 0.875, 1.0].map(|a| accuracy.score(a)), [0.0, 0.5, 1.0, 7.0 / 6.0].map(Some));
        let error = Anchors { chance: 0.75, reference: 0.25 };
        assert_eq!([0.75, 0.375, 0.25, 1.0].map(|e| error.score(e)), [0.0, 0.75, 1.0, -0.5].map(Some));
        assert_eq!((error.value(0.75), error.value(1.0), accuracy.value(0.0)), (0.375, 0.25, 0.125));
        assert_eq!(Anchors { chance: 0.5, reference: 0.5 }.score(0.7), None);
        assert_eq!(Anchors { chance: f64::NEG_INFINITY, reference: 0.5 }.score(0.7), None);
        assert_eq!(accuracy.score(f64::NAN), None);
    }

    /// Shortfalls 0.5, 0.25, 0 (not −0.25) and 1.25: 2 / 4.
    #[test]
    fn optimality_gap_by_hand() {
        assert_eq!(optimality_gap(&[0.5, 0.75, 1.25, -0.25]), Some(0.5));
        assert_eq!(optimality_gap(&[1.0, 3.0]), Some(0.0));
        assert_eq!((optimality_gap(&[]), optimality_gap(&[0.5, f64::NAN])), (None, None));
    }

    proptest! {
        #[test]
        fn a_score_depends_on_no_unit(
            value in -10.0..10.0f64, chance in -10.0..0.0f64, reference in 1.0..9.0f64,
        ) {
            let original = Anchors { chance, reference };
            let score = original.score(value).unwrap();
            let percent = |x: f64| 100.0 * x - 7.0;
            let anchors = Anchors { chance: percent(chance), reference: percent(reference) };
            prop_assert!((anchors.score(percent(value)).unwrap() - score).abs() < 1e-9);
            prop_assert!((original.value(score) - value).abs() < 1e-9);
        }

        #[test]
        fn the_gap_is_at_least_the_shortfall_of_the_mean(scores in vec(-1.0..2.0f64, 1..20)) {
            let gap = optimality_gap(&scores).unwrap();
            prop_assert!(gap >= 0.0 && gap >= 1.0 - crate::mean(&scores).unwrap() - 1e-12);
        }
    }
}
