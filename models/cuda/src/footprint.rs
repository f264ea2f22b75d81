//! How much memory a population takes, and so how many replicas fit.

use crate::operators::CHUNKS;
use models::{Network, Op};

/// Sizes of a population's buffers, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// From one replica's parameters to the next one's: a multiple of 4, so that every replica starts where products
    /// are fastest.
    pub(crate) pitch: usize,
    /// Per image, the values of the network.
    pub(crate) activations: Vec<usize>,
    /// Per image, the windows of each convolution written out; 0 without.
    pub(crate) patches: Vec<usize>,
    /// Per image, the positions that each maximum came from; 0 without.
    pub(crate) winners: Vec<usize>,
    /// Per image, the gradients of values.
    pub(crate) gradients: Vec<usize>,
    /// Per replica, parts of the gradient of a bias.
    pub(crate) partials: usize,
}

impl Footprint {
    /// Of populations of `network`.
    pub fn new(network: &Network) -> Self {
        let ops = || network.nodes().iter().map(|node| &node.op);
        let patches = ops().map(|op| match op {
            Op::Conv(conv) if conv.kernel > 1 => {
                let (height, width) = conv.output();
                height * width * conv.kernel * conv.kernel * conv.channels
            }
            _ => 0,
        });
        let winners = ops().map(|op| match op {
            Op::MaxPool(pool) => {
                let (height, width) = pool.0.output();
                height * width * pool.0.channels
            }
            _ => 0,
        });
        let columns = ops().map(|op| match op {
            Op::Conv(conv) => conv.filters,
            Op::Dense(affine) => affine.outputs,
            _ => 0,
        });
        Self {
            pitch: network.parameters().next_multiple_of(4),
            activations: network.plan().buffers.clone(),
            patches: patches.collect(),
            winners: winners.collect(),
            gradients: network.plan().slots.clone(),
            partials: CHUNKS * columns.max().unwrap_or(0),
        }
    }

    /// Bytes of one replica: `batch_size` images at a time out of `images`, with `states` numbers of optimizer state per
    /// parameter.
    pub fn replica_bytes(&self, batch_size: usize, images: usize, states: usize) -> usize {
        let floats: usize = self.activations.iter().chain(&self.patches).chain(&self.gradients).sum();
        let of_image = 4 * floats + self.winners.iter().sum::<usize>() + 12;
        let steps = images.div_ceil(batch_size);
        // Order of an epoch, scores and scalars of its steps.
        let of_epoch = 4 * images + steps * (12 + 4 * 12);
        batch_size * of_image + of_epoch + 4 * (self.partials + self.pitch * (2 + states))
    }

    /// Replicas that fit into `free_bytes`, a tenth of which is left to the data and to others; at least 1.
    pub fn replicas_in(&self, free_bytes: usize, batch_size: usize, images: usize, states: usize) -> usize {
        (free_bytes / 10 * 9 / self.replica_bytes(batch_size, images, states)).max(1)
    }
}
