//! A derivation from the left: what is still to be expanded.

use super::{Grammar, Rule};
use streams::Draws;

/// The state of a writer or a reader of text.
pub(super) struct Derivation<'a> {
    grammar: &'a Grammar,
    /// Symbols to be expanded, the next one last; empty between sentences.
    stack: Vec<usize>,
}

impl<'a> Derivation<'a> {
    /// At the beginning of a sentence.
    pub(super) fn new(grammar: &'a Grammar) -> Self {
        Self { grammar, stack: Vec::new() }
    }

    /// The rules among which the next token decides.
    fn rules(&self) -> &'a [Rule] {
        &self.grammar.symbols[self.stack.last().copied().unwrap_or(0)]
    }

    fn expand(&mut self, rule: &Rule) {
        self.stack.pop();
        self.stack.extend(rule.then.iter().rev());
    }

    /// Reads a token and returns its probability; `None` if it cannot come here.
    pub(super) fn read(&mut self, token: u8) -> Option<f64> {
        let rule = self.rules().iter().find(|rule| rule.token == token)?;
        self.expand(rule);
        Some(rule.probability)
    }

    /// Writes a token.
    pub(super) fn write(&mut self, draws: &mut Draws) -> u8 {
        let rules = self.rules();
        let mut left = draws.uniform();
        // The last one if rounding leaves a little.
        let mut taken = &rules[rules.len() - 1];
        for rule in rules {
            if left < rule.probability {
                taken = rule;
                break;
            }
            left -= rule.probability;
        }
        self.expand(taken);
        taken.token
    }

    /// Whether a sentence has ended and the next one has not begun.
    #[cfg(test)]
    pub(super) fn is_between(&self) -> bool {
        self.stack.is_empty()
    }
}

#[cfg(test)]
impl Grammar {
    /// A whole sentence.
    pub(crate) fn sentence(&self, draws: &mut Draws) -> Vec<u8> {
        let mut derivation = Derivation::new(self);
        let mut sentence = vec![derivation.write(draws)];
        while !derivation.is_between() {
            sentence.push(derivation.write(draws));
        }
        sentence
    }
}
