//! Against PyTorch, its bfloat16 iteration run in double precision, against hand computations, and the conformance kit.

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
    muon::FAMILY.parse_with(hyper, &other).unwrap()
}

/// Without iterations what is left is the momentum over its norm: (3, 4) is (0.6, 0.8). One input and two outputs make s = √2.
#[test]
fn steps_by_hand() {
    let hyper = json!({"learning_rate": 0.5, "momentum": 0, "iterations": 0, "scale": "original", "weight_decay": 0.5});
    let mut optimizer = parse(&hyper).optimizer_f64(&Layout::new([("w", vec![1, 2])]), 1);
    let mut theta = [1.0, 1.0];
    optimizer.step(&mut theta, &[3.0, 4.0]);
    let root = 0.5 * 2.0_f64.sqrt();
    assert!(
        (theta[0] - (0.75 - 0.6 * root)).abs() < 1e-15 && (theta[1] - (0.75 - 0.8 * root)).abs() < 1e-15,
        "{theta:?}"
    );
}

/// Five iterations bring the singular values of a matrix with values 1 and 0.2 (of norm 1.02) near 1.
#[test]
fn singular_values_come_near_one() {
    let hyper =
        json!({"learning_rate": 1, "momentum": 0, "nesterov": false, "scale": "spectral", "weight_decay": 0});
    let mut optimizer = parse(&hyper).optimizer_f64(&Layout::new([("w", vec![2, 2])]), 1);
    let mut theta = [0.0; 4];
    // Turned by 45° on the left: columns (1, 1)/√2 and (−0.2, 0.2)/√2.
    let half = 0.5_f64.sqrt();
    optimizer.step(&mut theta, &[half, -0.2 * half, half, 0.2 * half]);
    let lengths = [theta[0].hypot(theta[2]), theta[1].hypot(theta[3])];
    assert!(lengths.iter().all(|length| (0.68..1.14).contains(length)), "{lengths:?}");
    assert!((theta[0] * theta[1] + theta[2] * theta[3]).abs() < 1e-12, "columns stay at right angles");
}

/// Tables, the last layer and vectors are Adam's; the fallback takes the matrices' learning rate unless it has its own.
#[test]
fn what_is_left_goes_to_the_fallback() {
    let mut layout = Layout::new([("table", vec![3, 2])]);
    layout.mark(rule::Role::Embedding);
    for (name, shape) in [("inner", vec![2, 2]), ("bias", vec![2]), ("out", vec![2, 4]), ("shift", vec![4])] {
        layout.push(name, shape);
    }
    layout.mark_output();
    let method = parse(&json!({"learning_rate": 0.125}));
    assert_eq!(method.hyper()["fallback"]["learning_rate"], 0.125);
    assert_eq!(method.states(), ["m", "rest_m", "rest_v"]);
    let mut optimizer = method.optimizer_f64(&layout, 1);
    let mut theta = vec![0.0; layout.len()];
    optimizer.step(&mut theta, &vec![1.0; layout.len()]);
    for slot in layout.slots() {
        // Adam's first step is the learning rate; Muon's is shared by four elements of a matrix of rank one: ½ · 0.2 √2.
        let adams = theta[slot.range()].iter().all(|x| (x + 0.125).abs() < 1e-6);
        assert_eq!(adams, slot.name != "inner", "{}: {:?}", slot.name, &theta[slot.range()]);
    }
    assert_eq!(optimizer.export().states["rest_m"].len(), layout.len() - 4);
}

#[test]
fn a_fallback_is_a_map_with_an_optimizer() {
    let refuse = |hyper: Value| muon::FAMILY.parse_with(&hyper, &other).unwrap_err().to_string();
    for fallback in [json!(null), json!("adam"), json!({"beta1": 0.9})] {
        let message = refuse(json!({"fallback": fallback}));
        assert!(message.contains("`fallback`") && message.contains("optimizer: adam"), "{message}");
    }
    let message = refuse(json!({"fallback": {"optimizer": "adam", "beta9": 1}}));
    assert!(message.contains("unknown key `fallback.beta9` (did you mean `beta"), "{message}");
}

#[test]
fn recorded_trajectory() {
    let report = conformance::replay_with(&muon::FAMILY, include_str!("traces/muon.json"), &other).unwrap();
    assert!(report.passed(), "{report:?}");
}

#[test]
fn conformance_kit() {
    for hyper in [json!({}), json!({"nesterov": false, "scale": "original"})] {
        for check in conformance::run(&*parse(&hyper)) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
