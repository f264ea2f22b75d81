//! A training on a device and the same on the CPU.

use super::pieces::piece;
use super::{Settings, Subject, bytes, largest};
use crate::{Crop, Device, DeviceError, DeviceImages, Epoch, Population, Precision, Replica, Source};
use kernels::Scores;
use models::{Batches, Initialisation, Network, Shape};
use rule::{Layout, Method, Optimizer, step_population};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use streams::Stream;

/// Images of the data set, a multiple of nothing in particular.
const IMAGES: usize = 109;
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
    /// What is done to the images, and the stream of each replica.
    crop: Option<(Crop, &'a [Stream])>,
    shape: Shape,
}

impl Batches<f32> for MiniBatch<'_> {
    fn fill(&self, replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let order = &self.orders[replica][self.start + first..];
        let (size, each) = (self.data.pixels.len() / IMAGES, self.data.labels.len() / IMAGES);
        for (i, (image, &index)) in images.chunks_exact_mut(size).zip(order).enumerate() {
            let index = index as usize;
            labels[i * each..(i + 1) * each].copy_from_slice(&self.data.labels[index * each..][..each]);
            let mut bytes = Cow::Borrowed(&self.data.pixels[index * size..(index + 1) * size]);
            if let Some((crop, streams)) = self.crop {
                let place = (self.start + first + i) as u64;
                bytes = piece(&bytes, self.shape, crop, &streams[replica], place).into();
            }
            for (e, (x, &byte)) in image.iter_mut().zip(&*bytes).enumerate() {
                *x = self.data.tables[e % self.data.tables.len()][usize::from(byte)];
            }
        }
    }
}

/// What gradients are off by, every number by another draw: of the size that sums in another order make, which is relative to the largest
/// numbers of a tensor, since small ones are what is left when large ones cancel.
pub(super) struct Noise {
    size: f32,
}

impl Noise {
    pub fn of(precision: Precision) -> Self {
        let size = match precision {
            // Sums of up to some thousands of terms, in two orders.
            Precision::F32 => 1e-6,
            // What is cut off of each of two factors, layer after layer.
            Precision::Tf32 => 1e-3,
            Precision::Bf16 => 8e-3,
        };
        Self { size }
    }

    /// Gradients of all replicas, tensors as in `layout`.
    fn spoiled(&self, gradient: &[f32], layout: &Layout, step: usize) -> Vec<f32> {
        let mut draws = Stream::new(4, "conformance", "noise", 0).draws(step as u64);
        let mut spoiled = gradient.to_vec();
        for replica in spoiled.chunks_mut(layout.len()) {
            for slot in layout.slots() {
                let tensor = &mut replica[slot.range()];
                let scale = self.size * tensor.iter().fold(0.0f32, |largest, g| largest.max(g.abs()));
                tensor.iter_mut().for_each(|g| *g += scale * draws.normal() as f32);
            }
        }
        spoiled
    }
}

/// What a training ended with.
pub(super) struct Trained {
    pub scores: Vec<Vec<Scores>>,
    pub parameters: Vec<Vec<f32>>,
    /// Running statistics.
    pub running: Vec<Vec<f32>>,
    /// Gradients of the last step.
    pub gradient: Vec<Vec<f32>>,
    pub evaluation: Vec<Scores>,
}

pub(super) struct Trial<'a> {
    device: &'a Arc<dyn Device>,
    settings: &'a Settings,
    pub network: Network,
    pub methods: Vec<Arc<dyn Method>>,
    data: Data,
    crop: Option<Crop>,
    /// Where replicas start, if not at their initial weights.
    points: Option<Vec<Vec<f32>>>,
}

