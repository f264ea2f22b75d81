//! A traced function as operations on blocks.

use crate::expression::{Input, Node, Traced};

/// Where numbers of a block are: one for each element, or one for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Theta,
    Gradient,
    State(usize),
    Scalar(usize),
    Zero,
    Register(usize),
}

/// What is done to a number on its way into an operation, if nothing else needs it: that has no pass of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Plain,
    Square,
    Root,
}

/// What an operation reads: a number, a function of it, and that times a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operand {
    pub place: Place,
    pub way: Way,
    pub times: Option<usize>,
}

impl Operand {
    const ZERO: Self = Self { place: Place::Zero, way: Way::Plain, times: None };
}

/// One operation on a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// What is done; the node's own operands do not matter any more.
    pub node: Node,
    pub to: Place,
    pub a: Operand,
    pub b: Operand,
}

/// A traced function as operations on registers and, where nothing needs the old value any more, in place.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub operations: Vec<Operation>,
    /// How many registers they need.
    pub registers: usize,
    /// Results that are not written in place: where they go, and where they are.
    pub moves: Vec<(Place, Place)>,
    /// Where the terms of sums are.
    pub terms: Vec<Place>,
}

/// A node that its reader computes: a function of node `of`, times a scalar.
#[derive(Clone, Copy)]
struct Folded {
    of: usize,
    way: Way,
    times: Option<usize>,
}

/// What is known of a trace's nodes before they are given places.
struct Plan<'a> {
    traced: &'a Traced,
    uses: Vec<usize>,
    /// What each node is made from on the way into its one reader, if it has no pass of its own.
    folded: Vec<Option<Folded>>,
    /// The last operation that reads a node; results are read at the end.
    last: Vec<usize>,
}

impl<'a> Plan<'a> {
    fn new(traced: &'a Traced) -> Self {
        let uses = traced.uses();
        let nodes = &traced.nodes;
        let scalar = |id: usize| match nodes[id] {
            Node::Input(Input::Scalar(index)) => Some(index),
            _ => None,
        };
        let once = |id: usize| uses[id] == 1;
        let mut folded = vec![None; nodes.len()];
        for (_, node) in nodes.iter().enumerate().filter(|(id, _)| uses[*id] > 0) {
            let sums = matches!(node, Node::Add(..) | Node::Sub(..));
            if !sums && !matches!(node, Node::Div(..)) {
                continue;
            }
            for id in node.operands().into_iter().filter(|&id| once(id)) {
                let (times, factor) = match nodes[id] {
                    Node::Mul(a, b) => match (scalar(a), scalar(b)) {
                        (Some(by), None) => (Some(by), b),
                        (None, Some(by)) => (Some(by), a),
                        _ => (None, id),
                    },
                    _ => (None, id),
                };
                let (way, of) = match nodes[factor] {
                    Node::Mul(a, b) if a == b && sums && once(factor) => (Way::Square, a),
                    Node::Sqrt(a) if sums && once(factor) => (Way::Root, a),
                    _ => (Way::Plain, factor),
                };
                if of != id && scalar(of).is_none() {
                    let whole = Some(Folded { of, way, times });
                    folded[id] = whole;
                    if way != Way::Plain {
                        folded[factor] = whole;
                    }
                }
            }
        }
        let mut plan = Self { traced, uses, folded, last: vec![0; nodes.len()] };
        let done: Vec<usize> = (0..nodes.len()).filter(|&id| plan.is_done(id)).collect();
        for id in done {
            for read in plan.reads(id) {
                plan.last[read] = id;
            }
        }
        traced.results().for_each(|result| plan.last[result] = usize::MAX);
        plan
    }

    /// Whether a node is an operation of its own.
    fn is_done(&self, id: usize) -> bool {
        self.uses[id] > 0 && self.folded[id].is_none() && !matches!(self.traced.nodes[id], Node::Input(_))
    }

    /// The nodes that an operation reads, folded ones seen through.
    fn reads(&self, id: usize) -> Vec<usize> {
        let operands = self.traced.nodes[id].operands();
        operands.into_iter().map(|of| self.folded[of].map_or(of, |folded| folded.of)).collect()
    }

    /// The place of a result that node `id` may be written to at once: it is that one result's alone, and nothing that comes
    /// later reads what was there.
    fn in_place(&self, id: usize) -> Option<Place> {
        let states =
            self.traced.states.iter().enumerate().map(|(i, &of)| (Place::State(i), Input::State(i), of));
        let theta = self.traced.theta.map(|of| (Place::Theta, Input::Theta, of));
        let mut own = states.chain(theta).filter(|(_, _, of)| *of == id);
        let (place, old, _) = own.next()?;
        let read_later = self
            .traced
            .nodes
            .iter()
            .zip(&self.last)
            .any(|(node, &last)| *node == Node::Input(old) && last > id);
        // What a loop finds in its own place it takes as it is, or times a scalar.
        let operands = self.traced.nodes[id].operands();
        let bent = operands
            .into_iter()
            .filter_map(|of| self.folded[of])
            .any(|folded| folded.way != Way::Plain && self.traced.nodes[folded.of] == Node::Input(old));
        (own.next().is_none() && !bent && !self.traced.terms.contains(&id) && !read_later).then_some(place)
    }
}

impl Code {
    pub fn new(traced: &Traced) -> Self {
        let plan = Plan::new(traced);
        let input = |node: &Node| match *node {
            Node::Input(Input::Theta) => Some(Place::Theta),
            Node::Input(Input::Gradient) => Some(Place::Gradient),
            Node::Input(Input::State(i)) => Some(Place::State(i)),
            Node::Input(Input::Scalar(i)) => Some(Place::Scalar(i)),
            Node::Input(Input::Zero) => Some(Place::Zero),
            _ => None,
        };
        let mut places: Vec<Option<Place>> = traced.nodes.iter().map(input).collect();
        let (mut operations, mut free, mut registers) = (Vec::new(), Vec::new(), 0);
        for (id, node) in traced.nodes.iter().enumerate().filter(|(id, _)| plan.is_done(*id)) {
            let operands = node.operands();
            let operand = |number: usize| {
                let Some(&of) = operands.get(number) else { return Operand::ZERO };
                let plain = Folded { of, way: Way::Plain, times: None };
                let Folded { of, way, times } = plan.folded[of].unwrap_or(plain);
                Operand { place: places[of].unwrap_or(Place::Zero), way, times }
            };
            let (a, b) = (operand(0), operand(1));
            // Never a register that is read here.
            let to = plan.in_place(id).unwrap_or_else(|| {
                Place::Register(free.pop().unwrap_or_else(|| {
                    registers += 1;
                    registers - 1
                }))
            });
            operations.push(Operation { node: *node, to, a, b });
            places[id] = Some(to);
            let mut done: Vec<usize> =
                plan.reads(id).into_iter().filter(|&read| plan.last[read] == id).collect();
            done.sort_unstable();
            done.dedup();
            free.extend(done.into_iter().filter_map(|read| match places[read] {
                Some(Place::Register(register)) => Some(register),
                _ => None,
            }));
        }
        let place = |id: usize| places[id].unwrap_or(Place::Zero);
        let states = traced.states.iter().enumerate().map(|(i, &of)| (Place::State(i), place(of)));
        let theta = traced.theta.map(|of| (Place::Theta, place(of)));
        Self {
            moves: states.chain(theta).filter(|(to, from)| to != from).collect(),
            terms: traced.terms.iter().map(|&of| place(of)).collect(),
            operations,
            registers,
        }
    }
}
