//! Forward and backward passes over one shard of images, in buffers that are made once.

use crate::Network;
use crate::network::Op;
use kernels::{Real, Scores, Workspace, cross_entropy, multiply_by, unrectify};
use std::ops::Range;
use streams::Stream;

/// Images of one shard at most. Small enough that a layer's activations stay near the processor, large enough that
/// its products run at full rate.
pub(crate) const SHARD: usize = 8;

/// Dropout's randomness in one training step of one replica.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Masks<'a> {
    /// One stream per dropout layer.
    pub streams: &'a [Stream],
    pub step: u64,
    /// Index in the batch of the shard's first image.
    pub first: usize,
}

/// Buffers of one worker: activations of every layer for [`SHARD`] images, two gradients, room for products, and
/// the gradient of the parameters it has summed so far.
#[derive(Clone, Debug)]
pub(crate) struct Lane<F> {
    activations: Vec<Vec<F>>,
    winners: Vec<Vec<u8>>,
    masks: Vec<Vec<F>>,
    upstream: Vec<F>,
    downstream: Vec<F>,
    border: Vec<F>,
    workspace: Workspace<F>,
    pub labels: Vec<u8>,
    pub gradient: Vec<F>,
    pub scores: Scores,
}

impl<F: Real> Lane<F> {
    pub fn new(network: &Network) -> Self {
        let widest = network.sizes.iter().copied().max().unwrap_or(0) * SHARD;
        let winners = network.ops.iter().zip(&network.sizes[1..]).map(|(op, &size)| match op {
            Op::MaxPool(_) => vec![0; size * SHARD],
            _ => Vec::new(),
        });
        let masks = network.ops.iter().zip(&network.sizes).map(|(op, &size)| match op {
            Op::Dropout { .. } => vec![F::ZERO; size * SHARD],
            _ => Vec::new(),
        });
        // A dropout layer works in place on its input's buffer and has none of its own.
        let activations =
            network.sizes.iter().enumerate().map(|(i, &size)| {
                if network.source(i) < i { Vec::new() } else { vec![F::ZERO; size * SHARD] }
            });
        Self {
            activations: activations.collect(),
            winners: winners.collect(),
            masks: masks.collect(),
            upstream: vec![F::ZERO; widest],
            downstream: vec![F::ZERO; widest],
            border: Vec::new(),
            workspace: Workspace::default(),
            labels: vec![0; SHARD],
            gradient: vec![F::ZERO; network.parameters()],
            scores: Scores::default(),
        }
    }

    /// Where the shard's images go, `[n, input]`, before [`Lane::forward`].
    pub fn input(&mut self, network: &Network, n: usize) -> (&mut [F], &mut [u8]) {
        (&mut self.activations[0][..n * network.sizes[0]], &mut self.labels[..n])
    }

    /// The logits of the last forward pass.
    pub fn logits(&self, network: &Network, n: usize) -> &[F] {
        let last = self.activations.last().map_or(&[][..], |a| &a[..]);
        &last[..n * network.classes]
    }

    /// Runs the network on the first `n` images of the input buffer; dropout only with `masks`.
    pub fn forward(&mut self, network: &Network, parameters: &[F], n: usize, masks: Option<Masks<'_>>) {
        let (head, at_once) = network.head();
        for images in stretches(n, at_once) {
            self.forward_through(network, parameters, 0..head, images, masks);
        }
        self.forward_through(network, parameters, head..network.ops.len(), 0..n, masks);
    }

    /// The forward pass of some ops over some images of the shard.
    fn forward_through(
        &mut self,
        network: &Network,
        parameters: &[F],
        ops: Range<usize>,
        images: Range<usize>,
        masks: Option<Masks<'_>>,
    ) {
        for i in ops {
            let (input, output) = (network.numbers(i, &images), network.numbers(i + 1, &images));
            let (before, after) = self.activations.split_at_mut(i + 1);
            let x = &mut before[network.source(i)][input];
            // Empty for dropout, which works in place.
            let y = after[0].get_mut(output.clone()).unwrap_or_default();
            let workspace = &mut self.workspace;
            match &network.ops[i] {
                Op::Dropout { dropout, number } => {
                    if let Some(masks) = &masks {
                        let mask = &mut self.masks[i][output];
                        dropout.draw(&masks.streams[*number], masks.step, masks.first + images.start, mask);
                        multiply_by(mask, x);
                    }
                }
                Op::Conv { conv, weight, bias } => {
                    conv.forward(x, &parameters[weight.clone()], &parameters[bias.clone()], y, workspace);
                }
                Op::Dense { affine, weight, bias } => {
                    affine.forward(x, &parameters[weight.clone()], &parameters[bias.clone()], y, workspace);
                }
                Op::MaxPool(pool) => pool.forward(images.len(), x, y, &mut self.winners[i][output]),
                Op::AveragePool(pool) => pool.forward(images.len(), x, y),
            }
        }
    }

