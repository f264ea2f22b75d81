//! Whole trainings: all optimizers in one population, against the CPU, against trainings on their own, and again.

use super::{Check, Settings, bytes, largest, same_bits};
use crate::{Device, DeviceError, DeviceImages, Epoch, Population, Precision, Replica, Source};
use kernels::Scores;
use models::{Batches, Initialisation, Model, Network, Shape};
use rule::{Method, Optimizer, step_population};
use std::sync::Arc;
use streams::Stream;

/// Images of the data set, a multiple of nothing in particular.
const IMAGES: usize = 509;
const CLASSES: usize = 10;

/// Differences that pass. A training multiplies differences of rounding (rectifiers and maxima switch, small gradients are
/// divided by their size), so the first steps are held tightly and the rest so that a wrong gradient would still show.
struct Limits {
    /// Of the losses of the first steps, relative to themselves.
    first: f64,
    /// Of all losses, likewise.
    losses: f64,
    /// Of the final weights, relative to the way they have come.
    weights: f64,
}

/// Steps that are held tightly.
const FIRST: usize = 10;

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { first: 5e-4, losses: 0.02, weights: 0.5 },
        Precision::Tf32 => Limits { first: 0.02, losses: 0.1, weights: 1.0 },
    }
}

struct Data {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    tables: Vec<[f32; 256]>,
    orders: Vec<Vec<u32>>,
}

/// A mini-batch for the CPU: a stretch of each replica's order.
struct MiniBatch<'a> {
    data: &'a Data,
    orders: &'a [Vec<u32>],
    start: usize,
}

impl Batches<f32> for MiniBatch<'_> {
    fn fill(&self, replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let order = &self.orders[replica][self.start + first..];
        let size = images.len() / labels.len();
        for ((image, label), &index) in images.chunks_exact_mut(size).zip(labels).zip(order) {
            let index = index as usize;
            *label = self.data.labels[index];
            for (e, (x, &byte)) in image.iter_mut().zip(&self.data.pixels[index * size..]).enumerate() {
                *x = self.data.tables[e % 3][usize::from(byte)];
            }
        }
    }
}

/// What a training ended with.
struct Trained {
    scores: Vec<Vec<Scores>>,
    parameters: Vec<Vec<f32>>,
    evaluation: Vec<Scores>,
}

struct Trial<'a> {
    device: &'a Arc<dyn Device>,
    settings: &'a Settings,
    network: Network,
    methods: Vec<Arc<dyn Method>>,
    data: Data,
}

pub(super) fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Check>, DeviceError> {
    let input = Shape { height: 32, width: 32, channels: 3 };
    let model = Model::Nin { width: settings.width, dropout: 0.5 };
    let network = Network::new(&model, input, CLASSES)
        .map_err(|e| DeviceError::State { reason: format!("the network to train: {e}") })?;
    // Neighbours share their rule; replica r of every optimizer shares seed r.
    let replicas =
        methods.iter().flat_map(|method| std::iter::repeat_n(Arc::clone(method), settings.replicas));
    let methods_of: Vec<_> = replicas.collect();
    let images = settings.steps * settings.batch_size;
    let order = |r: usize| -> Vec<u32> {
        let stream = Stream::new(2, "conformance", "order", (r % settings.replicas) as u64);
        let epochs = (0..).flat_map(|epoch| stream.permutation(epoch, IMAGES));
        epochs.take(images).collect()
    };
    let table = std::array::from_fn(|x| (x as f32 / 255.0 - 0.5) / 0.25);
    let data = Data {
        pixels: bytes("pixels", IMAGES * input.size(), 256),
        labels: bytes("labels", IMAGES, CLASSES as u32),
        tables: vec![table; 3],
        orders: (0..methods_of.len()).map(order).collect(),
    };
    let trial = Trial { device, settings, network, methods: methods_of, data };
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();

    let (first, again) = (trial.on_device(&everyone)?, trial.on_device(&everyone)?);
    let cpu = trial.on_cpu();
    let bits = |trained: &Trained| {
        let scores = trained.scores.iter().chain([&trained.evaluation]).flatten();
        let losses =
            scores.flat_map(|s| [s.loss.to_bits() as u32, (s.loss.to_bits() >> 32) as u32, s.correct]);
        let losses = losses.map(f32::from_bits);
        losses.chain(trained.parameters.iter().flatten().copied()).collect::<Vec<_>>()
    };
    let mut checks =
        vec![same_bits("training again: losses and weights".into(), &bits(&again), &bits(&first))];
    let limits = limits(settings.precision);
    for (i, method) in methods.iter().enumerate() {
        let replicas = i * settings.replicas..(i + 1) * settings.replicas;
        let title = method.title();
        let travelled = replicas.clone().map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
        let worst = largest(travelled);
        let worst_loss = |steps: usize| {
            let differences = replicas.clone().map(|r| loss_difference(&first, &cpu, r, steps));
            largest(differences)
        };
        checks.push(Check {
            name: format!("training {title} beside the CPU: first losses"),
            difference: worst_loss(FIRST),
            limit: limits.first,
            detail: format!("largest difference of a loss of the first {FIRST} steps, relative to it"),
        });
        checks.push(Check {
            name: format!("training {title} beside the CPU: weights"),
            difference: worst,
            limit: limits.weights,
            detail: format!("relative to the way from the start, {} steps", settings.steps),
        });
        checks.push(Check {
            name: format!("training {title} beside the CPU: losses"),
            difference: worst_loss(usize::MAX),
            limit: limits.losses,
            detail: "largest difference of a mini-batch's or an evaluation's loss, relative to it".into(),
        });
        let alone = trial.on_device(&[replicas.start])?;
        let same = bits_equal(&alone.parameters[0], &first.parameters[replicas.start]);
        checks.push(Check {
            name: format!("training {title} alone and in a population of {}", trial.methods.len()),
            difference: trial.distance(
                &alone.parameters[0],
                &first.parameters[replicas.start],
                replicas.start,
            ),
            limit: limits.weights,
            detail: format!(
                "{} bits; relative to the way from the start",
                if same { "same" } else { "other" }
            ),
        });
    }
    Ok(checks)
}

