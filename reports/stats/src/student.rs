//! Student's t: the interval of a mean from few values.

use crate::{mean, standard_deviation};
use std::f64::consts::FRAC_2_PI;

/// An interval with its level left to the one who asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Interval {
    /// Half its length.
    pub fn half_width(&self) -> f64 {
        0.5 * (self.high - self.low)
    }

    /// Whether all of it lies strictly within `±margin`.
    pub fn is_inside(&self, margin: f64) -> bool {
        self.low > -margin && self.high < margin
    }

    /// Whether all of it lies beyond `margin` on one side.
    pub fn is_beyond(&self, margin: f64) -> bool {
        self.low > margin || self.high < -margin
    }
}

/// Probability that Student's t with `degrees` degrees of freedom stays below `t`.
///
/// The incomplete beta function behind it is a finite sum for whole degrees of freedom (Abramowitz and Stegun,
/// 26.7.3 and 26.7.4), the only ones that occur here, so no gamma function is needed.
pub fn t_cdf(t: f64, degrees: u32) -> f64 {
    let angle = (t.abs() / f64::from(degrees).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    // 1 + a·cos² + a·b·cos⁴ + …, with a, b, … = 2/3, 4/5, … for odd degrees and 1/2, 3/4, … for even ones.
    let (mut term, mut sum) = (1.0, 0.0);
    let mut k = if odd { 3 } else { 2 };
    while k <= degrees {
        sum += term;
        term *= cosine * cosine * f64::from(k - 1) / f64::from(k);
        k += 2;
    }
    let central = if odd { FRAC_2_PI * (angle + sine * cosine * sum) } else { sine * sum };
    0.5 + 0.5 * central.copysign(t)
}

/// The point with probability `p` below it, for `p` in `(0, 1)` and at least one degree of freedom.
pub fn t_quantile(p: f64, degrees: u32) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, degrees);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while t_cdf(high, degrees) < p && high < 1e12 {
        high *= 2.0;
    }
    // Halving until neighbouring doubles is about sixty steps and cannot fail, unlike Newton's method in the tails.
    for _ in 0..120 {
        let middle = 0.5 * (low + high);
        if t_cdf(middle, degrees) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Student's interval of the mean at `level` (0.95); `None` below two values.
pub fn mean_interval(values: &[f64], level: f64) -> Option<Interval> {
    let (centre, spread) = (mean(values)?, standard_deviation(values)?);
    let n = values.len();
    let half = t_quantile(0.5 + 0.5 * level, (n - 1) as u32) * spread / (n as f64).sqrt();
    Some(Interval { low: centre - half, high: centre + half })
}

/// Two-sided p value of the hypothesis that the mean of what `values` are drawn from is zero; `None` below two values.
pub fn t_p(values: &[f64]) -> Option<f64> {
    let (centre, spread) = (mean(values)?, standard_deviation(values)?);
    if spread == 0.0 {
        return Some(if centre == 0.0 { 1.0 } else { 0.0 });
    }
    let t = centre / (spread / (values.len() as f64).sqrt());
    Some((2.0 * (1.0 - t_cdf(t.abs(), (values.len() - 1) as u32))).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For two degrees of freedom t's distribution has a closed form: P(|T| > t) = 1 − t / √(2 + t²).
    #[test]
    fn the_p_value_of_three_numbers_is_that_of_the_closed_form() {
        let t = 2.0 * 3.0_f64.sqrt();
        let p = t_p(&[1.0, 2.0, 3.0]).unwrap();
        assert!((p - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-12, "{p}");
        assert_eq!(p, t_p(&[-1.0, -2.0, -3.0]).unwrap());
        assert_eq!((t_p(&[0.0, 0.0]), t_p(&[0.5, 0.5]), t_p(&[1.0])), (Some(1.0), Some(0.0), None));
    }
}
