//! Against the authors' package, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*prodigy::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&prodigy::FAMILY, include_str!("traces/prodigy.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// c = 0 keeps d at d₀: Adam without bias corrections at the rate γd₀ (d cancels). The first step of Adam without corrections is
/// (1 − β₁)/√(1 − β₂).
#[test]
fn a_fixed_estimate_is_adam() {
    let hyper = json!({"d0": 0.125, "d_coef": 0, "eps": 1e-300, "beta1": 0.5, "beta2": 0.75});
    close(&path(hyper, &[3.0]), &[1.0 - 0.125 * 0.5 / 0.25_f64.sqrt()]);
}

/// Two steps of the gradient 1 from θ₀ = 1 with β₂ = ¼ (β₃ = ½), β₁ = 0, d₀ = ½, γ = 1.
#[test]
fn the_estimate_by_hand() {
    let hyper = json!({"d0": 0.5, "eps": 1e-300, "beta1": 0, "beta2": 0.25});
    // First: r = 0, s = ½, d stays; v = ¾·¼; θ moves by d m/√v = ½·½/√(3/16).
    let first = 0.25 / (3.0_f64 / 16.0).sqrt();
    // Second: r = 0 + ½·1·first (d/d₀ = 1), s = ¼ + ½ = ¾; d̂ = ½ first/¾ < ½: d stays; v = ¼·3/16 + 3/16.
    assert!(0.5 * first / 0.75 < 0.5);
    let second = 0.25 / (15.0_f64 / 64.0).sqrt();
    // Third: r = ½·(½ first) + ½·(first + second), s = ⅜ + ½ = ⅞.
    let r = 0.25 * first + 0.5 * (first + second);
    let d = r / 0.875;
    assert!(d > 0.5);
    // Its step still has the old d; the fourth has the new one in the gradient: v = ¼v + ¾d², θ moves by d·d/√v.
    let v3 = 0.25 * 15.0 / 64.0 + 0.75 * 0.25;
    let third = 0.25 / f64::sqrt(v3);
    let v4 = 0.25 * v3 + 0.75 * d * d;
    let fourth = d * d / v4.sqrt();
    let expected = [first, second, third, fourth];
    let path = path(hyper, &[1.0; 4]);
    let mut theta = 1.0;
    for (actual, step) in path.iter().zip(expected) {
        theta -= step;
        close(&[*actual], &[theta]);
    }
}

/// Before the first gradient nothing moves and nothing decays.
#[test]
fn it_waits_for_a_gradient() {
    close(&path(json!({"weight_decay": 0.5, "d0": 0.5}), &[0.0, 0.0]), &[1.0, 1.0]);
}

#[test]
fn conformance_kit() {
    for hyper in
        [json!({}), json!({"d0": 0.001, "weight_decay": 0.01, "safeguard": true, "bias_correction": true})]
    {
        for check in conformance::run(&*prodigy::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
