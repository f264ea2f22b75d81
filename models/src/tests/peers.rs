//! Whole networks beside PyTorch's; the scripts beside the files that they wrote are in `tests/pytorch`.

use super::{OF_TOKENS, of_layers};
use crate::{Batches, Initialisation, Population, Shape};
use serde_json::Value;
use streams::Stream;

/// Images, or tokens, and their labels.
pub(super) struct Given {
    /// Numbers of an example.
    pub size: usize,
    pub x: Vec<f64>,
    pub labels: Vec<u8>,
}

impl Batches<f64> for Given {
    fn fill(&self, _: usize, first: usize, images: &mut [f64], labels: &mut [u8]) {
        images.copy_from_slice(&self.x[first * self.size..first * self.size + images.len()]);
        let each = labels.len() / (images.len() / self.size);
        labels.copy_from_slice(&self.labels[first * each..first * each + labels.len()]);
    }
}

/// What a script wrote, and the network of these layers that has computed the same.
struct Peer {
    file: Value,
    given: Given,
    population: Population<f64>,
}

impl Peer {
    fn new(text: &str, layers: &str, input: Shape, classes: usize) -> Self {
        let file: Value = serde_json::from_str(text).unwrap();
        let network = of_layers(layers, input, classes).unwrap();
        let stream = |name: &str| Stream::new(1, "t", name, 0);
        let mut population = Population::<f64>::new(network, &Initialisation::HeNormal {}, &[stream]);
        population.parameters_and_gradient().0.copy_from_slice(&numbers(&file["parameters"]));
        let labels = numbers(&file["labels"]).iter().map(|&x| x as u8).collect();
        let given = Given { size: input.size(), x: numbers(&file["x"]), labels };
        let scores = population.differentiate(0, given.labels.len(), &given);
        let peer = Self { file, given, population };
        same("loss", &[scores[0].loss / peer.given.labels.len() as f64], &peer.theirs("loss"));
        peer
    }

    fn theirs(&self, key: &str) -> Vec<f64> {
        numbers(&self.file[key])
    }
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(list) => list.iter().map(|x| x.as_f64().unwrap()).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

fn block(filters: usize, stride: usize) -> String {
    let conv = |kernel: usize, stride: usize, padding: usize| {
        format!(
            r#"{{"conv": {{"filters": {filters}, "kernel": {kernel}, "stride": {stride}, "padding": {padding}, "bias": false}}}}, {{"batch-norm": {{}}}}"#
        )
    };
    let branch = [conv(3, stride, 1), r#""relu""#.into(), conv(3, 1, 1)].join(", ");
    let shortcut = if stride > 1 { conv(1, stride, 0) } else { String::new() };
    format!(r#"{{"residual": {{"layers": [{branch}], "shortcut": [{shortcut}]}}}}, "relu""#)
}

pub(super) fn same(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{what}[{i}]: {a}, PyTorch {b}");
    }
}

#[test]
fn a_residual_network_with_batch_normalisations() {
    let stem =
        r#"{"conv": {"filters": 4, "kernel": 3, "padding": 1, "bias": false}}, {"batch-norm": {}}, "relu""#;
    let layers =
        format!(r#"[{stem}, {}, {}, "mean-pool", {{"dense": {{"units": 5}}}}]"#, block(4, 1), block(6, 2));
    let text = include_str!("../../tests/pytorch/residual.json");
    let mut peer = Peer::new(text, &layers, Shape { height: 8, width: 6, channels: 3 }, 5);
    let theirs = peer.theirs("gradient");
    same("gradient", peer.population.parameters_and_gradient().1, &theirs);
    same("running", peer.population.running(0), &peer.theirs("running"));
    let images = peer.given.labels.len();
    let scores = peer.population.evaluate(images, &peer.given);
    same("evaluation", &[scores[0].loss / images as f64], &peer.theirs("evaluation"));
}

#[test]
fn a_transformer() {
    let text = include_str!("../../tests/pytorch/transformer.json");
    let mut peer = Peer::new(text, OF_TOKENS, Shape { height: 7, width: 1, channels: 1 }, 5);
    let theirs = peer.theirs("gradient");
    same("gradient", peer.population.parameters_and_gradient().1, &theirs);
}
