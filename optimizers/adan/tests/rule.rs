//! Against the authors' code, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*adan::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&adan::FAMILY, include_str!("traces/adan.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// All memories 0: the mean is g, the difference δ has no weight, and the square is g².
#[test]
fn steps_by_hand() {
    let sign = json!({"learning_rate": 0.25, "beta1": 0, "beta2": 0, "beta3": 0, "eps": 1e-300});
    close(&path(sign, &[3.0, -5.0]), &[0.75, 1.0]);
    // β₂ = ½: after 2 and 4, δ = 2, d = 1, d̂ = 4/3; √n = 4 + ½·2; a step of (4 + ½·4/3)/5.
    let ahead = json!({"learning_rate": 1, "beta1": 0, "beta2": 0.5, "beta3": 0, "eps": 1e-300});
    close(&path(ahead, &[2.0, 4.0]), &[0.0, -(4.0 + 2.0 / 3.0) / 5.0]);
    // Proximal decay divides.
    let decayed = json!({"learning_rate": 0.5, "weight_decay": 2});
    close(&path(decayed, &[0.0]), &[0.5]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0.02})] {
        for check in conformance::run(&*adan::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
