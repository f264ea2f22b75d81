//! A residual network with batch normalisations beside PyTorch's; `tests/pytorch/residual.py` is the script that wrote its values.

use super::of_layers;
use crate::{Batches, Initialisation, Population, Shape};
use serde_json::Value;
use streams::Stream;

/// 19 images and their labels.
struct Given {
    x: Vec<f64>,
    labels: Vec<u8>,
}

impl Batches<f64> for Given {
    fn fill(&self, _: usize, first: usize, images: &mut [f64], labels: &mut [u8]) {
        let size = images.len() / labels.len();
        images.copy_from_slice(&self.x[first * size..first * size + images.len()]);
        labels.copy_from_slice(&self.labels[first..first + labels.len()]);
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

fn same(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{what}[{i}]: {a}, PyTorch {b}");
    }
}

#[test]
fn loss_gradients_and_running_statistics_are_pytorchs() {
    let file: Value = serde_json::from_str(include_str!("../../tests/pytorch/residual.json")).unwrap();
    let numbers = |key: &str| -> Vec<f64> {
        file[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let stem =
        r#"{"conv": {"filters": 4, "kernel": 3, "padding": 1, "bias": false}}, {"batch-norm": {}}, "relu""#;
    let layers =
        format!(r#"[{stem}, {}, {}, "mean-pool", {{"dense": {{"units": 5}}}}]"#, block(4, 1), block(6, 2));
    let network = of_layers(&layers, Shape { height: 8, width: 6, channels: 3 }, 5).unwrap();
    let given = Given { x: numbers("x"), labels: numbers("labels").iter().map(|&x| x as u8).collect() };
    let images = given.labels.len();
    let stream = |name: &str| Stream::new(1, "t", name, 0);
    let mut population = Population::<f64>::new(network, &Initialisation::HeNormal {}, &[stream]);
    population.parameters_and_gradient().0.copy_from_slice(&numbers("parameters"));
    let scores = population.differentiate(0, images, &given);
    same("loss", &[scores[0].loss / images as f64], &[file["loss"].as_f64().unwrap()]);
    same("gradient", population.parameters_and_gradient().1, &numbers("gradient"));
    same("running", population.running(0), &numbers("running"));
    let scores = population.evaluate(images, &given);
    same("evaluation", &[scores[0].loss / images as f64], &[file["evaluation"].as_f64().unwrap()]);
}
