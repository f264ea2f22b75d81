//! What the tests of single files compare with: PyTorch's values and central differences.

use serde_json::Value;
use streams::Stream;

/// `tests/pytorch/elementwise.json`.
pub fn file() -> Value {
    serde_json::from_str(include_str!("../../tests/pytorch/elementwise.json")).unwrap()
}

/// Values that PyTorch computed for one case.
pub struct Case(Value);

impl Case {
    /// A case of a file under `tests/pytorch`.
    pub fn new(file: &str, name: &str) -> Self {
        let file: Value = serde_json::from_str(file).unwrap();
        Self(file["cases"][name].clone())
    }

    pub fn numbers(&self, key: &str) -> Vec<f64> {
        numbers(&self.0, key)
    }

    pub fn assert(&self, key: &str, ours: &[f64]) {
        same(key, ours, &self.numbers(key));
    }
}

pub fn numbers(case: &Value, key: &str) -> Vec<f64> {
    case[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

pub fn same(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{what}[{i}]: {a}, PyTorch {b}");
    }
}

pub fn normal(n: usize, name: &str) -> Vec<f64> {
    let mut draws = Stream::new(17, "reference", name, 0).draws(0);
    (0..n).map(|_| draws.normal()).collect()
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Compares `gradient` with central differences of `f` at `x`, every component. The step balances the error of the
/// difference, of third order in it, with that of rounding.
pub fn compare(what: &str, x: &[f64], gradient: &[f64], mut f: impl FnMut(&[f64]) -> f64) {
    let h = 1e-5;
    let mut x = x.to_vec();
    for i in 0..x.len() {
        let middle = x[i];
        x[i] = middle + h;
        let above = f(&x);
        x[i] = middle - h;
        let below = f(&x);
        x[i] = middle;
        let slope = (above - below) / (2.0 * h);
        let gradient = gradient[i];
        assert!((slope - gradient).abs() < 1e-7 * (1.0 + slope.abs()), "{what}[{i}]: {gradient} vs {slope}");
    }
}
