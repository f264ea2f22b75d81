//! Rules of matrices: what they step as a whole, and who steps the rest.

mod configured;
mod linear;
mod optimizer;
mod plan;

pub use configured::Matrices;
pub use kernels::Factor;
pub use linear::{Bench, MatrixFloat, Square, number};
pub use plan::{MatrixSteps, Operation, Place, Plan, Side};

use crate::Slot;

/// A tensor as a matrix. A convolution's `[kernel, kernel, in, out]` is `[kernel · kernel · in, out]`, a vector a single
/// column, a number one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Whether the tensor has two dimensions or more.
    pub is_matrix: bool,
}

impl Shape {
    /// That of a tensor.
    pub fn of(slot: &Slot) -> Self {
        let columns = if slot.is_matrix() { slot.shape.last().copied().unwrap_or(1) } else { 1 };
        Self { rows: slot.len().checked_div(columns).unwrap_or(0), columns, is_matrix: slot.is_matrix() }
    }

    /// Elements.
    pub fn len(self) -> usize {
        self.rows * self.columns
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// A step of one matrix: what goes in, and what is to be changed.
pub struct Step<'a, F> {
    /// The number of the step, 0 for the first.
    pub k: u64,
    /// The scheduled step size γ_k.
    pub gamma: f64,
    /// Rows and columns.
    pub shape: Shape,
    /// The parameters `[rows, columns]`.
    pub theta: &'a mut [F],
    /// The gradient `[rows, columns]`.
    pub g: &'a [F],
    /// The states, in the order of [`MatrixRule::states`].
    pub states: Vec<&'a mut [F]>,
}

/// An update rule of whole matrices together with the values of its hyper-parameters. What it does not take goes to an
/// optimizer of elements that the configuration names.
pub trait MatrixRule: Clone + Send + Sync + 'static {
    /// The states' names.
    fn states(&self) -> &'static [&'static str];

    /// How many numbers each state has for a matrix of this shape.
    fn lengths(&self, shape: Shape) -> Vec<usize>;

    /// Whether it steps this tensor itself.
    fn takes(&self, slot: &Slot) -> bool;

    /// One step of one matrix, none of whose sides is 0, with a gradient that is finite. States are zero before the first.
    fn step<F: MatrixFloat>(&self, step: Step<'_, F>, bench: &mut Bench<F>);

    /// The same step as operations that devices have too, if it is made of products alone: at every step size the same
    /// operations with other factors, on states as large as the matrix. What has one takes its steps by it.
    fn plan(&self, gamma: f64, shape: Shape) -> Option<Plan> {
        let _ = (gamma, shape);
        None
    }

    /// The update rule as lines of left and right sides, in the notation of [`crate::Scalar::symbol`].
    fn formula(&self) -> Vec<(&'static str, &'static str)>;

    /// The optimizer of what it does not take, by name and hyper-parameters; `None` if it takes everything.
    fn fallback(&self) -> Option<&serde_json::Value> {
        None
    }
}
