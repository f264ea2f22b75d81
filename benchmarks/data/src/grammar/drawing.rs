//! A random grammar, within bounds.

use super::{Grammar, Rule};
use streams::{Draws, Stream};

/// Tokens that begin sentences, and nothing else.
pub(super) const OPENERS: usize = 4;
/// The other tokens.
const OTHERS: usize = 20;
/// Tokens of a grammar.
pub const VOCABULARY: usize = OPENERS + OTHERS;
/// Symbols beside the sentence.
const SYMBOLS: usize = 8;
/// Rules of a symbol.
const RULES: usize = 4;
/// So many symbols share out all other tokens, one rule each.
const DEAL: usize = OTHERS / RULES;
/// Symbols that an expansion calls for on average, between these: none grows without end, all have something inside.
const CALLS: (f64, f64) = (0.8, 0.95);

/// The grammar of `seed`.
pub(super) fn draw(seed: u64) -> Grammar {
    let stream = Stream::new(seed, "grammar", "rules", 0);
    let mut draws = stream.draws(0);
    let sentence = sentence(&mut draws);
    let deals: Vec<Vec<u32>> =
        (0..SYMBOLS.div_ceil(DEAL)).map(|deal| stream.permutation(1 + deal as u64, OTHERS)).collect();
    let others = (0..SYMBOLS).map(|number| {
        let tokens = &deals[number / DEAL][number % DEAL * RULES..][..RULES];
        symbol(number, tokens, &mut draws)
    });
    Grammar { symbols: std::iter::once(sentence).chain(others).collect() }
}

/// The rules of the sentence: one or two symbols each.
fn sentence(draws: &mut Draws) -> Vec<Rule> {
    let probabilities = skewed(draws);
    let rule = |(number, probability): (usize, f64)| Rule {
        token: number as u8,
        // The first symbol is called for, and each calls for the next: none is out of reach.
        then: if number == 0 { vec![1] } else { (0..1 + number % 2).map(|_| any(draws)).collect() },
        probability,
    };
    probabilities.into_iter().enumerate().map(rule).collect()
}

/// The rules of another symbol: one that ends, one that goes on, one that branches, and one of any of these.
fn symbol(number: usize, tokens: &[u32], draws: &mut Draws) -> Vec<Rule> {
    let next = 1 + (number + 1) % SYMBOLS;
    let branching = if draws.below(2) == 0 { vec![next, any(draws)] } else { vec![any(draws), next] };
    let then = [vec![], vec![any(draws)], branching, (0..draws.below(3)).map(|_| any(draws)).collect()];
    let sizes = then.each_ref().map(Vec::len);
    let wanted = draws.between(CALLS.0, CALLS.1);
    let probabilities = calling(wanted, sizes, skewed(draws));
    let rules = then.into_iter().zip(tokens).zip(probabilities);
    let rule =
        |((then, &token), probability)| Rule { token: (OPENERS + token as usize) as u8, then, probability };
    rules.map(rule).collect()
}

/// One of the symbols beside the sentence.
fn any(draws: &mut Draws) -> usize {
    1 + draws.below(SYMBOLS as u32) as usize
}

/// Probabilities in proportion to 1, ½, ⅓, ¼ in a random order, give or take half of each.
fn skewed(draws: &mut Draws) -> [f64; RULES] {
    let mut ranks: [usize; RULES] = std::array::from_fn(|i| i + 1);
    for i in (1..RULES).rev() {
        ranks.swap(i, draws.below(i as u32 + 1) as usize);
    }
    let weights = ranks.map(|rank| draws.between(0.5, 1.5) / rank as f64);
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// Mixes the probabilities with those of the rules that end or of those that branch, so that the mean of `sizes` is `wanted`.
fn calling(wanted: f64, sizes: [usize; RULES], probabilities: [f64; RULES]) -> [f64; RULES] {
    let mean: f64 = sizes.iter().zip(probabilities).map(|(&size, p)| size as f64 * p).sum();
    let size = if mean > wanted { 0 } else { 2 };
    let kept = (size as f64 - wanted) / (size as f64 - mean);
    let share: f64 = sizes.iter().zip(probabilities).filter(|(s, _)| **s == size).map(|(_, p)| p).sum();
    let mix = |i: usize| {
        let own = if sizes[i] == size { probabilities[i] / share } else { 0.0 };
        kept * probabilities[i] + (1.0 - kept) * own
    };
    std::array::from_fn(mix)
}
