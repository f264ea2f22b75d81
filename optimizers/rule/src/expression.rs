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
}

impl Node {
    /// The nodes that this one is computed from.
    pub fn operands(&self) -> Vec<usize> {
        match *self {
            Self::Input(_) => vec![],
            Self::Neg(a) | Self::Sqrt(a) => vec![a],
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) | Self::Div(a, b) | Self::Maximum(a, b) => {
                vec![a, b]
            }
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
}

/// A rule as a list of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The operations, operands before their use.
    pub nodes: Vec<Node>,
    /// The new parameter.
    pub theta: usize,
    /// The new states.
    pub states: Vec<usize>,
}

impl Traced {
    /// The update of `rule`; with `first`, preceded by [`Rule::start`] on zero states.
    pub fn update<R: Rule>(rule: &R, first: bool) -> Self {
        Self::record(rule, first, |rule, theta, g, scalars, states| {
            if first {
                rule.start(theta, g, scalars, states);
            }
            rule.update(theta, g, scalars, states)
        })
    }

    /// [`Rule::start`] alone: the initial states. `theta` is the parameter itself.
    pub fn start<R: Rule>(rule: &R) -> Self {
        Self::record(rule, true, |rule, theta, g, scalars, states| {
            rule.start(theta, g, scalars, states);
            theta
        })
    }

    fn record<R: Rule>(
        rule: &R,
        zero_states: bool,
        run: impl for<'a> Fn(&R, Expr<'a>, Expr<'a>, &[Expr<'a>], &mut [Expr<'a>]) -> Expr<'a>,
    ) -> Self {
        let arena = Arena::default();
        let theta = arena.input(Input::Theta);
        let g = arena.input(Input::Gradient);
        let scalars: Vec<_> = (0..rule.scalars().len()).map(|i| arena.input(Input::Scalar(i))).collect();
        let state = |i| if zero_states { Input::Zero } else { Input::State(i) };
        let mut states: Vec<_> = (0..rule.states().len()).map(|i| arena.input(state(i))).collect();
        let theta = run(rule, theta, g, &scalars, &mut states).id();
        let states = states.into_iter().map(Expr::id).collect();
        Self { nodes: arena.nodes.into_inner(), theta, states }
    }

    /// Indices of the scalars that the results depend on.
    pub fn scalars_used(&self) -> Vec<usize> {
        let used = self.nodes.iter().zip(self.uses()).filter(|(_, uses)| *uses > 0);
        used.filter_map(|(node, _)| match node {
            Node::Input(Input::Scalar(index)) => Some(*index),
            _ => None,
        })
        .collect()
    }

    /// How often each node is an operand of a node that the results need, or a result itself.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        for &result in self.states.iter().chain([&self.theta]) {
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
