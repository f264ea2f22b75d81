//! What is trained: networks of any shape, their initial weights, and the engine that computes losses and
//! gradients of a whole population of them; and the two-dimensional functions of the papers.
//!
//! A [`Model`] is checked data. [`Network`] turns it into kernels and a flat parameter layout; [`Population`] holds
//! the parameters of `R` replicas as one `[R, P]` buffer and runs forward and backward passes over `[R, B, …]`
//! batches. The border to candle (tensors in candle's layouts, a trained network as a `candle_nn::Module`) is in
//! [`border`].

pub mod border;
mod builder;
mod function;
mod initialisation;
mod lanes;
mod layer;
mod model;
mod network;
mod objective;
mod ops;
mod pass;
mod plan;
mod population;
mod shape;
mod shard;
mod wide;

pub use function::Function;
pub use initialisation::Initialisation;
pub use layer::{
    AttentionLayer, AveragePooling, BatchNormLayer, ConvLayer, DenseLayer, DropoutLayer, EmbeddingLayer,
    GroupNormLayer, Layer, LayerNormLayer, LinearLayer, MaxPooling, Pooling, Repeat, Residual, ScalingLayer,
};
pub use model::{Model, ModelError};
pub use network::{Network, Node};
pub use objective::{Loss, Numbers, Objective};
pub use ops::{Add, Keeps, Last, Masked, NormalisedRows, Op, Scaling, Tokens};
pub use plan::{Plan, Route, Step};
pub use population::{Batches, Population};
pub use shape::Shape;

#[cfg(test)]
mod tests;
