//! What a study can decide with the seeds that it plans: known before its first run.

use super::family::planned;
use records::Manifest;
use stats::verdict::{FEWEST_PAIRS, fewest_to_pass, within_reach};

/// How far the corrected test of a study reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Challengers against the reference, over all trained tasks.
    pub comparisons: usize,
    /// Those of them that the corrected test can decide with the seeds that are planned.
    pub decidable: usize,
    /// Most seeds that one of them has in common with the reference.
    pub seeds: usize,
    /// Fewest with which each of them could be decided.
    pub needed: u64,
}

impl Reach {
    /// Of a study; `None` if it compares nothing.
    pub fn of(manifest: &Manifest) -> Option<Self> {
        let pairs = planned(manifest);
        let comparisons = pairs.len();
        if comparisons == 0 {
            return None;
        }
        let tested: Vec<usize> = pairs.iter().copied().filter(|n| *n >= FEWEST_PAIRS).collect();
        let decidable = within_reach(&tested).into_iter().filter(|reached| *reached).count();
        let seeds = pairs.into_iter().max().unwrap_or(0);
        Some(Self {
            comparisons,
            decidable,
            seeds,
            needed: fewest_to_pass(comparisons).max(FEWEST_PAIRS as u64),
        })
    }

    /// In words, with what would help; nothing where every comparison can be decided.
    pub fn sentence(&self) -> Option<String> {
        let Self { comparisons, decidable, seeds, needed } = *self;
        if decidable == comparisons {
            return None;
        }
        let which = match (decidable, comparisons) {
            (0, 1) => "the one comparison of this study cannot be decided".to_owned(),
            (0, n) => format!("none of the {n} comparisons of this study can be decided"),
            (some, n) => format!("{some} of the {n} comparisons of this study can be decided"),
        };
        Some(format!(
            "with {seeds} seed{} {which}, however clear the differences: the corrected test passes from {needed} on (--seeds {needed})",
            if seeds == 1 { "" } else { "s" }
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let none = Reach { comparisons: 3, decidable: 0, seeds: 5, needed: 7 };
        assert_eq!(
            none.sentence().unwrap(),
            "with 5 seeds none of the 3 comparisons of this study can be decided, however clear the differences: the corrected test passes \
             from 7 on (--seeds 7)"
        );
        assert_eq!(Reach { decidable: 3, seeds: 7, ..none }.sentence(), None);
        assert!(Reach { decidable: 1, ..none }.sentence().unwrap().contains("1 of the 3 comparisons"));
        let one = Reach { comparisons: 1, decidable: 0, seeds: 1, needed: 6 }.sentence().unwrap();
        assert!(one.starts_with("with 1 seed the one comparison of this study cannot be decided"), "{one}");
    }
}
