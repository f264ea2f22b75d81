//! An optimizer's update rule, written once.
//!
//! An elementwise optimizer is one generic function over a [`Number`]: parameter, gradient, states and the
//! scalars of the step go in, the new parameter and states come out ([`Rule`]). With `f32` that function is the
//! fused training step, with `f64` the reference trajectory, and with an expression type ([`Expr`]) it is
//! traced into CUDA C and into MathML. What the suite trains with and what its report prints are therefore the
//! same text.
//!
//! To write an optimizer: a parameter struct, [`Rule`] and [`Settings`] for it, and one line
//! `pub const FAMILY: Family = Family::of::<MyOptimizer>();`. Optimizers that are not elementwise implement
//! [`Optimizer`] and [`Method`] themselves.

mod cuda;
mod elementwise;
mod expression;
mod family;
mod fragment;
mod hyper;
mod layout;
mod mathml;
mod method;
mod number;
mod optimizer;
mod schedule;
mod settings;
mod sweep;

pub mod candle;
pub mod conformance;

pub use elementwise::Elementwise;
pub use expression::{Arena, Expr, Input, Node, Traced};
pub use family::Family;
pub use hyper::{HyperError, Parameter, Range, check_single_precision, nearest};
pub use layout::{Layout, Slot};
pub use method::Method;
pub use number::{Float, Number, power};
pub use optimizer::{Optimizer, OptimizerState, StateError, step_population};
pub use schedule::Schedule;
pub use settings::{Configured, Settings};
pub use sweep::{CHUNK, MAX_SCALARS, MAX_STATES};

/// A per-step number that is the same for every element: a hyper-parameter, or a function of some and the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Identifier in generated code, `[a-z][a-z0-9_]*`.
    pub name: &'static str,
    /// How formulas print it, e.g. `"γ_k"` or `"1 − α γ_k"`: words, Greek letters, numbers, `+ − /`,
    /// parentheses, `√(…)`, subscripts `_x`, `_{x y}` and superscripts `^x`, `^{k+1}`.
    pub symbol: &'static str,
    /// What `symbol` stands for, in the same notation; empty if `symbol` already says it.
    pub definition: &'static str,
}

/// An elementwise update rule together with the values of its hyper-parameters.
///
/// Branching on `self` is allowed (it is the same for every element, so it leaves the loop); branching on
/// numbers is not, which is why [`Number`] cannot be compared.
pub trait Rule: Clone + Send + Sync + 'static {
    /// Names of the states beside each parameter, at most [`MAX_STATES`]. They name the buffers of a checkpoint
    /// and the symbols of the formula; `v_hat` prints as v with a hat.
    fn states(&self) -> &'static [&'static str];

    /// The scalars that [`Rule::scalars_at`] computes, in its order, at most [`MAX_SCALARS`].
    fn scalars(&self) -> &'static [Scalar];

    /// The scalars of step `step` (0 for the first), whose scheduled step size is `gamma`. Computed in double
    /// precision on the host, once per step.
    fn scalars_at(&self, step: u64, gamma: f64) -> Vec<f64>;

    /// Sets the initial states, which are zero on entry, from the first parameter and gradient.
    #[inline(always)]
    fn start<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) {
        let _ = (theta, g, scalars, states);
    }

    /// One step of one element: writes the new states and returns the new parameter.
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N;
}

#[cfg(test)]
mod tests;
