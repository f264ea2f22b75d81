//! Forward pass, backward pass and update of Network in Network, batch 32, on one thread and on all.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use models::{Batches, Initialisation, Model, Network, Population, Shape};
use rule::{Optimizer, step_population};
use serde_json::json;
use streams::Stream;

const BATCH: usize = 32;

/// The same images for everybody.
struct Noise {
    images: Vec<f32>,
}

impl Batches<f32> for Noise {
    fn fill(&self, _replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let size = images.len() / labels.len();
        images.copy_from_slice(&self.images[first * size..first * size + images.len()]);
        labels.iter_mut().enumerate().for_each(|(i, label)| *label = ((first + i) % 100) as u8);
    }
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("training step (elements are images)");
    group.sample_size(10);
    group.throughput(Throughput::Elements(BATCH as u64));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for width in [1.0, 0.25] {
        for threads in [1, cores] {
            let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else { continue };
            let input = Shape { height: 32, width: 32, channels: 3 };
            let Ok(network) = Network::new(&Model::Nin { width, dropout: 0.5 }, input, 100) else { continue };
            let Ok(method) = catalogue::ALL.parse("inna", &json!({})) else { continue };
            let stream = |name: &str| Stream::new(0, "benches", name, 0);
            let mut draws = stream("images").draws(0);
            let noise = Noise { images: (0..BATCH * input.size()).map(|_| draws.normal() as f32).collect() };
            let mut population = Population::new(network, &Initialisation::GlorotNormal {}, &[stream]);
            let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
                vec![method.optimizer_f32(population.network().layout(), 1_000_000)];
            let mut step = 0;
            let mut once = || {
                population.differentiate(step, BATCH, &noise);
                let (parameters, gradient) = population.parameters_and_gradient();
                step_population(&mut optimizers, parameters, gradient);
                step += 1;
            };
            let name = format!("width {width}, {threads} threads");
            group.bench_function(name, |b| b.iter(|| pool.install(&mut once)));
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
