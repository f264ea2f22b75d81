//! The optimizer object of a matrix rule.

use super::{Bench, MatrixFloat, MatrixRule, Shape, Step};
use crate::{Layout, Optimizer, OptimizerState, Schedule, Slot, StateError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the names of the fallback's states begin with.
pub(super) const REST: &str = "rest_";

/// One matrix with its states.
struct Tensor<F> {
    range: Range<usize>,
    shape: Shape,
    states: Vec<Vec<F>>,
}

/// A matrix rule at work, tensor by tensor, each on one thread; and the optimizer of the rest.
pub(super) struct Matrices<R, F> {
    rule: R,
    learning_rate: f64,
    schedule: Schedule,
    total_steps: u64,
    len: usize,
    tensors: Vec<Tensor<F>>,
    /// Places of what is left, one behind the other for the fallback.
    rest: Vec<Range<usize>>,
    /// Its optimizer, and that one's step size beside the rule's first.
    fallback: Option<(Box<dyn Optimizer<F>>, f64)>,
    first_rate: f64,
    steps_taken: u64,
    last_learning_rate: Option<f64>,
}

impl<R: MatrixRule, F: MatrixFloat> Matrices<R, F> {
    /// For the parameters of `layout`; `fallback` makes the optimizer of what the rule does not take.
    pub fn new(
        rule: R,
        (learning_rate, schedule): (f64, Schedule),
        layout: &Layout,
        total_steps: u64,
        fallback: impl FnOnce(&Layout) -> Option<(Box<dyn Optimizer<F>>, f64)>,
    ) -> Self {
        let (own, others): (Vec<&Slot>, Vec<&Slot>) =
            layout.slots().iter().partition(|slot| rule.takes(slot));
        let tensor = |slot: &Slot| {
            let shape = Shape::of(slot);
            let states =
                rule.lengths(shape).into_iter().map(|len| vec![<F as Default>::default(); len]).collect();
            Tensor { range: slot.range(), shape, states }
        };
        let mut left = Layout::default();
        for slot in &others {
            left.push(slot.name.clone(), slot.shape.clone());
            left.mark(slot.role);
        }
        Self {
            tensors: own.into_iter().map(tensor).collect(),
            rest: others.iter().map(|slot| slot.range()).collect(),
            fallback: if others.is_empty() { None } else { fallback(&left) },
            first_rate: learning_rate,
            rule,
            learning_rate,
            schedule,
            total_steps,
            len: layout.len(),
            steps_taken: 0,
            last_learning_rate: None,
        }
    }

    fn learning_rate_at(&self, k: u64) -> f64 {
        self.learning_rate * self.schedule.factor(k, self.total_steps)
    }

    fn step_rest(&mut self, parameters: &mut [F], gradient: &[F]) {
        let Some((fallback, _)) = &mut self.fallback else { return };
        let gather = |values: &[F]| -> Vec<F> {
            self.rest.iter().flat_map(|range| &values[range.clone()]).copied().collect()
        };
        let (mut theta, g) = (gather(parameters), gather(gradient));
        fallback.step(&mut theta, &g);
        let mut rest = &theta[..];
        for range in &self.rest {
            let (these, others) = rest.split_at(range.len());
            parameters[range.clone()].copy_from_slice(these);
            rest = others;
        }
    }

    /// The lengths of all states by name, those of a name behind one another.
    fn lengths(&self) -> BTreeMap<String, usize> {
        let names = self.rule.states().iter().enumerate();
        names
            .map(|(i, name)| ((*name).to_owned(), self.tensors.iter().map(|t| t.states[i].len()).sum()))
            .collect()
    }
}

impl<R: MatrixRule, F: MatrixFloat> Optimizer<F> for Matrices<R, F> {
    fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        assert_eq!(parameters.len(), self.len, "parameters are not as long as the layout");
        assert_eq!(gradient.len(), self.len, "the gradient is not as long as the layout");
        let k = self.steps_taken;
        let gamma = self.learning_rate_at(k);
        self.step_rest(parameters, gradient);
        // The tensors' stretches of the parameters, in order of their places.
        let mut left = parameters;
        let mut passed = 0;
        let mut work = Vec::with_capacity(self.tensors.len());
        for tensor in &mut self.tensors {
            let (_, from) = left.split_at_mut(tensor.range.start - passed);
            let (theta, others) = from.split_at_mut(tensor.range.len());
            (left, passed) = (others, tensor.range.end);
            work.push((theta, &gradient[tensor.range.clone()], tensor.shape, &mut tensor.states));
        }
        let rule = &self.rule;
        work.into_par_iter().for_each_init(Bench::default, |bench, (theta, g, shape, states)| {
            if shape.is_empty() {
                return;
            }
            // A decomposition of what is not a number means nothing; what is not a number has to show.
            if !g.iter().all(|&g| crate::Float::is_finite(g)) {
                return theta.fill(<F as crate::Float>::from_f64(f64::NAN));
            }
            let states = states.iter_mut().map(Vec::as_mut_slice).collect();
            rule.step(Step { k, gamma, shape, theta, g, states }, bench);
        });
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
        // The fallback's keeps its proportion.
        if let Some((fallback, rate)) = &mut self.fallback {
            fallback.set_learning_rate(*rate * (learning_rate / self.first_rate));
        }
        self.learning_rate = learning_rate;
    }

    fn state_bytes(&self) -> u64 {
        let own: usize =
            self.tensors.iter().flat_map(|t| &t.states).map(|state| size_of_val(state.as_slice())).sum();
        own as u64 + self.fallback.as_ref().map_or(0, |(fallback, _)| fallback.state_bytes())
    }

    fn export(&self) -> OptimizerState<F> {
        let mut state = OptimizerState { steps_taken: self.steps_taken, ..OptimizerState::default() };
        for (i, name) in self.rule.states().iter().enumerate() {
            let all = self.tensors.iter().flat_map(|tensor| &tensor.states[i]).copied().collect();
            state.states.insert((*name).to_owned(), all);
        }
        if let Some((fallback, _)) = &self.fallback {
            let rest = fallback.export();
            state.states.extend(rest.states.into_iter().map(|(name, of)| (format!("{REST}{name}"), of)));
            state.memory.extend(rest.memory.into_iter().map(|(name, of)| (format!("{REST}{name}"), of)));
        }
        state
    }

    fn import(&mut self, state: OptimizerState<F>) -> Result<(), StateError> {
        let OptimizerState { steps_taken, states, memory } = state;
        let mut own = OptimizerState { steps_taken, ..OptimizerState::default() };
        let mut rest = OptimizerState { steps_taken, ..OptimizerState::default() };
        for (name, of) in states {
            match name.strip_prefix(REST) {
                Some(name) if self.fallback.is_some() => rest.states.insert(name.to_owned(), of),
                _ => own.states.insert(name, of),
            };
        }
        for (name, of) in memory {
            match name.strip_prefix(REST) {
                Some(name) if self.fallback.is_some() => rest.memory.insert(name.to_owned(), of),
                _ => own.memory.insert(name, of),
            };
        }
        own.check(&self.lengths(), &BTreeMap::new())?;
        if let Some((fallback, _)) = &mut self.fallback {
            fallback.import(rest)?;
        }
        for (i, name) in self.rule.states().iter().enumerate() {
            let mut from = own.states.get(*name).map_or(&[][..], Vec::as_slice);
            for tensor in &mut self.tensors {
                let (these, others) = from.split_at(tensor.states[i].len());
                tensor.states[i].copy_from_slice(these);
                from = others;
            }
        }
        self.steps_taken = steps_taken;
        self.last_learning_rate = steps_taken.checked_sub(1).map(|k| self.learning_rate_at(k));
        Ok(())
    }
}
