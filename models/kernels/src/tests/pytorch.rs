//! Values that PyTorch computed; `tests/pytorch/kernels.py` is the script that wrote them.

use crate::{Affine, AveragePool, Conv, MaxPool, Window, Workspace, cross_entropy, unrectify};
use serde_json::Value;

fn case(name: &str) -> Value {
    let file: Value = serde_json::from_str(include_str!("../../tests/pytorch/kernels.json")).unwrap();
    file["cases"][name].clone()
}

fn numbers(case: &Value, key: &str) -> Vec<f64> {
    case[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn same(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{what}[{i}]: {a}, PyTorch {b}");
    }
}

#[test]
fn convolution() {
    let c = case("conv");
    let conv =
        Conv { height: 6, width: 5, channels: 3, kernel: 3, stride: 1, padding: 0, filters: 4, relu: true };
    let (x, weight, bias) = (numbers(&c, "x"), numbers(&c, "weight"), numbers(&c, "bias"));
    let mut workspace = Workspace::default();
    let mut y = vec![0.0; 2 * 4 * 3 * 4];
    conv.forward(&x, &weight, Some(&bias), &mut y, &mut workspace);
    same("y", &y, &numbers(&c, "y"));
    let (mut dy, mut dx) = (numbers(&c, "dy"), vec![0.0; x.len()]);
    let (mut dweight, mut dbias) = (vec![0.0; weight.len()], vec![0.0; 4]);
    unrectify(&y, &mut dy);
    conv.add_parameter_gradient(&x, &dy, &mut dweight, Some(&mut dbias), &mut workspace);
    let mut transposed = vec![0.0; weight.len()];
    conv.transpose(&weight, &mut transposed);
    conv.input_gradient(&dy, &transposed, None, &mut dx, &mut workspace);
    same("dx", &dx, &numbers(&c, "dx"));
    same("dweight", &dweight, &numbers(&c, "dweight"));
    same("dbias", &dbias, &numbers(&c, "dbias"));
}

#[test]
fn dense() {
    let c = case("dense");
    let layer = Affine { inputs: 4, outputs: 2, relu: false };
    let (x, weight, dy) = (numbers(&c, "x"), numbers(&c, "weight"), numbers(&c, "dy"));
    let (mut y, mut workspace) = (vec![0.0; 6], Workspace::default());
    layer.forward(&x, &weight, &numbers(&c, "bias"), &mut y, &mut workspace);
    same("y", &y, &numbers(&c, "y"));
    let (mut dweight, mut dbias, mut dx) = (vec![0.0; 8], vec![0.0; 2], vec![0.0; 12]);
    layer.add_parameter_gradient(&x, &dy, &mut dweight, &mut dbias, &mut workspace);
    let mut transposed = vec![0.0; 8];
    layer.transpose(&weight, &mut transposed);
    layer.input_gradient(&dy, &transposed, None, &mut dx, &mut workspace);
    same("dweight", &dweight, &numbers(&c, "dweight"));
    same("dbias", &dbias, &numbers(&c, "dbias"));
    same("dx", &dx, &numbers(&c, "dx"));
}

/// The inputs are rounded to halves, so that windows with equal maxima are common.
#[test]
fn pools() {
    let window = Window { height: 8, width: 7, channels: 3, kernel: 3, stride: 2 };
    let size = 2 * 3 * 3 * 3;
    let c = case("max_pool");
    let (mut y, mut winner, mut dx) = (vec![0.0; size], vec![0; size], vec![0.0; 2 * 8 * 7 * 3]);
    MaxPool(window).forward(2, &numbers(&c, "x"), &mut y, &mut winner);
    same("y", &y, &numbers(&c, "y"));
    MaxPool(window).backward(2, &winner, &numbers(&c, "dy"), &mut dx);
    same("dx", &dx, &numbers(&c, "dx"));

    let c = case("average_pool");
    AveragePool(window).forward(2, &numbers(&c, "x"), &mut y);
    same("y", &y, &numbers(&c, "y"));
    AveragePool(window).backward(2, &numbers(&c, "dy"), &mut dx);
    same("dx", &dx, &numbers(&c, "dx"));
}

#[test]
fn softmax_cross_entropy() {
    let c = case("cross_entropy");
    let labels: Vec<u8> = numbers(&c, "labels").iter().map(|&x| x as u8).collect();
    let mut d = vec![0.0; 20];
    let scores = cross_entropy(5, 0.0, &numbers(&c, "logits"), &labels, 0.25, Some(&mut d));
    same("loss", &[scores.loss / 4.0], &[c["mean_loss"].as_f64().unwrap()]);
    same("dlogits", &d, &numbers(&c, "dlogits"));
}
