//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::{Layout, Method};
use serde_json::{Value, json};

fn method(hyper: Value) -> Box<dyn Method> {
    adam::FAMILY.parse(&hyper).unwrap()
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
        include_str!("traces/adam.json"),
        include_str!("traces/adam-amsgrad.json"),
        include_str!("traces/adamw.json"),
    ] {
        let report = replay(&adam::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

/// β₁ = 1/2, β₂ = 3/4, ε = 1, γ = 1 and gradients 2, −2, 4: m = 1, −1/2, 7/4; v = 1, 7/4, 85/16;
/// 1 − β₁ᵏ = 1/2, 3/4, 7/8; 1 − β₂ᵏ = 1/4, 7/16, 37/64.
#[test]
fn three_steps_by_hand() {
    let hyper = json!({"learning_rate": 1, "beta1": 0.5, "beta2": 0.75, "eps": 1});
    let first: f64 = 1.0 - 2.0 / (2.0 + 1.0);
    let second = first + (0.5 / 0.75) / (2.0 + 1.0); // √(7/4 ÷ 7/16) = 2
    let third = second - 2.0 / ((85.0f64 / 16.0 / (37.0 / 64.0)).sqrt() + 1.0);
    close(&path(hyper, &[2.0, -2.0, 4.0]), &[first, second, third]);
}

/// With ε negligible the first step has length γ whatever the gradient; a constant gradient keeps it so.
#[test]
fn a_constant_gradient_moves_by_the_learning_rate() {
    let hyper = json!({"learning_rate": 0.125, "eps": 1e-300});
    close(&path(hyper.clone(), &[1e-3; 3]), &[0.875, 0.75, 0.625]);
    close(&path(hyper, &[-1e3; 3]), &[1.125, 1.25, 1.375]);
}

/// After a large gradient AMSGrad remembers it: v̂ stays 1 while v shrinks to 3/4, 9/16.
#[test]
fn amsgrad_remembers_the_largest_mean_square() {
    let hyper = json!({"learning_rate": 1, "beta1": 0, "beta2": 0.75, "eps": 1, "amsgrad": true});
    let mut optimizer = method(hyper).optimizer_f64(&Layout::flat(1), 3);
    let mut theta = [1.0];
    for g in [2.0, 0.0, 0.0] {
        optimizer.step(&mut theta, &[g]);
    }
    let state = optimizer.export();
    assert_eq!((state.states["v"][0], state.states["v_hat"][0]), (0.5625, 1.0));
}

/// Without a gradient decoupled decay is θ ← (1 − γλ)θ; coupled decay is a gradient of its own and moves by γ.
#[test]
fn the_two_kinds_of_decay_differ() {
    let hyper =
        |decay: &str| json!({"learning_rate": 0.5, "eps": 1e-300, "weight_decay": 0.25, "decay": decay});
    close(&path(hyper("decoupled"), &[0.0]), &[0.875]);
    close(&path(hyper("coupled"), &[0.0]), &[0.5]);
}

#[test]
fn betas_are_checked() {
    for key in ["beta1", "beta2"] {
        let message = adam::FAMILY.parse(&json!({key: 1})).unwrap_err().to_string();
        assert!(message.contains(key) && message.contains("[0, 1)"), "{message}");
    }
    let message = adam::FAMILY.parse(&json!({"decay": "cuopled"})).unwrap_err().to_string();
    assert!(message.contains("key `decay`") && message.contains("one of coupled, decoupled"), "{message}");
}

#[test]
fn a_kind_of_decay_needs_a_decay() {
    let message = adam::FAMILY.parse(&json!({"decay": "decoupled"})).unwrap_err().to_string();
    assert!(message.contains("key `decay`") && message.contains("weight_decay > 0"), "{message}");
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"amsgrad": true, "weight_decay": 0.01}),
        json!({"weight_decay": 0.01, "decay": "decoupled", "schedule": {"kind": "cosine"}}),
    ] {
        for check in conformance::run(&*method(hyper.clone())) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
