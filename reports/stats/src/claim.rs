//! Whether data bears out what somebody claims: by an interval on one task, by counting over several.
//!
//! A comparison *supports* a claim if Student's 95 % interval of the mean paired difference lies wholly on the
//! claimed side (or, for equivalence, within the margin). That a claim is made of several comparisons needs no
//! correction here: all of them must hold, so each may be tested at its own level (an intersection–union test,
//! Berger 1982). It *contradicts* the claim if the interval lies wholly on the other side (or beyond the margin)
//! at the level 1 − 0.05 / m, where m is the number of comparisons of the claim: one contradiction among m would
//! otherwise come by chance too often (Bonferroni).

use crate::verdict::{FEWEST_PAIRS, LEVEL};
use crate::{Interval, mean, mean_interval};

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

/// Decides one comparison from its paired differences; `comparisons` is the number of them in the whole claim.
pub fn judge(differences: &[f64], assertion: Assertion, comparisons: usize) -> Judged {
    let (n, difference) = (differences.len(), mean(differences));
    let few = if n == 0 { Decision::NoData } else { Decision::Undecided };
    let level = |family: usize| 1.0 - LEVEL / family.max(1) as f64;
    let intervals = mean_interval(differences, level(1)).zip(mean_interval(differences, level(comparisons)));
    let Some((interval, wide)) = intervals.filter(|_| n >= FEWEST_PAIRS) else {
        return Judged { n, difference, interval: None, decision: few };
    };
    let (holds, opposite) = match assertion {
        Assertion::Lower => (interval.high < 0.0, wide.low > 0.0),
        Assertion::Higher => (interval.low > 0.0, wide.high < 0.0),
        Assertion::Within(margin) => (interval.is_inside(margin), wide.is_beyond(margin)),
    };
    let decision = match (holds, opposite) {
        (true, _) => Decision::Supported,
        (_, true) => Decision::Contradicted,
        _ => Decision::Undecided,
    };
    Judged { n, difference, interval: Some(interval), decision }
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

    /// Mean 3, half width 2.776445 √(2.5 / 5) = 1.963243 at 95 %; at 97.5 % t is 3.495406, half width 2.471625; at
    /// 99.5 % t is 5.597568, half width 3.958078.
    const FIVE: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    #[test]
    fn an_interval_on_the_claimed_side_supports() {
        let judged = judge(&FIVE, Assertion::Higher, 10);
        assert_eq!((judged.n, judged.difference, judged.decision), (5, Some(3.0), Supported));
        assert!((judged.interval.unwrap().low - 1.036_757).abs() < 1e-6);
        assert_eq!(judge(&[-1.0, 2.0, 3.0, -4.0, 5.0], Assertion::Higher, 1).decision, Undecided);
        assert_eq!(judge(&FIVE, Assertion::Within(5.0), 10).decision, Supported);
        assert_eq!(judge(&FIVE, Assertion::Within(4.9), 10).decision, Undecided);
    }

    #[test]
    fn contradiction_is_held_to_the_corrected_level() {
        // 3 − 2.47 > 0 for two comparisons, 3 − 3.96 < 0 for ten.
        assert_eq!(judge(&FIVE, Assertion::Lower, 2).decision, Contradicted);
        assert_eq!(judge(&FIVE, Assertion::Lower, 10).decision, Undecided);
        assert_eq!(judge(&FIVE, Assertion::Within(0.5), 2).decision, Contradicted);
        assert_eq!(judge(&FIVE, Assertion::Within(0.6), 2).decision, Undecided);
    }

    #[test]
    fn four_pairs_decide_nothing() {
        let judged = judge(&[1.0, 1.1, 1.2, 1.3], Assertion::Higher, 1);
        assert_eq!((judged.n, judged.interval, judged.decision), (4, None, Undecided));
        assert_eq!(judge(&[], Assertion::Higher, 1).decision, NoData);
        assert_eq!(judge(&[], Assertion::Higher, 1).difference, None);
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
        assert_eq!((most(&[]), most(&[NoData, NoData])), (NoData, NoData));
    }
}
