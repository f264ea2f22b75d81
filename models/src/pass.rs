//! Forward and backward passes over one shard of images, in buffers that are made once.

use crate::Network;
use crate::network::Node;
use crate::ops::{Backward, Destination, Draws, Forward, Keeps, Kept, Operator};
use crate::plan::{Route, Step};
use crate::wide::{Rows, Weight};
use kernels::{Real, Scores, Workspace, add, unrectify};
use std::mem;
use std::ops::Range;

/// What a worker needs beside a shard's buffers: room for products, and the gradient of the parameters it has summed so far.
#[derive(Clone, Debug)]
pub(crate) struct Sums<F> {
    workspace: Workspace<F>,
    border: Vec<F>,
    zeros: Vec<F>,
    pub gradient: Vec<F>,
    /// What the gradients of weights are made of, node by node, in a wide network.
    pub rows: Vec<Rows<F>>,
    pub scores: Scores,
}

impl<F: Real> Sums<F> {
    pub fn new(network: &Network) -> Self {
        Self {
            workspace: Workspace::default(),
            border: Vec::new(),
            zeros: Vec::new(),
            gradient: vec![F::ZERO; network.parameters()],
            rows: vec![Rows::default(); if network.is_wide() { network.nodes().len() } else { 0 }],
            scores: Scores::default(),
        }
    }

    fn take(&mut self, scores: Scores) {
        self.scores.loss += scores.loss;
        self.scores.correct += scores.correct;
    }
}

/// What a pass reads that belongs to a replica.
#[derive(Clone, Copy)]
pub(crate) struct Replica<'a, F> {
    pub parameters: &'a [F],
    /// What [`Network::transpose`] makes of them; for a backward pass.
    pub transposed: &'a [F],
    /// Weights as products read them, node by node, in a wide network.
    pub packed: &'a [Weight<F>],
    /// What batch normalisations normalise by, in the places of [`Node::statistics`].
    pub statistics: &'a [F],
    /// The gradients of their gains and shifts over the whole batch, in the same places; for a backward pass.
    pub totals: &'a [F],
    /// Images of the batch; for a backward pass.
    pub batch_size: usize,
}

/// Buffers of [`Network::most`] examples: activations, what ops keep, and gradients.
#[derive(Clone, Debug)]
pub(crate) struct Shard<F> {
    activations: Vec<Vec<F>>,
    numbers: Vec<Vec<F>>,
    bytes: Vec<Vec<u8>>,
    slots: Vec<Vec<F>>,
    pub labels: Vec<u8>,
}

impl<F: Real> Shard<F> {
    pub fn new(network: &Network) -> Self {
        let plan = network.plan();
        let most = network.most();
        let zeros = |size: &usize| vec![F::ZERO; size * most];
        let keeps = || network.nodes().iter().map(|node| node.op.kept());
        Self {
            activations: plan.buffers.iter().map(zeros).collect(),
            numbers: keeps().map(|keeps| zeros(&keeps.numbers)).collect(),
            bytes: keeps().map(|keeps| vec![0; keeps.bytes * most]).collect(),
            slots: plan.slots.iter().map(zeros).collect(),
            labels: vec![0; most * network.objective().labels_read()],
        }
    }

    /// Where the shard's images go, `[n, input]`, before [`Shard::forward`].
    pub fn input(&mut self, network: &Network, n: usize) -> (&mut [F], &mut [u8]) {
        let labels = n * network.objective().labels_read();
        (&mut self.activations[0][..n * network.input().size()], &mut self.labels[..labels])
    }

    /// The logits of the last forward pass.
    pub fn logits(&self, network: &Network, n: usize) -> &[F] {
        &self.activations[logits(network)][..n * network.outputs()]
    }

    /// What the end of the network is held against, of the first `n` examples. No op writes over the network's input.
    fn targets(&self, network: &Network, n: usize) -> (&[F], &[u8]) {
        let labels = n * network.objective().labels_read();
        (&self.activations[0][..n * network.input().size()], &self.labels[..labels])
    }

    /// Numbers of the value that a node reads first, of the first `n` images.
    pub fn read(&self, network: &Network, node: &Node, n: usize) -> &[F] {
        let value = node.inputs[0];
        &self.activations[network.plan().buffer[value]][network.numbers(value, &(0..n))]
    }

