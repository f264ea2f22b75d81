//! `grammar`: text from a random stochastic grammar whose entropy is known exactly.
//!
//! The grammar is in Greibach's normal form (every rule is `A → a B C …`, a token and then what is to be expanded after it), and the
//! rules of one symbol begin with different tokens: a simple grammar (A. J. Korenjak, J. E. Hopcroft, Simple deterministic languages,
//! 1966). Each token therefore tells which rule was taken, and whoever has read a text from the beginning of a sentence knows the
//! whole state, a stack of symbols. So the probability of a text is a product of rules' probabilities, and the entropy is that of the
//! choices: with n_A expansions of the symbol A expected in a sentence and H(A) the entropy of its rules, the rate is
//! Σ n_A·H(A) / Σ n_A nats per token.
//!
//! What the next token may be depends on symbols that were put on the stack long before, and most tokens begin rules of more than one
//! symbol: a few preceding tokens do not replace the stack. Under seed 0 the rate is 1.24 nats; who knows one preceding token has
//! 1.96, two, 1.56, and none of the grammar, ln 24 = 3.18.
//!
//! An example is the first `context` + 1 tokens of sentences one behind the other, from the beginning of a sentence on: `context`
//! tokens to read, and as labels the token after each of them. Example `i` of a part is a function of (seed, part, i) alone.

mod derivation;
mod drawing;
mod entropy;

use crate::parts::Parts;
use crate::{Images, Outline, SettingError};
use derivation::Derivation;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use streams::Stream;

pub use drawing::VOCABULARY;

/// The most sequences of a part.
const MOST: usize = 1_000_000;
/// The longest context.
const MOST_CONTEXT: usize = 1_024;
/// The most tokens of a part.
const MOST_TOKENS: usize = 1 << 27;

/// A rule `A → a B C …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The token a.
    pub token: u8,
    /// The numbers of the symbols B, C, … that are expanded after it, in this order.
    pub then: Vec<usize>,
    /// How probable the rule is among those of A.
    pub probability: f64,
}

/// A stochastic grammar; see the module's documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    /// The rules of each symbol; symbol 0 is a sentence.
    pub(crate) symbols: Vec<Vec<Rule>>,
}

impl Grammar {
    /// The grammar of `seed`: nine symbols with four rules each over [`VOCABULARY`] tokens, of which four begin sentences and do
    /// nothing else. A symbol other than the sentence puts 0.8 to 0.95 symbols on the stack on average, so that sentences end.
    pub fn new(seed: u64) -> Self {
        drawing::draw(seed)
    }

    /// The rules of each symbol; symbol 0 is a sentence.
    pub fn symbols(&self) -> &[Vec<Rule>] {
        &self.symbols
    }

    /// Expected tokens of a sentence.
    pub fn expected_length(&self) -> f64 {
        entropy::expansions(self).iter().sum()
    }

    /// Nats per token of endless text: the least loss that any model can be expected to have on it.
    pub fn entropy_rate(&self) -> f64 {
        entropy::rate(self)
    }

    /// The logarithm of the probability of each token of `sequence`, a text from the beginning of a sentence on, given those before
    /// it, in nats; `None` if the grammar does not make the sequence.
    pub fn log_probabilities(&self, sequence: &[u8]) -> Option<Vec<f64>> {
        let mut derivation = Derivation::new(self);
        sequence.iter().map(|&token| derivation.read(token).map(libm::log)).collect()
    }

    /// The logarithm of the probability of `sequence`, in nats, in all: the sum of [`Grammar::log_probabilities`]; −∞ if the grammar
    /// does not make it.
    pub fn log_probability(&self, sequence: &[u8]) -> f64 {
        self.log_probabilities(sequence).map_or(f64::NEG_INFINITY, |each| each.iter().sum())
    }

