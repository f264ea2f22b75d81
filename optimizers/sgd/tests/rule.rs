//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::Method;
use rule::conformance::{self, replay};
use serde_json::{Value, json};

fn method(hyper: Value) -> Box<dyn Method> {
    sgd::FAMILY.parse(&hyper).unwrap()
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
    for text in [
        include_str!("traces/sgd.json"),
        include_str!("traces/sgd-momentum.json"),
        include_str!("traces/sgd-nesterov.json"),
    ] {
        let report = replay(&sgd::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

#[test]
fn three_steps_by_hand() {
    let g = [1.0, 2.0, -1.0];
    close(&path(json!({"learning_rate": 0.1}), &g), &[0.9, 0.7, 0.8]);
    // b = 1, 2.5, 0.25
    close(&path(json!({"learning_rate": 0.1, "momentum": 0.5}), &g), &[0.9, 0.65, 0.625]);
    // d + 0.5 b = 1.5, 3.25, -0.875
    close(
        &path(json!({"learning_rate": 0.1, "momentum": 0.5, "nesterov": true}), &g),
        &[0.85, 0.525, 0.6125],
    );
    // b = 1, 0.5 + 0.75 · 2 = 2, 1 - 0.75 = 0.25
    close(&path(json!({"learning_rate": 0.1, "momentum": 0.5, "dampening": 0.25}), &g), &[0.9, 0.7, 0.675]);
    // d = g + 0.5 θ = 1.5, 2.425
    close(&path(json!({"learning_rate": 0.1, "weight_decay": 0.5}), &g[..2]), &[0.85, 0.6075]);
}

/// With a constant gradient, dampening τ = μ makes b a mean of equal numbers: momentum changes nothing.
#[test]
fn a_damped_mean_of_equal_gradients_is_plain_descent() {
    let g = [2.0; 20];
    close(
        &path(json!({"learning_rate": 0.01, "momentum": 0.75, "dampening": 0.75}), &g),
        &path(json!({"learning_rate": 0.01}), &g),
    );
}

#[test]
fn nesterov_needs_momentum_without_dampening() {
    for hyper in [json!({"nesterov": true}), json!({"nesterov": true, "momentum": 0.9, "dampening": 0.1})] {
        let message = sgd::FAMILY.parse(&hyper).unwrap_err().to_string();
        assert!(message.contains("key `nesterov`") && message.contains("momentum > 0"), "{message}");
    }
}

#[test]
fn dampening_needs_momentum() {
    let message = sgd::FAMILY.parse(&json!({"dampening": 0.5})).unwrap_err().to_string();
    assert!(message.contains("key `dampening`: 0.5") && message.contains("momentum > 0"), "{message}");
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"momentum": 0.9}),
        json!({"momentum": 0.9, "nesterov": true, "weight_decay": 0.01}),
        json!({"momentum": 0.9, "dampening": 0.5, "schedule": {"kind": "cosine"}}),
    ] {
        for check in conformance::run(&*method(hyper.clone())) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
