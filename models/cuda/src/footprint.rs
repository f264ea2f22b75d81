//! How much memory a population takes, and so how many replicas fit.

use crate::Precision;
use crate::operators::{
    ConvolutionShape, NUMBERS, Normalisation, STRETCHES, parts_of, room_of, takes_dropout, writes_windows,
};
use models::{Network, Node, Op, Route};

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
    /// Of each op, the convolution on tensor cores that it is, if it is one.
    pub(crate) shapes: Vec<Option<ConvolutionShape>>,
    /// Of each op, the dropout that is done with it, if it is a pooling with one: the op behind it.
    pub(crate) masked: Vec<Option<usize>>,
    /// Per image, the positions that each maximum came from, and what a dropout after a pooling has dropped; 0 without.
    pub(crate) winners: Vec<usize>,
    /// What each normalisation normalises by, and each attention attends to; 0 without.
    pub(crate) numbers: Vec<Share>,
    /// Per image, the gradients of values.
    pub(crate) gradients: Vec<usize>,
    /// Per replica, running statistics.
    pub(crate) running: usize,
    /// Parts of sums, of an image's rows or of a replica's, and the heads of attentions: one after the other in one place.
    partials: Share,
    /// Parts that an image's score is made in.
    pub(crate) parts: usize,
}

/// Numbers for every image, and numbers for every replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    image: usize,
    replica: usize,
}

impl Share {
    /// Numbers of a replica with batches of so many images.
    pub fn of(self, batch_size: usize) -> usize {
        batch_size * self.image + self.replica
    }
}

impl Footprint {
    /// Of populations of `network` with products in `precision`.
    pub fn new(network: &Network, precision: Precision) -> Self {
        let ops = || network.nodes().iter().map(|node| &node.op);
        let patches = ops().map(|op| match op {
            Op::Conv(conv) if writes_windows(conv) && precision.is_f32() => {
                let (height, width) = conv.output();
                height * width * conv.kernel * conv.kernel * conv.channels
            }
            _ => 0,
        });
        let masked: Vec<Option<usize>> =
            (0..network.nodes().len()).map(|i| dropout_after(network, i)).collect();
        let winners = network.nodes().iter().zip(&masked).map(|(node, masked)| match (&node.op, masked) {
            (Op::MaxPool(_), _) | (Op::AveragePool(_), Some(_)) => network.values()[node.output].size(),
            _ => 0,
        });
        let shares = network.nodes().iter().map(|node| partials(network, node));
        let partials = shares.fold(Share::default(), |most, share| Share {
            image: most.image.max(share.image),
            replica: most.replica.max(share.replica),
        });
        Self {
            pitch: network.parameters().next_multiple_of(4),
            activations: network.plan().buffers.clone(),
            patches: patches.collect(),
            shapes: network.nodes().iter().map(|node| tensor_convolution(node, precision)).collect(),
            winners: winners.collect(),
            masked,
            numbers: network.nodes().iter().map(|node| numbers(network, node)).collect(),
            gradients: network.plan().slots.clone(),
            running: network.statistics(),
            partials,
            parts: parts_of(network.objective()),
        }
    }

    /// The convolutions on tensor cores, in order.
    pub(crate) fn convolutions(&self) -> Vec<ConvolutionShape> {
        self.shapes.iter().flatten().copied().collect()
    }

    /// Parts of a replica's sums with batches of so many images.
    pub(crate) fn partials(&self, batch_size: usize) -> usize {
        self.partials.replica.max(batch_size * self.partials.image)
    }

