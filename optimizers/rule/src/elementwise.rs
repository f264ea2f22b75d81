//! The optimizer object of an elementwise rule.

use crate::sweep::{MAX_SCALARS, MAX_STATES, Scalars, sweep};
use crate::{Float, Layout, Optimizer, OptimizerState, Rule, Schedule, StateError};
use std::collections::BTreeMap;

/// A [`Rule`] at work: one fused pass over memory per step.
#[derive(Clone, Debug)]
pub struct Elementwise<R, F> {
    rule: R,
    learning_rate: f64,
    schedule: Schedule,
    total_steps: u64,
    len: usize,
    states: Vec<Vec<F>>,
    steps_taken: u64,
    last_learning_rate: Option<f64>,
}

impl<R: Rule, F: Float> Elementwise<R, F> {
    /// For the parameters of `layout` in a training of `total_steps` steps.
    ///
    /// # Panics
    /// If the rule has more than [`MAX_STATES`] states or [`MAX_SCALARS`] scalars.
    pub fn new(rule: R, learning_rate: f64, schedule: Schedule, layout: &Layout, total_steps: u64) -> Self {
        assert!(rule.states().len() <= MAX_STATES, "a rule has at most {MAX_STATES} states");
        assert!(rule.scalars().len() <= MAX_SCALARS, "a rule has at most {MAX_SCALARS} scalars");
        let len = layout.len();
        let states = vec![vec![F::default(); len]; rule.states().len()];
        Self {
            rule,
            learning_rate,
            schedule,
            total_steps,
            len,
            states,
            steps_taken: 0,
            last_learning_rate: None,
        }
    }

    fn learning_rate_at(&self, k: u64) -> f64 {
        self.learning_rate * self.schedule.factor(k, self.total_steps)
    }
}

impl<R: Rule, F: Float> Optimizer<F> for Elementwise<R, F> {
    fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        assert_eq!(parameters.len(), self.len, "parameters are not as long as the layout");
        assert_eq!(gradient.len(), self.len, "the gradient is not as long as the layout");
        let k = self.steps_taken;
        let gamma = self.learning_rate_at(k);
        let mut scalars: Scalars<F> = [F::default(); MAX_SCALARS];
        for (slot, value) in scalars.iter_mut().zip(self.rule.scalars_at(k, gamma)) {
            *slot = F::from_f64(value);
        }
        let states = &mut self.states;
        if k == 0 {
            sweep::<R, F, true>(&self.rule, &scalars, parameters, gradient, states);
        } else {
            sweep::<R, F, false>(&self.rule, &scalars, parameters, gradient, states);
        }
        self.steps_taken = k + 1;
        self.last_learning_rate = Some(gamma);
    }

    fn steps_taken(&self) -> u64 {
        self.steps_taken
    }

    fn learning_rate(&self) -> Option<f64> {
        self.last_learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }

    fn state_bytes(&self) -> u64 {
        self.states.iter().map(|state| size_of_val(state.as_slice()) as u64).sum()
    }

    fn export(&self) -> OptimizerState<F> {
        let names = self.rule.states().iter().map(ToString::to_string);
        OptimizerState {
            steps_taken: self.steps_taken,
            states: names.zip(self.states.iter().cloned()).collect(),
        }
    }

    fn import(&mut self, state: OptimizerState<F>) -> Result<(), StateError> {
        let OptimizerState { steps_taken, states: mut given } = state;
        let expected: BTreeMap<String, ()> =
            self.rule.states().iter().map(|name| (name.to_string(), ())).collect();
        if !given.keys().eq(expected.keys()) {
            let (found, expected) = (given.into_keys().collect(), expected.into_keys().collect());
            return Err(StateError::Names { found, expected });
        }
        if let Some((name, state)) = given.iter().find(|(_, state)| state.len() != self.len) {
            let (name, found) = (name.clone(), state.len());
            return Err(StateError::Length { name, found, expected: self.len });
        }
        self.states = self.rule.states().iter().filter_map(|name| given.remove(*name)).collect();
        self.steps_taken = steps_taken;
        self.last_learning_rate = steps_taken.checked_sub(1).map(|k| self.learning_rate_at(k));
        Ok(())
    }
}
