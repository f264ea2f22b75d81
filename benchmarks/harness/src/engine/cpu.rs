//! The engine of the processor.

use super::{Engine, Part, ReplicaState, streams};
use crate::train::Classifying;
use crate::{HarnessError, Run};
use data::{Augmentation, Images, Normaliser, Offset};
use kernels::Scores;
use models::{Batches, Population};
use rule::{Optimizer, step_some};
use streams::Stream;

/// A mini-batch of each replica: a stretch of its order of the images.
struct MiniBatch<'a> {
    images: &'a Images,
    normaliser: &'a Normaliser,
    orders: &'a [Vec<u32>],
    start: usize,
    /// What is done to the images, with a stream for each replica, and the number of the first among all of the run's.
    augmentation: Option<(&'a Augmentation, &'a [Stream], u64)>,
}

impl Batches<f32> for MiniBatch<'_> {
    fn fill(&self, replica: usize, first: usize, examples: &mut [f32], labels: &mut [u8]) {
        let from = self.start + first;
        let indices = &self.orders[replica][from..from + examples.len() / self.images.image_bytes()];
        match self.augmentation {
            None => self.normaliser.gather(self.images, indices, examples),
            Some((augmentation, streams, number)) => {
                let draw = |i: usize| augmentation.draw(&streams[replica], number + (first + i) as u64);
                let offsets: Vec<Offset> = (0..indices.len()).map(draw).collect();
                self.normaliser.gather_augmented(self.images, indices, &offsets, examples);
            }
        }
        // None are asked for where the examples themselves are the target.
        let each = labels.len() / indices.len().max(1);
        if each > 0 {
            for (labels, &index) in labels.chunks_exact_mut(each).zip(indices) {
                labels.copy_from_slice(&self.images.labels[index as usize * each..][..each]);
            }
        }
    }
}

/// A population on the threads of the surrounding pool.
pub(crate) struct CpuEngine<'a> {
    problem: Classifying<'a>,
    population: Population<f32>,
    optimizers: Vec<Box<dyn Optimizer<f32>>>,
    retired: Vec<bool>,
    /// What augmentations are drawn from, replica by replica.
    augmentations: Vec<Stream>,
}

impl<'a> CpuEngine<'a> {
    pub fn new(problem: Classifying<'a>, runs: &[&Run]) -> Self {
        let Classifying { settings, network, .. } = problem;
        let streams: Vec<_> = runs.iter().map(|run| streams(problem.task, run)).collect();
        let total_steps = problem.total_steps();
        Self {
            population: Population::new(network.clone(), &settings.initialisation, &streams),
            optimizers: runs
                .iter()
                .map(|run| run.method.optimizer_f32(network.layout(), total_steps))
                .collect(),
            retired: vec![false; runs.len()],
            augmentations: streams.iter().map(|stream| stream("augmentation")).collect(),
            problem,
        }
    }
}

impl CpuEngine<'_> {
    fn parameters(&mut self, replica: usize) -> &mut [f32] {
        let size = self.problem.network.parameters();
        &mut self.population.parameters_and_gradient().0[replica * size..(replica + 1) * size]
    }

    /// Puts the weights to evaluate in the place of those that are trained, which are returned with their replicas.
    fn exchange(&mut self) -> Vec<(usize, Vec<f32>)> {
        let mut away = Vec::new();
        for replica in 0..self.optimizers.len() {
            let point = self.optimizers[replica].evaluation_point(self.population.parameters(replica));
            if let Some(mut point) = point {
                self.parameters(replica).swap_with_slice(&mut point);
                away.push((replica, point));
            }
        }
        away
    }
}

impl Engine for CpuEngine<'_> {
    fn epoch(
        &mut self,
        orders: &[Vec<u32>],
        each: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<Vec<Scores>>>, HarnessError> {
        let Classifying { settings, splits, normaliser, .. } = self.problem;
        let images = splits.train.len();
        let mut all = Vec::with_capacity(images.div_ceil(settings.batch_size));
        for start in (0..images).step_by(settings.batch_size) {
            let size = settings.batch_size.min(images - start);
            let number = self.steps_taken() * settings.batch_size as u64;
            let augmentation = settings.augmentation.as_ref().map(|it| (it, &self.augmentations[..], number));
            let batch = MiniBatch { images: &splits.train, normaliser, orders, start, augmentation };
            let scores = self.population.differentiate(self.steps_taken(), size, &batch);
            let (parameters, gradient) = self.population.parameters_and_gradient();
            // A replica that has come to nothing is left as it was, as it is where it trains alone.
            step_some(&mut self.optimizers, &self.retired, parameters, gradient);
            // Nothing can come of a replica whose loss is not a number: it need not be computed any more.
            for (r, scores) in scores.iter().enumerate() {
                if !scores.loss.is_finite() {
                    self.retire(r);
                }
            }
            all.push(scores);
            if !each() {
                return Ok(None);
            }
            if self.retired.iter().all(|&retired| retired) {
                break;
            }
        }
        Ok(Some(all))
    }

    fn evaluate(&mut self, part: Part) -> Result<Option<Vec<Scores>>, HarnessError> {
        let Classifying { splits, normaliser, .. } = self.problem;
        let Some(images) = part.of(splits) else { return Ok(None) };
        let order: Vec<u32> = (0..images.len() as u32).collect();
        let orders = vec![order; self.population.replicas()];
        let all = MiniBatch { images, normaliser, orders: &orders, start: 0, augmentation: None };
        // Weights that are evaluated elsewhere than they are differentiated stand in for as long as it takes.
        let mut away = self.exchange();
        let scores = self.population.evaluate(images.len(), &all);
        away.iter_mut().for_each(|(replica, kept)| self.parameters(*replica).swap_with_slice(kept));
        Ok(Some(scores))
    }

    fn retire(&mut self, replica: usize) {
        self.retired[replica] = true;
        self.population.retire(replica);
    }

    fn steps_taken(&self) -> u64 {
        // Retired replicas have taken fewer.
        self.optimizers.iter().map(|optimizer| optimizer.steps_taken()).max().unwrap_or(0)
    }

    fn export(&self, replica: usize) -> Result<ReplicaState, HarnessError> {
        let parameters = self.population.parameters(replica).to_vec();
        let running = self.population.running(replica).to_vec();
        Ok(ReplicaState { parameters, running, optimizer: self.optimizers[replica].export() })
    }

    fn import(&mut self, replica: usize, state: ReplicaState) -> Result<(), HarnessError> {
        let size = self.problem.network.parameters();
        if state.parameters.len() != size {
            let reason = format!("{} parameters, expected {size}", state.parameters.len());
            return Err(HarnessError::Checkpoint { reason });
        }
        let statistics = self.problem.network.statistics();
        if state.running.len() != statistics {
            let reason = format!("{} running statistics, expected {statistics}", state.running.len());
            return Err(HarnessError::Checkpoint { reason });
        }
        self.population.running_mut(replica).copy_from_slice(&state.running);
        self.optimizers[replica]
            .import(state.optimizer)
            .map_err(|e| HarnessError::Checkpoint { reason: e.to_string() })?;
        let (parameters, _) = self.population.parameters_and_gradient();
        parameters[replica * size..(replica + 1) * size].copy_from_slice(&state.parameters);
        Ok(())
    }
}
