//! How a replica's batch is spread over workers.

use crate::Network;
use crate::ops::Draws;
use crate::pass::{Replica, Shard, Sums};
use crate::wide::Rows;
use kernels::{Moments, Real, Scores};
use streams::Stream;

/// Workers that share a replica's batch. Fixed, so that the order of summation does not depend on the threads at
/// hand: lane `l` takes shards `l, l + LANES, …` and the lanes' gradients are added in lane order.
pub(crate) const LANES: usize = 4;

/// The buffers of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Lane<F> {
    /// One for all of its shards in turn, or where the whole batch goes through the network in stages, one for each.
    pub shards: Vec<Shard<F>>,
    pub sums: Sums<F>,
    /// Of each shard, before the batch normalisation at hand.
    pub moments: Vec<Moments>,
}

impl<F: Real> Lane<F> {
    pub fn new(network: &Network) -> Self {
        Self { shards: vec![Shard::new(network)], sums: Sums::new(network), moments: Vec::new() }
    }

    /// Nothing summed yet.
    pub fn begin(&mut self, network: &Network) {
        self.sums.scores = Scores::default();
        for range in network.summed() {
            self.sums.gradient[range].fill(F::ZERO);
        }
        self.sums.rows.iter_mut().for_each(Rows::clear);
    }

    /// Buffers for so many shards at a time.
    pub fn make_room(&mut self, network: &Network, shards: usize) {
        while self.shards.len() < shards {
            self.shards.push(Shard::new(network));
        }
    }
}

/// What a lane works for.
#[derive(Clone, Copy)]
pub(crate) struct Worker<'a, F> {
    pub network: &'a Network,
    /// Number of the replica.
    pub number: usize,
    /// Which of the replica's lanes it is.
    pub lane: usize,
    pub replica: Replica<'a, F>,
    pub streams: &'a [Stream],
}

impl<'a, F> Worker<'a, F> {
    /// First example and size of every shard that the lane takes of so many.
    pub fn shards(&self, examples: usize) -> impl Iterator<Item = (usize, usize)> + use<F> {
        of_lane(examples, self.network.shard(examples), self.lane)
    }

    /// The randomness of a step for the shard that begins with image `first` of the batch.
    pub fn draws(&self, step: u64, first: usize) -> Draws<'a> {
        Draws { streams: self.streams, step, first }
    }
}

/// First example and size of every shard of a lane, of so many examples in shards of `size`.
fn of_lane(examples: usize, size: usize, lane: usize) -> impl Iterator<Item = (usize, usize)> {
    (lane * size..examples).step_by(LANES * size).map(move |first| (first, size.min(examples - first)))
}

/// Lane, and place among the lane's shards, of every shard in the order of the examples.
pub(crate) fn in_order(examples: usize, size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..examples.div_ceil(size)).map(|shard| (shard % LANES, shard / LANES))
}
