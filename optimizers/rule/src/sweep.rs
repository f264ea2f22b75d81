//! One pass of a rule over memory.

use crate::elementwise::Sweep;
use crate::sums::{self, Stretch, Sums};
use crate::{Float, Rule, Scope};
use rayon::prelude::*;

/// Elements that one thread takes at a time. The cut depends on nothing but the length, so results have the
/// same bits for any number of threads.
pub const CHUNK: usize = 16 * 1024;

/// The most states that a rule may have.
pub const MAX_STATES: usize = 4;

/// The most scalars that a rule may have.
pub const MAX_SCALARS: usize = 24;

/// The scalars of a step, padded: indices that are known to be inside leave no bounds check in the loop.
pub(crate) type Scalars<F> = [F; MAX_SCALARS];

// One loop per number of states, over slices that the compiler knows not to overlap: a loop over an array of
// slices does not vectorise. Never inlined, because only parameters carry that knowledge.
macro_rules! sequential {
    ($name:ident $(, $state:ident $index:literal)*) => {
        #[inline(never)]
        #[allow(clippy::too_many_arguments)] // one for each state
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
sequential!(sweep_4, a 0, b 1, c 2, d 3);

/// Whether a rule may have `count` states.
pub(crate) const fn may_have<R: Rule>(count: usize) -> bool {
    R::STATE_COUNTS[0] <= count && count <= R::STATE_COUNTS[1]
}

// All chunks through the loop of a number of states, if the rule may have as many: else it is not even compiled.
macro_rules! all_chunks {
    ($all:expr, $count:literal, $loop:ident $(, $state:ident)*) => {
        let (rule, scalars, theta, g, states) = $all;
        if const { may_have::<R>($count) }
            && let [$($state),*] = states
        {
            // A tensor of one chunk is not worth a task.
            if theta.len() <= CHUNK {
                return $loop::<R, F, FIRST>(rule, scalars, theta, g $(, $state)*);
            }
            return (theta.par_chunks_mut(CHUNK), g.par_chunks(CHUNK) $(, $state.par_chunks_mut(CHUNK))*)
                .into_par_iter()
                .for_each(|(theta, g $(, $state)*)| $loop::<R, F, FIRST>(rule, scalars, theta, g $(, $state)*));
        }
    };
}

/// Runs `rule` over all elements; with `FIRST`, after its `start`. All slices have one length.
fn sweep<R: Rule, F: Float, const FIRST: bool>(
    rule: &R,
    scalars: &Scalars<F>,
    theta: &mut [F],
    g: &[F],
    states: &mut [&mut [F]],
) {
    all_chunks!((rule, scalars, &mut *theta, g, &mut *states), 0, sweep_0);
    all_chunks!((rule, scalars, &mut *theta, g, &mut *states), 1, sweep_1, a);
    all_chunks!((rule, scalars, &mut *theta, g, &mut *states), 2, sweep_2, a, b);
    all_chunks!((rule, scalars, &mut *theta, g, &mut *states), 3, sweep_3, a, b, c);
    all_chunks!((rule, scalars, &mut *theta, g, &mut *states), 4, sweep_4, a, b, c, d);
    unreachable!("a rule has at most {MAX_STATES} states, and as many as it says; not {}", states.len());
}

/// A compiled rule over slices.
#[derive(Clone, Debug)]
pub(crate) struct Compiled<R>(pub R);

impl<R: Rule, F: Float> Sweep<F> for Compiled<R> {
    fn states(&self) -> Vec<String> {
        self.0.states().iter().map(ToString::to_string).collect()
    }

    fn scalars_at(&self, k: u64, gamma: f64) -> Vec<f64> {
        self.0.scalars_at(k, gamma)
    }

    fn sums(&self) -> usize {
        R::SUMS.len()
    }

    fn scope(&self) -> Scope {
        self.0.scope()
    }

    fn memory(&self) -> Vec<(String, f64)> {
        self.0.memory().iter().map(|(name, first)| ((*name).to_owned(), *first)).collect()
    }

    fn recall(&self, memory: &[f64], scalars: &mut [f64]) {
        self.0.recall(memory, scalars);
    }

    fn conclude(&self, sums: &Sums, _count: u64, memory: &mut [f64], scalars: &mut [f64]) {
        self.0.conclude(sums, memory, scalars);
    }

    fn total(&self, scalars: &Scalars<F>, first: bool, all: Stretch<F>) -> Sums {
        sums::total(&self.0, scalars, first, all)
    }

    fn step(&self, scalars: &Scalars<F>, first: bool, theta: &mut [F], g: &[F], states: &mut [&mut [F]]) {
        if first {
            sweep::<R, F, true>(&self.0, scalars, theta, g, states);
        } else {
            sweep::<R, F, false>(&self.0, scalars, theta, g, states);
        }
    }

    fn averages(&self) -> bool {
        self.0.averages()
    }

    fn evaluated(&self, scalars: &Scalars<F>, theta: &mut [F], states: &[&[F]]) {
        for (i, theta) in theta.iter_mut().enumerate() {
            let mut old = [F::default(); MAX_STATES];
            for (old, state) in old.iter_mut().zip(states) {
                *old = state[i];
            }
            *theta = self.0.evaluated(*theta, scalars, &old);
        }
    }
}
