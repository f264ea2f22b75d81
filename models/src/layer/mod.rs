//! Layers as they are written in a configuration, and the ops each is made of: a file for each kind, and the list of them.

mod convolution;
mod dense;
mod dropout;
mod normalisation;
mod pooling;
mod residual;
mod scaling;
mod sequence;

pub use convolution::ConvLayer;
pub use dense::{DenseLayer, LinearLayer};
pub use dropout::DropoutLayer;
pub use normalisation::{BatchNormLayer, GroupNormLayer, LayerNormLayer};
pub use pooling::{AveragePooling, MaxPooling, Pooling};
pub use residual::{Repeat, Residual};
pub use scaling::ScalingLayer;
pub use sequence::{AttentionLayer, EmbeddingLayer};

use crate::ModelError;
use crate::builder::Builder;
use crate::ops::Op;
use kernels::Activation;
use serde::{Deserialize, Serialize};

/// Settings that say which ops to add behind what is there.
pub(crate) trait Build {
    /// Adds them.
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError>;
}

/// The list of layers: those with settings, then those without, each with its key in a configuration.
macro_rules! layers {
    ({ $($(#[$doc:meta])* $key:literal $name:ident($settings:ty)),* $(,)? }
     { $($(#[$plain_doc:meta])* $plain_key:literal $plain:ident => $build:expr),* $(,)? }) => {
        /// One layer of a network.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum Layer {
            $($(#[$doc])* #[serde(rename = $key)] $name($settings),)*
            $($(#[$plain_doc])* #[serde(rename = $plain_key)] $plain,)*
        }

        impl Layer {
            /// Its key in a configuration.
            pub(crate) fn key(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $key,)*
                    $(Self::$plain => $plain_key,)*
                }
            }
        }

        impl Build for Layer {
            fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
                match self {
                    $(Self::$name(settings) => settings.build(builder),)*
                    $(Self::$plain => $build(builder),)*
                }
            }
        }
    };
}

layers! {
    {
        /// Convolution.
        "conv" Conv(ConvLayer),
        /// Dense layer over the flattened input.
        "dense" Dense(DenseLayer),
        /// The same affine map of the channels at every position.
        "linear" Linear(LinearLayer),
        /// Maximum pooling.
        "max-pool" MaxPool(MaxPooling),
        /// Average pooling.
        "average-pool" AveragePool(AveragePooling),
        /// Dropout, active in training only.
        "dropout" Dropout(DropoutLayer),
        /// Batch normalisation.
        "batch-norm" BatchNorm(BatchNormLayer),
        /// Group normalisation.
        "group-norm" GroupNorm(GroupNormLayer),
        /// Layer normalisation of the channels of every position.
        "layer-norm" LayerNorm(LayerNormLayer),
        /// A vector for every token.
        "embedding" Embedding(EmbeddingLayer),
        /// Self-attention.
        "attention" Attention(AttentionLayer),
        /// Numbers multiplied by fixed factors.
        "scale" Scaling(ScalingLayer),
        /// What the layers make of a value, added to the value.
        "residual" Residual(Residual),
        /// Layers several times over, each time with parameters of their own.
        "repeat" Repeat(Repeat),
    }
    {
        /// Mean over all positions.
        "mean-pool" MeanPool => pooling::mean_pool,
        /// Sum of all numbers of an example.
        "sum" Sum => pooling::sum,
        /// The channels of the last position.
        "last" Last => pooling::last,
        /// A learnt vector for every position, added.
        "positions" Positions => sequence::positions,
        /// `max(0, x)`.
        "relu" Relu => activation(Activation::Rectifier),
        /// `x Φ(x)` with the distribution of the normal law.
        "gelu" Gelu => activation(Activation::Gelu),
        /// The same with its approximation by a hyperbolic tangent.
        "gelu-tanh" GeluTanh => activation(Activation::GeluTanh),
        /// Hyperbolic tangent.
        "tanh" Tanh => activation(Activation::Tanh),
        /// `x / (1 + exp(−x))`.
        "silu" Silu => activation(Activation::Silu),
    }
}

/// Adds layers, one behind the other; `key` is what their list is called where they are written.
pub(crate) fn build_all(builder: &mut Builder, key: &str, layers: &[Layer]) -> Result<(), ModelError> {
    for (i, layer) in layers.iter().enumerate() {
        builder.within(&format!("{key}[{i}].{}", layer.key()), |builder| layer.build(builder))?;
    }
    Ok(())
}

fn activation(activation: Activation) -> impl Fn(&mut Builder) -> Result<(), ModelError> {
    move |builder| builder.push(Op::Activation(activation), builder.shape(), 0..0)
}

/// Settings of which none may be zero.
fn positive(builder: &Builder, settings: &[(&str, usize)]) -> Result<(), ModelError> {
    match settings.iter().find(|(_, value)| *value == 0) {
        Some((name, _)) => Err(builder.refusal(format!("{name} 0"), "a whole number from 1 on is accepted")),
        None => Ok(()),
    }
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}
