//! Against the authors' code, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*ademamix::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&ademamix::FAMILY, include_str!("traces/ademamix.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// β₁ = 0 = β₂: the fast part is the sign of g; the slow one, ½ of it, has weight α = 4.
#[test]
fn steps_by_hand() {
    let hyper =
        json!({"learning_rate": 0.125, "beta1": 0, "beta2": 0, "beta3": 0.5, "alpha": 4, "eps": 1e-300});
    close(&path(hyper, &[2.0]), &[1.0 - 0.125 * (2.0 + 4.0 * 1.0) / 2.0]);
    // The warm-up of four steps gives the first a quarter of α.
    let warm = json!({"learning_rate": 0.125, "beta1": 0, "beta2": 0, "beta3": 0.5, "alpha": 4, "alpha_warmup": 4, "eps": 1e-300});
    close(&path(warm, &[2.0]), &[1.0 - 0.125 * (2.0 + 1.0 * 1.0) / 2.0]);
}

/// The half-life of the slow memory rises linearly: halfway between those of 0.5 (1 step) and 0.875 (5.19 steps).
#[test]
fn the_memory_grows_by_its_half_life() {
    // One step of a warm-up of two, gradient 1, α = 1, fast part 0 after its own weight is taken away.
    let hyper = json!({"learning_rate": 1, "beta1": 0.5, "beta2": 0, "beta3": 0.875, "alpha": 1, "beta3_warmup": 2, "eps": 1e-300});
    let life = |beta: f64| 0.5_f64.ln() / (beta + 1e-8).ln() - 1.0;
    let memory = 0.5_f64.powf(1.0 / (0.5 * life(0.5) + 0.5 * life(0.875) + 1.0));
    close(&path(hyper, &[1.0]), &[1.0 - 1.0 - (1.0 - memory)]);
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"alpha_warmup": 20, "beta3_warmup": 30, "weight_decay": 0.01})] {
        for check in conformance::run(&*ademamix::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