    /// Bytes of one replica: `batch_size` images at a time out of `images`, with `states` numbers of optimizer state per
    /// parameter.
    pub fn replica_bytes(&self, batch_size: usize, images: usize, states: usize) -> usize {
        let floats: usize = self.activations.iter().chain(&self.patches).chain(&self.gradients).sum();
        let masks: usize = self.convolutions().iter().map(ConvolutionShape::masks).sum();
        let of_image = 4 * floats + self.winners.iter().sum::<usize>() + masks + 12 * self.parts;
        let numbers: usize = self.numbers.iter().map(|share| share.of(batch_size)).sum();
        // As of a small population, of which each gradient is computed in most parts.
        let parts: usize = self.convolutions().iter().map(|shape| shape.partials(1)).sum();
        let of_replica =
            numbers + parts + self.partials(batch_size) + self.running + self.pitch * (2 + states);
        let steps = images.div_ceil(batch_size);
        // Order of an epoch, scores and scalars of its steps.
        let of_epoch = 4 * images + steps * (12 + 4 * 12);
        batch_size * of_image + of_epoch + 4 * of_replica
    }

    /// Replicas that fit into `free_bytes`, a tenth of which is left to the data and to others; at least 1.
    pub fn replicas_in(&self, free_bytes: usize, batch_size: usize, images: usize, states: usize) -> usize {
        (free_bytes / 10 * 9 / self.replica_bytes(batch_size, images, states)).max(1)
    }
}

/// A node's normalisation of one image's rows, and how many these are; nothing if it is none.
fn of_image(network: &Network, node: &Node) -> Option<(Normalisation, usize)> {
    let rows = network.values()[node.output].positions();
    Normalisation::of(&node.op, rows).map(|norm| (norm, rows))
}

/// The dropout that the kernels of a pooling can do on their way: it lies over the pooling's output, which nothing else reads, and its
/// gradient over that of its input.
fn dropout_after(network: &Network, i: usize) -> Option<usize> {
    let (nodes, steps) = (network.nodes(), &network.plan().steps);
    let window = match &nodes[i].op {
        Op::MaxPool(pool) => &pool.0,
        Op::AveragePool(pool) => &pool.0,
        _ => return None,
    };
    let (next, step) = (nodes.get(i + 1)?, steps.get(i + 1)?);
    let is_fit = matches!(next.op, Op::Dropout(_))
        && next.inputs[..] == [nodes[i].output]
        && step.over_input
        && step.dx == Some(Route::Same)
        && step.dy == steps[i].dy
        && takes_dropout(window);
    is_fit.then_some(i + 1)
}

/// The shape of a convolution that is computed on tensor cores.
fn tensor_convolution(node: &Node, precision: Precision) -> Option<ConvolutionShape> {
    let Op::Conv(conv) = node.op else { return None };
    let has_bias = node.parameters.len() > conv.weights();
    (!precision.is_f32()).then_some(ConvolutionShape { conv, weight: node.parameters.start, has_bias })
}

/// Numbers that a node normalises by, or attends to.
fn numbers(network: &Network, node: &Node) -> Share {
    match (&node.op, of_image(network, node)) {
        (Op::BatchNorm(norm), _) => Share { image: 0, replica: NUMBERS * norm.channels },
        (Op::Attention(attention), _) => Share { image: attention.kept(), replica: 0 },
        (_, Some((norm, rows))) => Share { image: NUMBERS * norm.groups * rows / norm.cell, replica: 0 },
        (_, None) => Share::default(),
    }
}

/// Parts of sums that a node's rows leave: of a column, or of a normalisation pairs in double precision. And the room of an
/// attention.
fn partials(network: &Network, node: &Node) -> Share {
    const PAIR: usize = 4;
    match (&node.op, of_image(network, node)) {
        (Op::Conv(conv), _) => Share { image: 0, replica: STRETCHES * conv.filters },
        (Op::Dense(affine), _) => Share { image: 0, replica: STRETCHES * affine.outputs },
        (Op::BatchNorm(norm), _) => Share { image: 0, replica: PAIR * STRETCHES * norm.channels },
        (Op::Attention(attention), _) => Share { image: room_of(attention), replica: 0 },
        (_, Some((norm, rows))) => {
            Share { image: PAIR * norm.pairs(rows), replica: PAIR * STRETCHES * norm.channels }
        }
        (_, None) => Share::default(),
    }
}
