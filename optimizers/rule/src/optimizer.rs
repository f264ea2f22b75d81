//! What the training loop sees of an optimizer.

use crate::Float;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// An optimizer at work on one flat buffer of parameters.
pub trait Optimizer<F: Float>: Send {
    /// One step, in place.
    ///
    /// # Panics
    /// If a length is not that of the layout the optimizer was made for.
    fn step(&mut self, parameters: &mut [F], gradient: &[F]);

    /// Steps since the start of the training, those before an import included.
    fn steps_taken(&self) -> u64;

    /// The step size γₖ of the last step, after the schedule; `None` before the first step or if the optimizer
    /// has none.
    fn learning_rate(&self) -> Option<f64>;

    /// Replaces γ₀, which the schedule scales, from the next step on.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// Bytes that the optimizer keeps beside the parameters.
    fn state_bytes(&self) -> u64;

    /// The parameters to evaluate at, if they are not those that are differentiated; `None` before the first step.
    fn evaluation_point(&self, parameters: &[F]) -> Option<Vec<F>> {
        let _ = parameters;
        None
    }

    /// Everything that a later [`Optimizer::import`] needs to continue with the same bits.
    fn export(&self) -> OptimizerState<F>;

    /// Continues from an exported state. After an error the optimizer is unchanged.
    fn import(&mut self, state: OptimizerState<F>) -> Result<(), StateError>;
}

/// What an optimizer remembers between steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState<F> {
    /// Steps taken.
    pub steps_taken: u64,
    /// The state buffers by name. Those of a rule of elements are as long as the parameters.
    pub states: BTreeMap<String, Vec<F>>,
    /// Single numbers by name, in double precision.
    pub memory: BTreeMap<String, Vec<f64>>,
}

impl<F> OptimizerState<F> {
    /// Whether this holds the states of these lengths, and numbers as `memory` does.
    pub(crate) fn check(
        &self,
        lengths: &BTreeMap<String, usize>,
        memory: &BTreeMap<String, Vec<f64>>,
    ) -> Result<(), StateError> {
        let found: BTreeMap<&String, usize> = (self.states.iter().map(|(name, state)| (name, state.len())))
            .chain(self.memory.iter().map(|(name, numbers)| (name, numbers.len())))
            .collect();
        let expected: BTreeMap<&String, usize> = (lengths.iter().map(|(name, len)| (name, *len)))
            .chain(memory.iter().map(|(name, numbers)| (name, numbers.len())))
            .collect();
        if !found.keys().eq(expected.keys()) {
            let names = |of: BTreeMap<&String, usize>| of.into_keys().cloned().collect();
            return Err(StateError::Names { found: names(found), expected: names(expected) });
        }
        match found.into_iter().find(|(name, found)| expected[name] != *found) {
            Some((name, found)) => {
                Err(StateError::Length { name: name.clone(), found, expected: expected[name] })
            }
            None => Ok(()),
        }
    }
}

/// Why a state was not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The names of the states differ.
    #[error("optimizer state holds [{}], expected [{}]: it is that of another optimizer or configuration",
        .found.join(", "), .expected.join(", "))]
    Names {
        /// Names in the state given.
        found: Vec<String>,
        /// Names that this optimizer has.
        expected: Vec<String>,
    },
    /// A state has another length.
    #[error(
        "optimizer state `{name}` has {found} elements, expected {expected}: it is that of another model"
    )]
    Length {
        /// The state.
        name: String,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
}

/// One step of R replicas, in parallel; each has its own optimizer and hyper-parameters, and none depends on
/// its neighbours. `parameters` and `gradient` are `[R, P]`.
///
/// # Panics
/// If the lengths are not R times that of the optimizers' layout.
pub fn step_population<F: Float>(
    optimizers: &mut [Box<dyn Optimizer<F>>],
    parameters: &mut [F],
    gradient: &[F],
) {
    step_some(optimizers, &[], parameters, gradient);
}

/// The same without the replicas that are `retired`; what is not in that list is not.
///
/// # Panics
/// As [`step_population`].
pub fn step_some<F: Float>(
    optimizers: &mut [Box<dyn Optimizer<F>>],
    retired: &[bool],
    parameters: &mut [F],
    gradient: &[F],
) {
    let replicas = optimizers.len();
    let per_replica = parameters.len().checked_div(replicas).unwrap_or(0);
    assert_eq!(parameters.len(), replicas * per_replica, "parameters are not [R = {replicas}, P]");
    assert_eq!(parameters.len(), gradient.len(), "parameters and gradient differ in length");
    let is_active = |replica: usize| !retired.get(replica).copied().unwrap_or(false);
    if per_replica == 0 {
        // Nothing to split, but the steps count.
        let active = optimizers.iter_mut().enumerate().filter(|(replica, _)| is_active(*replica));
        active.for_each(|(_, optimizer)| optimizer.step(&mut [], &[]));
        return;
    }
    optimizers
        .par_iter_mut()
        .zip(parameters.par_chunks_mut(per_replica))
        .zip(gradient.par_chunks(per_replica))
        .enumerate()
        .filter(|(replica, _)| is_active(*replica))
        .for_each(|(_, ((optimizer, parameters), gradient))| optimizer.step(parameters, gradient));
}
