//! What is trained: networks as lists of layers, their initial weights, and the engine that computes losses and
//! gradients of a whole population of them; and the two-dimensional functions of the papers.
//!
//! A [`Model`] is checked data. [`Network`] turns it into kernels and a flat parameter layout; [`Population`] holds
//! the parameters of `R` replicas as one `[R, P]` buffer and runs forward and backward passes over `[R, B, …]`
//! batches. The border to candle (tensors in candle's layouts, a trained network as a `candle_nn::Module`) is in
//! [`border`].

pub mod border;
mod function;
mod initialisation;
mod layer;
mod model;
mod network;
mod pass;
mod population;

pub use function::Function;
pub use initialisation::Initialisation;
pub use layer::{Layer, Shape};
pub use model::{Model, ModelError};
pub use network::{Network, Op};
pub use population::{Batches, Population};

#[cfg(test)]
mod tests;
