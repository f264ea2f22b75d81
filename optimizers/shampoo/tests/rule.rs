//! Against pytorch_optimizer, against hand computations, and the conformance kit.

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
    shampoo::FAMILY.parse_with(hyper, &other).unwrap()
}

/// A single number is Adagrad's: L = R = ε + Σ g², and two fourth roots are one square root.
#[test]
fn a_number_is_adagrads() {
    let hyper = json!({"learning_rate": 0.5, "eps": 7});
    for shape in [vec![1, 1], vec![1]] {
        let mut optimizer = parse(&hyper).optimizer_f64(&Layout::new([("w", shape)]), 2);
        let mut theta = [1.0];
        // 7 + 9 = 16, then 16 + 9 = 25.
        optimizer.step(&mut theta, &[3.0]);
        assert!((theta[0] - (1.0 - 0.5 * 3.0 / 4.0)).abs() < 1e-14, "{theta:?}");
        optimizer.step(&mut theta, &[-3.0]);
        assert!((theta[0] - (1.0 - 0.5 * 3.0 / 4.0 + 0.5 * 3.0 / 5.0)).abs() < 1e-14, "{theta:?}");
    }
}

/// Gradients on the diagonal are stepped each by itself: 2/√(ε + 4) and 0.5/√(ε + 0.25).
#[test]
fn diagonals_are_elementwise() {
    let mut optimizer =
        parse(&json!({"learning_rate": 1, "eps": 1})).optimizer_f64(&Layout::new([("w", vec![2, 2])]), 1);
    let mut theta = [0.0; 4];
    optimizer.step(&mut theta, &[2.0, 0.0, 0.0, 0.5]);
    let expected = [-2.0 / 5.0_f64.sqrt(), 0.0, 0.0, -0.5 / 1.25_f64.sqrt()];
    for (a, b) in theta.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{theta:?}");
    }
}

/// Tensors that are too long for it are Adagrad's.
#[test]
fn long_sides_go_to_the_fallback() {
    let hyper = json!({"learning_rate": 0.5, "max_side": 2});
    let mut optimizer =
        parse(&hyper).optimizer_f64(&Layout::new([("long", vec![3, 2]), ("w", vec![2, 2])]), 1);
    let mut theta = [0.0; 10];
    optimizer.step(&mut theta, &[1.0; 10]);
    assert!(theta[..6].iter().all(|x| (x + 0.5).abs() < 1e-9), "{theta:?}");
    assert_eq!(optimizer.export().states["rest_G"].len(), 6);
}

#[test]
fn recorded_trajectory() {
    let report =
        conformance::replay_with(&shampoo::FAMILY, include_str!("traces/shampoo.json"), &other).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"frequency": 5, "eps": 0.01})] {
        for check in conformance::run(&*parse(&hyper)) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
