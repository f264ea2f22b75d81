//! Elementary functions that a compiler can vectorise: no branches, no tables, no calls.
//!
//! For `f32` they are polynomials whose coefficients were fitted here (minimax, rounded to `f32`), evaluated with fused
//! multiply-adds: a number's value is the same bits on every processor, in whichever lane of whichever register it is
//! computed. For `f64`, which only tests compute in, they are those of a portable library.

/// Elementary functions of numbers; NaN gives NaN.
pub trait Elementary: Copy {
    /// `eˣ`; for `f32` within 1.1 units in the last place, but 0 for `x < −86.99`.
    fn exponential(self) -> Self;
    /// `tanh x`; for `f32` within 3 units in the last place.
    fn hyperbolic_tangent(self) -> Self;
    /// `1 / (1 + e⁻ˣ)`; for `f32` within 2e-7 of the value, 0 where `e⁻ˣ` overflows.
    fn logistic(self) -> Self;
    /// The standard normal distribution's `(Φ(x), φ(x))`: the probability of less than `x`, and the density there.
    /// `erf x = 2 Φ(√2 x) − 1`. For `f32`, `Φ` is exact to 2e-7 and, where `x > −5`, to 1e-5 of its value,
    /// `φ` to 2e-6 of its where `|x| < 5`.
    fn normal(self) -> (Self, Self);
    /// `ln (1 + x)` for `0 ≤ x ≤ 1`; for `f32` within 2 units in the last place.
    fn logarithm_beyond_one(self) -> Self;
}

/// Added to a number of moderate size, leaves its nearest integer in the last bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// `ln 2` as a number with zeros at its end, so that whole multiples are exact, and the rest.
const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);

/// `c₀ + c₁ x + c₂ x² + …`.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.iter().rev().copied().reduce(|sum, c| sum.mul_add(x, c)).unwrap_or(0.0)
}

/// `x` within `low..=high`; unlike a maximum and minimum it keeps NaN.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `(n, eʳ − 1)` with `x = n ln 2 + r` and `r` around 0, for `|x|` below 1e6.
#[inline(always)]
fn reduce(x: f32) -> (i32, f32) {
    let sum = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = sum - ROUND;
    let r = (-n).mul_add(LN_2.1, (-n).mul_add(LN_2.0, x));
    let rest = polynomial(r, [0.499_999_94, 0.166_665_21, 0.041_668_39, 0.008_368_717, 0.001_381_460_1]);
    (integer(sum), (r * r).mul_add(rest, r))
}

/// The integer that [`ROUND`] was added to.
#[inline(always)]
fn integer(sum: f32) -> i32 {
    sum.to_bits().wrapping_sub(ROUND.to_bits()) as i32
}

/// `2ⁿ` for `−126 ≤ n ≤ 127`, 0 for −127, anything for other `n`.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// `2ˣ` for `x ≤ 0`, 0 below −126.5.
#[inline(always)]
fn power_of_two_at(x: f32) -> f32 {
    let x = if x < -127.0 { -127.0 } else { x };
    let sum = x + ROUND;
    let fraction = x - (sum - ROUND);
    let factor = polynomial(
        fraction,
        [
            1.0,
            std::f32::consts::LN_2,
            0.240_226_48,
            0.055_503_324,
            0.009_618_438,
            0.001_339_890_2,
            0.000_153_533_87,
        ],
    );
    factor * power_of_two(integer(sum))
}

impl Elementary for f32 {
    #[inline(always)]
    fn exponential(self) -> f32 {
        // Beyond these limits: 0 and infinity.
        let (n, less_one) = reduce(clamp(self, -87.4, 89.0));
        // 2 eʳ · 2ⁿ⁻¹, as n may be 128.
        less_one.mul_add(2.0, 2.0) * power_of_two(n.wrapping_sub(1))
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> f32 {
        // (1 − e) / (1 + e) with e = exp(−2 |x|), by way of e − 1, which is precise where x is small.
        let (n, less_one) = reduce(clamp(-2.0 * self.abs(), -40.0, 0.0));
        let scale = power_of_two(n);
        let e_less_one = scale.mul_add(less_one, scale - 1.0);
        (-e_less_one / (2.0 + e_less_one)).copysign(self)
    }

    #[inline(always)]
    fn logistic(self) -> f32 {
        1.0 / (1.0 + (-self).exponential())
    }

    #[inline(always)]
    fn normal(self) -> (f32, f32) {
        let density = power_of_two_at(self * self * (-0.5 * std::f32::consts::LOG2_E));
        // The probability beyond |x| over e^(−x²/2): a smooth function, also of `q / (1 + q)` that brings all |x| to 0..1
        // and is precise where x is small. Where q ends, the probability is 0.
        let q = (0.261 * self.abs()).min(8.0);
        let ratio = polynomial(
            q / (1.0 + q),
            [
                0.5,
                -1.528_509_6,
                2.141_194,
                -1.664_696_9,
                0.489_407_57,
                0.265_598_74,
                -0.271_466_37,
                0.068_472_48,
            ],
        );
        let beyond = density * ratio;
        let below = if self < 0.0 { beyond } else { 1.0 - beyond };
        (below, density * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2))
    }

    #[inline(always)]
    fn logarithm_beyond_one(self) -> f32 {
        // 2 artanh s = 2 s + 2 s³ (1/3 + s²/5 + …).
        let s = self / (2.0 + self);
        let (twice, square) = (2.0 * s, s * s);
        let rest = polynomial(square, [0.333_333_4, 0.199_993_46, 0.143_103_61, 0.106_966_27, 0.122_065_28]);
        (twice * square).mul_add(rest, twice)
    }
}

impl Elementary for f64 {
    #[inline]
    fn exponential(self) -> f64 {
        libm::exp(self)
    }

    #[inline]
    fn hyperbolic_tangent(self) -> f64 {
        libm::tanh(self)
    }

    #[inline]
    fn logistic(self) -> f64 {
        1.0 / (1.0 + libm::exp(-self))
    }

    #[inline]
    fn normal(self) -> (f64, f64) {
        use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
        let density = libm::exp(-0.5 * self * self) * (0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        (0.5 * libm::erfc(-FRAC_1_SQRT_2 * self), density)
    }

    #[inline]
    fn logarithm_beyond_one(self) -> f64 {
        libm::log1p(self)
    }
}
