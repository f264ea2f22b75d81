//! The layers' arithmetic on a CPU: forward and backward over plain slices, channels-last.
//!
//! Every kernel works on the images of one shard of one replica's batch; who runs which shard on which thread is
//! the caller's business ([`models`](../models) splits a batch by its shape, never by the number of threads, so
//! results are the same bits on any number of them). All kernels are generic over [`Real`]: training uses `f32`,
//! the finite-difference tests `f64`.
//!
//! Choices at points where a layer is not differentiable, the same as PyTorch's and part of the experiment for a
//! non-smooth method: `relu'(0) = 0`; among equal maxima of a pooling window the first in row order gets the
//! gradient.

mod activation;
mod add;
mod affine;
mod attention;
mod batch_norm;
mod border;
mod combine;
mod conv;
mod cross_entropy;
mod dropout;
mod elementary;
mod elementwise;
mod embedding;
mod group_norm;
mod lanes;
mod layer_norm;
mod matrix;
mod mean_pool;
mod moments;
mod normalise;
mod pointwise;
mod pool;
mod product;
mod real;
mod recipe;
mod scale;
mod softmax;
mod stripes;
mod sums;
mod total;
mod transpose;

pub use activation::Activation;
pub use add::add;
pub use affine::Affine;
pub use attention::Attention;
pub use batch_norm::{BatchGradient, BatchNorm, Statistics};
pub use conv::Conv;
pub use cross_entropy::{Scores, cross_entropy};
pub use dropout::Dropout;
pub use elementary::Elementary;
pub use elementwise::{multiply_by, unrectify};
pub use embedding::{Embedding, Positions};
pub use group_norm::GroupNorm;
pub use layer_norm::LayerNorm;
pub use matrix::{Factor, product};
pub use mean_pool::MeanPool;
pub use moments::Moments;
pub use pointwise::{binary_cross_entropy, squared_error};
pub use pool::{AveragePool, MaxPool, Window};
pub use product::{Packed, Workspace};
pub use real::Real;
pub use scale::scale;
pub use total::Total;

#[cfg(test)]
mod tests;
