//! A step of a matrix as a list of operations: products and what is done to every element, which every device has.

use super::{Bench, Factor, MatrixFloat, Shape, Step, number};
use crate::cuda::SegmentKernels;
use crate::sums::squares;
use crate::{Layout, Slot};
use std::fmt::{Debug, Formatter};
use std::sync::Arc;

/// Where a matrix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The parameters.
    Theta,
    /// Their gradient.
    Gradient,
    /// The state of this index.
    State(usize),
    /// The room of this index, which holds nothing from step to step.
    Room(usize),
}

/// A factor of a product, row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Where it is.
    pub place: Place,
    /// Rows, as it is stored.
    pub rows: usize,
    /// Columns, as it is stored.
    pub columns: usize,
    /// Whether it is the transposed of what is stored.
    pub transposed: bool,
}

impl Side {
    /// A matrix as it is stored.
    pub fn new(place: Place, rows: usize, columns: usize) -> Self {
        Self { place, rows, columns, transposed: false }
    }

    /// The other way round.
    pub fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// Rows and columns of the factor.
    pub fn shape(self) -> [usize; 2] {
        if self.transposed { [self.columns, self.rows] } else { [self.rows, self.columns] }
    }
}

/// One operation on whole matrices.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `to = first.0 · first.1 + second.0 · second.1`, element by element; `to` may be one of them.
    Blend {
        /// Where it goes.
        to: Place,
        /// The first factor and matrix.
        first: (f64, Place),
        /// The second.
        second: (f64, Place),
    },
    /// `to = of/max(‖of‖_F, floor)`; the norm in double precision.
    Normalise {
        /// Where it goes.
        to: Place,
        /// What is normalised.
        of: Place,
        /// The least norm that is divided by.
        floor: f64,
    },
    /// `to = left · right`; `to` is neither of them.
    Product {
        /// Where it goes.
        to: Place,
        /// The left factor.
        left: Side,
        /// The right factor.
        right: Side,
    },
}

/// A step of one matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In their order.
    pub operations: Vec<Operation>,
    /// Numbers of each room.
    pub rooms: Vec<usize>,
}

impl Plan {
    /// Takes the step.
    pub fn run<F: MatrixFloat>(&self, step: Step<'_, F>, bench: &mut Bench<F>) {
        let Step { theta, g, mut states, .. } = step;
        let mut rooms: Vec<Vec<F>> = self.rooms.iter().map(|&len| vec![number(0.0); len]).collect();
        for operation in &self.operations {
            let at = |place: Place| -> &[F] {
                match place {
                    Place::Theta => theta,
                    Place::Gradient => g,
                    Place::State(i) => &*states[i],
                    Place::Room(i) => &rooms[i],
                }
            };
            let (to, value) = match operation {
                Operation::Blend { to, first, second } => {
                    let (a, b) = (number::<F>(first.0), number::<F>(second.0));
                    let pairs = at(first.1).iter().zip(at(second.1));
                    (to, pairs.map(|(&x, &y)| a * x + b * y).collect::<Vec<F>>())
                }
                Operation::Normalise { to, of, floor } => {
                    let of = at(*of);
                    let inverse = number::<F>(1.0 / squares(of).sqrt().max(*floor));
                    (to, of.iter().map(|&x| inverse * x).collect())
                }
                Operation::Product { to, left, right } => {
                    let factor = |side: &Side| {
                        let stored = Factor::new(at(side.place), side.rows, side.columns);
                        if side.transposed { stored.transposed() } else { stored }
                    };
                    let ([rows, _], [_, columns]) = (left.shape(), right.shape());
                    (to, bench.product(factor(left), factor(right), rows, columns))
                }
            };
            match *to {
                Place::Theta => theta.copy_from_slice(&value),
                Place::Gradient => unreachable!("no operation writes to the gradient"),
                Place::State(i) => states[i].copy_from_slice(&value),
                Place::Room(i) => rooms[i] = value,
            }
        }
    }
}

/// The plans of all matrices at step `k`.
type Plans = Arc<dyn Fn(u64, Shape) -> Plan + Send + Sync>;

/// The steps of a rule of matrices, for a device: a plan for each matrix, kernels of elements for the rest.
#[derive(Clone)]
pub struct MatrixSteps {
    /// The states' names; all are as large as the matrix.
    pub states: Vec<String>,
    /// The kernels of what it does not take.
    pub rest: Option<SegmentKernels>,
    pub(super) plans: Plans,
    pub(super) takes: Arc<dyn Fn(&Slot) -> bool + Send + Sync>,
}

impl Debug for MatrixSteps {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatrixSteps").field("states", &self.states).finish_non_exhaustive()
    }
}

impl MatrixSteps {
    /// What the names of the rest's states begin with.
    pub const REST: &'static str = super::optimizer::REST;

    /// The step of a matrix at step `k`: at every step the same operations, with other factors.
    pub fn plan(&self, k: u64, shape: Shape) -> Plan {
        (self.plans)(k, shape)
    }

    /// The tensors of `layout` that it takes, none of them empty, and the others.
    pub fn divide<'a>(&self, layout: &'a Layout) -> (Vec<&'a Slot>, Vec<&'a Slot>) {
        let (own, others): (Vec<&Slot>, Vec<&Slot>) =
            layout.slots().iter().partition(|slot| (self.takes)(slot));
        (own.into_iter().filter(|slot| !slot.is_empty()).collect(), others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [[3, 0], [0, 4]] has norm 5; its square over 25 is [[9, 0], [0, 16]]/25.
    #[test]
    fn a_plan_by_hand() {
        let shape = Shape { rows: 2, columns: 2, is_matrix: true };
        let room = |i| Side::new(Place::Room(i), 2, 2);
        let plan = Plan {
            operations: vec![
                Operation::Normalise { to: Place::Room(0), of: Place::Gradient, floor: 1e-9 },
                Operation::Product { to: Place::Room(1), left: room(0), right: room(0).transposed() },
                Operation::Blend {
                    to: Place::Theta,
                    first: (2.0, Place::Theta),
                    second: (-25.0, Place::Room(1)),
                },
            ],
            rooms: vec![4, 4],
        };
        let mut theta = [1.0_f64, 2.0, 3.0, 4.0];
        let g = [3.0, 0.0, 0.0, 4.0];
        let step = Step { k: 0, gamma: 1.0, shape, theta: &mut theta, g: &g, states: Vec::new() };
        plan.run(step, &mut Bench::default());
        for (found, by_hand) in theta.iter().zip([2.0 - 9.0, 4.0, 6.0, 8.0 - 16.0]) {
            assert!((found - by_hand).abs() < 1e-12, "{theta:?}");
        }
    }
}
