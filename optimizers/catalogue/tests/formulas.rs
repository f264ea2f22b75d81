//! Crates written as formulas: the same bits.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::formula::{Formula, FormulaMethod, FormulaSource};
use rule::{CHUNK, Float, Layout, Method, Optimizer};
use serde_json::{Value, json};
use std::sync::Arc;
use streams::Stream;

fn parameters(table: &[(&str, f64, &str)]) -> Value {
    let line = |&(name, default, range): &(&str, f64, &str)| {
        (name.to_owned(), json!({"default": default, "range": range, "meaning": name}))
    };
    table.iter().map(line).collect()
}

fn formula(source: Value) -> FormulaMethod {
    let source: FormulaSource = serde_json::from_value(source).unwrap();
    let formula = Formula::new("formula", "Formula", "none", &source).unwrap();
    FormulaMethod::parse(Arc::new(formula), &json!({})).unwrap()
}

fn normal<F: Float>(name: &str, step: u64, len: usize) -> Vec<F> {
    let mut draws = Stream::new(0, "formulas", name, 0).draws(step);
    (0..len).map(|_| F::from_f64(draws.normal())).collect()
}

fn path<F: Float>(mut optimizer: Box<dyn Optimizer<F>>, len: usize) -> Vec<u64> {
    let mut theta = normal::<F>("theta", 0, len);
    for step in 0..4 {
        let mut gradient = normal::<F>("gradient", step, len);
        gradient[3] = F::from_f64(0.0);
        optimizer.step(&mut theta, &gradient);
    }
    let state = optimizer.export();
    theta.iter().chain(state.states.values().flatten()).map(|x| x.bits()).collect()
}

/// The same bits of parameters and states after steps over more than one chunk, the last of them not full, and over so many that
/// blocks are asked for early.
fn same(formula: &FormulaMethod, name: &str, hyper: Value) {
    let compiled = catalogue::ALL.parse(name, &hyper).unwrap();
    for rows in [CHUNK / 8, 2 * CHUNK] {
        let layout = Layout::new([("weight", vec![rows, 9]), ("bias", vec![77])]);
        let len = layout.len();
        assert!(
            path(formula.optimizer_f32(&layout, 4), len) == path(compiled.optimizer_f32(&layout, 4), len),
            "{name} f32"
        );
        assert!(
            path(formula.optimizer_f64(&layout, 4), len) == path(compiled.optimizer_f64(&layout, 4), len),
            "{name} f64"
        );
    }
}

#[test]
fn adam() {
    let source = json!({
        "parameters": parameters(&[
            ("learning_rate", 0.001, "> 0"), ("beta1", 0.9, "[0, 1)"), ("beta2", 0.999, "[0, 1)"), ("eps", 1e-8, "> 0"),
        ]),
        "states": ["m", "v"],
        "step": [
            "m' = beta1*m + (1 - beta1)*g",
            "v' = beta2*v + (1 - beta2)*g^2",
            "theta' = theta - gamma/(1 - beta1^(k + 1))*m'/(1/sqrt(1 - beta2^(k + 1))*sqrt(v') + eps)",
        ],
    });
    same(&formula(source), "adam", json!({}));
}

#[test]
fn lion() {
    let source = json!({
        "parameters": parameters(&[("learning_rate", 1e-4, "> 0"), ("beta1", 0.9, "[0, 1)"), ("beta2", 0.99, "[0, 1)")]),
        "states": ["m"],
        "step": [
            "theta' = theta - gamma*sign(beta1*m + (1 - beta1)*g)",
            "m' = beta2*m + (1 - beta2)*g",
        ],
    });
    same(&formula(source), "lion", json!({}));
}

#[test]
fn inna() {
    let source = json!({
        "parameters": parameters(&[
            ("learning_rate", 0.1, "> 0"), ("alpha", 0.5, ">= 0"), ("beta", 0.1, "> 0"), ("s", 1.0, ">= 0"),
        ]),
        "states": ["w"],
        "start": {"w": "(beta - s)*g"},
        "step": [
            "theta' = theta + gamma*(w - beta*g)",
            "w' = (1 - alpha*gamma)*w - (1 - alpha*beta)*gamma*g",
        ],
    });
    same(&formula(source), "inna", json!({"schedule": {"kind": "constant"}}));
}

/// A rule with a sum over each tensor.
#[test]
fn cautious() {
    let source = json!({
        "parameters": parameters(&[
            ("learning_rate", 0.001, "> 0"), ("beta1", 0.9, "[0, 1)"), ("beta2", 0.999, "[0, 1)"), ("eps", 1e-6, "> 0"),
        ]),
        "states": ["m", "v"],
        "step": [
            "m' = beta1*m + (1 - beta1)*g",
            "v' = beta2*v + (1 - beta2)*g^2",
            "eta = gamma*sqrt(1 - beta2^(k + 1))/(1 - beta1^(k + 1))/max(0.001, mean(m'*g > 0))",
            "theta' = theta - eta*((m'*g > 0)*m')/(sqrt(v') + eps)",
        ],
    });
    same(&formula(source), "cautious", json!({}));
}
