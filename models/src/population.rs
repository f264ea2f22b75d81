//! Replicas of one network trained together: the unit of training.

use crate::lanes::{LANES, Lane, Worker, in_order};
use crate::ops::add_parameter_gradient;
use crate::pass::Replica;
use crate::wide::Wide;
use crate::{Initialisation, Network};
use kernels::{Moments, Real, Scores};
use rayon::prelude::*;
use streams::Stream;

/// Numbers of a gradient that one task adds up.
const CHUNK: usize = 16 * 1024;

/// Where a population's images come from.
pub trait Batches<F>: Sync {
    /// Writes the examples of `replica`'s batch from `first` on, as many as there is room for in `examples`: normalised numbers,
    /// channels-last, and the labels that the network's objective reads of each.
    fn fill(&self, replica: usize, first: usize, examples: &mut [F], labels: &mut [u8]);
}

/// `R` replicas of a network: parameters and gradients as `[R, P]`, and the buffers to compute them.
///
/// A replica's numbers do not depend on its neighbours, bit for bit. Work is spread over the threads of the
/// surrounding rayon pool.
///
/// The shards of a batch go through the network one by one, forward and backward, unless it normalises by statistics of the whole
/// batch: then all of them go up to such an op, their statistics are merged in the order of the shards, and all go on.
#[derive(Debug)]
pub struct Population<F> {
    network: Network,
    replicas: usize,
    parameters: Vec<F>,
    gradient: Vec<F>,
    transposed: Vec<F>,
    wide: Wide<F>,
    /// Running means and variances of batch normalisations, `[R, S]`.
    running: Vec<F>,
    /// What they normalise by in the pass at hand: means, and inverse deviations in the places of the variances.
    statistics: Vec<F>,
    /// The gradients of their gains and shifts, in the same places.
    totals: Vec<F>,
    lanes: Vec<Lane<F>>,
    masks: Vec<Vec<Stream>>,
    active: Vec<bool>,
}

