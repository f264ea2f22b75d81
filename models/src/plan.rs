//! Where the numbers of a pass lie: buffers of activations and of gradients, from the lifetimes of values.

use crate::Shape;
use crate::network::Node;
use crate::ops::Operator;

/// What a backward pass does with the gradient that an op makes of its first input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is where that of the output was.
    Same,
    /// It is put into a slot.
    Set(usize),
    /// It is put into `scratch` and added to what others had put into `slot`.
    Add {
        /// Slot of the gradient.
        slot: usize,
        /// Slot of the op's part.
        scratch: usize,
    },
    /// It is where that of the output was, and is added to what others had put there.
    AddSame(usize),
}

/// One op's place in the passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whether it writes its output over its first input.
    pub over_input: bool,
    /// Whether the gradient of its first input is to be that before the rectifier which the input came out of.
    pub gated: bool,
    /// Whether the gradient of its output has still to pass its rectifier.
    pub unrectify: bool,
    /// Slot of the gradient of its output.
    pub dy: usize,
    /// What becomes of the gradient of its first input; none if nobody asks for it.
    pub dx: Option<Route>,
    /// Slot of the gradient of its second input, and whether others had put something there before.
    pub other: Option<(usize, bool)>,
}

/// Buffers of a network's passes. Sizes are in numbers per image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Sizes of the activations' buffers.
    pub buffers: Vec<usize>,
    /// The buffer of every value.
    pub buffer: Vec<usize>,
    /// Sizes of the gradients' buffers.
    pub slots: Vec<usize>,
    /// The place of every op.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Of `nodes` in topological order over values of these shapes, the first of which is the network's input and the last the
    /// output of the last node.
    pub(crate) fn new(nodes: &[Node], values: &[Shape]) -> Self {
        let (mut uses, mut producer) = (vec![0; values.len()], vec![None; values.len()]);
        let mut needs = vec![Need::Nothing; values.len()];
        for node in nodes {
            node.inputs.iter().for_each(|&value| uses[value] += 1);
            producer[node.output] = Some(&node.op);
        }
        let mut plan = Self {
            buffers: vec![values.first().map_or(0, |input| input.size())],
            buffer: vec![0; values.len()],
            ..Self::default()
        };
        let mut wanted = vec![false; values.len()];
        for node in nodes {
            let input = node.inputs[0];
            let is_free = producer[input].is_some()
                && uses[input] == 1
                && match needs[input] {
                    Need::Nothing => true,
                    Need::Signs => node.op.spares_rectifier(),
                    Need::All => false,
                };
            let over_input = node.op.in_place() && is_free;
            let own = match (node.op.reads_output(), node.op.rectified()) {
                (false, _) => Need::Nothing,
                (true, true) => Need::Signs,
                (true, false) => Need::All,
            };
            // Whoever wrote into the buffer before still reads it.
            needs[node.output] = if over_input { own.max(needs[input]) } else { own };
            plan.buffer[node.output] = if over_input {
                plan.buffer[input]
            } else {
                plan.buffers.push(values[node.output].size());
                plan.buffers.len() - 1
            };
            wanted[node.output] = !node.parameters.is_empty() || node.inputs.iter().any(|&v| wanted[v]);
            let is_rectified = producer[input].is_some_and(Operator::rectified);
            plan.steps.push(Step {
                over_input,
                gated: node.op.gates() && is_rectified && uses[input] == 1 && wanted[input],
                unrectify: false,
                dy: 0,
                dx: None,
                other: None,
            });
        }
        let mut gated = vec![false; values.len()];
        nodes.iter().zip(&plan.steps).for_each(|(node, step)| gated[node.inputs[0]] |= step.gated);
        for (node, step) in nodes.iter().zip(&mut plan.steps) {
            step.unrectify = node.op.rectified() && !gated[node.output];
        }
        plan.route(nodes, values, &wanted);
        plan
    }

    /// Gives every gradient a slot from the op that first has a part in it to the op whose output it belongs to.
    fn route(&mut self, nodes: &[Node], values: &[Shape], wanted: &[bool]) {
        let mut slots = Slots::default();
        let mut slot: Vec<Option<usize>> = vec![None; values.len()];
        if let Some(last) = nodes.last() {
            slot[last.output] = Some(slots.take(values[last.output].size()));
        }
        for (i, node) in nodes.iter().enumerate().rev() {
            // A value that nothing reads has no gradient; networks are built without.
            let Some(dy) = slot[node.output] else { continue };
            let step = &mut self.steps[i];
            step.dy = dy;
            if let Some(&other) = node.inputs.get(1).filter(|&&v| wanted[v]) {
                let is_there = slot[other].is_some();
                let to = *slot[other].get_or_insert_with(|| slots.take(values[other].size()));
                step.other = Some((to, is_there));
            }
            let input = node.inputs[0];
            let mut is_handed_over = false;
            if wanted[input] {
                step.dx = Some(match (slot[input], node.op.in_place()) {
                    (None, true) => {
                        slot[input] = Some(dy);
                        is_handed_over = true;
                        Route::Same
                    }
                    (Some(slot), true) => Route::AddSame(slot),
                    (None, false) => {
                        let to = slots.take(values[input].size());
                        slot[input] = Some(to);
                        Route::Set(to)
                    }
                    (Some(slot), false) => {
                        let scratch = slots.take(values[input].size());
                        slots.give_back(scratch);
                        Route::Add { slot, scratch }
                    }
                });
            }
            if !is_handed_over {
                slots.give_back(dy);
            }
        }
        self.slots = slots.sizes;
    }
}

/// What backward passes still read of what is in a buffer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Nothing,
    /// Where it is positive: the derivative of a rectifier.
    Signs,
    All,
}

/// Slots in use and free ones.
#[derive(Default)]
struct Slots {
    sizes: Vec<usize>,
    free: Vec<usize>,
}

impl Slots {
    /// The smallest free slot that is large enough, or else the largest, made larger, or else a new one.
    fn take(&mut self, size: usize) -> usize {
        let fits = |&&slot: &&usize| self.sizes[slot] >= size;
        let best = self.free.iter().filter(fits).min_by_key(|&&slot| self.sizes[slot]);
        let best = best.or_else(|| self.free.iter().max_by_key(|&&slot| self.sizes[slot])).copied();
        match best {
            Some(slot) => {
                self.free.retain(|&other| other != slot);
                self.sizes[slot] = self.sizes[slot].max(size);
                slot
            }
            None => {
                self.sizes.push(size);
                self.sizes.len() - 1
            }
        }
    }

    fn give_back(&mut self, slot: usize) {
        self.free.push(slot);
    }
}
