//! Rules of matrices by products: every matrix by its plan, the rest by segments.

use super::segments::{Piece, Segmented};
use super::tools::{Norms, Stretch, Tools};
use crate::{Argument, Buffer, Device, DeviceError, Matrix, Precision, Product};
use rule::matrix::{MatrixSteps, Operation, Place, Plan, Shape, Side};
use rule::{Layout, OptimizerState, Slot};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

struct Tensor {
    range: Range<usize>,
    shape: Shape,
    /// What is done at every step, with other factors each time.
    plan: Plan,
    /// The place of its first factor in a row of factors.
    factors: usize,
}

/// Neighbouring replicas whose matrices take the same operations, with factors of their own.
pub(super) struct Matrices {
    device: Arc<dyn Device>,
    /// Of each replica.
    steps: Vec<MatrixSteps>,
    tensors: Vec<Tensor>,
    pitch: usize,
    states: Vec<(String, Buffer)>,
    rooms: Vec<Buffer>,
    norms: Norms,
    /// `[steps, replicas, width]` of the epoch under way: the factors of all blends of all matrices.
    factors: Buffer,
    width: usize,
    rest: Option<Segmented>,
}

/// The factors of a plan's blends.
fn factors(plan: &Plan) -> impl Iterator<Item = f64> + '_ {
    plan.operations.iter().flat_map(|operation| match operation {
        Operation::Blend { first, second, .. } => vec![first.0, second.0],
        Operation::Normalise { .. } | Operation::Product { .. } => Vec::new(),
    })
}

/// What tells operations apart that cannot be launched together: everything but their factors.
pub(super) fn kind(steps: &MatrixSteps, layout: &Layout) -> String {
    let mut text = steps.rest.as_ref().map_or(String::new(), |rest| rest.source.clone());
    for slot in steps.divide(layout).0 {
        let mut plan = steps.plan(0, Shape::of(slot));
        for operation in &mut plan.operations {
            if let Operation::Blend { first, second, .. } = operation {
                (first.0, second.0) = (0.0, 0.0);
            }
        }
        text.push_str(&format!("{}: {plan:?}\n", slot.name));
    }
    text
}

impl Matrices {
    pub fn new(
        device: &Arc<dyn Device>,
        steps: Vec<MatrixSteps>,
        layout: &Layout,
        pitch: usize,
    ) -> Result<Self, DeviceError> {
        let (Some(one), replicas) = (steps.first(), steps.len()) else {
            unreachable!("a group has a replica")
        };
        let (own, others) = one.divide(layout);
        let (mut tensors, mut width, mut rooms) = (Vec::new(), 0, Vec::<usize>::new());
        for slot in own {
            let shape = Shape::of(slot);
            let plan = one.plan(0, shape);
            rooms.resize(rooms.len().max(plan.rooms.len()), 0);
            rooms.iter_mut().zip(&plan.rooms).for_each(|(most, len)| *most = (*most).max(*len));
            let count = factors(&plan).count();
            tensors.push(Tensor { range: slot.range(), shape, plan, factors: width });
            width += count;
        }
        let largest = tensors.iter().map(|tensor| tensor.range.len()).max().unwrap_or(0);
        let state = |name: &String| Ok((name.clone(), Buffer::zeros::<f32>(device, replicas * pitch)?));
        let rest = match others.is_empty() {
            true => None,
            false => Some(rest(device, &steps, &others, pitch)?),
        };
        Ok(Self {
            device: Arc::clone(device),
            states: one.states.iter().map(state).collect::<Result<_, DeviceError>>()?,
            rooms: rooms
                .into_iter()
                .map(|len| Buffer::zeros::<f32>(device, replicas * len))
                .collect::<Result<_, _>>()?,
            norms: Norms::new(device, largest, replicas)?,
            factors: Buffer::zeros::<f32>(device, 0)?,
            tensors,
            pitch,
            width,
            rest: rest.flatten(),
            steps,
        })
    }

    /// Puts the factors of `steps` on the device.
    pub fn prepare(&mut self, steps: Range<u64>) -> Result<(), DeviceError> {
        let mut rows: Vec<f32> = Vec::new();
        for k in steps.clone() {
            for replica in &self.steps {
                let plans = self.tensors.iter().map(|tensor| replica.plan(k, tensor.shape));
                plans.for_each(|plan| rows.extend(factors(&plan).map(|factor| factor as f32)));
            }
        }
        if rows.len() * 4 > self.factors.bytes() {
            self.factors = Buffer::zeros::<f32>(&self.device, rows.len())?;
        }
        self.factors.upload(0, &rows)?;
        self.rest.as_mut().map_or(Ok(()), |rest| rest.prepare(steps))
    }

    /// Step `k`, whose factors are in row `row` of those prepared; the replicas' numbers begin at `first`.
    pub fn step(
        &mut self,
        tools: &Tools,
        (k, row): (u64, usize),
        (parameters, gradient, first): (&Buffer, &Buffer, usize),
    ) -> Result<(), DeviceError> {
        if let Some(rest) = &mut self.rest {
            let at = |buffer| Argument::Buffer(buffer, first * 4);
            rest.step(tools, (k, row), (at(parameters), at(gradient)))?;
        }
        for tensor in &self.tensors {
            self.run(tools, tensor, row, (parameters, gradient, first))?;
        }
        Ok(())
    }

