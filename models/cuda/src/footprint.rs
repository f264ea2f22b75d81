//! How much memory a population takes, and so how many replicas fit.

use crate::Precision;
use crate::operators::{
    ConvolutionShape, NUMBERS, Normalisation, PoolShape, STRETCHES, Stored, parts_of, room_of, takes_dropout,
    writes_windows,
};
use crate::storage::Storage;
use kernels::Window;
use models::{Network, Node, Op, Plan, Route};

/// Sizes of a population's buffers, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// From one replica's parameters to the next one's: a multiple of 4, so that every replica starts where products
    /// are fastest.
    pub(crate) pitch: usize,
    /// Where the numbers of a pass lie.
    pub(crate) plan: Plan,
    /// How each value and its gradient are stored.
    pub(crate) stored: Vec<Storage>,
    /// Per image, bytes of the plan's buffers, and of its slots.
    pub(crate) buffers: Vec<usize>,
    pub(crate) slots: Vec<usize>,
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
        let mut plan = network.plan().clone();
        let stored = storages(network, precision, &masked);
        let shapes = tensor_convolutions(network, (precision, &stored), &masked, &mut plan);
        let (buffers, slots) = bytes(network, &plan, &stored, &shapes);
        let shares = network.nodes().iter().map(|node| partials(network, node));
        let partials = shares.fold(Share::default(), |most, share| Share {
            image: most.image.max(share.image),
            replica: most.replica.max(share.replica),
        });
        Self {
            pitch: network.parameters().next_multiple_of(4),
            plan,
            stored,
            buffers,
            slots,
            patches: patches.collect(),
            shapes,
            winners: winners.collect(),
            masked,
            numbers: network.nodes().iter().map(|node| numbers(network, node)).collect(),
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
        let passes: usize = self.buffers.iter().chain(&self.slots).sum();
        let windows: usize = self.patches.iter().sum();
        let masks: usize = self.convolutions().iter().map(ConvolutionShape::masks).sum();
        let of_image = passes + 4 * windows + self.winners.iter().sum::<usize>() + masks + 12 * self.parts;
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

/// The shapes of the convolutions that are computed on tensor cores. Those that can take the gradient from behind their pooling
/// do so, which `plan` then keeps for them.
fn tensor_convolutions(
    network: &Network,
    (precision, stored): (Precision, &[Storage]),
    masked: &[Option<usize>],
    plan: &mut Plan,
) -> Vec<Option<ConvolutionShape>> {
    let mut shape = |(i, node): (usize, &Node)| {
        let Op::Conv(conv) = node.op else { return None };
        if precision.is_f32() {
            return None;
        }
        let has_bias = node.parameters.len() > conv.weights();
        let pool = pool_after(network, i, plan).map(|(window, averages)| PoolShape {
            window,
            averages,
            is_masked: masked[i + 1].is_some(),
        });
        let behind = if pool.is_some() { network.nodes()[i + 1].output } else { node.output };
        let stored = Stored { x: stored[node.inputs[0]], y: stored[node.output], dy: stored[behind] };
        let goes_back = plan.steps[i].dx.is_some();
        Some(ConvolutionShape { conv, weight: node.parameters.start, has_bias, pool, stored, goes_back })
    };
    network.nodes().iter().enumerate().map(&mut shape).collect()
}

/// How values are stored: in half where precision allows it and convolutions and poolings alone touch them, a single one of which reads
/// each.
fn storages(network: &Network, precision: Precision, masked: &[Option<usize>]) -> Vec<Storage> {
    let nodes = network.nodes();
    let mut stored = vec![Storage::Single; network.values().len()];
    if precision != Precision::Bf16 {
        return stored;
    }
    // From the end: what a pooling's dropout reads lies where the dropout's output does.
    for (i, node) in nodes.iter().enumerate().rev() {
        let mut readers = nodes.iter().enumerate().filter(|(_, reader)| reader.inputs.contains(&node.output));
        let (Some((k, reader)), None) = (readers.next(), readers.next()) else { continue };
        let is_done = |k: usize| masked.contains(&Some(k));
        let is_written = matches!(node.op, Op::Conv(_) | Op::MaxPool(_) | Op::AveragePool(_)) || is_done(i);
        let is_read = matches!(reader.op, Op::Conv(_) | Op::MaxPool(_) | Op::AveragePool(_));
        if is_written && (is_read || is_done(k) && stored[reader.output] == Storage::Half) {
            stored[node.output] = Storage::Half;
        }
    }
    stored
}

/// Bytes of an image that each buffer and each slot of the plan has to hold.
fn bytes(
    network: &Network,
    plan: &Plan,
    stored: &[Storage],
    shapes: &[Option<ConvolutionShape>],
) -> (Vec<usize>, Vec<usize>) {
    let of = |value: usize| network.values()[value].size() * stored[value].bytes();
    let (mut buffers, mut slots) = (vec![0; plan.buffers.len()], vec![0; plan.slots.len()]);
    let hold = |room: &mut usize, value: usize| *room = of(value).max(*room);
    plan.buffer.iter().enumerate().for_each(|(value, &buffer)| hold(&mut buffers[buffer], value));
    for (i, (node, step)) in network.nodes().iter().zip(&plan.steps).enumerate() {
        // What goes back through a pooling behind it is the gradient behind that.
        let is_pooled = shapes[i].is_some_and(|shape| shape.pool.is_some());
        hold(&mut slots[step.dy], network.nodes()[i + usize::from(is_pooled)].output);
        if let Some(Route::Set(slot) | Route::Add { scratch: slot, .. }) = step.dx {
            hold(&mut slots[slot], node.inputs[0]);
        }
        if let (Some((slot, _)), Some(&value)) = (step.other, node.inputs.get(1)) {
            hold(&mut slots[slot], value);
        }
    }
    (buffers, slots)
}

/// Has the gradient behind the pooling after convolution `i` kept in a slot of its own until that convolution takes it, if nothing
/// else reads what comes out of the convolution and a single op makes that gradient. Gives the pooling's windows if so, and whether it takes
/// means of them.
fn pool_after(network: &Network, i: usize, plan: &mut Plan) -> Option<(Window, bool)> {
    let nodes = network.nodes();
    let only_reader = |value: usize| {
        let reads = move |(k, node): (usize, &Node)| node.inputs.contains(&value).then_some(k);
        let mut readers = nodes.iter().enumerate().filter_map(reads);
        readers.next().filter(|_| readers.next().is_none())
    };
    let (window, averages) = match &nodes.get(i + 1)?.op {
        Op::MaxPool(pool) => (pool.0, false),
        Op::AveragePool(pool) => (pool.0, true),
        _ => return None,
    };
    let is_handed_over = plan.steps[i + 1].dx == Some(Route::Set(plan.steps[i].dy));
    if only_reader(nodes[i].output) != Some(i + 1) || !is_handed_over {
        return None;
    }
    // Behind it, ops that leave the gradient where it lies, and the one that puts it there.
    let mut behind = vec![i + 1];
    let maker = loop {
        let reader = behind.last().and_then(|&last| only_reader(nodes[last].output))?;
        match plan.steps[reader].dx {
            Some(Route::Same) if nodes[reader].inputs.len() == 1 => behind.push(reader),
            Some(Route::Set(_)) if nodes[reader].inputs.len() == 1 => break reader,
            _ => return None,
        }
    };
    let slot = plan.slots.len();
    plan.slots.push(network.values()[nodes[i + 1].output].size());
    plan.steps[maker].dx = Some(Route::Set(slot));
    behind.into_iter().for_each(|k| plan.steps[k].dy = slot);
    plan.steps[i].dy = slot;
    plan.steps[i + 1].dx = None;
    Some((window, averages))
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
