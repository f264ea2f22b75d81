//! Replicas of one network trained together: the unit of training.

use crate::pass::{Lane, Masks, SHARD};
use crate::{Initialisation, Network};
use kernels::{Real, Scores};
use rayon::prelude::*;
use streams::Stream;

/// Workers that share a replica's batch. Fixed, so that the order of summation does not depend on the threads at
/// hand: lane `l` takes shards `l, l + LANES, …` and the lanes' gradients are added in lane order.
const LANES: usize = 4;

/// Numbers of a gradient that one task adds up.
const CHUNK: usize = 16 * 1024;

/// Where a population's images come from.
pub trait Batches<F>: Sync {
    /// Writes images `first..first + labels.len()` of `replica`'s batch: normalised numbers, channels-last, and
    /// their labels.
    fn fill(&self, replica: usize, first: usize, images: &mut [F], labels: &mut [u8]);
}

/// `R` replicas of a network: parameters and gradients as `[R, P]`, and the buffers to compute them.
///
/// A replica's numbers do not depend on its neighbours, bit for bit. Work is spread over the threads of the
/// surrounding rayon pool.
#[derive(Debug)]
pub struct Population<F> {
    network: Network,
    replicas: usize,
    parameters: Vec<F>,
    gradient: Vec<F>,
    transposed: Vec<F>,
    lanes: Vec<Lane<F>>,
    masks: Vec<Vec<Stream>>,
    active: Vec<bool>,
}

impl<F: Real> Population<F> {
    /// Makes one replica per entry of `streams`, a function from stream name to stream (`init/conv1.weight`,
    /// `dropout/0`); weights are drawn by `initialisation`.
    pub fn new<S: Fn(&str) -> Stream>(
        network: Network,
        initialisation: &Initialisation,
        streams: &[S],
    ) -> Self {
        let (size, replicas) = (network.parameters(), streams.len());
        let mut parameters = vec![F::ZERO; replicas * size];
        for (stream, parameters) in streams.iter().zip(parameters.chunks_exact_mut(size)) {
            initialisation.fill(network.layout(), stream, parameters);
        }
        let masks = streams
            .iter()
            .map(|stream| (0..network.dropouts()).map(|layer| stream(&format!("dropout/{layer}"))).collect());
        Self {
            masks: masks.collect(),
            lanes: vec![Lane::new(&network); replicas * LANES],
            gradient: vec![F::ZERO; replicas * size],
            transposed: vec![F::ZERO; replicas * size],
            active: vec![true; replicas],
            parameters,
            replicas,
            network,
        }
    }

    /// The network every replica is one of.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Number of replicas.
    pub fn replicas(&self) -> usize {
        self.replicas
    }

    /// Parameters of one replica, `[P]`.
    pub fn parameters(&self, replica: usize) -> &[F] {
        let size = self.network.parameters();
        &self.parameters[replica * size..(replica + 1) * size]
    }

    /// All parameters `[R, P]`, to be changed, and the gradient of the last [`Population::differentiate`].
    pub fn parameters_and_gradient(&mut self) -> (&mut [F], &[F]) {
        (&mut self.parameters, &self.gradient)
    }

    /// Stops computing a replica; its parameters stay as they are and its scores are zero from now on.
    pub fn retire(&mut self, replica: usize) {
        self.active[replica] = false;
    }

    /// Forward and backward pass over one batch of `batch_size` images per replica, dropout of `step` active.
    /// Leaves the gradient of the mean loss and returns each replica's scores summed over its batch.
    pub fn differentiate(&mut self, step: u64, batch_size: usize, batches: &impl Batches<F>) -> Vec<Scores> {
        let weight = F::from_f64(1.0 / batch_size as f64);
        let (network, masks) = (&self.network, &self.masks);
        let size = network.parameters();
        let of_replicas =
            self.parameters.par_chunks_exact(size).zip(self.transposed.par_chunks_exact_mut(size));
        of_replicas.for_each(|(parameters, transposed)| network.transpose(parameters, transposed));
        let (parameters, transposed, active) = (&self.parameters, &self.transposed, &self.active);
        self.lanes.par_iter_mut().enumerate().for_each(|(i, lane)| {
            let (replica, number) = (i / LANES, i % LANES);
            lane.scores = Scores::default();
            lane.gradient.fill(F::ZERO);
            if !active[replica] {
                return;
            }
            let place = replica * size..(replica + 1) * size;
            let (parameters, transposed) = (&parameters[place.clone()], &transposed[place]);
            for (first, n) in shards(batch_size, number) {
                let (images, labels) = lane.input(network, n);
                batches.fill(replica, first, images, labels);
                let masks = Masks { streams: &masks[replica], step, first };
                lane.forward(network, parameters, n, Some(masks));
                lane.backward(network, transposed, n, weight);
            }
        });
        self.sum_gradients();
        self.sum_scores()
    }

    /// Scores `images` images per replica, dropout off.
    pub fn evaluate(&mut self, images: usize, batches: &impl Batches<F>) -> Vec<Scores> {
        let network = &self.network;
        let (parameters, active) = (&self.parameters, &self.active);
        self.lanes.par_iter_mut().enumerate().for_each(|(i, lane)| {
            let (replica, number) = (i / LANES, i % LANES);
            lane.scores = Scores::default();
            if !active[replica] {
                return;
            }
            let size = network.parameters();
            let parameters = &parameters[replica * size..(replica + 1) * size];
            for (first, n) in shards(images, number) {
                let (inputs, labels) = lane.input(network, n);
                batches.fill(replica, first, inputs, labels);
                lane.forward(network, parameters, n, None);
                lane.score(network, n);
            }
        });
        self.sum_scores()
    }

    fn sum_gradients(&mut self) {
        let size = self.network.parameters();
        for (gradient, lanes) in self.gradient.chunks_exact_mut(size).zip(self.lanes.chunks_exact(LANES)) {
            gradient.par_chunks_mut(CHUNK).enumerate().for_each(|(i, chunk)| {
                let range = i * CHUNK..i * CHUNK + chunk.len();
                chunk.copy_from_slice(&lanes[0].gradient[range.clone()]);
                for lane in &lanes[1..] {
                    for (sum, &part) in chunk.iter_mut().zip(&lane.gradient[range.clone()]) {
                        *sum += part;
                    }
                }
            });
        }
    }

    fn sum_scores(&self) -> Vec<Scores> {
        let sum = |lanes: &[Lane<F>]| {
            lanes.iter().fold(Scores::default(), |sum, lane| Scores {
                loss: sum.loss + lane.scores.loss,
                correct: sum.correct + lane.scores.correct,
            })
        };
        self.lanes.chunks_exact(LANES).map(sum).collect()
    }
}

/// First image and size of every shard of a lane.
fn shards(images: usize, lane: usize) -> impl Iterator<Item = (usize, usize)> {
    (lane * SHARD..images).step_by(LANES * SHARD).map(move |first| (first, SHARD.min(images - first)))
}