    fn run(
        &self,
        tools: &Tools,
        tensor: &Tensor,
        row: usize,
        (parameters, gradient, first): (&Buffer, &Buffer, usize),
    ) -> Result<(), DeviceError> {
        let (replicas, plan) = (self.steps.len(), &tensor.plan);
        let at = |place: Place| {
            let of =
                |buffer, offset| Stretch { buffer, offset: offset + tensor.range.start, pitch: self.pitch };
            match place {
                Place::Theta => of(parameters, first),
                Place::Gradient => of(gradient, first),
                Place::State(i) => of(&self.states[i].1, 0),
                Place::Room(i) => Stretch { buffer: &self.rooms[i], offset: 0, pitch: plan.rooms[i] },
            }
        };
        let len = |place: Place| match place {
            Place::Room(i) => plan.rooms[i],
            _ => tensor.shape.len(),
        };
        let mut factor = row * replicas * self.width + tensor.factors;
        for operation in &plan.operations {
            match operation {
                Operation::Blend { to, first, second } => {
                    let own = Stretch { buffer: &self.factors, offset: factor, pitch: self.width };
                    tools.blend(at(*to), (at(first.1), at(second.1)), own, len(*to), replicas)?;
                    factor += 2;
                }
                Operation::Normalise { to, of, floor } => {
                    tools.normalise(at(*to), at(*of), len(*of), replicas, (*floor, &self.norms))?;
                }
                Operation::Product { to, left, right } => {
                    let matrix = |place: Place| {
                        let Stretch { buffer, offset, pitch } = at(place);
                        Matrix { buffer, offset, stride: pitch }
                    };
                    let side = |side: &Side| (matrix(side.place), side.transposed);
                    let ((left_of, left_transposed), (right_of, right_transposed)) =
                        (side(left), side(right));
                    let ([rows, terms], [_, columns]) = (left.shape(), right.shape());
                    let product = Product {
                        left: left_of,
                        left_transposed,
                        right: right_of,
                        right_transposed,
                        out: matrix(*to),
                        rows,
                        terms,
                        columns,
                        replicas,
                    };
                    // An optimizer's arithmetic is single precision whatever the network's.
                    product.start(Precision::F32)?;
                }
            }
        }
        Ok(())
    }

    /// What a replica's optimizer remembers.
    pub fn export(&self, replica: usize, steps_taken: u64) -> Result<OptimizerState<f32>, DeviceError> {
        let mut state = OptimizerState { steps_taken, ..OptimizerState::default() };
        for (name, buffer) in &self.states {
            let mut all = Vec::new();
            for tensor in &self.tensors {
                let first = replica * self.pitch + tensor.range.start;
                all.extend(buffer.download::<f32>(first, tensor.range.len())?);
            }
            state.states.insert(name.clone(), all);
        }
        if let Some(rest) = &self.rest {
            let rest = rest.export(replica, steps_taken)?;
            let named = |name: String| format!("{}{name}", MatrixSteps::REST);
            state.states.extend(rest.states.into_iter().map(|(name, of)| (named(name), of)));
            state.memory.extend(rest.memory.into_iter().map(|(name, of)| (named(name), of)));
        }
        Ok(state)
    }

    /// Continues a replica.
    pub fn import(&mut self, replica: usize, state: &OptimizerState<f32>) -> Result<(), DeviceError> {
        let len: usize = self.tensors.iter().map(|tensor| tensor.range.len()).sum();
        for (name, buffer) in &mut self.states {
            let mut values = super::named(&state.states, name, len)?;
            for tensor in &self.tensors {
                let (these, others) = values.split_at(tensor.range.len());
                buffer.upload(replica * self.pitch + tensor.range.start, these)?;
                values = others;
            }
        }
        let Some(rest) = &mut self.rest else { return Ok(()) };
        let own = |name: &String| name.strip_prefix(MatrixSteps::REST).map(str::to_owned);
        let states: BTreeMap<_, _> =
            state.states.iter().filter_map(|(name, of)| Some((own(name)?, of.clone()))).collect();
        let memory: BTreeMap<_, _> =
            state.memory.iter().filter_map(|(name, of)| Some((own(name)?, of.clone()))).collect();
        rest.import(replica, &OptimizerState { steps_taken: state.steps_taken, states, memory })
    }
}

/// The optimizer of the tensors that are left, one behind the other as it sees them.
fn rest(
    device: &Arc<dyn Device>,
    steps: &[MatrixSteps],
    slots: &[&Slot],
    pitch: usize,
) -> Result<Option<Segmented>, DeviceError> {
    let kernels: Option<Vec<_>> = steps.iter().map(|steps| steps.rest.clone()).collect();
    let Some(kernels) = kernels else { return Ok(None) };
    let (mut left, mut pieces) = (Layout::default(), Vec::new());
    for slot in slots {
        let layout = left.push(slot.name.clone(), slot.shape.clone());
        left.mark(slot.role);
        pieces.push(Piece { layout, start: slot.offset });
    }
    Ok(Some(Segmented::new(device, kernels, &left, pieces, pitch)?))
}
