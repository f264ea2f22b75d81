//! Losses: PyTorch's values (`tests/pytorch/elementwise.py` is the script that wrote them), finite
//! differences, and special numbers.

use super::instructions::instruction_sets;
use super::reference::{compare, file, normal, numbers, same};
use crate::pointwise::{BinaryCrossEntropy, Loss, Score, SquaredError};
use crate::{Real, Scores, binary_cross_entropy, cross_entropy, squared_error};
use serde_json::Value;
use streams::Stream;

/// A loss over numbers with targets.
type Pointwise<F> = fn(&[F], &[F], F, Option<&mut [F]>) -> f64;

fn uniform(n: usize, name: &str) -> Vec<f64> {
    let mut draws = Stream::new(18, "losses", name, 0).draws(0);
    (0..n).map(|_| 0.5 + 0.5 * draws.normal().sin()).collect()
}

fn losses() -> Value {
    file()["losses"].clone()
}

#[test]
fn smoothed_cross_entropy_has_the_values_of_pytorch() {
    for case in losses()["smoothed_cross_entropy"].as_array().unwrap() {
        let labels: Vec<u32> = numbers(case, "labels").iter().map(|&x| x as u32).collect();
        let (logits, smoothing) = (numbers(case, "logits"), case["smoothing"].as_f64().unwrap());
        let mut d = vec![f64::NAN; 20];
        let scores = cross_entropy(5, smoothing, &logits, &labels, 0.25, Some(&mut d));
        same("loss", &[scores.loss / 4.0], &[case["mean_loss"].as_f64().unwrap()]);
        same("dlogits", &d, &numbers(case, "dlogits"));
    }
}

#[test]
fn smoothed_cross_entropy_has_the_slopes_of_finite_differences() {
    let (logits, labels) = (normal(15, "logits"), [2u16, 0, 4]);
    for smoothing in [0.0, 0.1, 1.0] {
        let mut d = vec![f64::NAN; 15];
        cross_entropy(5, smoothing, &logits, &labels, 0.2, Some(&mut d));
        let loss = |z: &[f64]| cross_entropy(5, smoothing, z, &labels, 0.2, None).loss;
        compare("logits", &logits, &d, |z| 0.2 * loss(z));
    }
}

/// Without smoothing the gradient is, to the bit, the softmax less the label's weight, and labels of any width are the
/// same labels.
#[test]
fn no_smoothing_is_the_plain_cross_entropy() {
    let logits: Vec<f32> = normal(30, "logits").iter().map(|&x| x as f32).collect();
    let (bytes, words) = ([9u8, 0, 4], [9u32, 0, 4]);
    let (mut d, mut again, weight) = (vec![f32::NAN; 30], vec![f32::NAN; 30], 1.0 / 3.0);
    let scores = cross_entropy(10, 0.0, &logits, &bytes, weight, Some(&mut d));
    assert_eq!(cross_entropy(10, 0.0, &logits, &words, weight, Some(&mut again)), scores);
    assert_eq!(d, again);
    let mut loss = 0.0;
    for (i, row) in logits.chunks(10).enumerate() {
        let (label, top) = (usize::from(bytes[i]), row.iter().copied().fold(f32::MIN, f32::max));
        let total = row.iter().fold(0.0, |sum, &z| sum + Real::exp(z - top));
        loss += f64::from(Real::ln(total)) + (f64::from(top) - f64::from(row[label]));
        for (class, &z) in row.iter().enumerate() {
            let share = Real::exp(z - top) * (weight / total);
            assert_eq!(d[10 * i + class], if class == label { share - weight } else { share });
        }
    }
    assert_eq!(scores.loss, loss);
}

#[test]
fn smoothing_survives_large_logits_and_keeps_nan() {
    let of = |logits: &[f32]| cross_entropy(2, 0.5, logits, &[0u8], 1.0, None);
    assert_eq!(of(&[1000.0, -1000.0]), Scores { loss: 500.0, correct: 1 });
    assert!(of(&[f32::NAN, 0.0]).loss.is_nan() && of(&[0.0, f32::NAN]).loss.is_nan());
}

