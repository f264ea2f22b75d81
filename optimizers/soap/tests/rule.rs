//! Against the authors' code, its decompositions run in double precision, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance;
use rule::serde_json::{Value, json};
use rule::{HyperError, Layout, Method};

/// What the tensors are left to that the rule does not take.
fn other(name: &str, hyper: &Value) -> Result<Box<dyn Method>, HyperError> {
    match name {
        "adam" => adam::FAMILY.parse(hyper),
        _ => adagrad::FAMILY.parse(hyper),
    }
}

fn parse(hyper: &Value) -> Box<dyn Method> {
    soap::FAMILY.parse_with(hyper, &other).unwrap()
}

/// Without sides it is Adam that begins a step later, with ε beside the uncorrected root and decay after the step.
#[test]
fn without_sides_it_is_adam() {
    let hyper = json!({"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.75, "eps": 1, "weight_decay": 0.25, "max_side": 0});
    let mut optimizer = parse(&hyper).optimizer_f64(&Layout::new([("w", vec![1, 1])]), 2);
    let mut theta = [1.0];
    optimizer.step(&mut theta, &[8.0]);
    assert_eq!(theta, [1.0]);
    // m = 1, v = 1; √(1 − ¾)/(1 − ½) = 1; a step of ½ · 1/(1 + 1), then 1 − ⅛.
    optimizer.step(&mut theta, &[2.0]);
    assert!((theta[0] - 0.75 * 0.875).abs() < 1e-15, "{theta:?}");
}

/// A gradient of rank one, s u wᵀ, has one entry in its basis: the step along u wᵀ is that of a single number.
#[test]
fn a_gradient_of_rank_one_is_a_number() {
    let mut theta = [0.0; 4];
    // u = (0.6, 0.8), w = (0.8, −0.6); what is 0 but for rounding must not be divided by itself.
    let gradient = [0.48, -0.36, 0.64, -0.48];
    let hyper = json!({"learning_rate": 0.5, "beta1": 0, "beta2": 0, "eps": 1e-6, "weight_decay": 0});
    let mut optimizer = parse(&hyper).optimizer_f64(&Layout::new([("w", vec![2, 2])]), 3);
    optimizer.step(&mut theta, &gradient);
    optimizer.step(&mut theta, &gradient.map(|g| 5.0 * g));
    for (a, b) in theta.iter().zip(gradient) {
        assert!((a + 0.5 * b).abs() < 1e-6, "{theta:?}");
    }
}

#[test]
fn recorded_trajectory() {
    let report = conformance::replay_with(&soap::FAMILY, include_str!("traces/soap.json"), &other).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"max_side": 6, "frequency": 3})] {
        for check in conformance::run(&*parse(&hyper)) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
