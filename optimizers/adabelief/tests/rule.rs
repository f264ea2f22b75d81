//! Against the authors' package, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*adabelief::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&adabelief::FAMILY, include_str!("traces/adabelief.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// β₁ = ½ and a first gradient of 2: m = 1, the residual is 1; β₂ = 0 makes s = 1 + ε, and ε = 1 is added to its root again.
#[test]
fn steps_by_hand() {
    let hyper = json!({"learning_rate": 1, "beta1": 0.5, "beta2": 0, "eps": 1});
    close(&path(hyper, &[2.0]), &[1.0 - 2.0 / (2.0_f64.sqrt() + 1.0)]);
}

/// Gradients that do not change leave a square that is ε alone: steps grow as they should, and stay finite.
#[test]
fn a_believed_gradient_makes_long_steps() {
    let path = path(json!({"learning_rate": 1e-3, "beta1": 0, "eps": 1e-8}), &[1.0; 200]);
    let (first, last) = (1.0 - path[0], path[198] - path[199]);
    assert!(path.iter().all(|x| x.is_finite()) && last > first, "{first} {last}");
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"eps": 1e-8, "weight_decay": 0.01})] {
        for check in conformance::run(&*adabelief::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