impl Trial<'_> {
    fn streams(&self, r: usize) -> impl Fn(&str) -> Stream + use<> {
        let seed = (r % self.settings.replicas) as u64;
        move |name: &str| Stream::new(3, "conformance", name, seed)
    }

    fn start(&self, r: usize) -> Vec<f32> {
        let mut parameters = vec![0.0; self.network.parameters()];
        Initialisation::GlorotNormal {}.fill(self.network.layout(), self.streams(r), &mut parameters);
        parameters
    }

    fn on_device(&self, replicas: &[usize]) -> Result<Trained, DeviceError> {
        let replica = |&r: &usize| {
            let stream = self.streams(r);
            let dropout =
                (0..self.network.dropouts()).map(|layer| stream(&format!("dropout/{layer}"))).collect();
            Replica { parameters: self.start(r), dropout, method: Arc::clone(&self.methods[r]) }
        };
        let Settings { precision, batch_size, steps, .. } = *self.settings;
        let members = replicas.iter().map(replica).collect();
        let mut population =
            Population::new(self.device, precision, self.network.clone(), batch_size, steps as u64, members)?;
        let Data { pixels, labels, tables, .. } = &self.data;
        let images = DeviceImages::new(self.device, Source { pixels, labels, tables })?;
        let orders: Vec<Vec<u32>> = replicas.iter().map(|&r| self.data.orders[r].clone()).collect();
        let scores = population.epoch(Epoch { images: &images, orders: &orders }, || true)?;
        let parameters = (0..replicas.len()).map(|r| population.parameters(r)).collect::<Result<_, _>>()?;
        let evaluation = population.evaluate(&images)?;
        Ok(Trained { scores: scores.unwrap_or_default(), parameters, evaluation })
    }

    fn on_cpu(&self) -> Trained {
        let Settings { batch_size, steps, .. } = *self.settings;
        let count = self.methods.len();
        let streams: Vec<_> = (0..count).map(|r| self.streams(r)).collect();
        let mut population =
            models::Population::<f32>::new(self.network.clone(), &Initialisation::GlorotNormal {}, &streams);
        let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
            self.methods.iter().map(|m| m.optimizer_f32(self.network.layout(), steps as u64)).collect();
        let mut scores = Vec::new();
        for step in 0..steps {
            let batch = MiniBatch { data: &self.data, orders: &self.data.orders, start: step * batch_size };
            scores.push(population.differentiate(step as u64, batch_size, &batch));
            let (parameters, gradient) = population.parameters_and_gradient();
            step_population(&mut optimizers, parameters, gradient);
        }
        let orders = vec![(0..IMAGES as u32).collect(); count];
        let all = MiniBatch { data: &self.data, orders: &orders, start: 0 };
        let evaluation = population.evaluate(IMAGES, &all);
        let parameters = (0..count).map(|r| population.parameters(r).to_vec()).collect();
        Trained { scores, parameters, evaluation }
    }

    /// How far apart two ends of replica `r` are, relative to how far the second is from the start.
    fn distance(&self, a: &[f32], b: &[f32], r: usize) -> f64 {
        let norm = |x: &[f32], y: &[f32]| -> f64 {
            x.iter().zip(y).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum::<f64>().sqrt()
        };
        norm(a, b) / norm(b, &self.start(r))
    }
}

/// The largest difference of a loss of the first `steps` mini-batches and of the evaluation after the last.
fn loss_difference(a: &Trained, b: &Trained, r: usize, steps: usize) -> f64 {
    let all = |t: &Trained| -> Vec<f64> {
        t.scores.iter().chain([&t.evaluation]).take(steps).map(|scores| scores[r].loss).collect()
    };
    largest(all(a).into_iter().zip(all(b)).map(|(a, b)| (a - b).abs() / b.abs()))
}

fn bits_equal(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
