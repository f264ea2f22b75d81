//! Against the authors' code, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*mars::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&mars::FAMILY, include_str!("traces/mars.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// One weight is a tensor whose norm is the gradient's size: without correction 4 is clipped to 1 and 0.25 is not.
#[test]
fn steps_by_hand() {
    let hyper = json!({"learning_rate": 0.5, "beta1": 0, "beta2": 0, "eps": 1, "zeta": 0});
    close(&path(hyper, &[4.0, -0.25]), &[0.75, 0.75 + 0.5 * 0.25 / 1.25]);
    // β₁ = ½, ζ = 1: c = g + (g − p): 2·0.25, then 0.25.
    let corrected = json!({"learning_rate": 1, "beta1": 0.5, "beta2": 0, "eps": 1, "zeta": 1});
    let first = 0.5 / 1.5;
    // m = ¼, then ⅛ + ⅛ = ¼; m̂ = ¼ · 4/3; v = 1/16.
    let second = (0.25 * 4.0 / 3.0) / 1.25;
    close(&path(corrected, &[0.25, 0.25]), &[1.0 - first, 1.0 - first - second]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0.05})] {
        for check in conformance::run(&*mars::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
