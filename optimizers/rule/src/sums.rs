//! Sums over the elements of a tensor, in an order that depends on nothing but their number.

use crate::sweep::{CHUNK, Scalars, may_have};
use crate::{Float, Rule};
use rayon::prelude::*;

/// The most sums that a rule may have.
pub const MAX_SUMS: usize = 4;

/// Sums that run side by side inside a chunk: element `e` goes to sum `e % LANES`. A block of as many threads adds in the
/// same order.
pub(crate) const LANES: usize = 256;

/// The sums of a rule, padded, in double precision.
pub(crate) type Sums = [f64; MAX_SUMS];

/// The terms of a stretch of elements: what goes in, and what is left to add up.
pub(crate) struct Stretch<'a, F> {
    pub theta: &'a [F],
    pub g: &'a [F],
    pub states: &'a [&'a [F]],
}

/// Adds up the terms of all elements, chunk by chunk; with `first`, of the initial states.
pub(crate) fn total<R: Rule, F: Float>(rule: &R, scalars: &Scalars<F>, first: bool, all: Stretch<F>) -> Sums {
    // Rules without sums have no loops for them, and rules of two states none for three.
    macro_rules! with_states {
        ($count:literal, $states:expr, $theta:expr, $g:expr) => {
            if const { !R::SUMS.is_empty() && may_have::<R>($count) }
                && let Some(states) = <&[&[F]; $count]>::try_from(&$states[..]).ok()
            {
                return if first {
                    chunk::<R, F, $count, true>(rule, scalars, $theta, $g, *states)
                } else {
                    chunk::<R, F, $count, false>(rule, scalars, $theta, $g, *states)
                };
            }
        };
    }
    over_chunks(all.theta.len(), |range| {
        let states: Vec<&[F]> = all.states.iter().map(|state| &state[range.clone()]).collect();
        let (theta, g) = (&all.theta[range.clone()], &all.g[range]);
        with_states!(0, states, theta, g);
        with_states!(1, states, theta, g);
        with_states!(2, states, theta, g);
        with_states!(3, states, theta, g);
        with_states!(4, states, theta, g);
        Sums::default()
    })
}

/// The sum of what `chunk` makes of every chunk of `0..len`, in their order.
pub(crate) fn over_chunks(len: usize, chunk: impl Fn(std::ops::Range<usize>) -> Sums + Sync) -> Sums {
    let chunks = len.div_ceil(CHUNK);
    let range = |c: usize| c * CHUNK..len.min((c + 1) * CHUNK);
    let add = |mut all: Sums, part: Sums| {
        all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
        all
    };
    if chunks <= 1 {
        // A tensor of one chunk is not worth a task.
        return (0..chunks).map(|c| chunk(range(c))).fold(Sums::default(), add);
    }
    let parts: Vec<Sums> = (0..chunks).into_par_iter().map(|c| chunk(range(c))).collect();
    parts.into_iter().fold(Sums::default(), add)
}

#[inline(never)]
fn chunk<R: Rule, F: Float, const STATES: usize, const FIRST: bool>(
    rule: &R,
    scalars: &Scalars<F>,
    theta: &[F],
    g: &[F],
    states: [&[F]; STATES],
) -> Sums {
    let mut lanes = [[0.0; LANES]; MAX_SUMS];
    let count = R::SUMS.len();
    for start in (0..theta.len()).step_by(LANES) {
        let width = LANES.min(theta.len() - start);
        let (theta, g) = (&theta[start..start + width], &g[start..start + width]);
        let states = states.map(|state| &state[start..start + width]);
        for lane in 0..width {
            let mut old = states.map(|state| state[lane]);
            if FIRST {
                rule.start(theta[lane], g[lane], scalars, &mut old);
            }
            let mut terms = [F::default(); MAX_SUMS];
            rule.terms(theta[lane], g[lane], scalars, &old, &mut terms);
            for (lanes, term) in lanes.iter_mut().zip(terms).take(count) {
                lanes[lane] += term.to_f64();
            }
        }
    }
    lanes.map(fold)
}

/// The sum of the lanes, halves on halves.
pub(crate) fn fold(mut lanes: [f64; LANES]) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The sum of the squares of `values`, in the same order.
pub(crate) fn squares<F: Float>(values: &[F]) -> f64 {
    let chunk = |range: std::ops::Range<usize>| {
        let mut lanes = [0.0; LANES];
        for part in values[range].chunks(LANES) {
            for (lane, value) in lanes.iter_mut().zip(part) {
                let value = value.to_f64();
                *lane += value * value;
            }
        }
        [fold(lanes), 0.0, 0.0, 0.0]
    };
    over_chunks(values.len(), chunk)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_whole_numbers_are_exact() {
        for len in [0, 1, 255, 257, CHUNK - 1, CHUNK, 2 * CHUNK + 3] {
            let values: Vec<f32> = (0..len).map(|i| (i % 7) as f32).collect();
            let expected: usize = (0..len).map(|i| (i % 7) * (i % 7)).sum();
            assert_eq!(squares(&values), expected as f64, "{len}");
        }
    }
}
