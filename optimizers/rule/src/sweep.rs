//! One pass of a rule over memory.

use crate::{Float, Rule};
use rayon::prelude::*;

/// Elements that one thread takes at a time. The cut depends on nothing but the length, so results have the
/// same bits for any number of threads.
pub const CHUNK: usize = 16 * 1024;

/// The most states that a rule may have.
pub const MAX_STATES: usize = 3;

/// The most scalars that a rule may have.
pub const MAX_SCALARS: usize = 12;

/// The scalars of a step, padded: indices that are known to be inside leave no bounds check in the loop.
pub(crate) type Scalars<F> = [F; MAX_SCALARS];

// One loop per number of states, over slices that the compiler knows not to overlap: a loop over an array of
// slices does not vectorise. Never inlined, because only parameters carry that knowledge.
macro_rules! sequential {
    ($name:ident $(, $state:ident $index:literal)*) => {
        #[inline(never)]
        fn $name<R: Rule, F: Float, const FIRST: bool>(
            rule: &R, scalars: &Scalars<F>, theta: &mut [F], g: &[F] $(, $state: &mut [F])*
        ) {
            let n = theta.len();
            let g = &g[..n];
            $(let $state = &mut $state[..n];)*
            for i in 0..n {
                let mut states = [$($state[i]),*];
                if FIRST {
                    rule.start(theta[i], g[i], scalars, &mut states);
                }
                theta[i] = rule.update(theta[i], g[i], scalars, &mut states);
                $($state[i] = states[$index];)*
            }
        }
    };
}
sequential!(sweep_0);
sequential!(sweep_1, a 0);
sequential!(sweep_2, a 0, b 1);
sequential!(sweep_3, a 0, b 1, c 2);

/// Runs `rule` over all elements; with `FIRST`, after its `start`. All slices have one length.
pub(crate) fn sweep<R: Rule, F: Float, const FIRST: bool>(
    rule: &R,
    scalars: &Scalars<F>,
    theta: &mut [F],
    g: &[F],
    states: &mut [Vec<F>],
) {
    // A tensor of one chunk is not worth a task.
    let parallel = theta.len() > CHUNK;
    match states {
        [] if parallel => (theta.par_chunks_mut(CHUNK), g.par_chunks(CHUNK))
            .into_par_iter()
            .for_each(|(theta, g)| sweep_0::<R, F, FIRST>(rule, scalars, theta, g)),
        [] => sweep_0::<R, F, FIRST>(rule, scalars, theta, g),
        [a] if parallel => (theta.par_chunks_mut(CHUNK), g.par_chunks(CHUNK), a.par_chunks_mut(CHUNK))
            .into_par_iter()
            .for_each(|(theta, g, a)| sweep_1::<R, F, FIRST>(rule, scalars, theta, g, a)),
        [a] => sweep_1::<R, F, FIRST>(rule, scalars, theta, g, a),
        [a, b] if parallel => (
            theta.par_chunks_mut(CHUNK),
            g.par_chunks(CHUNK),
            a.par_chunks_mut(CHUNK),
            b.par_chunks_mut(CHUNK),
        )
            .into_par_iter()
            .for_each(|(theta, g, a, b)| sweep_2::<R, F, FIRST>(rule, scalars, theta, g, a, b)),
        [a, b] => sweep_2::<R, F, FIRST>(rule, scalars, theta, g, a, b),
        [a, b, c] if parallel => (
            theta.par_chunks_mut(CHUNK),
            g.par_chunks(CHUNK),
            a.par_chunks_mut(CHUNK),
            b.par_chunks_mut(CHUNK),
            c.par_chunks_mut(CHUNK),
        )
            .into_par_iter()
            .for_each(|(theta, g, a, b, c)| sweep_3::<R, F, FIRST>(rule, scalars, theta, g, a, b, c)),
        [a, b, c] => sweep_3::<R, F, FIRST>(rule, scalars, theta, g, a, b, c),
        more => unreachable!("a rule has at most {MAX_STATES} states, not {}", more.len()),
    }
}
