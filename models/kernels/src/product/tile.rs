//! The innermost loop: a tile of sums in registers.

use super::{Left, STRIDE};
use crate::Real;
use pulp::Simd;

/// `out [HEIGHT, ACROSS registers] = left · right` over the terms that `right` holds. Both factors are packed: `right`
/// as `[terms, ACROSS registers]`, `left` as [`Left::BY_ROW`] says.
#[inline(always)]
pub(super) fn compute<F: Real, S: Simd, L: Left<F>, const HEIGHT: usize, const ACROSS: usize>(
    simd: S,
    left: &[F],
    right: &[F],
    out: &mut [F],
) {
    let left = &left[..HEIGHT * STRIDE];
    let mut sums = [[F::splat(simd, F::ZERO); ACROSS]; HEIGHT];
    let (pairs, _) = F::vectors::<S>(right).0.as_chunks::<ACROSS>();
    for (term, pair) in pairs.iter().enumerate().take(super::DEPTH) {
        for (i, sums) in sums.iter_mut().enumerate() {
            let index = if L::BY_ROW { i * STRIDE + term } else { term * HEIGHT + i };
            let factor = F::splat(simd, left[index]);
            for (sum, &vector) in sums.iter_mut().zip(pair) {
                *sum = F::mul_add(simd, factor, vector, *sum);
            }
        }
    }
    let (rows, _) = F::vectors_mut::<S>(out).0.as_chunks_mut::<ACROSS>();
    for (row, sums) in rows.iter_mut().zip(sums) {
        *row = sums;
    }
}
