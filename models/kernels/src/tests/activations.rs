//! Activations: PyTorch's values (`tests/pytorch/elementwise.py` is the script that wrote them), finite differences,
//! special numbers, and the same bits on every instruction set.

use super::instructions::instruction_sets;
use super::reference::{compare, dot, file, normal, numbers, same};
use crate::{Activation, Real, unrectify};

const ALL: [(Activation, &str); 5] = [
    (Activation::Rectifier, "rectifier"),
    (Activation::Gelu, "gelu"),
    (Activation::GeluTanh, "gelu_tanh"),
    (Activation::Tanh, "tanh"),
    (Activation::Silu, "silu"),
];

fn forward<F: Real>(activation: Activation, x: &[F]) -> Vec<F> {
    let mut y = vec![F::from_f64(f64::NAN); x.len()];
    activation.forward(x, &mut y);
    y
}

fn backward<F: Real>(activation: Activation, x: &[F], dy: &[F]) -> Vec<F> {
    let mut dx = vec![F::from_f64(f64::NAN); x.len()];
    activation.backward(x, &forward(activation, x), dy, &mut dx);
    dx
}

#[test]
fn have_the_values_of_pytorch() {
    for (activation, name) in ALL {
        let case = &file()["activations"][name];
        let (x, dy) = (numbers(case, "x"), numbers(case, "dy"));
        same(name, &forward(activation, &x), &numbers(case, "y"));
        same(name, &backward(activation, &x, &dy), &numbers(case, "dx"));
    }
}

#[test]
fn have_the_slopes_of_finite_differences() {
    let (x, direction) = (normal(40, "x"), normal(40, "direction"));
    for (activation, name) in ALL {
        let dx = backward(activation, &x, &direction);
        compare(name, &x, &dx, |x| dot(&forward(activation, x), &direction));
    }
}

/// `f32` against `f64`, which is the library's.
#[test]
fn single_precision_is_near_double_precision() {
    let single: Vec<f32> = (-200_000..=200_000).map(|i| i as f32 * 1e-4).collect();
    let double: Vec<f64> = single.iter().map(|&x| x.into()).collect();
    let (ones, exact_ones) = (vec![1f32; single.len()], vec![1f64; single.len()]);
    for (activation, name) in ALL {
        let values = forward(activation, &single).into_iter().zip(forward(activation, &double));
        let slopes =
            backward(activation, &single, &ones).into_iter().zip(backward(activation, &double, &exact_ones));
        for ((&x, (y, exact)), (slope, exact_slope)) in single.iter().zip(values).zip(slopes) {
            let far = (f64::from(y) - exact).abs() / (1.0 + exact.abs());
            assert!(far < 3e-7, "{name}({x}): {y} vs {exact}");
            assert!((f64::from(slope) - exact_slope).abs() < 2e-6, "{name}′({x}): {slope} vs {exact_slope}");
        }
    }
}

#[test]
fn a_nan_is_never_swallowed_and_infinity_has_its_limit() {
    for (activation, name) in ALL {
        // Each place of a register, and of what does not fill one.
        for place in 0..37 {
            let mut x = [1f32; 37];
            x[place] = f32::NAN;
            let y = forward(activation, &x);
            assert!((0..37).all(|i| y[i].is_nan() == (i == place)), "{name}");
        }
        let limit = if activation == Activation::Tanh { 1.0 } else { f32::INFINITY };
        assert_eq!(forward(activation, &[f32::INFINITY, -30.0]), [limit, limit_below(activation)], "{name}");
    }
}

/// What is left of −30.
fn limit_below(activation: Activation) -> f32 {
    match activation {
        Activation::Tanh => -1.0,
        Activation::Silu => forward(activation, &[-30f32])[0],
        _ => 0.0,
    }
}

#[test]
fn the_rectifier_is_the_one_of_products() {
    let x = [-1.0, -0.0, 0.0, 2.0, f32::NAN, f32::INFINITY];
    let dy = [-1.0, 2.0, -3.0, -4.0, 5.0, f32::NAN];
    assert_eq!(forward(Activation::Rectifier, &x)[..4], [0.0, 0.0, 0.0, 2.0]);
    let mut expected = dy;
    unrectify(&x, &mut expected);
    let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&backward(Activation::Rectifier, &x, &dy)), bits(&expected));
}

#[test]
fn have_the_same_bits_on_every_instruction_set() {
    let x: Vec<f32> = normal(1003, "x").iter().map(|&x| 4.0 * x as f32).collect();
    let dy: Vec<f32> = normal(1003, "dy").iter().map(|&x| x as f32).collect();
    for (activation, name) in ALL {
        let (y, dx) = (forward(activation, &x), backward(activation, &x, &dy));
        for set in instruction_sets() {
            let (mut other_y, mut other_dx) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
            activation.forward_on(set, &x, &mut other_y);
            activation.backward_on(set, &x, &y, &dy, &mut other_dx);
            assert!(other_y == y && other_dx == dx, "{name} on {set:?}");
        }
    }
}
