//! Against lion-pytorch, and signSGD with momentum of pytorch_optimizer, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*lion::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectories() {
    for text in [include_str!("traces/lion.json"), include_str!("traces/signum.json")] {
        let report = replay(&lion::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

/// β₁ = ½, β₂ = ¾: the momentum after the gradient 4 is 1, and outweighs a gradient of −1/2 but not one of −2.
#[test]
fn steps_by_hand() {
    let hyper = || json!({"learning_rate": 0.25, "beta1": 0.5, "beta2": 0.75});
    close(&path(hyper(), &[4.0, -0.5]), &[0.75, 0.5]);
    close(&path(hyper(), &[4.0, -2.0]), &[0.75, 1.0]);
    // No gradient, no step: sign(0) = 0.
    close(&path(hyper(), &[0.0]), &[1.0]);
    let decayed = json!({"learning_rate": 0.25, "beta1": 0, "beta2": 0, "weight_decay": 2});
    close(&path(decayed, &[1.0]), &[0.25]);
}

/// A positive factor on all gradients changes nothing; a power of two not a single bit.
#[test]
fn the_scale_of_gradients_does_not_matter() {
    let gradients = [0.3, -0.2, 0.25, -1.5, 0.01];
    let scaled = gradients.map(|g| 1024.0 * g);
    assert_eq!(path(json!({}), &gradients), path(json!({}), &scaled));
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"beta1": 0.95, "beta2": 0.98, "weight_decay": 0.1}),
        json!({"beta1": 0.9, "beta2": 0.9}),
    ] {
        for check in conformance::run(&*lion::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
