//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*nadam::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&nadam::FAMILY, include_str!("traces/nadam.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// Without momentum decay μ = β₁/2 at every step: β₁ = ½ makes it ¼, P = ¼ and 1/16. β₂ = 0 divides by the gradient.
#[test]
fn steps_by_hand() {
    let hyper = json!({"learning_rate": 1, "beta1": 0.5, "beta2": 0, "eps": 1e-300, "momentum_decay": 0});
    // m = 1: (1 − ¼)/(1 − ¼) · 2 + ¼/(1 − 1/16) · 1, over 2.
    let first = (2.0 + 0.25 / (15.0 / 16.0)) / 2.0;
    // m = 3/2: (3/4)/(15/16) · 2 + ¼/(63/64) · 3/2, over 2.
    let second = (0.75 / (15.0 / 16.0) * 2.0 + 0.25 / (63.0 / 64.0) * 1.5) / 2.0;
    close(&path(hyper, &[2.0, 2.0]), &[1.0 - first, 1.0 - first - second]);
}

/// With decoupled decay and no gradient, weights shrink by 1 − γλ.
#[test]
fn decoupled_decay_alone() {
    let hyper = json!({"learning_rate": 0.5, "weight_decay": 0.5, "decay": "decoupled"});
    close(&path(hyper, &[0.0, 0.0]), &[0.75, 0.5625]);
}

#[test]
fn conformance_kit() {
    for hyper in
        [json!({}), json!({"weight_decay": 0.01, "decay": "decoupled"}), json!({"weight_decay": 0.01})]
    {
        for check in conformance::run(&*nadam::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
