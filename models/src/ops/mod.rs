//! The ops that networks are made of: one file each, and the list of them.
//!
//! An op knows its geometry, what it keeps from the forward for the backward pass, and how both are computed over some
//! images of a shard. Where its numbers lie is the business of [`crate::plan`], when it runs that of [`crate::pass`].

mod activation;
mod add;
mod attention;
mod average_pool;
mod batch_norm;
mod convolution;
mod dense;
mod dropout;
mod embedding;
mod group_norm;
mod last;
mod layer_norm;
mod max_pool;
mod mean_pool;
mod positions;
mod scaling;
mod total;

pub use add::Add;
pub(crate) use batch_norm::add_parameter_gradient;
pub use dropout::Masked;
pub use embedding::Tokens;
pub use last::Last;
pub use layer_norm::NormalisedRows;
pub use scaling::Scaling;

use crate::wide::Rows;
use kernels::{
    Activation, Affine, Attention, AveragePool, BatchNorm, Conv, GroupNorm, MaxPool, MeanPool, Packed,
    Positions, Real, Total, Workspace,
};
use streams::Stream;

/// One kind of op. What it says of itself lets a network plan buffers and passes without knowing any op by name.
pub(crate) trait Operator {
    /// What it keeps of each image from the forward to the backward pass.
    fn kept(&self) -> Keeps {
        Keeps::default()
    }

    /// Whether it can write its output over its first input, and the gradient of that over its output's.
    fn in_place(&self) -> bool {
        false
    }

    /// Whether its backward pass reads its first input.
    fn reads_input(&self) -> bool {
        true
    }

    /// Whether its backward pass reads its output.
    fn reads_output(&self) -> bool {
        false
    }

    /// Whether its output is that of a rectifier, whose derivative is still to be applied to the gradient that its backward
    /// pass is given.
    fn rectified(&self) -> bool {
        false
    }

    /// Whether what it writes over the output of a rectifier is positive exactly where the gradient has to pass.
    fn spares_rectifier(&self) -> bool {
        false
    }

    /// Whether its backward pass can apply the derivative of the rectifier that its input came out of on the way out.
    fn gates(&self) -> bool {
        false
    }

    /// Multiplications and additions of its matrix products in a forward pass over one image, in pairs.
    fn products(&self) -> usize {
        0
    }

    /// Numbers of its parameters that a backward pass takes transposed, the first of them.
    fn transposed(&self) -> usize {
        0
    }

    /// Sets those.
    fn transpose<F: Real>(&self, _weight: &[F], _transposed: &mut [F]) {}

    /// Computes the output.
    fn forward<F: Real>(&self, pass: Forward<'_, F>);

    /// Computes the gradients of inputs and parameters.
    fn backward<F: Real>(&self, pass: Backward<'_, F>);
}

/// Numbers and bytes that an op keeps of each image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keeps {
    /// Numbers.
    pub numbers: usize,
    /// Bytes.
    pub bytes: usize,
}

/// What an op keeps.
pub(crate) struct Kept<'a, F> {
    pub numbers: &'a mut [F],
    pub bytes: &'a mut [u8],
}

/// Randomness of one training step of one replica.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws<'a> {
    /// One stream per dropout layer.
    pub streams: &'a [Stream],
    pub step: u64,
    /// Index in the batch of the first image at hand.
    pub first: usize,
}

/// A forward pass through one op.
pub(crate) struct Forward<'a, F> {
    /// Images at hand.
    pub images: usize,
    /// First input; empty for an op in place, which finds it in `y`.
    pub x: &'a [F],
    /// Second input, of an op that has one.
    pub other: &'a [F],
    pub y: &'a mut [F],
    pub parameters: &'a [F],
    /// Its weight as products read it, of a dense layer of a wide network.
    pub packed: Option<&'a Packed<F>>,
    /// What it normalises by, of a batch normalisation.
    pub statistics: &'a [F],
    pub kept: Kept<'a, F>,
    pub workspace: &'a mut Workspace<F>,
    /// None in an evaluation.
    pub draws: Option<Draws<'a>>,
}

