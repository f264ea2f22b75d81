//! Operations on blocks of elements: what a formula's steps are computed by.
//!
//! A block's numbers stay in the first-level cache from operation to operation. Every operation is rounded as in a compiled
//! rule, so the bits are the same.

use super::Formula;
use super::host::Moment;
use crate::elementwise::Sweep;
use crate::expression::{Input, Node, Traced};
use crate::sums::{LANES, Stretch, Sums, fold, over_chunks};
use crate::sweep::{CHUNK, Scalars};
use crate::{Float, Scope};
use pulp::Arch;
use rayon::prelude::*;

/// Elements of a block: two kilobytes in single precision, and whole rows of the lanes of sums.
const BLOCK: usize = 2 * LANES;

/// Where an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    Theta,
    Gradient,
    State(usize),
    Scalar(usize),
    Zero,
    Register(usize),
}

/// One operation on a block.
#[derive(Clone, Copy, Debug)]
struct Operation {
    /// What is done; the node's own operands do not matter any more.
    node: Node,
    to: usize,
    a: Operand,
    b: Operand,
}

/// A traced function as operations on registers.
#[derive(Clone, Debug)]
struct Code {
    operations: Vec<Operation>,
    registers: usize,
    theta: Option<Operand>,
    states: Vec<Operand>,
    terms: Vec<Operand>,
}

impl Code {
    fn new(traced: &Traced) -> Self {
        let uses = traced.uses();
        // The last operation that reads a node; results are read at the end.
        let mut last = vec![0; traced.nodes.len()];
        for (id, node) in traced.nodes.iter().enumerate().filter(|(id, _)| uses[*id] > 0) {
            node.operands().into_iter().for_each(|operand| last[operand] = id);
        }
        traced.results().for_each(|result| last[result] = usize::MAX);
        let mut places: Vec<Option<Operand>> = vec![None; traced.nodes.len()];
        let (mut operations, mut free, mut registers) = (Vec::new(), Vec::new(), 0);
        for (id, node) in traced.nodes.iter().enumerate().filter(|(id, _)| uses[*id] > 0) {
            if let Node::Input(input) = node {
                places[id] = Some(match *input {
                    Input::Theta => Operand::Theta,
                    Input::Gradient => Operand::Gradient,
                    Input::State(i) => Operand::State(i),
                    Input::Scalar(i) => Operand::Scalar(i),
                    Input::Zero => Operand::Zero,
                });
                continue;
            }
            let operands = node.operands();
            let place =
                |number: usize| operands.get(number).and_then(|&of| places[of]).unwrap_or(Operand::Zero);
            let (a, b) = (place(0), place(1));
            // Never a register that is read here.
            let to = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers - 1
            });
            operations.push(Operation { node: *node, to, a, b });
            places[id] = Some(Operand::Register(to));
            let mut done: Vec<usize> = operands.into_iter().filter(|&operand| last[operand] == id).collect();
            done.sort_unstable();
            done.dedup();
            free.extend(done.into_iter().filter_map(|operand| match places[operand] {
                Some(Operand::Register(register)) => Some(register),
                _ => None,
            }));
        }
        let place = |id: &usize| places[*id].unwrap_or(Operand::Zero);
        Self {
            operations,
            registers,
            theta: traced.theta.as_ref().map(place),
            states: traced.states.iter().map(place).collect(),
            terms: traced.terms.iter().map(place).collect(),
        }
    }
}

/// What the operations on a block read.
struct Block<'a, F> {
    theta: &'a [F],
    g: &'a [F],
    states: &'a [&'a [F]],
    scalars: &'a Scalars<F>,
}

/// A factor: a number for each element, or one for all.
enum Values<'a, F> {
    Each(&'a [F]),
    All(F),
}

impl<F: Float> Block<'_, F> {
    #[inline(always)]
    fn values<'b>(&'b self, operand: Operand, registers: &'b [Vec<F>]) -> Values<'b, F> {
        let len = self.theta.len();
        match operand {
            Operand::Theta => Values::Each(self.theta),
            Operand::Gradient => Values::Each(self.g),
            Operand::State(i) => Values::Each(&self.states[i][..len]),
            Operand::Register(r) => Values::Each(&registers[r][..len]),
            Operand::Scalar(i) => Values::All(self.scalars[i]),
            Operand::Zero => Values::All(F::default()),
        }
    }

    /// Runs all operations.
    #[inline(always)]
    fn run(&self, code: &Code, registers: &mut [Vec<F>]) {
        for operation in &code.operations {
            let mut out = std::mem::take(&mut registers[operation.to]);
            let to = &mut out[..self.theta.len()];
            let (a, b) = (self.values(operation.a, registers), self.values(operation.b, registers));
            match operation.node {
                Node::Add(..) => two(to, a, b, |a, b| a + b),
                Node::Sub(..) => two(to, a, b, |a, b| a - b),
                Node::Mul(..) => two(to, a, b, |a, b| a * b),
                Node::Div(..) => two(to, a, b, |a, b| a / b),
                Node::Maximum(..) => two(to, a, b, F::maximum),
                Node::Neg(_) => one(to, a, |a| -a),
                Node::Sqrt(_) => one(to, a, F::sqrt),
                Node::Abs(_) => one(to, a, F::abs),
                Node::Sign(_) => one(to, a, F::sign),
                Node::Positive(_) => one(to, a, F::positive),
                Node::Input(_) => {}
            }
            registers[operation.to] = out;
        }
    }
}

