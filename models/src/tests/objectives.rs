//! Every loss at the end of a network: beside PyTorch's, and against differences.

use super::peers::{Given, numbers, same};
use super::{Noise, OF_TOKENS};
use crate::{Initialisation, Loss, Model, Network, Numbers, Objective, Population, Shape};
use serde_json::Value;
use streams::Stream;

fn layers(text: &str) -> Model {
    serde_json::from_str(&format!(r#"{{"name": "layers", "layers": {text}}}"#)).unwrap()
}

fn objective(loss: &str, classes: usize, labels: usize) -> Objective {
    Objective { loss: serde_json::from_str(loss).unwrap(), classes, labels }
}

const AUTOENCODER: &str = r#"[{"dense": {"units": 4}}, "tanh", {"dense": {"units": 12}}]"#;
const PER_POSITION: &str = r#"[{"linear": {"units": 6}}, "gelu", {"linear": {"units": 7}}]"#;

#[test]
fn losses_and_gradients_are_those_of_pytorch() {
    let file: Value = serde_json::from_str(include_str!("../../tests/pytorch/objectives.json")).unwrap();
    let rows = Shape { height: 5, width: 1, channels: 3 };
    let binary = objective(r#"{"name": "binary_cross_entropy"}"#, 1, 1);
    let squared = objective(r#"{"name": "squared_error"}"#, 1, 1);
    let zero = objective(r#"{"name": "squared_error", "target": "zero"}"#, 1, 1);
    let smoothed = objective(r#"{"name": "cross_entropy", "label_smoothing": 0.1}"#, 7, 5);
    let scores = r#"[{"dense": {"units": 5}}, "tanh", "sum"]"#;
    for (name, text, shape, objective) in [
        ("sum", scores, Shape::vector(12), zero),
        ("binary", AUTOENCODER, Shape::vector(12), binary),
        ("squared", AUTOENCODER, Shape::vector(12), squared),
        ("zero", r#"[{"dense": {"units": 4}}]"#, Shape::vector(12), zero),
        ("positions", PER_POSITION, rows, smoothed),
    ] {
        let case = &file[name];
        let network = Network::new(&layers(text), shape, objective).unwrap();
        let stream = |name: &str| Stream::new(1, "t", name, 0);
        let mut population = Population::<f64>::new(network, &Initialisation::HeNormal {}, &[stream]);
        population.parameters_and_gradient().0.copy_from_slice(&numbers(&case["parameters"]));
        let labels = numbers(&case["labels"]).iter().map(|&x| x as u8).collect();
        let given = Given { size: shape.size(), x: numbers(&case["x"]), labels };
        let examples = given.x.len() / shape.size();
        let scores = population.differentiate(0, examples, &given);
        let mean = scores[0].loss / (examples * objective.predictions()) as f64;
        same("loss", &[mean], &numbers(&case["loss"]));
        same("gradient", population.parameters_and_gradient().1, &numbers(&case["gradient"]));
        let evaluated = population.evaluate(examples, &given)[0];
        assert!((evaluated.loss - scores[0].loss).abs() < 1e-12 * scores[0].loss, "{name}");
        assert_eq!(evaluated.correct > 0, name == "positions", "{name}");
    }
}

/// Ops that PyTorch has under no name: the last position alone, fixed factors; and tokens with a label each.
#[test]
fn gradients_are_those_of_differences() {
    let tokens = Shape { height: 6, width: 1, channels: 1 };
    let per_token = OF_TOKENS.replace(r#""mean-pool", {"dense""#, r#"{"linear""#);
    let last = OF_TOKENS.replace("mean-pool", "last");
    let quadratic = r#"["positions", {"scale": {"from": 2.0, "to": 0.5}}]"#;
    let bowl = Objective { loss: Loss::SquaredError { target: Numbers::Zero }, classes: 1, labels: 1 };
    for (text, shape, objective) in [
        (&*per_token, tokens, Objective { labels: 6, ..Objective::from(5) }),
        (&last, tokens, Objective::from(5)),
        (quadratic, Shape::vector(9), bowl),
    ] {
        let network = Network::new(&layers(text), shape, objective).unwrap();
        let stream = |name: &str| Stream::new(1, "t", name, 0);
        let mut population = Population::<f64>::new(network.clone(), &Initialisation::HeNormal {}, &[stream]);
        let noise = Noise { size: shape.size(), classes: 5, seeds: vec![3] };
        let loss = |population: &mut Population<f64>| {
            population.differentiate(0, 11, &noise)[0].loss / (11 * objective.predictions()) as f64
        };
        loss(&mut population);
        let gradient = population.parameters_and_gradient().1.to_vec();
        for slot in network.layout().slots() {
            for i in [slot.range().start, slot.range().end - 1] {
                let h = 1e-6;
                let mut at = |shift: f64| {
                    population.parameters_and_gradient().0[i] += shift;
                    loss(&mut population)
                };
                let (above, below) = (at(h), at(-2.0 * h));
                at(h);
                let slope = (above - below) / (2.0 * h);
                assert!((slope - gradient[i]).abs() < 1e-6 * (1e-2 + slope.abs()), "{}[{i}]", slot.name);
            }
        }
    }
}

/// Factors from 2 to ½ over three channels: 2, 1, ½. With θ + x = (1, 2, 4) the squares add up to 4 + 4 + 4.
#[test]
fn a_quadratic_by_hand() {
    let bowl = objective(r#"{"name": "squared_error", "target": "zero"}"#, 1, 1);
    let model = layers(r#"["positions", {"scale": {"from": 2.0, "to": 0.5}}]"#);
    let network = Network::new(&model, Shape::vector(3), bowl).unwrap();
    let stream = |name: &str| Stream::new(1, "t", name, 0);
    let mut population = Population::<f64>::new(network, &Initialisation::HeNormal {}, &[stream]);
    population.parameters_and_gradient().0.copy_from_slice(&[0.5, 1.0, 5.0]);
    let given = Given { size: 3, x: vec![0.5, 1.0, -1.0], labels: Vec::new() };
    let scores = population.differentiate(0, 1, &given);
    assert!((scores[0].loss - 12.0).abs() < 1e-14);
    // 2 h² (θ + x): 2·4·1, 2·1·2, 2·¼·4.
    same("gradient", population.parameters_and_gradient().1, &[8.0, 4.0, 2.0]);
}

#[test]
fn ends_that_do_not_fit_are_refused() {
    let refused = |text: &str, shape: Shape, objective: Objective| {
        Network::new(&layers(text), shape, objective).unwrap_err().to_string()
    };
    let rows = Shape { height: 5, width: 1, channels: 3 };
    let each = Objective { labels: 5, ..Objective::from(7) };
    assert!(
        refused(r#"[{"linear": {"units": 6}}]"#, rows, each).contains("7 classes at each of the 5 positions")
    );
    // As many numbers, but all at one position.
    assert!(refused(r#"[{"dense": {"units": 35}}]"#, rows, each).contains("linear"));
    let binary = objective(r#"{"name": "binary_cross_entropy"}"#, 1, 1);
    assert!(refused(r#"[{"dense": {"units": 4}}]"#, rows, binary).contains("15 numbers"));
    let smoothed = Objective { loss: Loss::CrossEntropy { label_smoothing: 1.0 }, ..Objective::from(3) };
    assert!(refused(r#"[{"dense": {"units": 3}}]"#, rows, smoothed).contains("loss.label_smoothing"));
    assert!(refused(r#"[{"scale": {"from": 0.0, "to": 1.0}}]"#, rows, binary).contains("positive"));
}
