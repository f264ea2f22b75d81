//! A function whose program has kinks that the function has not.

use kernels::unrectify;

/// Where backpropagation returns 0 although the slope is −1.
pub(crate) const KINKS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
/// The minimum.
pub(crate) const MINIMUM: f64 = 3.0;

/// A number and its derivative, as backpropagation would have it, for many θ at once.
struct Traced {
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Traced {
    /// `sign · (θ − shift)`.
    fn affine(thetas: &[f64], sign: f64, shift: f64) -> Self {
        let values = thetas.iter().map(|theta| sign * (theta - shift)).collect();
        Self { values, slopes: vec![sign; thetas.len()] }
    }

    /// relu, with the derivative that networks are trained with.
    fn relu(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = value.max(0.0));
        unrectify(&self.values, &mut self.slopes);
        self
    }

    /// `self + factor · other`.
    fn plus(mut self, factor: f64, other: &Self) -> Self {
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += factor * b);
        self.slopes.iter_mut().zip(&other.slopes).for_each(|(a, b)| *a += factor * b);
        self
    }
}

/// |θ − 3| − Σ z(θ − c).
fn traced(thetas: &[f64]) -> Traced {
    let relu = |sign: f64, shift: f64| Traced::affine(thetas, sign, shift).relu();
    let mut sum = relu(1.0, MINIMUM).plus(1.0, &relu(-1.0, MINIMUM));
    for kink in KINKS {
        let zero =
            relu(1.0, kink).plus(-1.0, &relu(-1.0, kink)).plus(-1.0, &Traced::affine(thetas, 1.0, kink));
        sum = sum.plus(-1.0, &zero);
    }
    sum
}

/// J.
pub(crate) fn value(thetas: &[f64]) -> Vec<f64> {
    traced(thetas).values
}

/// What backpropagation returns for the derivative of J.
pub(crate) fn backprop(thetas: &[f64]) -> Vec<f64> {
    traced(thetas).slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_a_distance_and_its_slope_wrong_at_the_kinks_alone() {
        let thetas: Vec<f64> = (-64..=80).map(|i| f64::from(i) / 16.0).collect();
        for ((theta, value), slope) in thetas.iter().zip(value(&thetas)).zip(backprop(&thetas)) {
            assert_eq!(value, (theta - 3.0).abs(), "{theta}");
            let truth = if *theta == 3.0 { 0.0 } else { (theta - 3.0).signum() };
            let expected = if KINKS.contains(theta) { 0.0 } else { truth };
            assert_eq!(slope, expected, "{theta}");
        }
    }
}