impl<'a> Trial<'a> {
    /// Of a network on made-up data; all replicas of a method are neighbours.
    pub fn new(
        device: &'a Arc<dyn Device>,
        settings: &'a Settings,
        subject: &Subject,
        methods: &[Arc<dyn Method>],
    ) -> Result<Self, DeviceError> {
        let &Subject { ref model, input, table, objective, crop, .. } = subject;
        let network = Network::new(model, input, objective)
            .map_err(|e| DeviceError::State { reason: format!("the network to train: {e}") })?;
        // Neighbours share their rule; replica r of every optimizer shares seed r.
        let replicas =
            methods.iter().flat_map(|method| std::iter::repeat_n(Arc::clone(method), settings.replicas));
        let methods: Vec<_> = replicas.collect();
        let images = settings.steps * settings.batch_size;
        let order = |r: usize| -> Vec<u32> {
            let stream = Stream::new(2, "conformance", "order", (r % settings.replicas) as u64);
            let epochs = (0..).flat_map(|epoch| stream.permutation(epoch, IMAGES));
            epochs.take(images).collect()
        };
        let data = Data {
            pixels: bytes("pixels", IMAGES * input.size(), subject.bytes),
            labels: bytes("labels", IMAGES * objective.labels_read(), objective.classes as u32),
            tables: vec![table; input.channels],
            orders: (0..methods.len()).map(order).collect(),
        };
        Ok(Self { device, settings, network, methods, data, crop, points: None })
    }

    /// The same from other weights of the replicas.
    pub fn at(mut self, points: &[Vec<f32>]) -> Self {
        self.points = Some(points.to_vec());
        self
    }

    fn streams(&self, r: usize) -> impl Fn(&str) -> Stream + use<> {
        let seed = (r % self.settings.replicas) as u64;
        move |name: &str| Stream::new(3, "conformance", name, seed)
    }

    fn start(&self, r: usize) -> Vec<f32> {
        if let Some(points) = &self.points {
            return points[r].clone();
        }
        let mut parameters = vec![0.0; self.network.parameters()];
        Initialisation::GlorotNormal {}.fill(self.network.layout(), self.streams(r), &mut parameters);
        parameters
    }

    pub fn on_device(&self, replicas: &[usize]) -> Result<Trained, DeviceError> {
        self.on_device_started(replicas, false)
    }

    /// The same, each kernel started by a call of its own.
    pub fn on_device_one_by_one(&self, replicas: &[usize]) -> Result<Trained, DeviceError> {
        self.on_device_started(replicas, true)
    }

    fn on_device_started(&self, replicas: &[usize], one_by_one: bool) -> Result<Trained, DeviceError> {
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
        let source = Source { pixels, labels, tables };
        let images = DeviceImages::of_size(self.device, self.network.input().size(), source)?;
        let orders: Vec<Vec<u32>> = replicas.iter().map(|&r| self.data.orders[r].clone()).collect();
        if let Some(crop) = self.crop {
            let streams: Vec<Stream> = replicas.iter().map(|&r| self.streams(r)("augmentation")).collect();
            population.augment(crop, &streams)?;
        }
        if one_by_one {
            population.start_one_by_one();
        }
        let scores = population.epoch(Epoch { images: &images, orders: &orders }, || true)?;
        let of_all = |part: &dyn Fn(usize) -> Result<Vec<f32>, DeviceError>| {
            (0..replicas.len()).map(part).collect::<Result<Vec<_>, _>>()
        };
        let parameters = of_all(&|r| population.parameters(r))?;
        let running = of_all(&|r| population.running(r))?;
        let gradient = of_all(&|r| population.gradient(r))?;
        let evaluation = population.evaluate(&images)?;
        Ok(Trained { scores: scores.unwrap_or_default(), parameters, running, gradient, evaluation })
    }

    /// The training on the CPU, with gradients that are a little off if there is noise.
    pub fn on_cpu(&self, noise: Option<&Noise>) -> Trained {
        self.on_cpu_from(&|r| self.start(r), noise)
    }

    /// The same from weights that are a little off, each by its own share of `size`; `draw` tells one such from another.
    pub fn on_cpu_nearby(&self, size: f32, draw: u64) -> Trained {
        let start = |r| {
            let mut draws = Stream::new(4, "conformance", "nearby", r as u64).draws(draw);
            let mut weights = self.start(r);
            weights.iter_mut().for_each(|weight| *weight *= 1.0 + size * draws.normal() as f32);
            weights
        };
        self.on_cpu_from(&start, None)
    }

