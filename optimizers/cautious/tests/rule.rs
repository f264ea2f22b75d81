//! Against the authors' code, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*cautious::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&cautious::FAMILY, include_str!("traces/cautious-adamw.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// β₁ = ½, β₂ = 0: after 4 the momentum is 2, then ½·2 − ½·1 > 0 against a gradient of −1: no step.
#[test]
fn a_step_up_the_gradient_is_left_out() {
    let hyper = json!({"learning_rate": 0.25, "beta1": 0.5, "beta2": 0, "eps": 1e-300});
    // √(1 − β₂)/(1 − β₁) = 2: the first step is 0.25 · 2 · 2/4.
    close(&path(hyper, &[4.0, -1.0]), &[0.75, 0.75]);
}

/// Where all agree it is AdamW; where half of a tensor agrees, that half goes twice as far.
#[test]
fn the_steps_left_make_up_for_those_left_out() {
    let hyper = json!({"learning_rate": 0.25, "beta1": 0.5, "beta2": 0, "eps": 1e-300});
    let layout = rule::Layout::new([("w", vec![2])]);
    let mut optimizer = cautious::FAMILY.parse(&hyper).unwrap().optimizer_f64(&layout, 2);
    let mut theta = [1.0, 1.0];
    optimizer.step(&mut theta, &[4.0, 4.0]);
    close(&theta, &[0.75, 0.75]);
    // Momenta 2·½ + ½·(−1) = ½ and 2·½ + ½·2 = 2; the second goes 0.25 · (4/3) · 2 · 2/2.
    optimizer.step(&mut theta, &[-1.0, 2.0]);
    close(&theta, &[0.75, 0.75 - 0.25 * 4.0 / 3.0 * 2.0]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0.05})] {
        for check in conformance::run(&*cautious::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
