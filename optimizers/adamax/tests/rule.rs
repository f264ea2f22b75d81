//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*adamax::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&adamax::FAMILY, include_str!("traces/adamax.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// β₂ = ½: the gradients 4 and 1 have the norms 4 and max(2, 1).
#[test]
fn steps_by_hand() {
    let hyper = json!({"learning_rate": 1, "beta1": 0, "beta2": 0.5, "eps": 1e-300});
    close(&path(hyper, &[4.0, 1.0, -8.0]), &[0.0, -0.5, 0.5]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0.01})] {
        for check in conformance::run(&*adamax::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