    fn on_cpu_from(&self, start: &dyn Fn(usize) -> Vec<f32>, noise: Option<&Noise>) -> Trained {
        let Settings { batch_size, steps, .. } = *self.settings;
        let count = self.methods.len();
        let streams: Vec<_> = (0..count).map(|r| self.streams(r)).collect();
        let mut population =
            models::Population::<f32>::new(self.network.clone(), &Initialisation::GlorotNormal {}, &streams);
        let size = self.network.parameters();
        for r in 0..count {
            population.parameters_and_gradient().0[r * size..(r + 1) * size].copy_from_slice(&start(r));
        }
        let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
            self.methods.iter().map(|m| m.optimizer_f32(self.network.layout(), steps as u64)).collect();
        let pieces: Vec<Stream> = streams.iter().map(|stream| stream("augmentation")).collect();
        let shape = self.network.input();
        let mut scores = Vec::new();
        for step in 0..steps {
            let start = step * batch_size;
            let crop = self.crop.map(|crop| (crop, &pieces[..]));
            let batch = MiniBatch { data: &self.data, orders: &self.data.orders, start, crop, shape };
            scores.push(population.differentiate(step as u64, batch_size, &batch));
            let (parameters, gradient) = population.parameters_and_gradient();
            match noise {
                None => step_population(&mut optimizers, parameters, gradient),
                Some(noise) => {
                    step_population(
                        &mut optimizers,
                        parameters,
                        &noise.spoiled(gradient, self.network.layout(), step),
                    );
                }
            }
        }
        let orders = vec![(0..IMAGES as u32).collect(); count];
        let all = MiniBatch { data: &self.data, orders: &orders, start: 0, crop: None, shape };
        let parameters: Vec<Vec<f32>> = (0..count).map(|r| population.parameters(r).to_vec()).collect();
        // Where weights to evaluate are others, they are evaluated, as on the device.
        for (r, optimizer) in optimizers.iter().enumerate() {
            if let Some(point) = optimizer.evaluation_point(&parameters[r]) {
                population.parameters_and_gradient().0[r * size..(r + 1) * size].copy_from_slice(&point);
            }
        }
        let evaluation = population.evaluate(IMAGES, &all);
        let running = (0..count).map(|r| population.running(r).to_vec()).collect();
        let gradient = population.parameters_and_gradient().1.chunks(size).map(<[f32]>::to_vec).collect();
        Trained { scores, parameters, running, gradient, evaluation }
    }

    /// How far apart two ends of replica `r` are, relative to how far the second is from the start.
    pub fn distance(&self, a: &[f32], b: &[f32], r: usize) -> f64 {
        let norm = |x: &[f32], y: &[f32]| -> f64 {
            x.iter().zip(y).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum::<f64>().sqrt()
        };
        let difference = norm(a, b);
        // A rule that has not moved yet has no way to compare with.
        if difference == 0.0 { 0.0 } else { difference / norm(b, &self.start(r)) }
    }
}

/// Differences of weights that pass: as many times what noise makes of them on the CPU itself.
const MARGIN: f64 = 10.0;
/// A way that noise changes by more than this share has been decided by rounding, which tells nothing of a device.
const DECIDED: f64 = 0.01;

/// What the final weights of some replicas may differ by, relative to their way, since noise makes of it what it makes; `None` where
/// that decides it. `least` is granted in any case.
pub(super) fn granted(
    trial: &Trial<'_>,
    [cpu, noisy]: [&Trained; 2],
    replicas: Range<usize>,
    least: f64,
) -> Option<f64> {
    let way = largest(replicas.map(|r| trial.distance(&noisy.parameters[r], &cpu.parameters[r], r)));
    (way <= DECIDED).then(|| (MARGIN * way).max(least))
}

/// The largest difference of a loss of the first `steps` mini-batches and of the evaluation after the last.
pub(super) fn loss_difference(a: &Trained, b: &Trained, r: usize, steps: usize) -> f64 {
    let all = |t: &Trained| -> Vec<f64> {
        t.scores.iter().chain([&t.evaluation]).take(steps).map(|scores| scores[r].loss).collect()
    };
    largest(all(a).into_iter().zip(all(b)).map(|(a, b)| (a - b).abs() / b.abs()))
}