    /// The gradient of a node's output, of the first `n` images, when its backward pass is due.
    pub fn upstream(&self, network: &Network, i: usize, n: usize) -> &[F] {
        let len = n * network.values()[network.nodes()[i].output].size();
        &self.slots[network.plan().steps[i].dy][..len]
    }

    /// Runs the network on the first `n` images of the input buffer; dropout only with `draws`.
    pub fn forward(
        &mut self,
        network: &Network,
        replica: Replica<'_, F>,
        n: usize,
        draws: Option<Draws<'_>>,
        sums: &mut Sums<F>,
    ) {
        let (head, at_once) = network.head();
        for images in stretches(n, at_once) {
            self.forward_through(network, replica, 0..head, images, draws, sums);
        }
        self.forward_through(network, replica, head..network.nodes().len(), 0..n, draws, sums);
    }

    /// The forward pass of some ops over some images of the shard.
    pub fn forward_through(
        &mut self,
        network: &Network,
        replica: Replica<'_, F>,
        ops: Range<usize>,
        images: Range<usize>,
        draws: Option<Draws<'_>>,
        sums: &mut Sums<F>,
    ) {
        let plan = network.plan();
        for i in ops {
            let (node, step) = (&network.nodes()[i], plan.steps[i]);
            let input = node.inputs[0];
            let place = |value: usize| network.numbers(value, &images);
            let to = plan.buffer[node.output];
            // Out of its place for the time of the pass, so that others can be read beside it.
            let mut buffer = mem::take(&mut self.activations[to]);
            let activations = &self.activations;
            let read = |value: usize| &activations[plan.buffer[value]][place(value)];
            let y = &mut buffer[place(node.output)];
            if node.op.in_place() && !step.over_input {
                y.copy_from_slice(read(input));
            }
            let keeps = node.op.kept();
            node.op.forward(Forward {
                images: images.len(),
                x: if node.op.in_place() { &[] } else { read(input) },
                other: node.inputs.get(1).map_or(&[][..], |&other| read(other)),
                y,
                parameters: &replica.parameters[node.parameters.clone()],
                packed: replica.packed.get(i).map(|weight| &weight.forward),
                statistics: &replica.statistics[node.statistics.clone()],
                kept: kept(keeps, &images, &mut self.numbers[i], &mut self.bytes[i]),
                workspace: &mut sums.workspace,
                draws: draws.map(|draws| Draws { first: draws.first + images.start, ..draws }),
            });
            self.activations[to] = buffer;
        }
    }

    /// Scores the logits and adds to the totals.
    pub fn score(&self, network: &Network, n: usize, sums: &mut Sums<F>) {
        let (inputs, labels) = self.targets(network, n);
        let logits = self.logits(network, n);
        let scores = network.objective().score(inputs, labels, logits, F::ONE, None, &mut sums.zeros);
        sums.take(scores);
    }

    /// Scores the logits of a forward pass with draws, adds to the totals, and leaves the gradient of `weight · Σ loss` over
    /// the shard where the last op's backward pass takes it.
    pub fn score_and_differentiate(&mut self, network: &Network, n: usize, weight: F, sums: &mut Sums<F>) {
        let Some(last) = network.plan().steps.last() else { return };
        let mut slot = mem::take(&mut self.slots[last.dy]);
        let (inputs, labels) = self.targets(network, n);
        let logits = self.logits(network, n);
        let dlogits = Some(&mut slot[..logits.len()]);
        let scores = network.objective().score(inputs, labels, logits, weight, dlogits, &mut sums.zeros);
        sums.take(scores);
        self.slots[last.dy] = slot;
    }

    /// Adds the shard's part to the gradient of the parameters, after [`Shard::score_and_differentiate`].
    pub fn backward(&mut self, network: &Network, replica: Replica<'_, F>, n: usize, sums: &mut Sums<F>) {
        let (head, at_once) = network.head();
        self.backward_through(network, replica, head..network.nodes().len(), 0..n, sums);
        if head == 0 {
            return;
        }
        // What came out at the end of the head, of which each stretch of images takes its part.
        let slot = network.plan().steps[head - 1].dy;
        let size = network.values()[network.nodes()[head - 1].output].size();
        let mut border = mem::take(&mut sums.border);
        border.clear();
        border.extend_from_slice(&self.slots[slot][..n * size]);
        for images in stretches(n, at_once) {
            let part = &border[images.start * size..images.end * size];
            self.slots[slot][..part.len()].copy_from_slice(part);
            self.backward_through(network, replica, 0..head, images, sums);
        }
        sums.border = border;
    }

