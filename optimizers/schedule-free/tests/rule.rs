//! Against the authors' package, the weights to evaluate included, against hand computations, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::serde_json::{Value, json};

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*schedule_free::FAMILY.parse(&hyper).unwrap(), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

#[test]
fn recorded_trajectories() {
    for text in
        [include_str!("traces/schedule-free-sgd.json"), include_str!("traces/schedule-free-adamw.json")]
    {
        let report = replay(&schedule_free::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

/// SGD, β₁ = ½, γ = ½: c = 1, ½, … with a constant step size. θ₀ = z = x = 1.
#[test]
fn steps_by_hand() {
    let hyper = json!({"base": "sgd", "learning_rate": 0.5, "beta1": 0.5});
    // First: z = ½ = x = θ. Second, gradient 1: z = 0, x = ½·½ + ½·0 = ¼, θ = ½·¼ + ½·0.
    close(&path(hyper.clone(), &[1.0, 1.0]), &[0.5, 0.125]);
    let method = schedule_free::FAMILY.parse(&hyper).unwrap();
    let mut optimizer = method.optimizer_f64(&rule::Layout::flat(1), 2);
    let mut theta = [1.0];
    assert_eq!(optimizer.evaluation_point(&theta), None);
    for x in [0.5, 0.25] {
        optimizer.step(&mut theta, &[1.0]);
        close(&optimizer.evaluation_point(&theta).unwrap(), &[x]);
    }
    assert!(method.evaluates_elsewhere());
}

/// Near β₁ = 0 the steps are those of plain SGD, and the average is the plain mean of what came after each of them.
#[test]
fn the_average_is_a_mean() {
    let hyper = json!({"base": "sgd", "learning_rate": 0.25, "beta1": 1e-6});
    let mut optimizer = schedule_free::FAMILY.parse(&hyper).unwrap().optimizer_f64(&rule::Layout::flat(1), 4);
    let (mut theta, mut z, mut sum) = ([1.0], 1.0, 0.0);
    for (i, g) in [1.0, -2.0, 0.5, 3.0].into_iter().enumerate() {
        optimizer.step(&mut theta, &[g]);
        z -= 0.25 * g;
        sum += z;
        let x = optimizer.evaluation_point(&theta).unwrap()[0];
        assert!((x - sum / (i + 1) as f64).abs() < 1e-8 && (theta[0] - z).abs() < 1e-5, "{x} {theta:?}");
    }
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"base": "sgd", "learning_rate": 0.5, "weight_decay": 0.01}),
        json!({"schedule": {"kind": "warmup", "steps": 10, "then": {"kind": "constant"}}, "weight_decay": 0.01, "r": 1, "weight_power": 1}),
    ] {
        for check in conformance::run(&*schedule_free::FAMILY.parse(&hyper).unwrap()) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
