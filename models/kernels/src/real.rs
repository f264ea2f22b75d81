//! The number types kernels compute in.

use pulp::Simd;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// `f32` for training, `f64` for reference and finite differences.
///
/// `exp` and `ln` are portable software, not the system's library: a training gives the same bits on machines
/// whose libraries differ.
pub trait Real:
    Copy
    + Default
    + PartialOrd
    + Send
    + Sync
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + crate::Elementary
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The nearest number to `x`.
    fn from_f64(x: f64) -> Self;
    /// The number as a double, exactly.
    fn to_f64(self) -> f64;
    /// Natural exponential.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;

    /// A vector register of these numbers.
    type Vector<S: Simd>: Copy;
    /// Numbers in a vector register.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
    /// A register full of `x`.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    /// `a + b`.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a · b`.
    fn product<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a · b + c`, rounded once.
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `a` where `gate > 0`, elsewhere 0.
    fn gate<S: Simd>(simd: S, a: Self::Vector<S>, gate: Self::Vector<S>) -> Self::Vector<S>;
    /// 0 where `a ≤ 0`, elsewhere `a`: unlike a maximum it keeps NaN, which would otherwise hide a divergence.
    fn rectify<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// A slice as registers, and what does not fill one.
    fn vectors<S: Simd>(slice: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// The same, to be written.
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
}

macro_rules! real {
    ($number:ident, $vector:ident, $exp:path, $ln:path, $splat:ident, $add:ident, $mul:ident, $mul_add:ident, $greater:ident,
     $at_most:ident, $select:ident, $vectors:ident, $vectors_mut:ident) => {
        impl Real for $number {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline]
            fn from_f64(x: f64) -> Self {
                x as Self
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline]
            fn ln(self) -> Self {
                $ln(self)
            }

            type Vector<S: Simd> = S::$vector;
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }
            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn product<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn gate<S: Simd>(simd: S, a: S::$vector, gate: S::$vector) -> S::$vector {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$greater(gate, zero), a, zero)
            }
            #[inline(always)]
            fn rectify<S: Simd>(simd: S, a: S::$vector) -> S::$vector {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$at_most(a, zero), zero, a)
            }
            #[inline(always)]
            fn vectors<S: Simd>(slice: &[Self]) -> (&[S::$vector], &[Self]) {
                S::$vectors(slice)
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [S::$vector], &mut [Self]) {
                S::$vectors_mut(slice)
            }
        }
    };
}

real!(
    f32,
    f32s,
    libm::expf,
    libm::logf,
    splat_f32s,
    add_f32s,
    mul_f32s,
    mul_add_f32s,
    greater_than_f32s,
    less_than_or_equal_f32s,
    select_f32s,
    as_simd_f32s,
    as_mut_simd_f32s
);
real!(
    f64,
    f64s,
    libm::exp,
    libm::log,
    splat_f64s,
    add_f64s,
    mul_f64s,
    mul_add_f64s,
    greater_than_f64s,
    less_than_or_equal_f64s,
    select_f64s,
    as_simd_f64s,
    as_mut_simd_f64s
);
