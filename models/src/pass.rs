//! Forward and backward passes over one shard of images, in buffers that are made once.

use crate::Network;
use crate::network::Op;
use kernels::{Real, Scores, cross_entropy};
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

/// Buffers of one worker: activations of every layer for [`SHARD`] images, two gradients, scratch, and the
/// gradient of the parameters it has summed so far.
#[derive(Clone, Debug)]
pub(crate) struct Lane<F> {
    activations: Vec<Vec<F>>,
    winners: Vec<Vec<u8>>,
    upstream: Vec<F>,
    downstream: Vec<F>,
    scratch: Vec<F>,
    pub labels: Vec<u8>,
    pub gradient: Vec<F>,
    pub scores: Scores,
}

impl<F: Real> Lane<F> {
    pub fn new(network: &Network) -> Self {
        let widest = network.sizes[1..].iter().copied().max().unwrap_or(0) * SHARD;
        let scratch = network.ops.iter().map(|op| match op {
            Op::Conv { conv, .. } => conv.scratch(SHARD),
            _ => 0,
        });
        let winners = network.ops.iter().zip(&network.sizes[1..]).map(|(op, &size)| match op {
            Op::MaxPool(_) => vec![0; size * SHARD],
            _ => Vec::new(),
        });
        // A dropout layer works in place on its input's buffer and has none of its own.
        let activations = network.sizes.iter().enumerate().map(|(i, &size)| {
            let in_place = i > 0 && matches!(network.ops[i - 1], Op::Dropout(_));
            if in_place { Vec::new() } else { vec![F::ZERO; size * SHARD] }
        });
        Self {
            activations: activations.collect(),
            winners: winners.collect(),
            upstream: vec![F::ZERO; widest],
            downstream: vec![F::ZERO; widest],
            scratch: vec![F::ZERO; scratch.max().unwrap_or(0)],
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
        // Index of the buffer that holds the current activations: dropout leaves them where they are.
        let mut from = 0;
        let mut dropouts = 0;
        for (i, op) in network.ops.iter().enumerate() {
            let (before, after) = self.activations.split_at_mut(i + 1);
            let x = &mut before[from][..n * network.sizes[i]];
            let y = after[0].get_mut(..n * network.sizes[i + 1]);
            match (op, y) {
                (Op::Dropout(layer), _) => {
                    if let Some(masks) = &masks {
                        layer.apply(&masks.streams[dropouts], masks.step, masks.first, x);
                    }
                    dropouts += 1;
                    continue;
                }
                (Op::Conv { conv, weight, bias }, Some(y)) => {
                    let (weight, bias) = (&parameters[weight.clone()], &parameters[bias.clone()]);
                    conv.forward(n, x, weight, bias, y, &mut self.scratch);
                }
                (Op::Dense { affine, weight, bias }, Some(y)) => {
                    affine.forward(n, x, &parameters[weight.clone()], &parameters[bias.clone()], y);
                }
                (Op::MaxPool(pool), Some(y)) => pool.forward(n, x, y, &mut self.winners[i]),
                (Op::AveragePool(pool), Some(y)) => pool.forward(n, x, y),
                (_, None) => debug_assert!(false, "only dropout works in place"),
            }
            from = i + 1;
        }
    }

    /// Scores the logits and adds to the lane's totals.
    pub fn score(&mut self, network: &Network, n: usize) {
        let last = self.activations.last().map_or(&[][..], |a| &a[..n * network.classes]);
        self.add(cross_entropy(network.classes, last, &self.labels[..n], F::ONE, None));
    }

    /// Scores the logits, then adds the gradient of `weight · Σ loss` over the shard to the lane's gradient.
    pub fn backward(&mut self, network: &Network, parameters: &[F], n: usize, weight: F, masks: Masks<'_>) {
        let Some(logits) = self.activations.last() else { return };
        let classes = network.classes;
        let dlogits = &mut self.upstream[..n * classes];
        let labels = &self.labels[..n];
        let scores = cross_entropy(classes, &logits[..n * classes], labels, weight, Some(dlogits));
        self.add(scores);

        let mut dropouts = network.dropouts();
        for (i, op) in network.ops.iter().enumerate().rev() {
            let from = if i > 0 && matches!(network.ops[i - 1], Op::Dropout(_)) { i - 1 } else { i };
            let x = &self.activations[from][..n * network.sizes[i]];
            let dy = &mut self.upstream[..n * network.sizes[i + 1]];
            let first = i == 0;
            let dx = if first { None } else { Some(&mut self.downstream[..n * network.sizes[i]]) };
            match op {
                Op::Dropout(layer) => {
                    dropouts -= 1;
                    layer.apply(&masks.streams[dropouts], masks.step, masks.first, dy);
                    continue;
                }
                Op::Conv { conv, weight, bias } => {
                    let y = &self.activations[i + 1][..n * network.sizes[i + 1]];
                    // The bias follows its weight in the layout.
                    let (dweight, dbias) = self.gradient[weight.start..bias.end].split_at_mut(weight.len());
                    let w = &parameters[weight.clone()];
                    conv.backward(n, x, w, y, dy, dweight, dbias, dx, &mut self.scratch);
                }
                Op::Dense { affine, weight, bias } => {
                    let y = &self.activations[i + 1][..n * network.sizes[i + 1]];
                    let (dweight, dbias) = self.gradient[weight.start..bias.end].split_at_mut(weight.len());
                    affine.unrectify(y, dy);
                    affine.add_parameter_gradient(n, x, dy, dweight, dbias);
                    if let Some(dx) = dx {
                        affine.input_gradient(n, dy, &parameters[weight.clone()], dx);
                    }
                }
                Op::MaxPool(pool) => {
                    if let Some(dx) = dx {
                        pool.backward(n, &self.winners[i], dy, dx);
                    }
                }
                Op::AveragePool(pool) => {
                    if let Some(dx) = dx {
                        pool.backward(n, dy, dx);
                    }
                }
            }
            std::mem::swap(&mut self.upstream, &mut self.downstream);
        }
    }

    fn add(&mut self, scores: Scores) {
        self.scores.loss += scores.loss;
        self.scores.correct += scores.correct;
    }
}
