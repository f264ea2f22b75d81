//! The standard normal distribution.

use std::f64::consts::PI;

/// Probability below `x`. Series x + x³/3 + x⁵/(3·5) + … times the density; its terms are all of one sign, so
/// the absolute error stays near rounding. Beyond 8 standard deviations the answer is 0 or 1 to 15 digits.
pub fn normal_cdf(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// The point with probability `p` below it, for `p` in `(0, 1)`; bisection of [`normal_cdf`].
pub fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if normal_cdf(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
