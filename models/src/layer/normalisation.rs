//! Normalisations, each with a gain and a shift for every channel.

use super::Build;
use crate::ModelError;
use crate::builder::Builder;
use crate::ops::{NormalisedRows, Op};
use kernels::{BatchNorm, GroupNorm, LayerNorm};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Settings of a batch normalisation, as PyTorch's by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchNormLayer {
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
    /// The weight of a batch's statistics in the running ones.
    #[serde(default = "tenth")]
    pub momentum: f64,
}

/// Settings of a group normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupNormLayer {
    /// Groups of neighbouring channels; a divisor of their number.
    pub groups: usize,
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
}

/// Settings of a layer normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerNormLayer {
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
}

fn small() -> f64 {
    1e-5
}

fn tenth() -> f64 {
    0.1
}

/// Room for the gain and the shift of a normalisation's channels.
fn gain_and_shift(builder: &mut Builder, channels: usize, eps: f64) -> Result<Range<usize>, ModelError> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(builder.refusal(format!("eps {eps}"), "a number above 0 is accepted"));
    }
    let name = format!("norm{}", builder.number("norm"));
    builder.parameters(&name, &[("gain", vec![channels]), ("shift", vec![channels])])
}

impl Build for BatchNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { eps, momentum } = self;
        if !(momentum > 0.0 && momentum <= 1.0) {
            let accepted = "a number above 0 and at most 1 is accepted";
            return Err(builder.refusal(format!("momentum {momentum}"), accepted));
        }
        let shape = builder.shape();
        let channels = shape.channels;
        let parameters = gain_and_shift(builder, channels, eps)?;
        builder.push(Op::BatchNorm(BatchNorm { channels, eps, momentum }), shape, parameters)?;
        builder.keep_statistics(2 * channels);
        Ok(())
    }
}

impl Build for GroupNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { groups, eps } = self;
        let shape = builder.shape();
        let (positions, channels) = (shape.positions(), shape.channels);
        if groups == 0 || !channels.is_multiple_of(groups) {
            let accepted = format!("a divisor of the {channels} channels is accepted");
            return Err(builder.refusal(format!("groups {groups}"), accepted));
        }
        let parameters = gain_and_shift(builder, channels, eps)?;
        builder.push(Op::GroupNorm(GroupNorm { positions, channels, groups, eps }), shape, parameters)
    }
}

impl Build for LayerNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let shape = builder.shape();
        let parameters = gain_and_shift(builder, shape.channels, self.eps)?;
        let norm = LayerNorm { size: shape.channels, eps: self.eps };
        let op = NormalisedRows { norm, positions: shape.positions() };
        builder.push(Op::LayerNorm(op), shape, parameters)
    }
}
