//! Against PyTorch, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*radam::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-13, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = replay(&radam::FAMILY, include_str!("traces/radam.json")).unwrap();
    assert!(report.passed(), "{report:?}");
}

/// β₂ = 0.999 leaves the first five steps to the mean alone: with equal gradients each is γg.
#[test]
fn the_first_five_steps_do_not_adapt() {
    let path = path(json!({"learning_rate": 0.125}), &[4.0; 6]);
    close(&path[..5], &[0.5, 0.0, -0.5, -1.0, -1.5]);
    // ρ_6 = 1999 − 12·0.999⁶/(1 − 0.999⁶) and r from it; m̂ = 4 and √v̂ = 4.
    let memory = 0.999_f64.powi(6);
    let rho = 1999.0 - 12.0 * memory / (1.0 - memory);
    let r = ((rho - 4.0) * (rho - 2.0) * 1999.0 / (1995.0 * 1997.0 * rho)).sqrt();
    assert!((path[5] - (-1.5 - 0.125 * r)).abs() < 1e-6, "{path:?}");
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"weight_decay": 0.01, "decay": "decoupled", "beta2": 0.9})] {
        for check in conformance::run(&*radam::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