#[test]
fn losses_of_numbers_have_the_values_of_pytorch() {
    let both: [(&str, Pointwise<f64>); 2] =
        [("squared_error", squared_error), ("binary_cross_entropy", binary_cross_entropy)];
    for (name, loss) in both {
        let case = &losses()[name];
        let (outputs, targets) = (numbers(case, "outputs"), numbers(case, "targets"));
        let mut d = vec![f64::NAN; outputs.len()];
        let sum = loss(&outputs, &targets, 1.0 / 3.0, Some(&mut d));
        same(name, &[sum / 3.0], &[case["loss"].as_f64().unwrap()]);
        same(name, &d, &numbers(case, "d"));
    }
}

#[test]
fn losses_of_numbers_have_the_slopes_of_finite_differences() {
    let both: [Pointwise<f64>; 2] = [squared_error, binary_cross_entropy];
    for loss in both {
        let (outputs, targets) = (normal(70, "outputs"), uniform(70, "targets"));
        let mut d = vec![f64::NAN; 70];
        loss(&outputs, &targets, 0.2, Some(&mut d));
        compare("outputs", &outputs, &d, |y| 0.2 * loss(y, &targets, 0.2, None));
    }
}

#[test]
fn losses_of_numbers_in_single_precision_are_near_those_in_double() {
    let both: [(Pointwise<f32>, Pointwise<f64>); 2] =
        [(squared_error, squared_error), (binary_cross_entropy, binary_cross_entropy)];
    let single = |x: &[f64]| -> Vec<f32> { x.iter().map(|&x| x as f32).collect() };
    let double = |x: &[f32]| -> Vec<f64> { x.iter().map(|&x| x.into()).collect() };
    let (outputs, targets) = (single(&normal(1003, "outputs")), single(&uniform(1003, "targets")));
    for (ours, exact) in both {
        let (mut d, mut exact_d) = (vec![f32::NAN; 1003], vec![f64::NAN; 1003]);
        let sum = ours(&outputs, &targets, 0.5, Some(&mut d));
        assert_eq!(sum, ours(&outputs, &targets, 0.5, None));
        let exact_sum = exact(&double(&outputs), &double(&targets), 0.5, Some(&mut exact_d));
        assert!((sum - exact_sum).abs() < 1e-7 * exact_sum, "{sum} vs {exact_sum}");
        assert!(d.iter().zip(&exact_d).all(|(&a, b)| (f64::from(a) - b).abs() < 2e-7 * (1.0 + b.abs())));
    }
}

#[test]
fn binary_cross_entropy_survives_large_logits() {
    for (logit, target, loss, slope) in [
        (1000f32, 1f32, 0.0, 0.0),
        (1000.0, 0.0, 1000.0, 1.0),
        (-1000.0, 0.0, 0.0, 0.0),
        (-1000.0, 1.0, 1000.0, -1.0),
    ] {
        let mut d = [f32::NAN];
        assert_eq!(binary_cross_entropy(&[logit], &[target], 1.0, Some(&mut d)), loss);
        assert_eq!(d, [slope]);
    }
}

#[test]
fn a_nan_is_never_swallowed() {
    let both: [Pointwise<f32>; 2] = [squared_error, binary_cross_entropy];
    for place in 0..70 {
        let mut x = [0.5f32; 70];
        x[place] = f32::NAN;
        for loss in both {
            let mut d = [0.0; 70];
            assert!(loss(&x, &[0.25; 70], 1.0, Some(&mut d)).is_nan());
            assert!((0..70).all(|i| d[i].is_nan() == (i == place)));
        }
    }
}

/// On every instruction set, the loss and the gradient that `expected` says.
fn expect<L: Loss>(loss: impl Fn() -> L, outputs: &[f32], targets: &[f32], expected: (f64, &[f32])) {
    for set in instruction_sets() {
        let mut d = vec![f32::NAN; outputs.len()];
        let score = Score { loss: loss(), outputs, targets, weight: 0.3, d: Some(&mut d) };
        assert_eq!((set.dispatch(score), &d[..]), expected, "{set:?}");
    }
}

#[test]
fn have_the_same_bits_on_every_instruction_set() {
    let single = |x: &[f64]| -> Vec<f32> { x.iter().map(|&x| x as f32).collect() };
    let (outputs, targets) = (single(&normal(1003, "outputs")), single(&uniform(1003, "targets")));
    let mut d = vec![f32::NAN; 1003];
    let sum = squared_error(&outputs, &targets, 0.3, Some(&mut d));
    expect(|| SquaredError, &outputs, &targets, (sum, &d));
    let sum = binary_cross_entropy(&outputs, &targets, 0.3, Some(&mut d));
    expect(|| BinaryCrossEntropy, &outputs, &targets, (sum, &d));
}
