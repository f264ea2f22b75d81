//! How fast a training step is, and how fast it could be.

mod comparison;
mod others;
mod rounds;

pub use comparison::Comparison;
pub use others::{MOST_OTHERS_CORES, ProcessorTimes, is_busy, look_at_others};

use cuda::{Buffer, Device, DeviceError, DeviceImages, Epoch, Matrix, Precision, Product, Replica, Source};
use kernels::{Affine, Workspace};
use models::{Batches, Initialisation, Network, Population};
use rayon::prelude::*;
use rule::{Method, Optimizer, step_population};
use std::sync::Arc;
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

/// The population on a device whose steps are timed.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Its arithmetic.
    pub precision: Precision,
    /// Images of a step.
    pub batch_size: usize,
    /// Replicas.
    pub replicas: usize,
    /// Steps of a measurement.
    pub steps: usize,
    /// Whether every kernel is started by a call of its own, however few replicas there are.
    pub kernel_by_kernel: bool,
}

/// Times steps of a population on a device, on random images: `steps` to warm up, then as many again and again for half a second, whose
/// median counts; within them nothing is waited for.
///
/// # Errors
/// If the device fails.
pub fn device_timing(
    device: &Arc<dyn Device>,
    network: &Network,
    method: &Arc<dyn Method>,
    timed: Timed,
) -> Result<StepTiming, DeviceError> {
    let Timed { precision, batch_size, replicas, steps, kernel_by_kernel } = timed;
    let count = 16 * batch_size;
    let mut draws = Stream::new(0, "timing", "images", 0).draws(0);
    let bytes = network.vocabulary().map_or(256, |tokens| tokens as u32);
    let pixels: Vec<u8> = (0..count * network.input().size()).map(|_| draws.below(bytes) as u8).collect();
    let labels = count * network.objective().labels_read();
    let labels: Vec<u8> = (0..labels).map(|_| draws.below(network.classes() as u32) as u8).collect();
    let table = std::array::from_fn(|x| match network.vocabulary() {
        Some(_) => x as f32,
        None => x as f32 / 128.0 - 1.0,
    });
    let tables = vec![table; network.input().channels];
    let source = Source { pixels: &pixels, labels: &labels, tables: &tables };
    let images = DeviceImages::of_size(device, network.input().size(), source)?;
    let replica = |r: usize| {
        let stream = |name: &str| Stream::new(0, "timing", name, r as u64);
        let mut parameters = vec![0.0; network.parameters()];
        Initialisation::HeNormal {}.fill(network.layout(), stream, &mut parameters);
        let dropout = (0..network.dropouts()).map(|layer| stream(&format!("dropout/{layer}"))).collect();
        Replica { parameters, dropout, method: Arc::clone(method) }
    };
    let members = (0..replicas).map(replica).collect();
    // A GPU's clocks settle within half a second; an emulation has none.
    let (rounds, least_s) = if device.kind() == "emulated" { (1, 0.0) } else { (3, 0.5) };
    // More than there will be: the schedule is constant.
    let total = 1 << 40;
    let mut population =
        cuda::Population::new(device, precision, network.clone(), batch_size, total, members)?;
    if kernel_by_kernel {
        population.start_one_by_one();
    }
    let orders = |steps: usize| -> Vec<Vec<u32>> {
        (0..replicas).map(|r| (0..steps * batch_size).map(|i| ((i + r) % count) as u32).collect()).collect()
    };
    // An epoch as long as the timed one, so that every buffer is there already.
    let orders = orders(steps);
    population.epoch(Epoch { images: &images, orders: &orders }, || true)?;
    population.synchronize()?;
    let mut times = Vec::new();
    while times.len() < rounds || times.iter().sum::<f64>() < least_s {
        let clock = Instant::now();
        population.epoch(Epoch { images: &images, orders: &orders }, || true)?;
        population.synchronize()?;
        times.push(clock.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let step_s = times[times.len() / 2] / steps as f64;
    Ok(StepTiming { step_s, images_per_s: (replicas * batch_size) as f64 / step_s })
}

/// Floating-point operations per second, in units of 10⁹, of a square product on a device: what the products of a step are
/// measured against. The best of several.
///
/// # Errors
/// If the device fails.
pub fn device_product_gflops(device: &Arc<dyn Device>, precision: Precision) -> Result<f64, DeviceError> {
    // Large enough for a GPU to be at its best, small enough for an emulation to end; of a small device a part.
    let fits = |side: usize| 3 * 4 * side * side <= device.free_bytes().unwrap_or(0) / 16;
    let side = match device.kind() {
        "emulated" => 128,
        _ => [8192, 4096, 2048, 1024].into_iter().find(|side| fits(*side)).unwrap_or(256),
    };
    // Numbers that are all the same take a GPU less power, and with it less time, than those of a training.
    let mut draws = Stream::new(0, "timing", "factors", 0).draws(0);
    let block: Vec<f32> = (0..(side * side).min(1 << 20)).map(|_| draws.normal() as f32).collect();
    let factor = || -> Vec<f32> { block.iter().copied().cycle().take(side * side).collect() };
    let (left, right) = (Buffer::from_slice(device, &factor())?, Buffer::from_slice(device, &factor())?);
    let out = Buffer::zeros::<f32>(device, side * side)?;
    let matrix = |buffer| Matrix { buffer, offset: 0, stride: 0 };
    let product = Product {
        left: matrix(&left),
        left_transposed: false,
        right: matrix(&right),
        right_transposed: false,
        out: matrix(&out),
        rows: side,
        terms: side,
        columns: side,
        replicas: 1,
    };
    let mut best = f64::INFINITY;
    for _ in 0..8 {
        device.synchronize()?;
        let clock = Instant::now();
        product.start(precision)?;
        device.synchronize()?;
        best = best.min(clock.elapsed().as_secs_f64());
    }
    Ok(2.0 * (side as f64).powi(3) / best / 1e9)
}

/// One fixed batch of random images.
struct Noise {
    images: Vec<f32>,
    labels: Vec<u8>,
    /// Numbers of an image.
    size: usize,
}

impl Noise {
    fn new(network: &Network, batch_size: usize) -> Self {
        let mut draws = Stream::new(0, "timing", "images", 0).draws(0);
        let size = network.input().size();
        let mut number = || match network.vocabulary() {
            Some(tokens) => draws.below(tokens as u32) as f32,
            None => draws.normal() as f32,
        };
        let images = (0..batch_size * size).map(|_| number()).collect();
        let labels = batch_size * network.objective().labels_read();
        let labels = (0..labels).map(|_| draws.below(network.classes() as u32) as u8).collect();
        Self { images, labels, size }
    }
}

impl Batches<f32> for Noise {
    fn fill(&self, _replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        images.copy_from_slice(&self.images[first * self.size..first * self.size + images.len()]);
        let each = labels.len() / (images.len() / self.size);
        labels.copy_from_slice(&self.labels[first * each..first * each + labels.len()]);
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
