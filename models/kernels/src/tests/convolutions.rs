//! Convolutions with stride and padding: PyTorch's values (`tests/pytorch/elementwise.py` is the script that wrote
//! them), finite differences, and the bits of the same convolution over images padded beforehand.

use super::reference::{compare, dot, file, normal, numbers, same};
use crate::{Conv, Workspace, unrectify};
use serde_json::Value;

/// The gradients of weight, bias and images.
type Gradients<F> = (Vec<F>, Vec<F>, Vec<F>);

fn gradients<F: crate::Real>(conv: &Conv, x: &[F], dy: &[F], weight: &[F], bias: bool) -> Gradients<F> {
    let mut workspace = Workspace::default();
    let (mut dweight, mut dbias) = (vec![F::ZERO; weight.len()], vec![F::ZERO; conv.filters]);
    let for_bias = bias.then_some(&mut dbias[..]);
    conv.add_parameter_gradient(x, dy, &mut dweight, for_bias, &mut workspace);
    let (mut transposed, mut dx) = (vec![F::ZERO; weight.len()], vec![F::from_f64(f64::NAN); x.len()]);
    conv.transpose(weight, &mut transposed);
    conv.input_gradient(dy, &transposed, None, &mut dx, &mut workspace);
    (dweight, dbias, dx)
}

fn of_case(case: &Value) -> Conv {
    let field = |name: &str| case[name].as_u64().unwrap() as usize;
    Conv {
        height: field("height"),
        width: field("width"),
        channels: field("channels"),
        kernel: field("kernel"),
        stride: field("stride"),
        padding: field("padding"),
        filters: field("filters"),
        relu: case["relu"].as_bool().unwrap(),
    }
}

#[test]
fn have_the_values_of_pytorch() {
    for case in file()["convolutions"].as_array().unwrap() {
        let conv = of_case(case);
        let what = |name: &str| format!("{name} of {conv:?}");
        let (height, width) = conv.output();
        same(&what("output"), &[height as f64, width as f64], &numbers(case, "output"));
        let (x, weight, mut dy) = (numbers(case, "x"), numbers(case, "weight"), numbers(case, "dy"));
        let bias = case["bias"].is_array().then(|| numbers(case, "bias"));
        // Left behind by something larger: borders are zero whatever was there before.
        let mut workspace = Workspace::default();
        workspace.with_border(10_000, |border, _| border.fill(f64::NAN));
        let mut y = vec![f64::NAN; dy.len()];
        conv.forward(&x, &weight, bias.as_deref(), &mut y, &mut workspace);
        same(&what("y"), &y, &numbers(case, "y"));
        if conv.relu {
            unrectify(&y, &mut dy);
        }
        let (dweight, dbias, dx) = gradients(&conv, &x, &dy, &weight, bias.is_some());
        same(&what("dweight"), &dweight, &numbers(case, "dweight"));
        same(&what("dx"), &dx, &numbers(case, "dx"));
        if bias.is_some() {
            same(&what("dbias"), &dbias, &numbers(case, "dbias"));
        } else {
            assert_eq!(dbias, vec![0.0; conv.filters]);
        }
    }
}

#[test]
fn have_the_slopes_of_finite_differences() {
    for (height, width, kernel, stride, padding) in
        [(5, 4, 3, 1, 1), (5, 6, 3, 2, 1), (4, 5, 1, 2, 0), (5, 4, 2, 3, 0), (1, 1, 3, 1, 2)]
    {
        let conv = Conv { height, width, channels: 2, kernel, stride, padding, filters: 3, relu: false };
        let (rows, columns) = conv.output();
        let (x, direction) =
            (normal(2 * height * width * 2, "x"), normal(2 * rows * columns * 3, "direction"));
        let (weight, bias) = (normal(kernel * kernel * 2 * 3, "weight"), normal(3, "bias"));
        let mut workspace = Workspace::default();
        let mut value = |x: &[f64], weight: &[f64], bias: &[f64]| {
            let mut y = vec![f64::NAN; direction.len()];
            conv.forward(x, weight, Some(bias), &mut y, &mut workspace);
            dot(&y, &direction)
        };
        let (dweight, dbias, dx) = gradients(&conv, &x, &direction, &weight, true);
        compare("dx", &x, &dx, |x| value(x, &weight, &bias));
        compare("dweight", &weight, &dweight, |w| value(&x, w, &bias));
        compare("dbias", &bias, &dbias, |b| value(&x, &weight, b));
    }
}

/// `x [n, height, width, channels]` inside a border of zeros, number by number.
fn padded(conv: &Conv, x: &[f32]) -> Vec<f32> {
    let Conv { height, width, channels, padding, .. } = *conv;
    let (high, wide) = (height + 2 * padding, width + 2 * padding);
    let mut to = vec![0.0; x.len() / (height * width) * high * wide];
    for (i, &x) in x.iter().enumerate() {
        let (pixel, channel) = (i / channels, i % channels);
        let (image, row, column) = (pixel / width / height, pixel / width % height, pixel % width);
        to[((image * high + row + padding) * wide + column + padding) * channels + channel] = x;
    }
    to
}