    /// The mean loss of the grammar itself on `examples`, sequences from the beginning of a sentence on whose labels are the next
    /// tokens, in nats per label: the first token is read and not predicted. No model can be expected to have less on them. ∞ if the
    /// grammar does not make them, and not a number without examples.
    pub fn floor(&self, examples: &Images) -> f64 {
        let loss = |index| {
            let (tokens, labels) = (examples.image(index), examples.labels_of(index));
            let first = tokens.first().copied().into_iter();
            let sequence: Vec<u8> = first.chain(labels.iter().copied()).collect();
            let each = self
                .log_probabilities(&sequence)
                .filter(|_| tokens.get(1..) == labels.split_last().map(|(_, rest)| rest));
            each.map_or(f64::INFINITY, |each| -each[1..].iter().sum::<f64>())
        };
        // Summed in the order of the examples, so that threads do not matter.
        let losses: Vec<f64> = (0..examples.len()).into_par_iter().map(loss).collect();
        losses.iter().sum::<f64>() / examples.labels.len() as f64
    }

    /// The first `length` tokens of sentences one behind the other.
    pub(crate) fn text(&self, length: usize, draws: &mut streams::Draws) -> Vec<u8> {
        let mut derivation = Derivation::new(self);
        (0..length).map(|_| derivation.write(draws)).collect()
    }
}

/// The settings of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sentences {
    /// Another seed is another grammar and another text.
    pub seed: u64,
    /// Tokens of an example, 1 to 1024.
    pub context: usize,
    /// Examples to train on.
    pub train: usize,
    /// Examples to tune on; 0 for no validation part.
    pub validation: usize,
    /// Examples to test on.
    pub test: usize,
}

impl Default for Sentences {
    fn default() -> Self {
        Self { seed: 0, context: 32, train: 4096, validation: 512, test: 512 }
    }
}

impl Sentences {
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let refuse = |key, got: usize, least: usize, most: usize| {
            Err(SettingError::range(key, got, format!("a whole number from {least} to {most}")))
        };
        if !(1..=MOST_CONTEXT).contains(&self.context) {
            return refuse("data.context", self.context, 1, MOST_CONTEXT);
        }
        let most = MOST.min(MOST_TOKENS / self.context);
        for (key, least, number) in [
            ("data.train", 1, self.train),
            ("data.validation", 0, self.validation),
            ("data.test", 1, self.test),
        ] {
            if !(least..=most).contains(&number) {
                return refuse(key, number, least, most);
            }
        }
        Ok(())
    }

    pub(crate) fn outline(&self) -> Outline {
        Outline {
            shape: [self.context, 1, 1],
            classes: VOCABULARY,
            labels_per_image: self.context,
            vocabulary: Some(VOCABULARY),
            train: self.train,
            validation: self.validation,
            test: self.test,
        }
    }

    /// The three parts. The settings must have been checked.
    pub(crate) fn parts(&self) -> Parts {
        let grammar = Grammar::new(self.seed);
        let examples = |part, count| {
            let stream = Stream::new(self.seed, "grammar", part, 0);
            let text = |index| grammar.text(self.context + 1, &mut stream.draws(index as u64));
            let texts: Vec<Vec<u8>> = (0..count).into_par_iter().map(text).collect();
            Arc::new(Images {
                pixels: texts.iter().flat_map(|text| &text[..self.context]).copied().collect(),
                labels: texts.iter().flat_map(|text| &text[1..]).copied().collect(),
                height: self.context,
                width: 1,
                channels: 1,
                classes: VOCABULARY,
                labels_per_image: self.context,
                vocabulary: Some(VOCABULARY),
            })
        };
        Parts {
            train: examples("train", self.train),
            validation: (self.validation > 0).then(|| examples("validation", self.validation)),
            test: examples("test", self.test),
        }
    }
}

/// A letter for each token: capitals begin sentences.
pub(crate) fn class_names() -> Vec<String> {
    ('A'..).take(drawing::OPENERS).chain('a'..).take(VOCABULARY).map(String::from).collect()
}
