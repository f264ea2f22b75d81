//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*rmsprop::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectories() {
    for text in [include_str!("traces/rmsprop.json"), include_str!("traces/rmsprop-centered-momentum.json")] {
        let report = replay(&rmsprop::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

/// α = 3/4 and gradients 2, then 2: v = 1, then 7/4; ε = 1 makes the first divisor 2.
#[test]
fn steps_by_hand() {
    let plain = json!({"learning_rate": 0.5, "alpha": 0.75, "eps": 1});
    let second = 2.0 / (1.75_f64.sqrt() + 1.0);
    close(&path(plain, &[2.0, 2.0]), &[0.5, 0.5 - 0.5 * second]);
    // With momentum ½ the first step, 1, comes again by half.
    let momentum = json!({"learning_rate": 0.5, "alpha": 0.75, "eps": 1, "momentum": 0.5});
    close(&path(momentum, &[2.0, 2.0]), &[0.5, 0.5 - 0.5 * (0.5 + second)]);
    // Centred: a = ½, v − a² = 1 − ¼.
    let centered = json!({"learning_rate": 0.5, "alpha": 0.75, "eps": 1, "centered": true});
    close(&path(centered, &[2.0]), &[1.0 - 0.5 * 2.0 / (0.75_f64.sqrt() + 1.0)]);
}

/// Without memory and without ε it is sign descent.
#[test]
fn without_memory_the_sign_is_left() {
    close(
        &path(json!({"learning_rate": 0.25, "alpha": 0, "eps": 1e-300}), &[7.0, -3.0, 0.5]),
        &[0.75, 1.0, 0.75],
    );
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"momentum": 0.9, "centered": true, "weight_decay": 0.01}),
        json!({"momentum": 0.9}),
        json!({"centered": true}),
    ] {
        for check in conformance::run(&*rmsprop::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
