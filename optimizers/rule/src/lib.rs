//! An optimizer's update rule, written once.
//!
//! An elementwise optimizer is one generic function over a [`Number`]: parameter, gradient, states and the
//! scalars of the step go in, the new parameter and states come out ([`Rule`]). With `f32` that function is the
//! fused training step, with `f64` the reference trajectory, and with an expression type ([`Expr`]) it is
//! traced into CUDA C and into MathML. What the suite trains with and what its report prints are therefore the
//! same text.
//!
//! To write an optimizer: its parameters in [`settings!`], its [`Rule`], and one line
//! `pub static FAMILY: Family = Family::of::<MyOptimizer>();`. Scalars of a step may come from sums over a tensor or over all
//! parameters ([`Rule::SUMS`]); rules of matrices are written as a [`MatrixRule`].

mod catalogue;
mod cuda;
mod decay;
mod elementwise;
mod expression;
mod family;
mod fragment;
mod hyper;
mod invariance;
mod layout;
mod mathml;
mod method;
mod number;
mod optimizer;
mod practice;
mod program;
mod schedule;
mod segments;
mod settings;
mod sums;
mod sweep;
mod table;

// What `settings!` and the optimizers' tables refer to.
pub use {serde, serde_json};

pub mod conformance;
pub mod formula;
pub mod matrix;

pub use catalogue::{Catalogue, CatalogueError};
pub use cuda::{SegmentKernels, SegmentNames, kernel_names};
pub use decay::Decay;
pub use expression::{Arena, Expr, Input, Node, Traced};
pub use family::{Family, Lookup, Parser};
pub use hyper::{HyperError, Parameter, Range, check_single_precision, nearest};
pub use invariance::Invariance;
pub use layout::{Layout, Role, Slot};
pub use method::Method;
pub use number::{Float, Number, logarithm, power};
pub use optimizer::{Optimizer, OptimizerState, StateError, step_population, step_some};
pub use practice::{AVERAGE, CLIP_EPS, PRACTICE, Practice};
pub use program::{Program, Symbol};
pub use schedule::Schedule;
pub use segments::Segment;
pub use settings::{Configured, Settings};
pub use sums::MAX_SUMS;
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

/// What the sums of a rule go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All parameters.
    All,
    /// Each tensor by itself: its scalars are its own.
    Tensor,
}

/// An update rule of elements together with the values of its hyper-parameters. Some scalars of a step may come
/// from sums over a tensor or over all parameters.
///
/// Branching on `self` is allowed (it is the same for every element, so it leaves the loop); branching on
/// numbers is not, which is why [`Number`] cannot be compared.
pub trait Rule: Clone + Send + Sync + 'static {
    /// The fewest and the most states that it has, whatever its hyper-parameters: loops over elements are compiled for
    /// these counts alone. Optional; it is only the building that takes longer without.
    const STATE_COUNTS: [usize; 2] = [0, MAX_STATES];

    /// The sums that a step begins with, at most [`MAX_SUMS`]. `symbol` is what a sum is called in the formula,
    /// `definition` stays empty: the terms say it.
    const SUMS: &'static [Scalar] = &[];

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

    /// What the sums go over.
    fn scope(&self) -> Scope {
        Scope::All
    }

    /// The element's terms of the sums, from what [`Rule::update`] will be given; the scalars are those of
    /// [`Rule::scalars_at`] and [`Rule::recall`].
    #[inline(always)]
    fn terms<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &[N], terms: &mut [N]) {
        let _ = (theta, g, scalars, states, terms);
    }

    /// Numbers that are remembered from step to step, one of each for what the sums go over, and their values
    /// before the first step.
    fn memory(&self) -> &'static [(&'static str, f64)] {
        &[]
    }

    /// Replaces the scalars that follow from memory alone, before the sums; in double precision.
    fn recall<N: Number>(&self, memory: &[N], scalars: &mut [N]) {
        let _ = (memory, scalars);
    }

    /// Replaces the scalars that follow from sums and memory, and what is remembered; in double precision.
    fn conclude<N: Number>(&self, sums: &[N], memory: &mut [N], scalars: &mut [N]) {
        let _ = (sums, memory, scalars);
    }

    /// Whether the parameter to evaluate at is [`Rule::evaluated`] and not the one that is differentiated.
    fn averages(&self) -> bool {
        false
    }

    /// The parameter to evaluate at, after a step. The scalars are those of [`Rule::scalars_at`].
    #[inline(always)]
    fn evaluated<N: Number>(&self, theta: N, scalars: &[N], states: &[N]) -> N {
        let _ = (scalars, states);
        theta
    }
}

#[cfg(test)]
mod tests;
