//! Tracing: a rule run on expressions instead of numbers.

use crate::{Number, Rule};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What a rule is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The parameter θ.
    Theta,
    /// The gradient g.
    Gradient,
    /// The scalar of this index.
    Scalar(usize),
    /// The state of this index.
    State(usize),
    /// The number 0: a state before the first step.
    Zero,
    /// The sum of this index.
    Sum(usize),
    /// The number of this index that is remembered from step to step.
    Memory(usize),
    /// How many elements the sums go over.
    Count,
}

/// One operation; operands are indices of earlier nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Node {
    Input(Input),
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    Neg(usize),
    Sqrt(usize),
    Maximum(usize, usize),
    Abs(usize),
    Sign(usize),
    Positive(usize),
}

impl Node {
    /// The nodes that this one is computed from.
    pub fn operands(&self) -> Vec<usize> {
        match *self {
            Self::Input(_) => vec![],
            Self::Neg(a) | Self::Sqrt(a) | Self::Abs(a) | Self::Sign(a) | Self::Positive(a) => vec![a],
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) | Self::Div(a, b) | Self::Maximum(a, b) => {
                vec![a, b]
            }
        }
    }

    /// Its value from those of its operands; an input has none of its own and is 0.
    pub fn apply<N: Number + Default>(&self, of: impl Fn(usize) -> N) -> N {
        match *self {
            Self::Input(_) => N::default(),
            Self::Add(a, b) => of(a) + of(b),
            Self::Sub(a, b) => of(a) - of(b),
            Self::Mul(a, b) => of(a) * of(b),
            Self::Div(a, b) => of(a) / of(b),
            Self::Neg(a) => -of(a),
            Self::Sqrt(a) => of(a).sqrt(),
            Self::Maximum(a, b) => of(a).maximum(of(b)),
            Self::Abs(a) => of(a).abs(),
            Self::Sign(a) => of(a).sign(),
            Self::Positive(a) => of(a).positive(),
        }
    }
}

/// Where expressions live. The same operation on the same operands is one node, so a common subexpression is
/// computed once.
#[derive(Debug, Default)]
pub struct Arena {
    nodes: RefCell<Vec<Node>>,
    known: RefCell<BTreeMap<Node, usize>>,
}

impl Arena {
    fn add(&self, node: Node) -> Expr<'_> {
        let mut nodes = self.nodes.borrow_mut();
        let id = *self.known.borrow_mut().entry(node).or_insert_with(|| {
            nodes.push(node);
            nodes.len() - 1
        });
        Expr { arena: self, id }
    }

    /// What has been written into it.
    pub fn into_nodes(self) -> Vec<Node> {
        self.nodes.into_inner()
    }

    /// The expression of an input.
    pub fn input(&self, input: Input) -> Expr<'_> {
        self.add(Node::Input(input))
    }
}

/// A handle of an expression in an [`Arena`].
#[derive(Clone, Copy, Debug)]
pub struct Expr<'a> {
    arena: &'a Arena,
    id: usize,
}

impl Expr<'_> {
    /// Its index among the arena's nodes.
    pub fn id(self) -> usize {
        self.id
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait for Expr<'_> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.arena.add(Node::$trait(self.id, other.id))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Neg for Expr<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.arena.add(Node::Neg(self.id))
    }
}

impl Number for Expr<'_> {
    fn sqrt(self) -> Self {
        self.arena.add(Node::Sqrt(self.id))
    }
    fn maximum(self, other: Self) -> Self {
        self.arena.add(Node::Maximum(self.id, other.id))
    }
    fn abs(self) -> Self {
        self.arena.add(Node::Abs(self.id))
    }
    fn sign(self) -> Self {
        self.arena.add(Node::Sign(self.id))
    }
    fn positive(self) -> Self {
        self.arena.add(Node::Positive(self.id))
    }
}

/// A function of a rule as a list of operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traced {
    /// The operations, operands before their use.
    pub nodes: Vec<Node>,
    /// The new parameter, if this computes one.
    pub theta: Option<usize>,
    /// The new states, if this computes them.
    pub states: Vec<usize>,
    /// The terms of sums, if this computes them.
    pub terms: Vec<usize>,
    /// The scalars of the step, if this computes them.
    pub scalars: Vec<usize>,
    /// What is remembered after the step, if this computes it.
    pub memory: Vec<usize>,
}

/// What a traced function computes.
#[derive(Default)]
struct Results<'a> {
    theta: Option<Expr<'a>>,
    states: Vec<Expr<'a>>,
    terms: Vec<Expr<'a>>,
}

impl Traced {
    /// The update of `rule`; with `first`, preceded by [`Rule::start`] on zero states.
    pub fn update<R: Rule>(rule: &R, first: bool) -> Self {
        Self::record(rule, first, |rule, theta, g, scalars, mut states| {
            if first {
                rule.start(theta, g, scalars, &mut states);
            }
            let theta = Some(rule.update(theta, g, scalars, &mut states));
            Results { theta, states, ..Results::default() }
        })
    }