    /// Scores the logits and adds to the lane's totals.
    pub fn score(&mut self, network: &Network, n: usize) {
        let last = self.activations.last().map_or(&[][..], |a| &a[..n * network.classes]);
        self.add(cross_entropy(network.classes, last, &self.labels[..n], F::ONE, None));
    }

    /// Scores the logits of a forward pass with masks, then adds the gradient of `weight · Σ loss` over the shard to the
    /// lane's gradient. `transposed` is what [`Network::transpose`] makes of the parameters.
    pub fn backward(&mut self, network: &Network, transposed: &[F], n: usize, weight: F) {
        let Some(logits) = self.activations.last() else { return };
        let classes = network.classes;
        let dlogits = &mut self.upstream[..n * classes];
        let labels = &self.labels[..n];
        let scores = cross_entropy(classes, &logits[..n * classes], labels, weight, Some(dlogits));
        self.add(scores);

        let (head, at_once) = network.head();
        self.backward_through(network, transposed, head..network.ops.len(), 0..n);
        if head == 0 {
            return;
        }
        // What came out at the end of the head, of which each stretch of images takes its part.
        let size = network.sizes[head];
        self.border.clear();
        self.border.extend_from_slice(&self.upstream[..n * size]);
        for images in stretches(n, at_once) {
            let part = &self.border[images.start * size..images.end * size];
            self.upstream[..part.len()].copy_from_slice(part);
            self.backward_through(network, transposed, 0..head, images);
        }
    }

    /// The backward pass of some ops over some images of the shard, whose gradient after the last of these ops is at
    /// the start of `upstream`; leaves there the one before the first.
    fn backward_through(
        &mut self,
        network: &Network,
        transposed: &[F],
        ops: Range<usize>,
        images: Range<usize>,
    ) {
        // Whether `upstream` is already the gradient before the rectifier of the op at hand.
        let mut unrectified = false;
        for i in ops.rev() {
            let x = &self.activations[network.source(i)][network.numbers(i, &images)];
            let dy = &mut self.upstream[..images.len() * network.sizes[i + 1]];
            let dx = &mut self.downstream[..images.len() * network.sizes[i]];
            let op = &network.ops[i];
            if op.rectified() && !unrectified {
                unrectify(&self.activations[i + 1][network.numbers(i + 1, &images)], dy);
            }
            // If what came in is the output of a rectifier, its derivative is applied on the way out.
            let rectified = (i > 0 && network.ops[i - 1].rectified()).then_some(x);
            unrectified = false;
            let workspace = &mut self.workspace;
            match op {
                Op::Dropout { .. } => {
                    multiply_by(&self.masks[i][network.numbers(i, &images)], dy);
                    continue;
                }
                Op::Conv { conv, weight, bias } => {
                    // The bias follows its weight in the layout.
                    let (dweight, dbias) = self.gradient[weight.start..bias.end].split_at_mut(weight.len());
                    conv.add_parameter_gradient(x, dy, dweight, dbias, workspace);
                    if i > 0 {
                        conv.input_gradient(dy, &transposed[weight.clone()], rectified, dx, workspace);
                        unrectified = rectified.is_some();
                    }
                }
                Op::Dense { affine, weight, bias } => {
                    let (dweight, dbias) = self.gradient[weight.start..bias.end].split_at_mut(weight.len());
                    affine.add_parameter_gradient(x, dy, dweight, dbias, workspace);
                    if i > 0 {
                        affine.input_gradient(dy, &transposed[weight.clone()], rectified, dx, workspace);
                        unrectified = rectified.is_some();
                    }
                }
                Op::MaxPool(pool) => {
                    let winners = &self.winners[i][network.numbers(i + 1, &images)];
                    pool.backward(images.len(), winners, dy, dx);
                }
                Op::AveragePool(pool) => pool.backward(images.len(), dy, dx),
            }
            std::mem::swap(&mut self.upstream, &mut self.downstream);
        }
    }

    fn add(&mut self, scores: Scores) {
        self.scores.loss += scores.loss;
        self.scores.correct += scores.correct;
    }
}

/// The images of a shard, at most `at_once` at a time.
fn stretches(n: usize, at_once: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(at_once).map(move |first| first..n.min(first + at_once))
}
