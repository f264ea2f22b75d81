//! Sums along a row, in sixteen strands whatever a register holds: the same bits on every processor.

use crate::Real;
use crate::combine::{Sum, combine};
use pulp::Simd;

/// Strands of a sum: number `i` of a row belongs to strand `i % LANES`.
pub(crate) const LANES: usize = 16;

/// The last numbers of a row, fewer than [`LANES`], as a whole group: `beyond` follows them.
#[inline(always)]
pub(crate) fn padded<F: Real>(rest: &[F], beyond: F) -> [F; LANES] {
    let mut group = [beyond; LANES];
    if !rest.is_empty() {
        group[..rest.len()].copy_from_slice(rest);
    }
    group
}

/// One number of the strands: the upper half joined with the lower one, until one is left.
#[inline(always)]
pub(crate) fn fold<F: Real>(strands: [F; LANES], join: impl Fn(F, F) -> F) -> F {
    let (mut eight, mut four) = ([F::ZERO; LANES / 2], [F::ZERO; LANES / 4]);
    for i in 0..LANES / 2 {
        eight[i] = join(strands[i], strands[i + LANES / 2]);
    }
    for i in 0..LANES / 4 {
        four[i] = join(eight[i], eight[i + LANES / 4]);
    }
    join(join(four[0], four[2]), join(four[1], four[3]))
}

/// The sum of the strands.
#[inline(always)]
pub(crate) fn total<F: Real>(strands: [F; LANES]) -> F {
    fold(strands, |a, b| a + b)
}

/// The sum of a row.
#[inline(always)]
pub(crate) fn sum<F: Real, S: Simd>(simd: S, row: &[F]) -> F {
    let mut strands = [F::ZERO; LANES];
    let (groups, rest) = row.as_chunks::<LANES>();
    for group in groups {
        combine(simd, Sum, &mut strands, group);
    }
    if !rest.is_empty() {
        combine(simd, Sum, &mut strands, &padded(rest, F::ZERO));
    }
    total(strands)
}
