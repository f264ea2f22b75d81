//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::Method;
use rule::conformance::{self, replay};
use serde_json::{Value, json};

fn method(hyper: Value) -> Box<dyn Method> {
    adagrad::FAMILY.parse(&hyper).unwrap()
}

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*method(hyper), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn torch_traces() {
    for text in [include_str!("traces/adagrad.json"), include_str!("traces/adagrad-decay.json")] {
        let report = replay(&adagrad::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

/// Gradients 3, 4, 12: the roots of s are the Pythagorean 3, 5, 13; ε = 1.
#[test]
fn three_steps_by_hand() {
    let g = [3.0, 4.0, 12.0];
    let steps = [3.0 / 4.0, 4.0 / 6.0, 12.0 / 14.0];
    let plain = json!({"learning_rate": 0.5, "eps": 1});
    close(
        &path(plain, &g),
        &[1.0 - 0.5 * steps[0], 1.0 - 0.5 * (steps[0] + steps[1]), 1.0 - 0.5 * steps.iter().sum::<f64>()],
    );
    // δ = 1 divides by 1, 2, 3.
    let decayed = steps[0] + steps[1] / 2.0 + steps[2] / 3.0;
    let last = path(json!({"learning_rate": 0.5, "eps": 1, "lr_decay": 1}), &g)[2];
    close(&[last], &[1.0 - 0.5 * decayed]);
    // s starts at 16: the root of 16 + 9 is 5.
    close(&path(json!({"learning_rate": 0.5, "eps": 1, "initial_accumulator": 16}), &g[..1]), &[0.75]);
    // d = 1 + 2 · 1 = 3.
    close(&path(json!({"learning_rate": 0.5, "eps": 1, "weight_decay": 2}), &[1.0]), &[0.625]);
}

/// A constant gradient without ε gives θₖ − θₖ₊₁ = γ/√(k+1).
#[test]
fn a_constant_gradient_gives_inverse_root_steps() {
    let path = path(json!({"learning_rate": 0.25, "eps": 1e-300}), &[-7.0; 4]);
    let mut expected = 1.0;
    for (k, theta) in path.into_iter().enumerate() {
        expected += 0.25 / (k as f64 + 1.0).sqrt();
        close(&[theta], &[expected]);
    }
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"lr_decay": 0.1, "initial_accumulator": 0.1, "weight_decay": 0.01})] {
        for check in conformance::run(&*method(hyper.clone())) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
