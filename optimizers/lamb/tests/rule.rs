//! Against timm, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*lamb::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&lamb::FAMILY, include_str!("traces/lamb.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// A tensor (3, 4) of norm 5 moves by γ · 5, whatever the gradient's size; a tensor of zeros by γ times the step itself.
#[test]
fn steps_are_as_long_as_the_weights() {
    let hyper = json!({"learning_rate": 0.125, "weight_decay": 0});
    for scale in [1.0, 1e3] {
        let layout = rule::Layout::new([("w", vec![2]), ("zero", vec![2])]);
        let mut optimizer = lamb::FAMILY.parse(&hyper).unwrap().optimizer_f64(&layout, 1);
        let mut theta = [3.0, 4.0, 0.0, 0.0];
        optimizer.step(&mut theta, &[scale, -scale, scale, scale]);
        let moved = ((theta[0] - 3.0_f64).powi(2) + (theta[1] - 4.0_f64).powi(2)).sqrt();
        assert!((moved - 0.125 * 5.0).abs() < 1e-12, "{moved}");
        assert!((theta[2] + 0.125).abs() < 1e-6, "{theta:?}");
    }
}

/// A single weight of size 1 without decay: every step is γ against the sign.
#[test]
fn steps_by_hand() {
    let path = path(json!({"learning_rate": 0.5, "weight_decay": 0}), &[2.0, 2.0]);
    close(&path, &[0.5, 0.25]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0})] {
        for check in conformance::run(&*lamb::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