/// The images of one step.
struct Step<'a, B> {
    number: u64,
    batch_size: usize,
    batches: &'a B,
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
        let running = network.running::<F>();
        Self {
            masks: masks.collect(),
            lanes: vec![Lane::new(&network); replicas * LANES],
            gradient: vec![F::ZERO; replicas * size],
            transposed: vec![F::ZERO; replicas * size],
            wide: Wide::new(&network, replicas),
            statistics: vec![F::ZERO; replicas * running.len()],
            totals: vec![F::ZERO; replicas * running.len()],
            running: running.repeat(replicas),
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

    /// Running means and variances of a replica's batch normalisations, `[S]`, in the places of [`crate::Node::statistics`]; empty
    /// without any. They are no parameters, and belong to what a training goes on from.
    pub fn running(&self, replica: usize) -> &[F] {
        let size = self.network.statistics();
        &self.running[replica * size..(replica + 1) * size]
    }

    /// The same, to be changed.
    pub fn running_mut(&mut self, replica: usize) -> &mut [F] {
        let size = self.network.statistics();
        &mut self.running[replica * size..(replica + 1) * size]
    }

    /// Stops computing a replica; its parameters stay as they are and its scores are zero from now on.
    pub fn retire(&mut self, replica: usize) {
        self.active[replica] = false;
        self.lanes[replica * LANES..(replica + 1) * LANES]
            .iter_mut()
            .for_each(|lane| lane.begin(&self.network));
    }

    /// Forward and backward pass over one batch of `batch_size` images per replica, dropout of `step` active.
    /// Leaves the gradient of the mean loss and returns each replica's scores summed over its batch.
    pub fn differentiate(&mut self, step: u64, batch_size: usize, batches: &impl Batches<F>) -> Vec<Scores> {
        let (network, size) = (&self.network, self.network.parameters());
        let of_replicas =
            self.parameters.par_chunks_exact(size).zip(self.transposed.par_chunks_exact_mut(size));
        of_replicas.for_each(|(parameters, transposed)| network.transpose(parameters, transposed));
        self.wide.pack(network, &self.parameters, true);
        let step = Step { number: step, batch_size, batches };
        match self.network.stages().len() {
            0 | 1 => self.differentiate_at_once(&step),
            _ => self.differentiate_in_stages(&step),
        }
        self.sum_gradients();
        self.sum_scores()
    }

    /// What a prediction's loss counts in the mean over a batch.
    fn weight(&self, batch_size: usize) -> F {
        F::from_f64(1.0 / (batch_size * self.network.objective().predictions()) as f64)
    }

    /// Every shard goes through the whole network by itself.
    fn differentiate_at_once(&mut self, step: &Step<'_, impl Batches<F>>) {
        let weight = self.weight(step.batch_size);
        self.each_lane(step.batch_size, |worker, lane| {
            let Worker { network, replica, .. } = worker;
            lane.begin(network);
            let Lane { shards, sums, .. } = lane;
            let shard = &mut shards[0];
            for (first, n) in worker.shards(step.batch_size) {
                let (images, labels) = shard.input(network, n);
                step.batches.fill(worker.number, first, images, labels);
                shard.forward(network, replica, n, Some(worker.draws(step.number, first)), sums);
                shard.score_and_differentiate(network, n, weight, sums);
                shard.backward(network, replica, n, sums);
            }
        });
    }

    /// All shards go from one batch normalisation to the next, and back.
    fn differentiate_in_stages(&mut self, step: &Step<'_, impl Batches<F>>) {
        let weight = self.weight(step.batch_size);
        let stages = self.network.stages().to_vec();
        for (i, stage) in stages.iter().enumerate() {
            let next = stages.get(i + 1).map(|next| next.start);
            self.each_lane(step.batch_size, |worker, lane| {
                let Worker { network, replica, .. } = worker;
                if i == 0 {
                    lane.begin(network);
                    lane.make_room(network, worker.shards(step.batch_size).count());
                }
                let Lane { shards, sums, moments } = lane;
                moments.clear();
                for ((first, n), shard) in worker.shards(step.batch_size).zip(shards) {
                    if i == 0 {
                        let (images, labels) = shard.input(network, n);
                        step.batches.fill(worker.number, first, images, labels);
                    }
                    let draws = Some(worker.draws(step.number, first));
                    shard.forward_through(network, replica, stage.clone(), 0..n, draws, sums);
                    match next.and_then(|next| network.norm(next)) {
                        Some((node, norm)) => {
                            moments.push(Moments::of(norm.channels, shard.read(network, node, n)));
                        }
                        None => shard.score_and_differentiate(network, n, weight, sums),
                    }
                }
            });
            if let Some(next) = next {
                self.merge_moments(next, step.batch_size);
            }
        }
        for (i, stage) in stages.iter().enumerate().rev() {
            // A normalisation needs the gradients of its gain and shift over the whole batch before it can pass one on.
            let own = if i == 0 { stage.start } else { stage.start + 1 };
            let end = stages.get(i + 1).map_or(stage.end, |next| next.start + 1);
            self.each_lane(step.batch_size, |worker, lane| {
                let Worker { network, replica, .. } = worker;
                let Lane { shards, sums, .. } = lane;
                for ((_, n), shard) in worker.shards(step.batch_size).zip(shards) {
                    shard.backward_through(network, replica, own..end, 0..n, sums);
                    if let Some((node, norm)) = network.norm(stage.start).filter(|_| i > 0) {
                        let x = shard.read(network, node, n);
                        let statistics = &replica.statistics[node.statistics.clone()];
                        let dy = shard.upstream(network, stage.start, n);
                        let gradient = &mut sums.gradient[node.parameters.clone()];
                        add_parameter_gradient(norm, x, statistics, dy, gradient);
                    }
                }
            });
            if i > 0 {
                self.sum_totals(stage.start);
            }
        }
    }

    /// What the batch normalisation of a node normalises by, from the moments that the lanes have of their shards; the running
    /// statistics move towards it.
    fn merge_moments(&mut self, node: usize, batch_size: usize) {
        let Some((node, norm)) = self.network.norm(node) else { return };
        let size = self.network.statistics();
        for (r, lanes) in self.lanes.chunks_exact(LANES).enumerate().filter(|(r, _)| self.active[*r]) {
            let mut all = Moments::new(norm.channels);
            for (lane, shard) in in_order(batch_size, self.network.shard(batch_size)) {
                all.merge(&lanes[lane].moments[shard]);
            }
            let place = r * size + node.statistics.start..r * size + node.statistics.end;
            let (mean, inverse) = self.statistics[place.clone()].split_at_mut(norm.channels);
            norm.statistics(&all, mean, inverse);
            let (mean, variance) = self.running[place].split_at_mut(norm.channels);
            norm.update_running(&all, mean, variance);
        }
    }

    /// The gradients of a batch normalisation's gain and shift over the whole batch.
    fn sum_totals(&mut self, node: usize) {
        let node = &self.network.nodes()[node];
        let size = self.network.statistics();
        for (r, lanes) in self.lanes.chunks_exact(LANES).enumerate() {
            let totals = &mut self.totals[r * size + node.statistics.start..][..node.statistics.len()];
            totals.fill(F::ZERO);
            for lane in lanes {
                let parts = &lane.sums.gradient[node.parameters.clone()];
                totals.iter_mut().zip(parts).for_each(|(sum, &part)| *sum += part);
            }
        }
    }

    /// Scores `images` images per replica, dropout off, batch normalisations by their running statistics.
    pub fn evaluate(&mut self, images: usize, batches: &impl Batches<F>) -> Vec<Scores> {
        self.wide.pack(&self.network, &self.parameters, false);
        self.statistics = (0..self.replicas).flat_map(|r| self.network.inverse(self.running(r))).collect();
        self.each_lane(images, |worker, lane| {
            lane.sums.scores = Scores::default();
            let Lane { shards, sums, .. } = lane;
            let shard = &mut shards[0];
            for (first, n) in worker.shards(images) {
                let (inputs, labels) = shard.input(worker.network, n);
                batches.fill(worker.number, first, inputs, labels);
                shard.forward(worker.network, worker.replica, n, None, sums);
                shard.score(worker.network, n, sums);
            }
        });
        self.sum_scores()
    }

    /// Lets every lane of the replicas that are computed work.
    fn each_lane(&mut self, batch_size: usize, work: impl Fn(Worker<'_, F>, &mut Lane<F>) + Sync) {
        let Self { network, parameters, transposed, wide, statistics, totals, lanes, masks, active, .. } =
            self;
        let (size, inner) = (network.parameters(), network.statistics());
        lanes.par_iter_mut().enumerate().filter(|(i, _)| active[i / LANES]).for_each(|(i, lane)| {
            let number = i / LANES;
            let (place, statistics_place) =
                (number * size..(number + 1) * size, number * inner..(number + 1) * inner);
            let replica = Replica {
                parameters: &parameters[place.clone()],
                transposed: &transposed[place],
                packed: wide.of(number),
                statistics: &statistics[statistics_place.clone()],
                totals: &totals[statistics_place],
                batch_size,
            };
            work(Worker { network, number, lane: i % LANES, replica, streams: &masks[number] }, lane);
        });
    }

    fn sum_gradients(&mut self) {
        let size = self.network.parameters();
        if self.network.is_wide() {
            self.wide.sum(&self.network, &self.lanes, &mut self.gradient);
        }
        let summed = self.network.summed();
        for (gradient, lanes) in self.gradient.chunks_exact_mut(size).zip(self.lanes.chunks_exact(LANES)) {
            for place in &summed {
                gradient[place.clone()].par_chunks_mut(CHUNK).enumerate().for_each(|(i, chunk)| {
                    let start = place.start + i * CHUNK;
                    let range = start..start + chunk.len();
                    chunk.copy_from_slice(&lanes[0].sums.gradient[range.clone()]);
                    for lane in &lanes[1..] {
                        for (sum, &part) in chunk.iter_mut().zip(&lane.sums.gradient[range.clone()]) {
                            *sum += part;
                        }
                    }
                });
            }
        }
    }

    fn sum_scores(&self) -> Vec<Scores> {
        let sum = |lanes: &[Lane<F>]| {
            lanes.iter().fold(Scores::default(), |sum, lane| Scores {
                loss: sum.loss + lane.sums.scores.loss,
                correct: sum.correct + lane.sums.scores.correct,
            })
        };
        self.lanes.chunks_exact(LANES).map(sum).collect()
    }
}