    /// [`Rule::start`] alone: the initial states.
    pub fn start<R: Rule>(rule: &R) -> Self {
        Self::record(rule, true, |rule, theta, g, scalars, mut states| {
            rule.start(theta, g, scalars, &mut states);
            Results { states, ..Results::default() }
        })
    }

    /// [`Rule::terms`]; with `first`, of the initial states.
    pub fn terms<R: Rule>(rule: &R, first: bool) -> Self {
        Self::record(rule, first, |rule, theta, g, scalars, mut states| {
            if first {
                rule.start(theta, g, scalars, &mut states);
            }
            let mut terms = vec![theta; R::SUMS.len()];
            rule.terms(theta, g, scalars, &states, &mut terms);
            Results { terms, ..Results::default() }
        })
    }

    /// [`Rule::evaluated`].
    pub fn evaluated<R: Rule>(rule: &R) -> Self {
        Self::record(rule, false, |rule, theta, _, scalars, states| Results {
            theta: Some(rule.evaluated(theta, scalars, &states)),
            ..Results::default()
        })
    }

    fn record<R: Rule>(
        rule: &R,
        zero_states: bool,
        run: impl for<'a> Fn(&R, Expr<'a>, Expr<'a>, &[Expr<'a>], Vec<Expr<'a>>) -> Results<'a>,
    ) -> Self {
        let arena = Arena::default();
        let theta = arena.input(Input::Theta);
        let g = arena.input(Input::Gradient);
        let scalars: Vec<_> = (0..rule.scalars().len()).map(|i| arena.input(Input::Scalar(i))).collect();
        let state = |i| if zero_states { Input::Zero } else { Input::State(i) };
        let states: Vec<_> = (0..rule.states().len()).map(|i| arena.input(state(i))).collect();
        let Results { theta, states, terms } = run(rule, theta, g, &scalars, states);
        let ids = |expressions: Vec<Expr>| expressions.into_iter().map(Expr::id).collect();
        let (theta, states, terms) = (theta.map(Expr::id), ids(states), ids(terms));
        Self { nodes: arena.into_nodes(), theta, states, terms, ..Self::default() }
    }

    /// [`Rule::recall`]: the scalars that the terms are computed with.
    pub fn recalled<R: Rule>(rule: &R) -> Self {
        Self::of_step(rule, |rule, _, memory, scalars| rule.recall(memory, scalars))
    }

    /// [`Rule::recall`], then [`Rule::conclude`]: the scalars that the update is computed with, and what is remembered.
    pub fn concluded<R: Rule>(rule: &R) -> Self {
        Self::of_step(rule, |rule, sums, memory, scalars| {
            rule.recall(memory, scalars);
            rule.conclude(sums, memory, scalars);
        })
    }

    fn of_step<R: Rule>(
        rule: &R,
        run: impl for<'a> Fn(&R, &[Expr<'a>], &mut [Expr<'a>], &mut [Expr<'a>]),
    ) -> Self {
        let arena = Arena::default();
        let inputs = |count: usize, input: fn(usize) -> Input| -> Vec<Expr<'_>> {
            (0..count).map(|i| arena.input(input(i))).collect()
        };
        let mut scalars = inputs(rule.scalars().len(), Input::Scalar);
        let sums = inputs(R::SUMS.len(), Input::Sum);
        let mut memory = inputs(rule.memory().len(), Input::Memory);
        run(rule, &sums, &mut memory, &mut scalars);
        let ids = |expressions: Vec<Expr<'_>>| expressions.into_iter().map(Expr::id).collect();
        let (scalars, memory) = (ids(scalars), ids(memory));
        Self { nodes: arena.into_nodes(), scalars, memory, ..Self::default() }
    }

    /// Everything that this computes.
    pub fn results(&self) -> impl Iterator<Item = usize> {
        let of_elements = self.states.iter().chain(&self.theta).chain(&self.terms);
        of_elements.chain(&self.scalars).chain(&self.memory).copied()
    }

    /// Indices of the scalars that the results depend on.
    pub fn scalars_used(&self) -> Vec<usize> {
        let of_scalar = |input| if let Input::Scalar(index) = input { Some(index) } else { None };
        self.inputs_read().into_iter().filter_map(of_scalar).collect()
    }

    /// What the results depend on.
    pub fn inputs_read(&self) -> Vec<Input> {
        let used = self.nodes.iter().zip(self.uses()).filter(|(_, uses)| *uses > 0);
        used.filter_map(|(node, _)| if let Node::Input(input) = node { Some(*input) } else { None }).collect()
    }

    /// How often each node is an operand of a node that the results need, or a result itself.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        for result in self.results() {
            uses[result] += 1;
        }
        for id in (0..self.nodes.len()).rev() {
            if uses[id] > 0 {
                for operand in self.nodes[id].operands() {
                    uses[operand] += 1;
                }
            }
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_expressions_are_one_node() {
        let arena = Arena::default();
        let (x, y) = (arena.input(Input::Theta), arena.input(Input::Gradient));
        assert_eq!((x * y + x).id(), (x * y + x).id());
        assert_ne!((x * y).id(), (y * x).id());
        assert_eq!(arena.nodes.borrow().len(), 5);
    }
}
