//! What the end of a network is held against, and how.

use crate::{ModelError, Shape};
use kernels::{Real, Scores, binary_cross_entropy, cross_entropy, squared_error};
use serde::{Deserialize, Serialize};

/// What a training minimises the mean of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Loss {
    /// `−ln` of the softmax probability of the label, in nats.
    CrossEntropy {
        /// Share of the belief that is spread evenly over all classes (Szegedy et al., "Rethinking the Inception architecture",
        /// CVPR 2016).
        #[serde(default)]
        label_smoothing: f64,
    },
    /// `Σ (y − t)²` over the numbers of an example.
    SquaredError {
        /// What the numbers should be.
        #[serde(default)]
        target: Numbers,
    },
    /// `−Σ (t ln p + (1 − t) ln (1 − p))` over the numbers of an example, in nats, with `p` the logistic function of the network's;
    /// targets are the example's own numbers, which must lie in `[0, 1]`.
    BinaryCrossEntropy {},
}

/// What the numbers at the end of a network should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// Those of the example itself: an autoencoder.
    #[default]
    Input,
    /// Zero: the loss is the sum of their squares.
    Zero,
}

impl Default for Loss {
    fn default() -> Self {
        Self::CrossEntropy { label_smoothing: 0.0 }
    }
}

impl Loss {
    /// Whether it is plain cross-entropy, which a task need not mention.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is of labels, so that there is an accuracy.
    pub fn classifies(&self) -> bool {
        matches!(self, Self::CrossEntropy { .. })
    }

    /// Whether its targets must lie in `[0, 1]`.
    pub fn of_shares(&self) -> bool {
        matches!(self, Self::BinaryCrossEntropy {})
    }

    /// Settings that are out of range.
    ///
    /// # Errors
    /// The first of them.
    pub fn check(&self) -> Result<(), ModelError> {
        match *self {
            Self::CrossEntropy { label_smoothing } if !(0.0..1.0).contains(&label_smoothing) => {
                Err(ModelError {
                    key: "loss.label_smoothing".into(),
                    value: label_smoothing.to_string(),
                    accepted: "a share from 0 up to, not including, 1 is accepted".into(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// A loss with the labels that a data set has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// The loss.
    pub loss: Loss,
    /// Number of classes.
    pub classes: usize,
    /// Labels of each example: one, or one for every position of a sequence.
    pub labels: usize,
}

impl From<usize> for Objective {
    /// Plain cross-entropy over so many classes, one label for each example.
    fn from(classes: usize) -> Self {
        Self { loss: Loss::default(), classes, labels: 1 }
    }
}

impl Objective {
    /// Numbers that the network must end with for an example of this shape.
    pub fn outputs(&self, input: Shape, end: Shape) -> usize {
        match self.loss {
            Loss::CrossEntropy { .. } => self.classes * self.labels,
            Loss::SquaredError { target: Numbers::Input } | Loss::BinaryCrossEntropy {} => input.size(),
            Loss::SquaredError { target: Numbers::Zero } => end.size(),
        }
    }

    /// Labels that it reads of each example.
    pub fn labels_read(&self) -> usize {
        if self.loss.classifies() { self.labels } else { 0 }
    }

    /// Predictions that an example's loss is the mean of.
    pub fn predictions(&self) -> usize {
        self.labels_read().max(1)
    }

    /// Refuses a network that ends with another shape.
    pub(crate) fn check(&self, input: Shape, end: Shape) -> Result<(), ModelError> {
        let wanted = self.outputs(input, end);
        let per_position = self.labels > 1 && self.loss.classifies();
        if end.size() == wanted && (!per_position || end.positions() == self.labels) {
            return Ok(());
        }
        let accepted = match self.loss {
            Loss::CrossEntropy { .. } if self.labels > 1 => {
                format!(
                    "its last layer must have a number for each of the {} classes at each of the {} positions (linear)",
                    self.classes, self.labels
                )
            }
            Loss::CrossEntropy { .. } => {
                format!("its last layer must have a number for each of the {} classes", self.classes)
            }
            _ => format!("its last layer must have a number for each of the {wanted} numbers of an example"),
        };
        Err(ModelError { key: "model".into(), value: format!("a network that ends with {end}"), accepted })
    }

    /// Scores `outputs` of some examples, whose own numbers are `inputs`; if wanted, sets `gradient` to that of `weight` times the sum of
    /// the losses.
    pub(crate) fn score<F: Real>(
        &self,
        inputs: &[F],
        labels: &[u8],
        outputs: &[F],
        weight: F,
        gradient: Option<&mut [F]>,
        zeros: &mut Vec<F>,
    ) -> Scores {
        let loss = match self.loss {
            Loss::CrossEntropy { label_smoothing } => {
                return cross_entropy(self.classes, label_smoothing, outputs, labels, weight, gradient);
            }
            Loss::SquaredError { target: Numbers::Input } => squared_error(outputs, inputs, weight, gradient),
            Loss::SquaredError { target: Numbers::Zero } => {
                zeros.resize(outputs.len(), F::ZERO);
                squared_error(outputs, zeros, weight, gradient)
            }
            Loss::BinaryCrossEntropy {} => binary_cross_entropy(outputs, inputs, weight, gradient),
        };
        Scores { loss, correct: 0 }
    }
}