/// A backward pass through one op.
pub(crate) struct Backward<'a, F> {
    /// Images at hand.
    pub images: usize,
    /// First input, as far as the op reads it.
    pub x: &'a [F],
    /// Output, as far as the op reads it.
    pub y: &'a [F],
    /// Gradient of the output; an op in place turns it into that of its first input.
    pub dy: &'a mut [F],
    /// To be set to the gradient of the first input; none for an op in place, or if nobody asks.
    pub dx: Option<&'a mut [F]>,
    /// Whether `x` came out of a rectifier and `dx` is to be the gradient before that; only for an op that gates.
    pub gated: bool,
    /// Gradient of the second input.
    pub other: Option<Destination<'a, F>>,
    pub parameters: &'a [F],
    /// Transposed weights in the places of the weights.
    pub transposed: &'a [F],
    /// Its transposed weight as products read it, of a dense layer of a wide network.
    pub packed: Option<&'a Packed<F>>,
    /// Where such a layer keeps what the gradient of its weight is made of, in place of adding to it.
    pub rows: Option<&'a mut Rows<F>>,
    /// To be added to.
    pub gradient: &'a mut [F],
    /// What it normalised by, of a batch normalisation.
    pub statistics: &'a [F],
    /// The gradients of its gain and shift over the whole batch, of a batch normalisation.
    pub totals: &'a [F],
    /// Images of the batch.
    pub batch_size: usize,
    pub kept: Kept<'a, F>,
    pub workspace: &'a mut Workspace<F>,
}

/// A gradient to be set, or added to if somebody else had a part in it before.
pub(crate) struct Destination<'a, F> {
    pub to: &'a mut [F],
    pub add: bool,
}

/// The list of ops: the enumeration of them, and each question passed on to the one it is put to.
macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident($kind:ty)),* $(,)?) => {
        /// An op with its geometry.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Op {
            $($(#[$doc])* $name($kind)),*
        }

        impl Operator for Op {
            fn kept(&self) -> Keeps {
                match self { $(Self::$name(op) => Operator::kept(op)),* }
            }
            fn in_place(&self) -> bool {
                match self { $(Self::$name(op) => Operator::in_place(op)),* }
            }
            fn reads_input(&self) -> bool {
                match self { $(Self::$name(op) => Operator::reads_input(op)),* }
            }
            fn reads_output(&self) -> bool {
                match self { $(Self::$name(op) => Operator::reads_output(op)),* }
            }
            fn rectified(&self) -> bool {
                match self { $(Self::$name(op) => Operator::rectified(op)),* }
            }
            fn spares_rectifier(&self) -> bool {
                match self { $(Self::$name(op) => Operator::spares_rectifier(op)),* }
            }
            fn gates(&self) -> bool {
                match self { $(Self::$name(op) => Operator::gates(op)),* }
            }
            fn products(&self) -> usize {
                match self { $(Self::$name(op) => Operator::products(op)),* }
            }
            fn transposed(&self) -> usize {
                match self { $(Self::$name(op) => Operator::transposed(op)),* }
            }
            fn transpose<F: Real>(&self, weight: &[F], transposed: &mut [F]) {
                match self { $(Self::$name(op) => Operator::transpose(op, weight, transposed)),* }
            }
            fn forward<F: Real>(&self, pass: Forward<'_, F>) {
                match self { $(Self::$name(op) => Operator::forward(op, pass)),* }
            }
            fn backward<F: Real>(&self, pass: Backward<'_, F>) {
                match self { $(Self::$name(op) => Operator::backward(op, pass)),* }
            }
        }
    };
}

ops! {
    /// Convolution with or without bias and rectifier.
    Conv(Conv),
    /// Affine map of every position's channels, with or without rectifier; of a flattened image where there is one position.
    Dense(Affine),
    /// Maximum pooling.
    MaxPool(MaxPool),
    /// Average pooling.
    AveragePool(AveragePool),
    /// Dropout, active in training only.
    Dropout(Masked),
    /// A nonlinearity of every number.
    Activation(Activation),
    /// Sum of two values.
    Add(Add),
    /// Batch normalisation, by the running statistics in an evaluation.
    BatchNorm(BatchNorm),
    /// Group normalisation.
    GroupNorm(GroupNorm),
    /// Layer normalisation of the channels of every position.
    LayerNorm(NormalisedRows),
    /// Mean over all positions.
    MeanPool(MeanPool),
    /// Sum of all numbers.
    Total(Total),
    /// The channels of the last position.
    Last(Last),
    /// Numbers multiplied by fixed factors.
    Scaling(Scaling),
    /// A vector for every token.
    Embedding(Tokens),
    /// A vector for every position, added.
    Positions(Positions),
    /// What every position attends to, of queries, keys and values.
    Attention(Attention),
}
