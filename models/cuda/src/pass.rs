//! Forward and backward pass of all replicas, in buffers that are made once.

mod backward;
mod forward;
mod scores;

use crate::operators::{
    Collection, Convolution, Masking, Normalisation, Operators, Parameters, Parts, Places, Pooling, Rows,
    Running, Shaped,
};
use crate::storage::Storage;
use crate::{Buffer, Device, DeviceError, Footprint};
use kernels::Window;
use models::{Network, Node, Op, Plan};
use std::sync::Arc;

pub(crate) use scores::Examples;

/// What a batch of every replica leaves behind on its way: activations and gradients in the places that the network's plan gives
/// them, written-out windows, places of maxima, what normalisations normalise by, what positions attend to, and scores.
pub(crate) struct Pass {
    plan: Plan,
    activations: Vec<Buffer>,
    /// How each value and its gradient are stored.
    stored: Vec<Storage>,
    patches: Vec<Buffer>,
    /// Where rectifiers of convolutions on tensor cores were open.
    masks: Vec<Buffer>,
    /// Convolutions on tensor cores, numbered; the others are products of written-out windows.
    convolutions: Vec<Option<(usize, Convolution)>>,
    collection: Collection,
    /// Of each op, the dropout that is done with it.
    masked: Vec<Option<usize>>,
    winners: Vec<Buffer>,
    numbers: Vec<Buffer>,
    gradients: Vec<Buffer>,
    partials: Buffer,
    /// Fixed factors of each op; a single 0 without.
    factors: Vec<Buffer>,
    parts: Parts,
    /// Of each op whose kernels have its shape compiled in, these and all others.
    shaped: Vec<Option<Operators>>,
}

/// What a pass is one of.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    pub operators: &'a Operators,
    pub network: &'a Network,
    pub parameters: Parameters<'a>,
    /// Running statistics of batch normalisations.
    pub running: Parameters<'a>,
    /// Images of each replica.
    pub images: Rows,
}

/// The randomness of a training step: the keys of every replica's dropout layers.
#[derive(Clone, Copy)]
pub(crate) struct Draws<'a> {
    pub keys: &'a Buffer,
    pub step: u64,
}

impl Pass {
    pub fn new(
        operators: &Operators,
        network: &Network,
        footprint: &Footprint,
        replicas: usize,
        batch_size: usize,
    ) -> Result<Self, DeviceError> {
        let (images, device) = (replicas * batch_size, &operators.device);
        let floats = |n: &usize| Buffer::zeros::<f32>(device, n * images);
        let bytes = |n: &usize| Buffer::zeros::<u8>(device, n * images);
        let numbers =
            footprint.numbers.iter().map(|n| Buffer::zeros::<f32>(device, replicas * n.of(batch_size)));
        let masks = footprint.shapes.iter().map(|shape| shape.map_or(0, |shape| shape.masks()));
        let mut numbered =
            operators.convolutions(&footprint.convolutions(), replicas)?.into_iter().enumerate();
        let convolutions = footprint.shapes.iter().map(|shape| shape.and_then(|_| numbered.next())).collect();
        let shaped = network.nodes().iter().map(|node| {
            shape(network, node, &footprint.stored).map(|shape| operators.with(shape)).transpose()
        });
        Ok(Self {
            shaped: shaped.collect::<Result<_, _>>()?,
            plan: footprint.plan.clone(),
            activations: footprint.buffers.iter().map(bytes).collect::<Result<_, _>>()?,
            stored: footprint.stored.clone(),
            patches: footprint.patches.iter().map(floats).collect::<Result<_, _>>()?,
            masks: masks.map(|n| bytes(&n)).collect::<Result<_, _>>()?,
            collection: operators.collection(&footprint.convolutions(), replicas)?,
            convolutions,
            masked: footprint.masked.clone(),
            winners: footprint.winners.iter().map(bytes).collect::<Result<_, _>>()?,
            numbers: numbers.collect::<Result<_, _>>()?,
            gradients: footprint.slots.iter().map(bytes).collect::<Result<_, _>>()?,
            partials: Buffer::zeros::<f32>(device, replicas * footprint.partials(batch_size))?,
            factors: network
                .nodes()
                .iter()
                .map(|node| factors(device, &node.op))
                .collect::<Result<_, _>>()?,
            parts: Parts::new(device, images, footprint.parts)?,
        })
    }

    /// Whether an op is a dropout that the pooling before it has done.
    fn is_done(&self, i: usize) -> bool {
        self.masked.contains(&Some(i))
    }

    /// What the dropout that is done with a pooling does, if there is one.
    fn masking<'a>(&self, work: Work<'a>, i: usize, draws: Draws<'a>) -> Option<Masking<'a>> {
        work.masking(self.masked[i]?, draws)
    }

