//! Whether data bears out what somebody claims: by an interval on one task, by counting over several.
//!
//! A comparison *supports* a claim if Student's interval of the mean paired difference lies wholly on the claimed
//! side (or, for equivalence, within the margin) at the level 1 − 0.05 / d. That a claim is made of several
//! comparisons, or must hold on all of several tasks, needs no correction: all of them must hold, so each may be
//! tested at its own level (an intersection–union test, Berger 1982), and d is 1. Two things make d larger:
//!
//! * A claim about *most* of n tasks needs u = ⌊n / 2⌋ + 1 of them, and any u will do. Testing each at its own level
//!   would let the luckiest decide; d = n − u + 1 is the partial conjunction test by Bonferroni (Benjamini and Heller
//!   2008), see [`most_divisor`]. Tasks without data count among the n.
//! * An entry that was chosen among k by its result on the same runs multiplies d by k (Bonferroni over the
//!   candidates), and m below as well.
//!
//! It *contradicts* the claim if the interval lies wholly on the other side (or beyond the margin) at the level
//! 1 − 0.05 / m, where m is the number of comparisons of the claim: one contradiction among m would otherwise come by
//! chance too often (Bonferroni).
//!
//! A run that diverged is worse than any number. Where its value has no worst (a loss), a difference with it has no size and
//! neither has a mean: [`judge_ranks`] then asks for the order alone, by the rank-sum test at the same levels.
//!
//! Differences that are all exactly equal have an interval without width. Trained runs never give that; runs that do
//! not move do. Equivalence is not supported, nor contradicted, by them.

use crate::verdict::{FEWEST_PAIRS, LEVEL};
use crate::{Interval, mean, mean_interval, rank_sum_p, ranks_lower};

/// What a comparison asserts about the first of two minus the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Assertion {
    /// It is negative.
    Lower,
    /// It is positive.
    Higher,
    /// It is smaller than this in magnitude.
    Within(f64),
}

/// What 0.05 is divided by in the levels of a comparison; 0 counts as 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisors {
    /// For support.
    pub support: usize,
    /// For contradiction: the number of comparisons in the whole claim, times the candidates of chosen entries.
    pub contradiction: usize,
}

/// What can be said of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The data bears it out.
    Supported,
    /// The data shows the opposite.
    Contradicted,
    /// The data does not tell.
    Undecided,
    /// There is nothing to tell from.
    NoData,
}

/// A comparison decided, with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Pairs.
    pub n: usize,
    /// Mean difference; none without a pair.
    pub difference: Option<f64>,
    /// Its 95 % interval, from five pairs on.
    pub interval: Option<Interval>,
    /// The decision.
    pub decision: Decision,
}

/// Decides one comparison from its paired differences. The interval that is returned is at 95 %, whatever the levels
/// of the decision.
pub fn judge(differences: &[f64], assertion: Assertion, divisors: Divisors) -> Judged {
    let (n, difference) = (differences.len(), mean(differences));
    let few = if n == 0 { Decision::NoData } else { Decision::Undecided };
    let at = |divisor: usize| mean_interval(differences, 1.0 - LEVEL / divisor.max(1) as f64);
    let intervals = (at(1), at(divisors.support), at(divisors.contradiction));
    let (Some(interval), Some(support), Some(contradiction)) = intervals else {
        return Judged { n, difference, interval: None, decision: few };
    };
    if n < FEWEST_PAIRS {
        return Judged { n, difference, interval: None, decision: few };
    }
    let (holds, opposite) = match assertion {
        Assertion::Lower => (support.high < 0.0, contradiction.low > 0.0),
        Assertion::Higher => (support.low > 0.0, contradiction.high < 0.0),
        Assertion::Within(_) if all_equal(differences) => (false, false),
        Assertion::Within(margin) => (support.is_inside(margin), contradiction.is_beyond(margin)),
    };
    let decision = match (holds, opposite) {
        (true, _) => Decision::Supported,
        (_, true) => Decision::Contradicted,
        _ => Decision::Undecided,
    };
    Judged { n, difference, interval: Some(interval), decision }
}

/// Decides one comparison of which some values have no size, by the order of all: an infinity is beyond every number. There
/// is no difference and no interval then, and nothing within a margin. The values are those of pairs, in the same order.
pub fn judge_ranks(first: &[f64], second: &[f64], assertion: Assertion, divisors: Divisors) -> Judged {
    let n = first.len().min(second.len());
    let decision = match (rank_sum_p(first, second), ranks_lower(first, second)) {
        (None, _) => Decision::NoData,
        (Some(p), Some(is_lower)) if n >= FEWEST_PAIRS && !matches!(assertion, Assertion::Within(_)) => {
            let passes = |divisor: usize| p < LEVEL / divisor.max(1) as f64;
            match is_lower == (assertion == Assertion::Lower) {
                true if passes(divisors.support) => Decision::Supported,
                false if passes(divisors.contradiction) => Decision::Contradicted,
                _ => Decision::Undecided,
            }
        }
        _ => Decision::Undecided,
    };
    Judged { n, difference: None, interval: None, decision }
}

