//! Every backward pass against central differences in f64.

use crate::{AveragePool, Conv, Dropout, MaxPool, Window, Workspace, cross_entropy, multiply_by, unrectify};
use streams::Stream;

fn normal(n: usize, name: &str) -> Vec<f64> {
    let mut draws = Stream::new(11, "finite-differences", name, 0).draws(0);
    (0..n).map(|_| draws.normal()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Compares `gradient` with central differences of `f` at `x`, every component.
fn compare(what: &str, x: &[f64], gradient: &[f64], mut f: impl FnMut(&[f64]) -> f64) {
    let h = 1e-6;
    let mut x = x.to_vec();
    for i in 0..x.len() {
        let middle = x[i];
        x[i] = middle + h;
        let above = f(&x);
        x[i] = middle - h;
        let below = f(&x);
        x[i] = middle;
        let slope = (above - below) / (2.0 * h);
        assert!(
            (slope - gradient[i]).abs() < 1e-7 * (1.0 + slope.abs()),
            "{what}[{i}]: {} vs {slope}",
            gradient[i]
        );
    }
}

#[test]
fn convolution() {
    for (kernel, relu) in [(3, true), (2, false), (1, true)] {
        let conv = Conv { height: 5, width: 4, channels: 2, kernel, stride: 1, padding: 0, filters: 3, relu };
        let (height, width) = conv.output();
        let n = 2;
        let x = normal(n * 5 * 4 * 2, "x");
        let weight = normal(kernel * kernel * 2 * 3, "weight");
        let bias = normal(3, "bias");
        let direction = normal(n * height * width * 3, "direction");
        let mut workspace = Workspace::default();
        let mut value = |x: &[f64], weight: &[f64], bias: &[f64]| {
            let mut y = vec![0.0; direction.len()];
            conv.forward(x, weight, Some(bias), &mut y, &mut workspace);
            (dot(&y, &direction), y)
        };
        let (_, y) = value(&x, &weight, &bias);
        let (mut dy, mut dx) = (direction.clone(), vec![0.0; x.len()]);
        let (mut dweight, mut dbias) = (vec![0.0; weight.len()], vec![0.0; 3]);
        let mut space = Workspace::default();
        if relu {
            unrectify(&y, &mut dy);
        }
        conv.add_parameter_gradient(&x, &dy, &mut dweight, Some(&mut dbias), &mut space);
        let mut transposed = vec![0.0; weight.len()];
        conv.transpose(&weight, &mut transposed);
        conv.input_gradient(&dy, &transposed, None, &mut dx, &mut space);
        compare("dx", &x, &dx, |x| value(x, &weight, &bias).0);
        compare("dweight", &weight, &dweight, |w| value(&x, w, &bias).0);
        compare("dbias", &bias, &dbias, |b| value(&x, &weight, b).0);
    }
}

#[test]
fn pools() {
    let window = Window { height: 7, width: 6, channels: 2, kernel: 3, stride: 2 };
    let (height, width) = window.output();
    let size = 2 * height * width * 2;
    let (x, direction) = (normal(2 * 7 * 6 * 2, "x"), normal(size, "direction"));
    let (mut y, mut winner, mut dx) = (vec![0.0; size], vec![0; size], vec![0.0; x.len()]);
    MaxPool(window).forward(2, &x, &mut y, &mut winner);
    MaxPool(window).backward(2, &winner, &direction, &mut dx);
    compare("max pool", &x, &dx, |x| {
        MaxPool(window).forward(2, x, &mut y, &mut winner);
        dot(&y, &direction)
    });
    AveragePool(window).backward(2, &direction, &mut dx);
    compare("average pool", &x, &dx, |x| {
        AveragePool(window).forward(2, x, &mut y);
        dot(&y, &direction)
    });
}

#[test]
fn dropout() {
    let layer = Dropout { rate: 0.5, size: 9 };
    let stream = Stream::new(2, "t", "dropout/0", 0);
    let (x, direction) = (normal(27, "x"), normal(27, "direction"));
    let mut mask = vec![0.0; 27];
    layer.draw(&stream, 5, 2, &mut mask);
    let mut dx = direction.clone();
    multiply_by(&mask, &mut dx);
    compare("dropout", &x, &dx, |x| {
        let mut y = x.to_vec();
        multiply_by(&mask, &mut y);
        dot(&y, &direction)
    });
}

#[test]
fn softmax_cross_entropy() {
    let logits = normal(15, "logits");
    let labels = [2u8, 0, 4];
    let mut d = vec![0.0; 15];
    cross_entropy(5, 0.0, &logits, &labels, 0.2, Some(&mut d));
    compare("logits", &logits, &d, |z| 0.2 * cross_entropy(5, 0.0, z, &labels, 0.2, None).loss);
}
