//! The words a comparison may end in: nothing stronger than the data supports.

use crate::claim::all_equal;
use crate::{Direction, Interval, Paired, holm, pairs_to_resolve};

/// Fewest pairs for which a comparison is put in words.
pub const FEWEST_PAIRS: usize = 5;
/// Level that adjusted p values are held against.
pub const LEVEL: f64 = 0.05;

/// What can be said about challenger against reference. Larger values are better: of what falls, gains are compared
/// ([`Direction::gain`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few pairs for any comparison.
    Exploratory,
    /// Better, and by more than the practical margin.
    Better,
    /// Worse, and by more than the practical margin.
    Worse,
    /// Better; by how much is open.
    BetterUncertain,
    /// Worse; by how much is open.
    WorseUncertain,
    /// A difference exists and is too small to matter.
    BelowMargin,
    /// The difference, if any, is too small to matter.
    Equivalent,
    /// The data does not tell.
    Undecided,
}

impl Verdict {
    /// The verdict on a comparison. `adjusted_p` is the p value after the adjustment for the family; `margin` the
    /// smallest difference that matters in practice. Pairs whose differences are all exactly equal leave it undecided:
    /// trained runs never are, runs that do not move are, and agree on nothing.
    pub fn of(comparison: &Paired, adjusted_p: Option<f64>, margin: f64) -> Self {
        let verdict = Self::rule(comparison.n, comparison.interval, adjusted_p, margin);
        let is_still = verdict != Self::Exploratory && all_equal(&comparison.differences);
        if is_still { Self::Undecided } else { verdict }
    }

    /// The rule.
    pub(crate) fn rule(n: usize, interval: Option<Interval>, adjusted_p: Option<f64>, margin: f64) -> Self {
        let (Some(interval), Some(p)) = (interval, adjusted_p) else { return Self::Exploratory };
        if n < FEWEST_PAIRS {
            return Self::Exploratory;
        }
        let better = interval.low + interval.high > 0.0;
        if p < LEVEL {
            return match (interval.is_beyond(margin), interval.is_inside(margin), better) {
                (true, _, true) => Self::Better,
                (true, _, false) => Self::Worse,
                (_, true, _) => Self::BelowMargin,
                (_, _, true) => Self::BetterUncertain,
                (_, _, false) => Self::WorseUncertain,
            };
        }
        if interval.is_inside(margin) { Self::Equivalent } else { Self::Undecided }
    }

    /// One word for a table cell.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exploratory => "exploratory",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::BetterUncertain => "better, size uncertain",
            Self::WorseUncertain => "worse, size uncertain",
            Self::BelowMargin => "below the margin",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
        }
    }
}

/// How differences are printed: an accuracy is a fraction, read in percentage points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit<'a> {
    /// Which way is better. Gains are compared and differences are printed: of what falls the better one has one below zero.
    pub better: Direction,
    /// Factor from the values to the printed numbers.
    pub scale: f64,
    /// Decimals printed.
    pub decimals: usize,
    /// Name of the unit.
    pub name: &'a str,
}

/// Pairs with which a mean difference of `margin` would be seen four times out of five at the first step of Holm's
/// method for `family` comparisons; `None` where the differences do not scatter or there are too few of them.
pub fn seeds_to_resolve(comparison: &Paired, margin: f64, family: usize) -> Option<u64> {
    let spread = comparison.spread.filter(|_| comparison.n >= FEWEST_PAIRS)?;
    if all_equal(&comparison.differences) {
        return None;
    }
    pairs_to_resolve(margin, spread, LEVEL / family.max(1) as f64, 0.8)
}

/// The same for the difference that was found, should it go on like this: pairs that settle it, whatever the margin.
pub fn seeds_to_settle(comparison: &Paired, family: usize) -> Option<u64> {
    seeds_to_resolve(comparison, comparison.difference.abs(), family)
}

/// Whether all pairs say the same and Student's interval does too: what a test of few pairs cannot pass all the same.
pub fn is_clear(comparison: &Paired) -> bool {
    let of_one_side = |sign: f64| comparison.differences.iter().all(|d| d * sign > 0.0);
    let interval = comparison.interval.is_some_and(|i| i.low * i.high > 0.0);
    comparison.n >= FEWEST_PAIRS
        && interval
        && !all_equal(&comparison.differences)
        && (of_one_side(1.0) || of_one_side(-1.0))
}

/// How many of the pairs were won, in words.
pub fn won_text(comparison: &Paired) -> String {
    let count = |side: fn(&f64) -> bool| comparison.differences.iter().filter(|d| side(d)).count();
    let (won, lost, n) = (count(|d| *d > 0.0), count(|d| *d < 0.0), comparison.n);
    match (won, lost, n - won - lost) {
        (won, ..) if won == n => format!("all {n} pairs won"),
        (_, lost, _) if lost == n => format!("all {n} pairs lost"),
        (won, _, 0) => format!("{won} of {n} pairs won"),
        (won, _, tied) => format!("{won} of {n} pairs won, {tied} tied"),
    }
}

/// Fewest pairs with which the sign-flip test can reach [`LEVEL`] among `family` comparisons.
pub fn fewest_to_pass(family: usize) -> u64 {
    let family = family.max(1);
    (1..=64).find(|n| within_reach(&vec![*n; family]).contains(&true)).unwrap_or(64) as u64
}