/// Whether the differences have no spread at all.
pub fn all_equal(differences: &[f64]) -> bool {
    differences.windows(2).all(|pair| pair[0] == pair[1])
}

/// The divisor of the level of support for a claim about most of this many tasks: with u = ⌊n / 2⌋ + 1 that must hold,
/// n − u + 1.
pub fn most_divisor(tasks: usize) -> usize {
    (tasks - tasks / 2).max(1)
}

/// Decides a comparison of two numbers without any randomness in them.
pub fn judge_exact(first: f64, second: f64, assertion: Assertion) -> Decision {
    let holds = match assertion {
        Assertion::Lower => first < second,
        Assertion::Higher => first > second,
        Assertion::Within(margin) => (first - second).abs() <= margin,
    };
    if holds { Decision::Supported } else { Decision::Contradicted }
}

/// A claim that every part must bear out: contradicted by any of them, supported by all.
pub fn all(parts: &[Decision]) -> Decision {
    let is = |wanted: Decision| move |part: &Decision| *part == wanted;
    if parts.iter().all(is(Decision::NoData)) {
        Decision::NoData
    } else if parts.iter().any(is(Decision::Contradicted)) {
        Decision::Contradicted
    } else if parts.iter().all(is(Decision::Supported)) {
        Decision::Supported
    } else {
        Decision::Undecided
    }
}

/// A claim about most of several parts: supported by more than half, contradicted by at least half. Parts without
/// data are among those counted.
pub fn most(parts: &[Decision]) -> Decision {
    let count = |wanted: Decision| parts.iter().filter(|part| **part == wanted).count();
    if count(Decision::NoData) == parts.len() {
        Decision::NoData
    } else if 2 * count(Decision::Supported) > parts.len() {
        Decision::Supported
    } else if 2 * count(Decision::Contradicted) >= parts.len() {
        Decision::Contradicted
    } else {
        Decision::Undecided
    }
}

