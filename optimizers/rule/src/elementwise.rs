//! The optimizer object of a rule of elements.

use crate::segments::{Segment, segments};
use crate::sums::{Stretch, Sums};
use crate::sweep::{MAX_SCALARS, Scalars};
use crate::{Float, Layout, Optimizer, OptimizerState, Practice, Schedule, Scope, StateError};
use std::collections::BTreeMap;

/// The functions of a rule over slices, compiled or read from a formula.
pub(crate) trait Sweep<F>: Send {
    /// The states' names.
    fn states(&self) -> Vec<String>;
    /// See [`crate::Rule::scalars_at`].
    fn scalars_at(&self, k: u64, gamma: f64) -> Vec<f64>;
    /// How many sums a step begins with.
    fn sums(&self) -> usize;
    /// What they go over.
    fn scope(&self) -> Scope;
    /// See [`crate::Rule::memory`].
    fn memory(&self) -> Vec<(String, f64)>;
    /// See [`crate::Rule::recall`].
    fn recall(&self, memory: &[f64], scalars: &mut [f64]);
    /// See [`crate::Rule::conclude`]; the sums go over `count` elements.
    fn conclude(&self, sums: &Sums, count: u64, memory: &mut [f64], scalars: &mut [f64]);
    /// See [`crate::Rule::terms`]; with `first`, of the initial states.
    fn total(&self, scalars: &Scalars<F>, first: bool, all: Stretch<F>) -> Sums;
    /// A step of all elements; with `first`, from the initial states.
    fn step(&self, scalars: &Scalars<F>, first: bool, theta: &mut [F], g: &[F], states: &mut [&mut [F]]);
    /// See [`crate::Rule::averages`].
    fn averages(&self) -> bool;
    /// See [`crate::Rule::evaluated`].
    fn evaluated(&self, scalars: &Scalars<F>, theta: &mut [F], states: &[&[F]]);
}

/// What an optimizer object is made of.
pub(crate) struct Parts<'a, F> {
    /// The rule.
    pub rule: Box<dyn Sweep<F>>,
    /// The rule for what is no matrix, if that is to differ.
    pub undecayed: Option<Box<dyn Sweep<F>>>,
    pub learning_rate: f64,
    pub schedule: &'a Schedule,
    pub practice: Practice,
    pub total_steps: u64,
}

/// The optimizer of a rule in single precision. Of the two precisions each has a function that is not generic, so that the code
/// behind it is made once, here, and not in every optimizer's crate.
pub(crate) fn single(parts: Parts<f32>, layout: &Layout) -> Box<dyn Optimizer<f32>> {
    parts.assembled(layout)
}

/// The optimizer of a rule in double precision.
pub(crate) fn double(parts: Parts<f64>, layout: &Layout) -> Box<dyn Optimizer<f64>> {
    parts.assembled(layout)
}

impl<F: Float> Parts<'_, F> {
    /// For the parameters of `layout`.
    pub fn assembled(self, layout: &Layout) -> Box<dyn Optimizer<F>> {
        let practice = self.practice;
        practice.wrap(Box::new(Elementwise::new(self, layout)), layout.len())
    }
}

/// A rule at work: one fused pass over memory per step, two if the rule has sums.
pub(crate) struct Elementwise<F> {
    /// The rule; and itself without weight decay, if some tensors are to have none.
    rule: Box<dyn Sweep<F>>,
    undecayed: Option<Box<dyn Sweep<F>>>,
    segments: Vec<Segment>,
    learning_rate: f64,
    schedule: Schedule,
    total_steps: u64,
    len: usize,
    names: Vec<String>,
    states: Vec<Vec<F>>,
    /// What is remembered, by name, a number for each of what the sums go over.
    memory: BTreeMap<String, Vec<f64>>,
    steps_taken: u64,
    last_learning_rate: Option<f64>,
}

impl<F: Float> Elementwise<F> {
    fn new(parts: Parts<F>, layout: &Layout) -> Self {
        let Parts { rule, undecayed, learning_rate, schedule, total_steps, practice: _ } = parts;
        let names = rule.states();
        let len = layout.len();
        let segments = segments(layout, rule.scope(), undecayed.is_some());
        let each = if rule.scope() == Scope::Tensor { segments.len() } else { 1 };
        let memory = rule.memory().into_iter().map(|(name, first)| (name, vec![first; each])).collect();
        let states = vec![vec![F::default(); len]; names.len()];
        Self {
            rule,
            undecayed,
            segments,
            learning_rate,
            schedule: schedule.clone(),
            total_steps,
            len,
            names,
            states,
            memory,
            steps_taken: 0,
            last_learning_rate: None,
        }
    }

    fn learning_rate_at(&self, k: u64) -> f64 {
        self.learning_rate * self.schedule.factor(k, self.total_steps)
    }

    fn rule_of(&self, segment: &Segment) -> &dyn Sweep<F> {
        match &self.undecayed {
            Some(rule) if !segment.decayed => rule.as_ref(),
            _ => self.rule.as_ref(),
        }
    }

