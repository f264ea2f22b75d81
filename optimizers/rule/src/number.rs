//! The arithmetic that update rules are written in.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What a rule may do with a number. Every operation is correctly rounded on every platform, so a rule gives
/// the same bits wherever it runs.
pub trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The square root.
    fn sqrt(self) -> Self;

    /// `if self > other { self } else { other }`. A NaN in `other` therefore comes through, one in `self` does
    /// not: pass the newer value as `other`.
    fn maximum(self, other: Self) -> Self;

    /// The absolute value.
    fn abs(self) -> Self;

    /// 1, −1, or the number itself where it is 0 or NaN.
    fn sign(self) -> Self;

    /// 1 where the number is above 0, 0 elsewhere (also for NaN).
    fn positive(self) -> Self;
}

/// The floating-point types that optimizers run in.
pub trait Float: Number + PartialOrd + Debug + Default + Send + Sync + 'static {
    /// Rounded to nearest.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// The bits, for comparisons that tell −0 from 0 and one NaN from another.
    fn bits(self) -> u64;
}

macro_rules! float {
    ($type:ty) => {
        impl Number for $type {
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$type>::sqrt(self)
            }
            #[inline(always)]
            fn maximum(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            #[inline(always)]
            fn sign(self) -> Self {
                if self > 0.0 {
                    1.0
                } else if self < 0.0 {
                    -1.0
                } else {
                    self
                }
            }
            #[inline(always)]
            fn positive(self) -> Self {
                if self > 0.0 { 1.0 } else { 0.0 }
            }
        }
        impl Float for $type {
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    };
}
float!(f32);
float!(f64);

/// `base` to the power `exponent` in portable software: the standard library's `powf` and `powi` differ between
/// platforms, and schedules and bias corrections must not.
pub fn power(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// The natural logarithm in portable software, for the same reason.
pub fn logarithm(x: f64) -> f64 {
    libm::log(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_lets_a_newer_nan_through() {
        assert_eq!(Number::maximum(2.0, 1.0), 2.0);
        assert_eq!(Number::maximum(1.0, 2.0), 2.0);
        assert!(Number::maximum(1.0, f64::NAN).is_nan());
        assert_eq!(Number::maximum(f64::NAN, 1.0), 1.0);
    }

    #[test]
    fn signs_by_hand() {
        assert_eq!([2.5, -0.1, 0.0].map(Number::sign), [1.0, -1.0, 0.0]);
        assert!(Number::sign(f32::NAN).is_nan());
        assert_eq!([2.5, -0.1, 0.0, f64::NAN].map(Number::positive), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(Number::abs(-3.0_f32), 3.0);
    }
}
