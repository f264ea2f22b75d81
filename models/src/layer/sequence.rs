//! What sequences of tokens go through.

use super::{Build, DenseLayer, positive, yes};
use crate::builder::Builder;
use crate::ops::{Op, Tokens};
use crate::{ModelError, Shape};
use kernels::{Attention, Embedding, Positions};
use rule::Role;
use serde::{Deserialize, Serialize};

/// Tokens of a vocabulary, at most.
const MOST_TOKENS: usize = 256;

/// Settings of an embedding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingLayer {
    /// Tokens that there are: 0 to less than this.
    pub vocabulary: usize,
    /// Length of a token's vector.
    pub width: usize,
}

/// Settings of a self-attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttentionLayer {
    /// Heads; a divisor of the width.
    pub heads: usize,
    /// Whether a position attends to itself and those before it only.
    #[serde(default)]
    pub causal: bool,
    /// Whether the maps before and behind it have biases.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Build for EmbeddingLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { vocabulary, width } = self;
        positive(builder, &[("vocabulary", vocabulary), ("width", width)])?;
        if vocabulary > MOST_TOKENS {
            let accepted = format!("at most {MOST_TOKENS} is accepted, for a token is a byte");
            return Err(builder.refusal(format!("vocabulary {vocabulary}"), accepted));
        }
        let shape = builder.shape();
        if builder.value() != 0 || shape.channels != 1 {
            let value = format!("an embedding of {shape} numbers");
            return Err(builder.refusal(value, "it reads tokens: the first layer, on data of one channel"));
        }
        let name = format!("embedding{}", builder.number("embedding"));
        let parameters = builder.parameters(&name, &[("table", vec![vocabulary, width])])?;
        builder.layout.mark(Role::Embedding);
        let shape = Shape { height: shape.positions(), width: 1, channels: width };
        let op = Tokens { embedding: Embedding { width }, vocabulary };
        builder.push(Op::Embedding(op), shape, parameters)
    }
}

/// Adds a learnt vector for every position.
pub(super) fn positions(builder: &mut Builder) -> Result<(), ModelError> {
    let shape = builder.shape();
    let name = format!("positions{}", builder.number("positions"));
    let parameters = builder.parameters(&name, &[("table", vec![shape.positions(), shape.channels])])?;
    builder.layout.mark(Role::Embedding);
    builder.push(Op::Positions(Positions { size: shape.size() }), shape, parameters)
}

impl Build for AttentionLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { heads, causal, bias } = self;
        let shape = builder.shape();
        let width = shape.channels;
        if heads == 0 || !width.is_multiple_of(heads) {
            let accepted = format!("a divisor of the width {width} is accepted");
            return Err(builder.refusal(format!("heads {heads}"), accepted));
        }
        let map = |units: usize| DenseLayer { units, bias, relu: false };
        map(3 * width).over(builder, shape, "queries")?;
        let op = Attention { time: shape.positions(), width, heads, causal };
        builder.push(Op::Attention(op), shape, 0..0)?;
        map(width).over(builder, shape, "values")
    }
}
