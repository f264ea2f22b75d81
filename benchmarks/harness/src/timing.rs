//! How fast a training step is, and how fast it could be.

use kernels::{Affine, Workspace};
use models::{Batches, Initialisation, Network, Population};
use rayon::prelude::*;
use rule::{Method, Optimizer, step_population};
use std::time::Instant;
use streams::Stream;

/// Speed of a training step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepTiming {
    /// Median seconds of a step (forward, backward, update) of the whole population.
    pub step_s: f64,
    /// Images per second at the median, all replicas counted.
    pub images_per_s: f64,
}

/// Times training steps on random images: one step to warm up, then `steps`, the median taken.
pub fn time_step(
    network: &Network,
    method: &dyn Method,
    batch_size: usize,
    replicas: usize,
    threads: usize,
    steps: usize,
) -> StepTiming {
    let timed = || {
        let streams: Vec<_> =
            (0..replicas).map(|r| move |name: &str| Stream::new(0, "timing", name, r as u64)).collect();
        let mut population = Population::new(network.clone(), &Initialisation::HeNormal {}, &streams);
        let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
            (0..replicas).map(|_| method.optimizer_f32(network.layout(), 1 + steps as u64)).collect();
        let noise = Noise::new(network, batch_size);
        let mut times = Vec::with_capacity(steps);
        for step in 0..=steps {
            let clock = Instant::now();
            population.differentiate(step as u64, batch_size, &noise);
            let (parameters, gradient) = population.parameters_and_gradient();
            step_population(&mut optimizers, parameters, gradient);
            if step > 0 {
                times.push(clock.elapsed().as_secs_f64());
            }
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    // Without a pool of its own the step is timed on the surrounding one, which is as good an estimate.
    let step_s = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(timed),
        Err(_) => timed(),
    };
    StepTiming { step_s, images_per_s: (replicas * batch_size) as f64 / step_s }
}

/// One fixed batch of random images.
struct Noise {
    images: Vec<f32>,
    labels: Vec<u8>,
}

impl Noise {
    fn new(network: &Network, batch_size: usize) -> Self {
        let mut draws = Stream::new(0, "timing", "images", 0).draws(0);
        let images = (0..batch_size * network.input().size()).map(|_| draws.normal() as f32).collect();
        let labels = (0..batch_size).map(|_| draws.below(network.classes() as u32) as u8).collect();
        Self { images, labels }
    }
}

impl Batches<f32> for Noise {
    fn fill(&self, _replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let size = images.len() / labels.len();
        images.copy_from_slice(&self.images[first * size..first * size + images.len()]);
        labels.copy_from_slice(&self.labels[first..first + labels.len()]);
    }
}

/// Floating-point operations per second, in units of 10⁹, of one matrix product per thread whose factors stay in the
/// second-level cache: the rate that a training step's products cannot exceed. The best of several.
pub fn product_gflops(threads: usize) -> f64 {
    const REPEATS: usize = 40;
    let layer = Affine { inputs: 240, outputs: 192, relu: true };
    let rows = 240;
    let flop = (2 * rows * layer.inputs * layer.outputs * REPEATS * threads) as f64;
    let factor = |n: usize| vec![0.5f32; n];
    let (x, weight, bias) =
        (factor(rows * layer.inputs), factor(layer.inputs * layer.outputs), factor(layer.outputs));
    let mut buffers: Vec<_> =
        (0..threads).map(|_| (factor(rows * layer.outputs), Workspace::default())).collect();
    let mut timed = || {
        let seconds = (0..12).map(|_| {
            let clock = Instant::now();
            buffers.par_iter_mut().for_each(|(y, workspace)| {
                for _ in 0..REPEATS {
                    layer.forward(&x, &weight, &bias, y, workspace);
                }
            });
            clock.elapsed().as_secs_f64()
        });
        flop / seconds.fold(f64::INFINITY, f64::min) / 1e9
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(timed),
        Err(_) => timed(),
    }
}