#[test]
fn padding_has_the_bits_of_images_with_zeros_around_them() {
    for (kernel, stride, padding) in [(3, 1, 1), (5, 2, 2), (3, 1, 3), (1, 2, 1)] {
        let conv =
            Conv { height: 9, width: 7, channels: 5, kernel, stride, padding, filters: 20, relu: false };
        let outside = Conv { height: 9 + 2 * padding, width: 7 + 2 * padding, padding: 0, ..conv };
        assert_eq!(conv.output(), outside.output());
        let (rows, columns) = conv.output();
        let single =
            |n: usize, name: &str| -> Vec<f32> { normal(n, name).iter().map(|&x| x as f32).collect() };
        let (x, dy) = (single(3 * 9 * 7 * 5, "x"), single(3 * rows * columns * 20, "dy"));
        let weight = single(kernel * kernel * 5 * 20, "weight");
        let around = padded(&conv, &x);
        let (mut y, mut expected) = (vec![f32::NAN; dy.len()], vec![f32::NAN; dy.len()]);
        conv.forward(&x, &weight, None, &mut y, &mut Workspace::default());
        outside.forward(&around, &weight, None, &mut expected, &mut Workspace::default());
        assert_eq!(y, expected);
        let ours = gradients(&conv, &x, &dy, &weight, true);
        let theirs = gradients(&outside, &around, &dy, &weight, true);
        assert_eq!((&ours.0, &ours.1), (&theirs.0, &theirs.1));
        // Where the border is zero in an image of ones, the gradient outside is not part of `dx`.
        let inside = padded(&conv, &vec![1.0; x.len()]);
        let dx: Vec<f32> =
            theirs.2.iter().zip(inside).filter(|&(_, inside)| inside == 1.0).map(|(&d, _)| d).collect();
        assert_eq!(ours.2, dx);
    }
}

#[test]
fn no_bias_has_the_bits_of_a_bias_of_zeros_over_more_than_one_block_of_terms() {
    for relu in [false, true] {
        let conv =
            Conv { height: 6, width: 6, channels: 40, kernel: 3, stride: 1, padding: 1, filters: 18, relu };
        let (x, weight) = (normal(6 * 6 * 40, "x"), normal(9 * 40 * 18, "weight"));
        let forward = |bias: Option<&[f64]>| {
            let mut y = vec![f64::NAN; 6 * 6 * 18];
            conv.forward(&x, &weight, bias, &mut y, &mut Workspace::default());
            y
        };
        assert_eq!(forward(None), forward(Some(&[0.0; 18])));
    }
}

#[test]
fn a_gradient_through_padding_stops_where_the_rectifier_below_did() {
    let conv =
        Conv { height: 4, width: 4, channels: 2, kernel: 3, stride: 2, padding: 1, filters: 3, relu: false };
    let (x, dy, weight) = (normal(32, "x"), normal(2 * 2 * 3, "dy"), normal(9 * 2 * 3, "weight"));
    let (_, _, mut expected) = gradients(&conv, &x, &dy, &weight, false);
    unrectify(&x, &mut expected);
    let (mut transposed, mut dx) = (vec![0.0; weight.len()], vec![f64::NAN; x.len()]);
    conv.transpose(&weight, &mut transposed);
    conv.input_gradient(&dy, &transposed, Some(&x), &mut dx, &mut Workspace::default());
    assert_eq!(dx, expected);
}

#[test]
fn a_nan_reaches_every_window_it_is_in_and_no_other() {
    let conv =
        Conv { height: 5, width: 5, channels: 1, kernel: 3, stride: 2, padding: 1, filters: 1, relu: true };
    let mut x = [1f32; 25];
    x[2 * 5 + 2] = f32::NAN;
    let mut y = [0.0; 9];
    conv.forward(&x, &[1.0; 9], None, &mut y, &mut Workspace::default());
    let nan: Vec<usize> = (0..9).filter(|&i| y[i].is_nan()).collect();
    assert_eq!(nan, [4]);
}

#[test]
fn windows_that_do_not_fit_are_left_out() {
    let conv = |height, kernel, stride, padding| Conv {
        height,
        width: height,
        channels: 1,
        kernel,
        stride,
        padding,
        filters: 1,
        relu: false,
    };
    for (height, kernel, stride, padding, output) in [
        (32, 3, 1, 1, 32),
        (32, 3, 2, 1, 16),
        (224, 7, 2, 3, 112),
        (5, 2, 2, 0, 2),
        (1, 1, 5, 0, 1),
        (6, 2, 5, 0, 1),
        (7, 2, 5, 0, 2),
        (3, 4, 1, 0, 0),
    ] {
        assert_eq!(conv(height, kernel, stride, padding).output(), (output, output));
    }
}
