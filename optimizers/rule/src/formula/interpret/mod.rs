//! Operations on blocks of elements: what a formula's steps are computed by.
//!
//! A block's numbers stay in the first-level cache from operation to operation. Every operation is rounded as in a compiled
//! rule, so the bits are the same.

mod block;
mod code;
#[cfg(test)]
mod tests;

use super::Formula;
use super::host::Moment;
use crate::elementwise::Sweep;
use crate::sums::{LANES, Stretch, Sums, fold, over_chunks};
use crate::sweep::{CHUNK, Scalars};
use crate::{Float, Scope};
use block::{Block, Standing};
use code::Code;
use pulp::Arch;
use rayon::prelude::*;
use std::hint::black_box;
use std::ops::Range;

/// Elements of a block: two kilobytes in single precision, and whole rows of the lanes of sums.
const BLOCK: usize = 2 * LANES;

/// Parameters that are in the caches with their gradient and states: fetching them costs more than it gains.
const NEAR: usize = 1 << 18;

/// Reads a number of each cache line, so that they are on their way while the block before them is computed: between passes as short
/// as these the memory's own prefetching does not see what comes next.
#[inline(always)]
fn fetch<F: Float>(numbers: &[F]) {
    const LINE: usize = 64;
    numbers.iter().step_by(LINE / size_of::<F>()).for_each(|x| {
        black_box(*x);
    });
}

/// A formula with the values of its hyper-parameters, over slices.
pub(super) struct Interpreted {
    formula: std::sync::Arc<Formula>,
    parameters: Vec<f64>,
    first: Code,
    later: Code,
    first_terms: Code,
    terms: Code,
}

impl Interpreted {
    pub fn new(formula: std::sync::Arc<Formula>, parameters: Vec<f64>) -> Self {
        let program = &formula.program;
        Self {
            first: Code::new(&program.first),
            later: Code::new(&program.step),
            first_terms: Code::new(&program.first_terms),
            terms: Code::new(&program.terms),
            formula,
            parameters,
        }
    }

    /// One chunk, block by block; `far` if the next block is to be asked for early.
    fn step_chunk<F: Float>(
        (code, far): (&Code, bool),
        scalars: &Scalars<F>,
        theta: &mut [F],
        g: &[F],
        states: &mut [&mut [F]],
        registers: &mut Vec<Vec<F>>,
    ) {
        registers.resize(code.registers, vec![F::default(); BLOCK]);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let len = g.len();
                let block = |start: usize| start.min(len)..len.min(start + BLOCK);
                for start in (0..len).step_by(BLOCK) {
                    if far {
                        let next = block(start + BLOCK);
                        fetch(&theta[next.clone()]);
                        fetch(&g[next.clone()]);
                        states.iter().for_each(|state| fetch(&state[next.clone()]));
                    }
                    let range: Range<usize> = block(start);
                    let states = states.iter_mut().map(|state| &mut state[range.clone()]).collect();
                    let (theta, g) = (&mut theta[range.clone()], &g[range]);
                    Block { theta, g, states, scalars }.run(code, registers);
                }
            },
        );
    }

    fn moment<'a>(&'a self, k: u64, gamma: f64, sums: &'a [f64], count: f64) -> Moment<'a> {
        Moment { parameters: &self.parameters, k, gamma, sums, count }
    }
}

/// The step and the step size come along with the scalars, for what follows from sums.
const EXTRA: usize = 2;

impl<F: Float> Sweep<F> for Interpreted {
    fn states(&self) -> Vec<String> {
        self.formula.program.states.clone()
    }

    fn scalars_at(&self, k: u64, gamma: f64) -> Vec<f64> {
        let moment = self.moment(k, gamma, &[], 1.0);
        let own =
            self.formula.scalars.iter().map(|host| if host.needs_sums() { 0.0 } else { host.at(moment) });
        own.chain([k as f64, gamma]).collect()
    }

    fn sums(&self) -> usize {
        self.formula.program.sums.len()
    }

    fn scope(&self) -> Scope {
        self.formula.program.scope
    }

    fn memory(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    fn recall(&self, _memory: &[f64], _scalars: &mut [f64]) {}

    fn conclude(&self, sums: &Sums, count: u64, _memory: &mut [f64], scalars: &mut [f64]) {
        let own = scalars.len() - EXTRA;
        let (k, gamma) = (scalars[own] as u64, scalars[own + 1]);
        let moment = self.moment(k, gamma, sums, count as f64);
        for (scalar, host) in
            scalars.iter_mut().zip(&self.formula.scalars).filter(|(_, host)| host.needs_sums())
        {
            *scalar = host.at(moment);
        }
    }

    fn total(&self, scalars: &Scalars<F>, first: bool, all: Stretch<'_, F>) -> Sums {
        let code = if first { &self.first_terms } else { &self.terms };
        over_chunks(all.theta.len(), |chunk| {
            let mut registers = vec![vec![F::default(); BLOCK]; code.registers];
            let mut lanes = vec![[0.0; LANES]; code.terms.len()];
            let mut sums = Sums::default();
            // Operations are of blocks that may be written to; these are copies, though terms write nothing.
            let mut theta = [F::default(); BLOCK];
            let mut states = vec![vec![F::default(); BLOCK]; all.states.len()];
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for start in chunk.clone().step_by(BLOCK) {
                        let range = start..chunk.end.min(start + BLOCK);
                        let (len, g) = (range.len(), &all.g[range.clone()]);
                        theta[..len].copy_from_slice(&all.theta[range.clone()]);
                        for (copy, state) in states.iter_mut().zip(all.states) {
                            copy[..len].copy_from_slice(&state[range.clone()]);
                        }
                        let states = states.iter_mut().map(|state| &mut state[..len]).collect();
                        let mut block = Block { theta: &mut theta[..len], g, states, scalars };
                        block.run(code, &mut registers);
                        for (lanes, &place) in lanes.iter_mut().zip(&code.terms) {
                            match block.at(place, &registers) {
                                Standing::Each(terms) => {
                                    for row in terms.chunks(LANES) {
                                        lanes
                                            .iter_mut()
                                            .zip(row)
                                            .for_each(|(lane, term)| *lane += term.to_f64());
                                    }
                                }
                                Standing::All(term) => {
                                    (0..len).for_each(|i| lanes[i % LANES] += term.to_f64());
                                }
                            }
                        }
                    }
                },
            );
            sums.iter_mut().zip(lanes).for_each(|(sum, lanes)| *sum = fold(lanes));
            sums
        })
    }

    fn step(&self, scalars: &Scalars<F>, first: bool, theta: &mut [F], g: &[F], states: &mut [&mut [F]]) {
        let code = if first { &self.first } else { &self.later };
        if theta.len() <= CHUNK {
            return Self::step_chunk((code, false), scalars, theta, g, states, &mut Vec::new());
        }
        let far = theta.len() > NEAR;
        let mut parts: Vec<_> = states.iter_mut().map(|state| state.chunks_mut(CHUNK)).collect();
        let jobs: Vec<_> = theta
            .chunks_mut(CHUNK)
            .zip(g.chunks(CHUNK))
            .map(|(theta, g)| {
                (theta, g, parts.iter_mut().filter_map(Iterator::next).collect::<Vec<&mut [F]>>())
            })
            .collect();
        jobs.into_par_iter().for_each_init(Vec::new, |registers, (theta, g, mut states)| {
            Self::step_chunk((code, far), scalars, theta, g, &mut states, registers);
        });
    }

    fn averages(&self) -> bool {
        false
    }

    fn evaluated(&self, _scalars: &Scalars<F>, _theta: &mut [F], _states: &[&[F]]) {}
}