#[inline(always)]
fn one<F: Float>(to: &mut [F], a: Values<'_, F>, f: impl Fn(F) -> F) {
    match a {
        Values::Each(a) => to.iter_mut().zip(a).for_each(|(to, &a)| *to = f(a)),
        Values::All(a) => to.fill(f(a)),
    }
}

#[inline(always)]
fn two<F: Float>(to: &mut [F], a: Values<'_, F>, b: Values<'_, F>, f: impl Fn(F, F) -> F) {
    match (a, b) {
        (Values::Each(a), Values::Each(b)) => {
            to.iter_mut().zip(a).zip(b).for_each(|((to, &a), &b)| *to = f(a, b));
        }
        (Values::Each(a), Values::All(b)) => to.iter_mut().zip(a).for_each(|(to, &a)| *to = f(a, b)),
        (Values::All(a), Values::Each(b)) => to.iter_mut().zip(b).for_each(|(to, &b)| *to = f(a, b)),
        (Values::All(a), Values::All(b)) => to.fill(f(a, b)),
    }
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

    /// One chunk, block by block.
    fn step_chunk<F: Float>(
        code: &Code,
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
                for start in (0..theta.len()).step_by(BLOCK) {
                    let range = start..theta.len().min(start + BLOCK);
                    let before: Vec<&[F]> = states.iter().map(|state| &state[range.clone()]).collect();
                    let block = Block {
                        theta: &theta[range.clone()],
                        g: &g[range.clone()],
                        states: &before,
                        scalars,
                    };
                    block.run(code, registers);
                    // A result that is another's old value is copied before that is written over.
                    let result = |operand: Operand| -> Option<Vec<F>> {
                        match operand {
                            Operand::Register(_) => None,
                            other => {
                                let mut copy = vec![F::default(); range.len()];
                                one(&mut copy, block.values(other, registers), |x| x);
                                Some(copy)
                            }
                        }
                    };
                    let copies: Vec<Option<Vec<F>>> =
                        code.states.iter().map(|&operand| result(operand)).collect();
                    let theta_copy = code.theta.and_then(result);
                    let write = |to: &mut [F], operand: Operand, copy: &Option<Vec<F>>| match (operand, copy)
                    {
                        (Operand::Register(register), _) => {
                            to.copy_from_slice(&registers[register][..to.len()])
                        }
                        (_, Some(copy)) => to.copy_from_slice(copy),
                        _ => {}
                    };
                    for ((state, &operand), copy) in states.iter_mut().zip(&code.states).zip(&copies) {
                        write(&mut state[range.clone()], operand, copy);
                    }
                    if let Some(operand) = code.theta {
                        write(&mut theta[range.clone()], operand, &theta_copy);
                    }
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
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for start in chunk.clone().step_by(BLOCK) {
                        let range = start..chunk.end.min(start + BLOCK);
                        let states: Vec<&[F]> =
                            all.states.iter().map(|state| &state[range.clone()]).collect();
                        let (theta, g) = (&all.theta[range.clone()], &all.g[range.clone()]);
                        let block = Block { theta, g, states: &states, scalars };
                        block.run(code, &mut registers);
                        for (lanes, &operand) in lanes.iter_mut().zip(&code.terms) {
                            match block.values(operand, &registers) {
                                Values::Each(terms) => {
                                    for row in terms.chunks(LANES) {
                                        lanes
                                            .iter_mut()
                                            .zip(row)
                                            .for_each(|(lane, term)| *lane += term.to_f64());
                                    }
                                }
                                Values::All(term) => {
                                    (0..range.len()).for_each(|i| lanes[i % LANES] += term.to_f64());
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
            return Self::step_chunk(code, scalars, theta, g, states, &mut Vec::new());
        }
        let mut parts: Vec<_> = states.iter_mut().map(|state| state.chunks_mut(CHUNK)).collect();
        let jobs: Vec<_> = theta
            .chunks_mut(CHUNK)
            .zip(g.chunks(CHUNK))
            .map(|(theta, g)| {
                (theta, g, parts.iter_mut().filter_map(Iterator::next).collect::<Vec<&mut [F]>>())
            })
            .collect();
        jobs.into_par_iter().for_each_init(Vec::new, |registers, (theta, g, mut states)| {
            Self::step_chunk(code, scalars, theta, g, &mut states, registers);
        });
    }

    fn averages(&self) -> bool {
        false
    }

    fn evaluated(&self, _scalars: &Scalars<F>, _theta: &mut [F], _states: &[&[F]]) {}
}