/// Whether each comparison of a family, of so many pairs, can reach [`LEVEL`] at all: where all of them are as clear as their pairs
/// allow, the sign-flip test's smallest p value being 2 / 2ⁿ. Those of many pairs, out of the way first, leave more to those of few.
pub fn within_reach(pairs: &[usize]) -> Vec<bool> {
    let smallest = |n: &usize| (2.0 * 0.5_f64.powi((*n).min(1000) as i32)).min(1.0);
    holm(&pairs.iter().map(smallest).collect::<Vec<f64>>()).into_iter().map(|p| p <= LEVEL).collect()
}

/// A number of seeds as it is said: a spread from few pairs bears two digits, rounded up.
pub fn seeds_text(n: u64) -> String {
    match n {
        ..100 => format!("about {n} seeds"),
        100..=1000 => format!("about {} seeds", n.div_ceil(10) * 10),
        _ => "more than 1000 seeds".into(),
    }
}

impl Unit<'_> {
    /// Mean difference and bounds of its interval, as they are printed, of a comparison of gains.
    fn printed(&self, comparison: &Paired, interval: Interval) -> [String; 3] {
        let [low, high] = match self.better {
            Direction::Larger => [interval.low, interval.high],
            Direction::Smaller => [interval.high, interval.low],
        };
        [comparison.difference, low, high].map(|gain| signed(&self.number(self.better.gain(gain, 0.0))))
    }

    fn number(&self, x: f64) -> String {
        format!("{:.*}", self.decimals, x * self.scale)
    }
}

/// The sentence for a comparison of gains that is one of `family`; `None` below [`FEWEST_PAIRS`] pairs, where nothing may be said.
pub fn sentence(
    names: (&str, &str),
    comparison: &Paired,
    adjusted_p: Option<f64>,
    (family, can_pass): (usize, bool),
    margin: f64,
    unit: Unit,
) -> Option<String> {
    let (challenger, reference) = names;
    let verdict = Verdict::of(comparison, adjusted_p, margin);
    let (interval, p) = (comparison.interval?, adjusted_p?);
    let [difference, low, high] = unit.printed(comparison, interval);
    let evidence = format!(
        "difference {difference} {}, 95\u{a0}% interval {low} to {high}, n\u{a0}=\u{a0}{} pairs, adjusted {}",
        unit.name,
        comparison.n,
        p_phrase(p)
    );
    let delta = format!("{} {}", unit.number(margin), unit.name);
    let claim = match verdict {
        Verdict::Exploratory => return None,
        Verdict::Better => {
            format!("{challenger} is better than {reference}, by more than the margin of {delta}")
        }
        Verdict::Worse => {
            format!("{challenger} is worse than {reference}, by more than the margin of {delta}")
        }
        Verdict::BetterUncertain => format!("{challenger} is better than {reference}; the size is uncertain"),
        Verdict::WorseUncertain => format!("{challenger} is worse than {reference}; the size is uncertain"),
        Verdict::BelowMargin => {
            format!("{challenger} and {reference} differ, but by less than the practical margin of {delta}")
        }
        Verdict::Equivalent => format!("{challenger} and {reference} are equivalent within {delta}"),
        Verdict::Undecided => {
            // Effect first: what cannot be decided may be plain to see.
            let why = if can_pass {
                "undecided".to_owned()
            } else {
                let among = if family > 1 { format!(" among {family} comparisons") } else { String::new() };
                format!("undecided, for {} pairs are too few for the corrected test{among}", comparison.n)
            };
            let settle = seeds_to_settle(comparison, family).map(|n| match is_clear(comparison) {
                true => format!("{} would do if it goes on like this", seeds_text(n)),
                false => format!("{} would settle a difference of this size", seeds_text(n)),
            });
            let resolve = seeds_to_resolve(comparison, margin, family)
                .map(|n| format!("{} resolve the margin of {delta}", seeds_text(n)));
            let needs: Vec<String> = settle.into_iter().chain(resolve).collect();
            let needs = if needs.is_empty() { String::new() } else { format!(": {}", needs.join(", ")) };
            return Some(format!(
                "{challenger} against {reference}: {}, {difference} {} [{low}, {high}]; {why}{needs} (95\u{a0}% interval, adjusted {}).",
                won_text(comparison),
                unit.name,
                p_phrase(p)
            ));
        }
    };
    Some(format!("{claim} ({evidence})."))
}

/// A p value in a sentence: `p = 0.25` or `p < 0.001`.
pub fn p_phrase(p: f64) -> String {
    match p_text(p).strip_prefix("< ") {
        Some(bound) => format!("p\u{a0}<\u{a0}{bound}"),
        None => format!("p\u{a0}=\u{a0}{}", p_text(p)),
    }
}

/// A p value as it is printed: two digits, never "0".
pub fn p_text(p: f64) -> String {
    let decimals = if p < 0.0995 { 3 } else { 2 };
    // Formatting rounds an exact half to even; 1/16 is one, and 0.063 errs on the safe side.
    let power = 10_f64.powi(decimals);
    let rounded = (p * power).round() / power;
    if p < 0.001 { "< 0.001".into() } else { format!("{rounded:.0$}", decimals as usize) }
}

/// `+` or a true minus sign before a printed number; none before zero.
pub fn signed(number: &str) -> String {
    let digits = number.trim_start_matches('-');
    if digits.chars().all(|c| matches!(c, '0' | '.')) {
        digits.to_string()
    } else if number.starts_with('-') {
        format!("\u{2212}{digits}")
    } else {
        format!("+{digits}")
    }
}