    fn total(&self, segment: &Segment, scalars: &[f64], parameters: &[F], gradient: &[F]) -> Sums {
        let range = segment.range.clone();
        let states: Vec<&[F]> = self.states.iter().map(|state| &state[range.clone()]).collect();
        let (theta, g) = (&parameters[range.clone()], &gradient[range]);
        let all = Stretch { theta, g, states: &states };
        self.rule_of(segment).total(&padded(scalars), self.steps_taken == 0, all)
    }

    /// The scalars of every segment for the step to come, and what is remembered after it.
    fn prepare(&mut self, gamma: f64, parameters: &[F], gradient: &[F]) -> Vec<Vec<f64>> {
        let k = self.steps_taken;
        let mut scalars: Vec<Vec<f64>> =
            self.segments.iter().map(|segment| self.rule_of(segment).scalars_at(k, gamma)).collect();
        let names: Vec<String> = self.rule.memory().into_iter().map(|(name, _)| name).collect();
        if self.rule.sums() == 0 && names.is_empty() {
            return scalars;
        }
        let each = self.rule.scope() == Scope::Tensor;
        let place = |number: usize| if each { number } else { 0 };
        let memory = |number| names.iter().map(|name| self.memory[name][place(number)]).collect::<Vec<f64>>();
        let mut totals = vec![Sums::default(); self.segments.len()];
        for (number, (segment, scalars)) in self.segments.iter().zip(&mut scalars).enumerate() {
            self.rule_of(segment).recall(&memory(number), scalars);
            if self.rule.sums() > 0 {
                totals[number] = self.total(segment, scalars, parameters, gradient);
            }
        }
        if !each {
            let mut all = Sums::default();
            for total in &totals {
                all.iter_mut().zip(total).for_each(|(all, total)| *all += total);
            }
            totals.fill(all);
        }
        let mut after = self.memory.clone();
        for (number, (segment, scalars)) in self.segments.iter().zip(&mut scalars).enumerate() {
            let mut memory = memory(number);
            let count = if each { segment.range.len() } else { self.len } as u64;
            self.rule_of(segment).conclude(&totals[number], count, &mut memory, scalars);
            for (name, value) in names.iter().zip(memory) {
                if let Some(values) = after.get_mut(name) {
                    values[place(number)] = value;
                }
            }
        }
        self.memory = after;
        scalars
    }
}

fn padded<F: Float>(scalars: &[f64]) -> Scalars<F> {
    let mut padded: Scalars<F> = [F::default(); MAX_SCALARS];
    for (slot, value) in padded.iter_mut().zip(scalars) {
        *slot = F::from_f64(*value);
    }
    padded
}

impl<F: Float> Optimizer<F> for Elementwise<F> {
    fn step(&mut self, parameters: &mut [F], gradient: &[F]) {
        assert_eq!(parameters.len(), self.len, "parameters are not as long as the layout");
        assert_eq!(gradient.len(), self.len, "the gradient is not as long as the layout");
        let k = self.steps_taken;
        let gamma = self.learning_rate_at(k);
        let scalars = self.prepare(gamma, parameters, gradient);
        for (segment, scalars) in self.segments.iter().zip(&scalars) {
            let range = segment.range.clone();
            let mut states: Vec<&mut [F]> =
                self.states.iter_mut().map(|state| &mut state[range.clone()]).collect();
            let rule = match &self.undecayed {
                Some(rule) if !segment.decayed => rule,
                _ => &self.rule,
            };
            let (theta, g) = (&mut parameters[range.clone()], &gradient[range]);
            rule.step(&padded(scalars), k == 0, theta, g, &mut states);
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
        let numbers: usize = self.memory.values().map(|values| size_of_val(values.as_slice())).sum();
        self.states.iter().map(|state| size_of_val(state.as_slice()) as u64).sum::<u64>() + numbers as u64
    }

    fn evaluation_point(&self, parameters: &[F]) -> Option<Vec<F>> {
        let k = self.steps_taken.checked_sub(1)?;
        if !self.rule.averages() {
            return None;
        }
        let mut point = parameters.to_vec();
        for segment in &self.segments {
            let rule = self.rule_of(segment);
            let scalars = padded(&rule.scalars_at(k, self.learning_rate_at(k)));
            let range = segment.range.clone();
            let states: Vec<&[F]> = self.states.iter().map(|state| &state[range.clone()]).collect();
            rule.evaluated(&scalars, &mut point[range], &states);
        }
        Some(point)
    }

    fn export(&self) -> OptimizerState<F> {
        OptimizerState {
            steps_taken: self.steps_taken,
            states: self.names.iter().cloned().zip(self.states.iter().cloned()).collect(),
            memory: self.memory.clone(),
        }
    }

    fn import(&mut self, state: OptimizerState<F>) -> Result<(), StateError> {
        let lengths = self.names.iter().map(|name| (name.clone(), self.len)).collect();
        state.check(&lengths, &self.memory)?;
        let OptimizerState { steps_taken, states: mut given, memory } = state;
        self.states = self.names.iter().filter_map(|name| given.remove(name)).collect();
        self.memory = memory;
        self.steps_taken = steps_taken;
        self.last_learning_rate = steps_taken.checked_sub(1).map(|k| self.learning_rate_at(k));
        Ok(())
    }
}
