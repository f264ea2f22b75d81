mod candle_peer;
mod functions;
mod gradients;
mod populations;
mod sizes;

use crate::{Batches, Initialisation, Model, Network, Population, Shape};
use kernels::Real;
use streams::Stream;

/// Random images: `replica`'s batch is `seed + replica`'s.
struct Noise {
    size: usize,
    classes: u32,
    seeds: Vec<u64>,
}

impl<F: Real> Batches<F> for Noise {
    fn fill(&self, replica: usize, first: usize, images: &mut [F], labels: &mut [u8]) {
        let stream = Stream::new(self.seeds[replica], "noise", "images", 0);
        for (i, (image, label)) in images.chunks_exact_mut(self.size).zip(labels).enumerate() {
            let mut draws = stream.draws((first + i) as u64);
            *label = draws.below(self.classes) as u8;
            for pixel in image {
                *pixel = F::from_f64(draws.normal());
            }
        }
    }
}

const IMAGE: Shape = Shape { height: 32, width: 32, channels: 3 };

fn small_nin() -> Network {
    Network::new(&Model::Nin { width: 0.05, dropout: 0.5 }, IMAGE, 10).unwrap()
}

fn population<F: Real>(network: &Network, seeds: &[u64]) -> (Population<F>, Noise) {
    let streams: Vec<_> =
        seeds.iter().map(|&seed| move |name: &str| Stream::new(seed, "t", name, 0)).collect();
    let noise =
        Noise { size: network.input().size(), classes: network.classes() as u32, seeds: seeds.to_vec() };
    (Population::new(network.clone(), &Initialisation::HeNormal {}, &streams), noise)
}