impl Decision {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Contradicted => "contradicted",
            Self::Undecided => "undecided",
            Self::NoData => "no data",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Contradicted, NoData, Supported, Undecided};

    /// Mean 3, half width t √(2.5 / 5). Student's t with 4 degrees of freedom and the half width are, for 0.05 divided
    /// by 1: 2.776445 and 1.963243; 2: 3.495406 and 2.471625; 3: 3.960786 and 2.800699; 4: 4.314656 and 3.050923;
    /// 10: 5.597568 and 3.958078.
    const FIVE: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    fn ask(differences: &[f64], assertion: Assertion, support: usize, contradiction: usize) -> Decision {
        judge(differences, assertion, Divisors { support, contradiction }).decision
    }

    #[test]
    fn an_interval_on_the_claimed_side_supports() {
        let judged = judge(&FIVE, Assertion::Higher, Divisors { support: 1, contradiction: 10 });
        assert_eq!((judged.n, judged.difference, judged.decision), (5, Some(3.0), Supported));
        assert!((judged.interval.unwrap().low - 1.036_757).abs() < 1e-6);
        assert_eq!(ask(&[-1.0, 2.0, 3.0, -4.0, 5.0], Assertion::Higher, 1, 1), Undecided);
        assert_eq!(ask(&FIVE, Assertion::Within(5.0), 1, 10), Supported);
        assert_eq!(ask(&FIVE, Assertion::Within(4.9), 1, 10), Undecided);
    }

    #[test]
    fn contradiction_is_held_to_the_corrected_level() {
        // 3 − 2.47 > 0 for two comparisons, 3 − 3.96 < 0 for ten.
        assert_eq!(ask(&FIVE, Assertion::Lower, 1, 2), Contradicted);
        assert_eq!(ask(&FIVE, Assertion::Lower, 1, 10), Undecided);
        assert_eq!(ask(&FIVE, Assertion::Within(0.5), 1, 2), Contradicted);
        assert_eq!(ask(&FIVE, Assertion::Within(0.6), 1, 2), Undecided);
    }

    #[test]
    fn support_is_held_to_its_own_level() {
        // 3 − 2.80 > 0 with 0.05 / 3, 3 − 3.05 < 0 with 0.05 / 4; 3 + 2.47 < 5.5 with 0.05 / 2, 3 + 2.80 > 5.5.
        assert_eq!(ask(&FIVE, Assertion::Higher, 3, 1), Supported);
        assert_eq!(ask(&FIVE, Assertion::Higher, 4, 1), Undecided);
        assert_eq!(ask(&FIVE.map(|x| -x), Assertion::Lower, 3, 1), Supported);
        assert_eq!(ask(&FIVE.map(|x| -x), Assertion::Lower, 4, 1), Undecided);
        assert_eq!(ask(&FIVE, Assertion::Within(5.5), 2, 1), Supported);
        assert_eq!(ask(&FIVE, Assertion::Within(5.5), 3, 1), Undecided);
        // The interval shown and the contradiction do not depend on it.
        let judged = judge(&FIVE, Assertion::Lower, Divisors { support: 4, contradiction: 2 });
        assert!((judged.interval.unwrap().low - 1.036_757).abs() < 1e-6);
        assert_eq!(judged.decision, Contradicted);
    }

    /// Of 3 tasks 2 must hold, 3 − 2 + 1 = 2; of 5, 3: 3; of 2, both: 1.
    #[test]
    fn most_of_several_divides_the_level() {
        assert_eq!([1, 2, 3, 4, 5, 6, 7].map(most_divisor), [1, 1, 2, 2, 3, 3, 4]);
        assert_eq!(most_divisor(0), 1);
    }

    #[test]
    fn differences_without_spread_are_no_agreement() {
        assert_eq!(ask(&[0.0; 5], Assertion::Within(1.0), 1, 1), Undecided);
        assert_eq!(ask(&[0.5; 5], Assertion::Within(0.1), 1, 1), Undecided);
        assert_eq!(ask(&[0.0, 0.0, 0.0, 0.0, 0.01], Assertion::Within(1.0), 1, 1), Supported);
        assert!(all_equal(&[]) && all_equal(&[1.0]) && !all_equal(&[1.0, 1.0, 2.0]));
    }

    #[test]
    fn four_pairs_decide_nothing() {
        let one = Divisors { support: 1, contradiction: 1 };
        let judged = judge(&[1.0, 1.1, 1.2, 1.3], Assertion::Higher, one);
        assert_eq!((judged.n, judged.interval, judged.decision), (4, None, Undecided));
        assert_eq!(judge(&[], Assertion::Higher, one).decision, NoData);
        assert_eq!(judge(&[], Assertion::Higher, one).difference, None);
    }

    /// Five beyond five: p = 2/252 = 0.0079. One of five beyond all, the others as they come: 4 of 5 above 3 of 5.
    #[test]
    fn what_has_no_size_is_ranked() {
        let (finite, never) = ([1.0, 2.0, 3.0, 4.0, 5.0], [f64::INFINITY; 5]);
        let ask = |a: &[f64], b: &[f64], assertion, support, contradiction| {
            judge_ranks(a, b, assertion, Divisors { support, contradiction })
        };
        let judged = ask(&finite, &never, Assertion::Lower, 1, 1);
        assert_eq!(judged, Judged { n: 5, difference: None, interval: None, decision: Supported });
        assert_eq!(ask(&finite, &never, Assertion::Lower, 7, 1).decision, Undecided);
        assert_eq!(ask(&finite, &never, Assertion::Higher, 7, 1).decision, Contradicted);
        assert_eq!(ask(&never, &finite, Assertion::Lower, 1, 6).decision, Contradicted);
        assert_eq!(ask(&never, &finite, Assertion::Higher, 6, 1).decision, Supported);
        assert_eq!(ask(&never, &never, Assertion::Lower, 1, 1).decision, Undecided);
        assert_eq!(ask(&finite, &never, Assertion::Within(9.0), 1, 1).decision, Undecided);
        assert_eq!(ask(&finite[..4], &never[..4], Assertion::Lower, 1, 1).decision, Undecided);
        assert_eq!(ask(&[], &[], Assertion::Lower, 1, 1).decision, NoData);
        let once = [1.0, 1.1, 1.2, 1.3, f64::INFINITY];
        assert_eq!(ask(&once, &finite, Assertion::Lower, 1, 1).decision, Undecided);
    }

    #[test]
    fn exact_numbers_are_compared_as_they_are() {
        assert_eq!(judge_exact(1.0, 2.0, Assertion::Lower), Supported);
        assert_eq!(judge_exact(2.0, 2.0, Assertion::Lower), Contradicted);
        assert_eq!(judge_exact(3.0, 2.0, Assertion::Higher), Supported);
        assert_eq!(judge_exact(3.0, 3.0, Assertion::Within(0.0)), Supported);
    }

    #[test]
    fn all_and_most() {
        assert_eq!(all(&[Supported, Supported]), Supported);
        assert_eq!(all(&[Supported, NoData]), Undecided);
        assert_eq!(all(&[Supported, Undecided, Contradicted]), Contradicted);
        assert_eq!((all(&[]), all(&[NoData])), (NoData, NoData));
        assert_eq!(most(&[Supported, Supported, Contradicted]), Supported);
        assert_eq!(most(&[Supported, Contradicted]), Contradicted);
        assert_eq!(most(&[Supported, Undecided, Contradicted]), Undecided);
        assert_eq!(most(&[Supported, NoData]), Undecided);
        // Three tasks of which one is not there: two decide, one does not.
        assert_eq!(most(&[Supported, Supported, NoData]), Supported);
        assert_eq!(most(&[Contradicted, Contradicted, NoData]), Contradicted);
        assert_eq!(most(&[Supported, Contradicted, NoData]), Undecided);
        assert_eq!(most(&[Contradicted, NoData, NoData]), Undecided);
        assert_eq!(all(&[Contradicted, NoData]), Contradicted);
        assert_eq!((most(&[]), most(&[NoData, NoData])), (NoData, NoData));
    }
}
