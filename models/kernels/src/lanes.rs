//! Sums along a row, in sixteen strands whatever a register holds: the same bits on every processor.

use crate::Real;

/// Strands of a sum: number `i` of a row belongs to strand `i % LANES`.
pub(crate) const LANES: usize = 16;

/// The last numbers of a row, fewer than [`LANES`], as a whole group: `beyond` follows them.
#[inline(always)]
pub(crate) fn padded<F: Real>(rest: &[F], beyond: F) -> [F; LANES] {
    let mut group = [beyond; LANES];
    group[..rest.len()].copy_from_slice(rest);
    group
}

/// One number of the strands: the upper half joined with the lower one, until one is left.
#[inline(always)]
pub(crate) fn fold<F: Real>(mut strands: [F; LANES], join: impl Fn(F, F) -> F) -> F {
    let mut half = LANES;
    while half > 1 {
        half /= 2;
        for i in 0..half {
            strands[i] = join(strands[i], strands[i + half]);
        }
    }
    strands[0]
}

/// `Σ term(x)`; `beyond` is a number whose term is 0.
#[inline(always)]
pub(crate) fn sum<F: Real>(row: &[F], beyond: F, term: impl Fn(F) -> F) -> F {
    let mut strands = [F::ZERO; LANES];
    let mut add = |group: &[F; LANES]| {
        for (strand, &x) in strands.iter_mut().zip(group) {
            *strand += term(x);
        }
    };
    let (groups, rest) = row.as_chunks();
    groups.iter().for_each(&mut add);
    if !rest.is_empty() {
        add(&padded(rest, beyond));
    }
    fold(strands, |a, b| a + b)
}
