//! `modular`: arithmetic modulo a number, told from part of its table (A. Power, Y. Burda, H. Edwards, I. Babuschkin,
//! V. Misra, Grokking: generalization beyond overfitting on small algorithmic datasets, arXiv 2201.02177, 2022).
//!
//! An example is the sequence of tokens `x y =` with one label, x ∘ y mod p; `=` is the token p. All pairs there are,
//! in a random order, are the training, the validation and the test part, one after the other.

use crate::parts::Parts;
use crate::{Images, Outline, SettingError, Share};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use streams::Stream;

/// Tokens of an example.
const CONTEXT: usize = 3;

/// What is done with the two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// x + y mod p.
    #[default]
    Add,
    /// x − y mod p.
    Subtract,
    /// x·y mod p.
    Multiply,
    /// x/y mod p: the z with z·y = x mod p. For a prime p; y is never 0.
    Divide,
}

/// The settings of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Modular {
    /// The modulus, 2 to 255; a prime for a division.
    #[serde(default = "Modular::usual_p")]
    pub p: usize,
    /// What is done with the two numbers.
    pub operation: Operation,
    /// The share of all pairs that is trained on.
    #[serde(default = "Modular::usual_train")]
    pub train_share: Share,
    /// The share of all pairs that is held out for validation; 0 for no validation part. The rest is tested on.
    #[serde(default = "Modular::usual_validation")]
    pub validation_share: Share,
    /// Another seed deals the pairs to other parts.
    #[serde(default)]
    pub seed: u64,
}

impl Default for Modular {
    fn default() -> Self {
        Self {
            p: Self::usual_p(),
            operation: Operation::default(),
            train_share: Self::usual_train(),
            validation_share: Self::usual_validation(),
            seed: 0,
        }
    }
}

impl Modular {
    fn usual_p() -> usize {
        97
    }

    fn usual_train() -> Share {
        Share(0.5)
    }

    fn usual_validation() -> Share {
        Share(0.1)
    }

    /// Numbers of the training, the validation and the test examples.
    fn counts(&self) -> [usize; 3] {
        let all = self.p * self.second().len();
        let train = self.train_share.of(all).min(all);
        let validation = self.validation_share.of(all).min(all - train);
        [train, validation, all - train - validation]
    }

    /// The second numbers there are.
    fn second(&self) -> std::ops::Range<usize> {
        usize::from(self.operation == Operation::Divide)..self.p
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let Self { p, operation, train_share, validation_share, .. } = self;
        let refuse = |key, got: String, accepted: &str| Err(SettingError::range(key, got, accepted));
        if !(2..=255).contains(p) {
            return refuse("data.p", p.to_string(), "a whole number from 2 to 255");
        }
        if *operation == Operation::Divide && !is_prime(*p) {
            return refuse("data.p", format!("{p} with `operation: divide`"), "a prime number");
        }
        let parts = "more than 0, less than 1, and with `data.validation_share` less than 1";
        if !train_share.is_proper() || train_share.0 + validation_share.0 >= 1.0 {
            return refuse("data.train_share", train_share.0.to_string(), parts);
        }
        if !validation_share.is_proper() {
            let accepted = "0 for no validation part, or a share below 1";
            return refuse("data.validation_share", validation_share.0.to_string(), accepted);
        }
        let [train, validation, test] = self.counts();
        let all = train + validation + test;
        if train == 0 || test == 0 {
            let got = format!(
                "{}, which leaves {train} of {all} pairs to train and {test} to test on,",
                train_share.0
            );
            return refuse("data.train_share", got, "a share that leaves one or more for each");
        }
        if validation == 0 && validation_share.0 > 0.0 {
            let got = format!("{}, which is none of {all} pairs,", validation_share.0);
            return refuse("data.validation_share", got, "0, or a share that is one or more");
        }
        Ok(())
    }

    pub(crate) fn outline(&self) -> Outline {
        let [train, validation, test] = self.counts();
        Outline {
            shape: [CONTEXT, 1, 1],
            classes: self.p,
            labels_per_image: 1,
            vocabulary: Some(self.p + 1),
            train,
            validation,
            test,
        }
    }

    /// The three parts. The settings must have been checked.
    pub(crate) fn parts(&self) -> Parts {
        let pairs: Vec<(usize, usize)> =
            (0..self.p).flat_map(|x| self.second().map(move |y| (x, y))).collect();
        let order = Stream::new(self.seed, "modular", "split", 0).permutation(0, pairs.len());
        let [train, validation, _] = self.counts();
        let examples = |order: &[u32]| {
            let pairs = || order.iter().map(|&index| pairs[index as usize]);
            Arc::new(Images {
                pixels: pairs().flat_map(|(x, y)| [x as u8, y as u8, self.p as u8]).collect(),
                labels: pairs().map(|(x, y)| self.result(x, y)).collect(),
                height: CONTEXT,
                width: 1,
                channels: 1,
                classes: self.p,
                labels_per_image: 1,
                vocabulary: Some(self.p + 1),
            })
        };
        let (trained, rest) = order.split_at(train);
        let (held_out, tested) = rest.split_at(validation);
        Parts {
            train: examples(trained),
            validation: (!held_out.is_empty()).then(|| examples(held_out)),
            test: examples(tested),
        }
    }

    fn result(&self, x: usize, y: usize) -> u8 {
        let p = self.p;
        let result = match self.operation {
            Operation::Add => x + y,
            Operation::Subtract => x + p - y,
            Operation::Multiply => x * y,
            // Fermat: y^(p − 2) is the inverse of y.
            Operation::Divide => (0..p - 2).fold(x, |product, _| product * y % p),
        };
        (result % p) as u8
    }

    pub(crate) fn class_names(&self) -> Vec<String> {
        (0..self.p).map(|number| number.to_string()).collect()
    }
}

fn is_prime(number: usize) -> bool {
    number >= 2 && (2..).take_while(|d| d * d <= number).all(|d| !number.is_multiple_of(d))
}
