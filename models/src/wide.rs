//! Networks that are mostly weights: what the examples of a batch share, so that weights and their gradient pass by the processor once a
//! step and not once a shard.
//!
//! Weights of dense layers are packed once for all products with them. Their gradient is one product over the whole batch: lanes keep the
//! rows that it is made of, in place of a sum each.

use crate::Network;
use crate::lanes::{LANES, Lane};
use crate::network::Node;
use crate::ops::Op;
use kernels::{Affine, Packed, Real, Workspace};
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of a gradient that one task computes, roughly: they stay near the processor while all rows are added. Of no consequence for
/// their bits.
const CHUNK: usize = 16 * 1024;

/// Rows of a weight are computed twelve at a time.
const HEIGHT: usize = 12;

/// The weight of a dense layer as products read it; empty of anything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weight<F> {
    pub forward: Packed<F>,
    /// Transposed, for the gradient of the layer's input.
    pub backward: Packed<F>,
}

/// What the gradient of a dense layer's weight is made of, example by example.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows<F> {
    /// Its inputs.
    pub x: Vec<F>,
    /// The gradients of its outputs.
    pub dy: Vec<F>,
}

impl<F: Real> Rows<F> {
    pub fn keep(&mut self, x: &[F], dy: &[F]) {
        self.x.extend_from_slice(x);
        self.dy.extend_from_slice(dy);
    }

    pub fn clear(&mut self) {
        self.x.clear();
        self.dy.clear();
    }
}

/// What the replicas of a wide network have beside their parameters: an entry for each node of each replica.
#[derive(Clone, Debug)]
pub(crate) struct Wide<F> {
    nodes: usize,
    weights: Vec<Weight<F>>,
    rows: Vec<Rows<F>>,
}

impl<F: Real> Wide<F> {
    /// Nothing at all unless the network is wide.
    pub fn new(network: &Network, replicas: usize) -> Self {
        let nodes = if network.is_wide() { network.nodes().len() } else { 0 };
        let size = nodes * replicas;
        Self { nodes, weights: vec![Weight::default(); size], rows: vec![Rows::default(); size] }
    }

    /// The weights of a replica, node by node; empty unless the network is wide.
    pub fn of(&self, replica: usize) -> &[Weight<F>] {
        &self.weights[replica * self.nodes..(replica + 1) * self.nodes]
    }

    /// Packs the weights of all replicas' `parameters`, and for a backward pass the transposed ones that it needs.
    pub fn pack(&mut self, network: &Network, parameters: &[F], backward: bool) {
        let (nodes, size) = (self.nodes, network.parameters());
        self.weights.par_iter_mut().enumerate().for_each(|(i, weight)| {
            let (replica, node) = (i / nodes, i % nodes);
            let Some((affine, place)) = dense(&network.nodes()[node]) else { return };
            let values = &parameters[replica * size..][place];
            affine.pack(values, &mut weight.forward);
            if backward && network.plan().steps[node].dx.is_some() {
                affine.pack_transposed(values, &mut weight.backward);
            }
        });
    }

    /// Sets the gradients of the weights, in the places of `gradient [R, P]`, from the rows that the lanes have kept.
    pub fn sum(&mut self, network: &Network, lanes: &[Lane<F>], gradient: &mut [F]) {
        let (nodes, size) = (self.nodes, network.parameters());
        self.rows.par_iter_mut().enumerate().for_each(|(i, rows)| {
            let (replica, node) = (i / nodes, i % nodes);
            rows.clear();
            for lane in &lanes[replica * LANES..(replica + 1) * LANES] {
                let Rows { x, dy } = &lane.sums.rows[node];
                rows.keep(x, dy);
            }
        });
        let mut tasks = Vec::new();
        for (gradient, rows) in gradient.chunks_exact_mut(size).zip(self.rows.chunks_exact(nodes)) {
            let (mut gradient, mut done) = (gradient, 0);
            for (node, rows) in network.nodes().iter().zip(rows) {
                let Some((affine, place)) = dense(node) else { continue };
                let (weight, rest) = gradient[place.start - done..].split_at_mut(place.len());
                (gradient, done) = (rest, place.end);
                let height = (CHUNK / affine.outputs).max(1).next_multiple_of(HEIGHT);
                let chunks = weight.chunks_mut(height * affine.outputs).enumerate();
                tasks.extend(chunks.map(|(i, chunk)| (affine, rows, i * height, chunk)));
            }
        }
        tasks.into_par_iter().for_each_init(Workspace::default, |workspace, (affine, rows, first, chunk)| {
            let these = first..first + chunk.len() / affine.outputs;
            affine.weight_gradient(&rows.x, &rows.dy, these, chunk, workspace);
        });
    }
}

/// A dense layer, and the place of its weight among the parameters.
pub(crate) fn dense(node: &Node) -> Option<(&Affine, Range<usize>)> {
    let Op::Dense(affine) = &node.op else { return None };
    let start = node.parameters.start;
    Some((affine, start..start + affine.inputs * affine.outputs))
}