    /// Where the images go.
    pub fn input(&self) -> &Buffer {
        &self.activations[0]
    }

    /// The result of the last forward pass.
    fn logits(&self, network: &Network) -> &Buffer {
        self.value(network.values().len() - 1)
    }

    /// Where the gradient of the logits goes.
    fn upstream(&self) -> &Buffer {
        &self.gradients[self.plan.steps.last().map_or(0, |step| step.dy)]
    }

    /// The pooling that a node is.
    fn pooling<'a>(&self, node: &Node, window: &'a Window) -> Pooling<'a> {
        pooling(node, window, &self.stored)
    }

    /// The kernels of an op.
    fn operators<'a>(&'a self, work: Work<'a>, i: usize) -> &'a Operators {
        self.shaped[i].as_ref().unwrap_or(work.operators)
    }

    fn value(&self, value: usize) -> &Buffer {
        &self.activations[self.plan.buffer[value]]
    }
}

impl<'a> Work<'a> {
    /// Numbers of one image's value.
    fn size(&self, value: usize) -> usize {
        self.network.values()[value].size()
    }

    /// What a dropout does.
    fn masking(&self, i: usize, Draws { keys, step }: Draws<'a>) -> Option<Masking<'a>> {
        let Op::Dropout(masked) = &self.network.nodes()[i].op else { return None };
        let place = (masked.number, self.network.dropouts());
        Some(Masking { dropout: &masked.dropout, keys, place, step })
    }

    /// One row per position of a node's output.
    fn positions(&self, node: &Node) -> Rows {
        let positions = self.network.values()[node.output].positions();
        Rows { per_replica: self.images.per_replica * positions, ..self.images }
    }

    /// The positions of a node's output.
    fn places(&self, node: &Node) -> Places {
        Places::of(self.network, node)
    }

    /// The running statistics of a batch normalisation.
    fn running(&self, node: &Node) -> Option<Running<'a>> {
        let Op::BatchNorm(norm) = &node.op else { return None };
        let (statistics, offset) = (self.running, node.statistics.start);
        Some(Running { statistics, offset, momentum: norm.momentum })
    }
}

/// A pooling whose input and output are stored so.
fn pooling<'a>(node: &Node, window: &'a Window, stored: &[Storage]) -> Pooling<'a> {
    Pooling { window, stored: [node.inputs[0], node.output].map(|value| stored[value]) }
}

/// The shape that is compiled into the kernels of a node.
fn shape<'a>(network: &Network, node: &'a Node, stored: &[Storage]) -> Option<Shaped<'a>> {
    match &node.op {
        Op::MaxPool(pool) => Some(Shaped::Pooling(pooling(node, &pool.0, stored))),
        Op::AveragePool(pool) => Some(Shaped::Pooling(pooling(node, &pool.0, stored))),
        Op::Embedding(tokens) => Some(Shaped::Embedding(tokens)),
        Op::Positions(_) => Some(Shaped::Positions(Places::of(network, node))),
        Op::Attention(attention) => Some(Shaped::Attention(attention)),
        // What a batch's cells are depends on the batch, and is not compiled in.
        op => Normalisation::of(op, 1).map(Shaped::Normalisation),
    }
}

/// The fixed factors of an op.
fn factors(device: &Arc<dyn Device>, op: &Op) -> Result<Buffer, DeviceError> {
    let factors: Vec<f32> = match op {
        Op::Scaling(scaling) => scaling.factors.iter().map(|&factor| factor as f32).collect(),
        _ => vec![0.0],
    };
    Buffer::from_slice(device, &factors)
}

/// The product of an affine map or a convolution: terms and columns, and whether a rectifier follows.
#[derive(Clone, Copy)]
struct Linear {
    dims: [usize; 2],
    relu: bool,
    /// Where the weight begins among a replica's parameters.
    weight: usize,
    /// Where the bias does, if there is one.
    bias: Option<usize>,
}

impl Linear {
    fn new(node: &Node, dims: [usize; 2], relu: bool) -> Self {
        let (weight, bias) = (node.parameters.start, node.parameters.start + dims[0] * dims[1]);
        Self { dims, relu, weight, bias: (bias < node.parameters.end).then_some(bias) }
    }

    fn convolution(node: &Node, conv: &kernels::Conv) -> Self {
        Self::new(node, [conv.kernel * conv.kernel * conv.channels, conv.filters], conv.relu)
    }

    fn dense(node: &Node, affine: &kernels::Affine) -> Self {
        Self::new(node, [affine.inputs, affine.outputs], affine.relu)
    }
}