    /// The backward pass of some ops over some images of the shard, whose gradients lie at the start of their slots.
    pub fn backward_through(
        &mut self,
        network: &Network,
        replica: Replica<'_, F>,
        ops: Range<usize>,
        images: Range<usize>,
        sums: &mut Sums<F>,
    ) {
        for i in ops.rev() {
            let (node, step) = (&network.nodes()[i], network.plan().steps[i]);
            // Before the first parameters nobody asks for a gradient, and there is no place for one.
            if node.parameters.is_empty() && step.dx.is_none() && step.other.is_none() {
                continue;
            }
            let mut dy = mem::take(&mut self.slots[step.dy]);
            self.backward_of(network, replica, i, &images, &mut dy, sums);
            if let Some(Route::AddSame(slot)) = step.dx {
                let len = images.len() * network.values()[node.inputs[0]].size();
                add(&dy[..len], &mut self.slots[slot][..len]);
            }
            self.slots[step.dy] = dy;
        }
    }

    /// The backward pass of one op, the gradient of whose output is at the start of `dy`.
    fn backward_of(
        &mut self,
        network: &Network,
        replica: Replica<'_, F>,
        i: usize,
        images: &Range<usize>,
        dy: &mut [F],
        sums: &mut Sums<F>,
    ) {
        let plan = network.plan();
        let (node, step): (&Node, Step) = (&network.nodes()[i], plan.steps[i]);
        let input = node.inputs[0];
        let activations = &self.activations;
        let read = |value: usize| &activations[plan.buffer[value]][network.numbers(value, images)];
        let len = |value: usize| images.len() * network.values()[value].size();
        let dy = &mut dy[..len(node.output)];
        if step.unrectify {
            unrectify(read(node.output), dy);
        }
        let to = match step.dx {
            Some(Route::Set(slot) | Route::Add { scratch: slot, .. }) => Some(slot),
            Some(Route::Same | Route::AddSame(_)) | None => None,
        };
        let mut dx = to.map(|slot| mem::take(&mut self.slots[slot]));
        let mut other = step.other.map(|(slot, add)| (slot, mem::take(&mut self.slots[slot]), add));
        let keeps = node.op.kept();
        node.op.backward(Backward {
            images: images.len(),
            x: if node.op.reads_input() { read(input) } else { &[] },
            y: if node.op.reads_output() { read(node.output) } else { &[] },
            dy,
            dx: dx.as_mut().map(|dx| &mut dx[..len(input)]),
            gated: step.gated,
            other: other
                .as_mut()
                .map(|(_, to, add)| Destination { to: &mut to[..len(node.inputs[1])], add: *add }),
            parameters: &replica.parameters[node.parameters.clone()],
            transposed: &replica.transposed[node.parameters.clone()],
            packed: replica.packed.get(i).map(|weight| &weight.backward),
            rows: sums.rows.get_mut(i),
            gradient: &mut sums.gradient[node.parameters.clone()],
            statistics: &replica.statistics[node.statistics.clone()],
            totals: &replica.totals[node.statistics.clone()],
            batch_size: replica.batch_size,
            kept: kept(keeps, images, &mut self.numbers[i], &mut self.bytes[i]),
            workspace: &mut sums.workspace,
        });
        if let Some((slot, buffer, _)) = other {
            self.slots[slot] = buffer;
        }
        if let (Some(slot), Some(buffer)) = (to, dx) {
            self.slots[slot] = buffer;
        }
        if let Some(Route::Add { slot, scratch }) = step.dx
            && let Ok([sum, part]) = self.slots.get_disjoint_mut([slot, scratch])
        {
            add(&part[..len(input)], &mut sum[..len(input)]);
        }
    }
}

/// The buffer of the logits.
fn logits(network: &Network) -> usize {
    network.plan().buffer.last().copied().unwrap_or(0)
}

/// What an op keeps of some images of the shard.
fn kept<'a, F>(
    keeps: Keeps,
    images: &Range<usize>,
    numbers: &'a mut [F],
    bytes: &'a mut [u8],
) -> Kept<'a, F> {
    let place = |size: usize| images.start * size..images.end * size;
    Kept { numbers: &mut numbers[place(keeps.numbers)], bytes: &mut bytes[place(keeps.bytes)] }
}

/// The images of a shard, at most `at_once` at a time.
fn stretches(n: usize, at_once: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(at_once).map(move |first| first..n.min(first + at_once))
}
