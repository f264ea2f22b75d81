//! Sums in an order that the width of vectors does not change.

use std::ops::AddAssign;

/// Sums kept side by side: as many as the widest registers hold numbers.
const LANES: usize = 16;

/// The sum of many numbers: each is added to one of [`LANES`] sums, in turn, and those to each other at the end, halves
/// onto halves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums<T>([T; LANES]);

impl<T: Copy + AddAssign> Sums<T> {
    /// Adds `value` of every number, from the first sum on.
    #[inline(always)]
    pub fn add<F: Copy>(&mut self, numbers: &[F], value: impl Fn(F) -> T) {
        let (groups, rest) = numbers.as_chunks::<LANES>();
        for group in groups {
            for (sum, &number) in self.0.iter_mut().zip(group) {
                *sum += value(number);
            }
        }
        for (sum, &number) in self.0.iter_mut().zip(rest) {
            *sum += value(number);
        }
    }

    /// The sum of all.
    #[inline(always)]
    pub fn total(mut self) -> T {
        let mut half = LANES / 2;
        while half > 0 {
            let (low, high) = self.0.split_at_mut(half);
            for (low, &high) in low.iter_mut().zip(&*high) {
                *low += high;
            }
            half /= 2;
        }
        self.0[0]
    }
}
