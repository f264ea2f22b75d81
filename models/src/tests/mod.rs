mod candle_peer;
mod functions;
mod gradients;
mod layers;
mod objectives;
mod peers;
mod populations;
mod sizes;
mod wide;

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
        let examples = images.len() / self.size;
        let mut labels = labels.chunks_exact_mut((labels.len() / examples).max(1));
        for (i, image) in images.chunks_exact_mut(self.size).enumerate() {
            let mut draws = stream.draws((first + i) as u64);
            labels.next().into_iter().flatten().for_each(|label| *label = draws.below(self.classes) as u8);
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

/// A network of layers as a configuration has them, written as JSON.
fn of_layers(layers: &str, input: Shape, classes: usize) -> Result<Network, crate::ModelError> {
    let text = format!(r#"{{"name": "layers", "layers": {layers}}}"#);
    Network::new(&serde_json::from_str(&text).unwrap(), input, classes)
}

/// Every kind of layer that has a batch of its own, or none.
const OF_ALL_KINDS: &str = r#"[
    {"conv": {"filters": 6, "kernel": 3, "stride": 2, "padding": 1, "bias": false}}, {"batch-norm": {}}, "relu",
    {"residual": {"layers": [
        {"group-norm": {"groups": 3}}, "gelu", {"conv": {"filters": 6, "kernel": 3, "padding": 1}}, {"dropout": {"rate": 0.2}},
        {"residual": {"layers": [{"batch-norm": {"momentum": 0.3}}, "silu", {"conv": {"filters": 6, "kernel": 1, "relu": true}}]}}
    ]}},
    {"residual": {"layers": [{"max-pool": {"kernel": 2, "stride": 2}}, "tanh"], "shortcut": [{"conv": {"filters": 6, "kernel": 2, "stride": 2}}]}},
    {"repeat": {"times": 2, "layers": [{"residual": {"layers": [{"layer-norm": {}}, {"linear": {"units": 6}}, "gelu-tanh"]}}]}},
    {"average-pool": {"kernel": 2, "stride": 1}}, "mean-pool", {"dense": {"units": 4, "bias": false}}
]"#;

/// Every kind of layer that tokens go through.
const OF_TOKENS: &str = r#"[
    {"embedding": {"vocabulary": 11, "width": 8}}, "positions",
    {"repeat": {"times": 2, "layers": [
        {"residual": {"layers": [{"layer-norm": {}}, {"attention": {"heads": 2, "causal": true}}]}},
        {"residual": {"layers": [{"layer-norm": {}}, {"linear": {"units": 16}}, "gelu", {"linear": {"units": 8}}]}}
    ]}},
    {"layer-norm": {}}, "mean-pool", {"dense": {"units": 5, "bias": false}}
]"#;

/// What [`OF_ALL_KINDS`] has without what needs the whole batch.
fn of_shards() -> String {
    OF_ALL_KINDS.replace(r#"{"batch-norm": {}}, "#, "").replace(r#"{"batch-norm": {"momentum": 0.3}}, "#, "")
}

fn population<F: Real>(network: &Network, seeds: &[u64]) -> (Population<F>, Noise) {
    let streams: Vec<_> =
        seeds.iter().map(|&seed| move |name: &str| Stream::new(seed, "t", name, 0)).collect();
    let noise =
        Noise { size: network.input().size(), classes: network.classes() as u32, seeds: seeds.to_vec() };
    (Population::new(network.clone(), &Initialisation::HeNormal {}, &streams), noise)
}
