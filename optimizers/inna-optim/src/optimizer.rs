//! The optimizers at work on candle's variables.

use crate::group::{Group, Parameter};
use crate::{OptimError, place};
use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, Var};
use rule::{Layout, Method, Optimizer};
use std::collections::BTreeSet;

/// What an [`Optim`] is made from where candle makes it: [`candle_nn::Optimizer::new`].
#[derive(Debug)]
pub struct Config {
    /// The optimizer and its hyper-parameters.
    pub method: Box<dyn Method>,
    /// Length of the training; only schedules that end somewhere use it.
    pub total_steps: u64,
}

/// How a group is stepped.
pub(crate) enum Running {
    /// Every parameter by itself, where it is: rules of elements alone, on the CPU.
    Each(Vec<(Parameter, Box<dyn Optimizer<f32>>)>),
    /// All of them in one buffer, to and from which they are copied: sums, matrices, averages, and other devices.
    Whole { parameters: Vec<Parameter>, layout: Layout, optimizer: Box<dyn Optimizer<f32>> },
}

/// An optimizer of named parameters in groups, as a [`candle_nn::Optimizer`].
///
/// A group's learning rate is γ₀, which its own schedule scales; [`candle_nn::Optimizer::set_learning_rate`] replaces that of the first
/// group and keeps the others' in proportion, so a schedule kept by the caller belongs with `schedule: {kind: constant}`.
pub struct Optim {
    pub(crate) groups: Vec<Running>,
    /// The groups' learning rates, as they were configured and as they are.
    first_rates: Vec<f64>,
    pub(crate) rates: Vec<f64>,
}

impl Optim {
    /// One optimizer for all `parameters`, in a training of `total_steps` steps.
    ///
    /// # Errors
    /// As [`Group::new`] and [`Optim::of_groups`].
    pub fn new(
        name: &str,
        hyper: &serde_json::Value,
        total_steps: u64,
        parameters: Vec<Parameter>,
    ) -> Result<Self, OptimError> {
        Self::of_groups(vec![Group::new(name, hyper, parameters)?], total_steps)
    }

    /// An optimizer for each group.
    ///
    /// # Errors
    /// If a parameter is not `f32`, two of a group have one name, or a variable is given twice.
    pub fn of_groups(groups: Vec<Group>, total_steps: u64) -> Result<Self, OptimError> {
        let mut seen = Vec::new();
        for parameter in groups.iter().flat_map(|group| &group.parameters) {
            if seen.contains(&parameter.var.id()) {
                return Err(OptimError::Shared { name: parameter.name.clone() });
            }
            seen.push(parameter.var.id());
        }
        let rates: Vec<f64> = groups.iter().map(|group| group.method.learning_rate()).collect();
        let groups = groups.into_iter().map(|group| running(group, total_steps)).collect::<Result<_, _>>()?;
        Ok(Self { groups, first_rates: rates.clone(), rates })
    }

    /// Steps taken.
    pub fn steps_taken(&self) -> u64 {
        let of = |group: &Running| match group {
            Running::Each(parameters) => parameters.first().map_or(0, |(_, own)| own.steps_taken()),
            Running::Whole { optimizer, .. } => optimizer.steps_taken(),
        };
        self.groups.iter().map(of).max().unwrap_or(0)
    }

    /// Bytes that the optimizers keep beside the parameters.
    pub fn state_bytes(&self) -> u64 {
        let of = |group: &Running| match group {
            Running::Each(parameters) => parameters.iter().map(|(_, own)| own.state_bytes()).sum(),
            Running::Whole { optimizer, .. } => optimizer.state_bytes(),
        };
        self.groups.iter().map(of).sum()
    }

    /// Does `work` with the weights that are to be evaluated, which for Schedule-Free and averages are not those that are trained.
    ///
    /// # Errors
    /// candle's.
    pub fn evaluate<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, OptimError> {
        // Puts back what it holds whatever happens to `work`.
        let mut away = Away(Vec::new());
        for group in &self.groups {
            let Running::Whole { parameters, layout, optimizer } = group else { continue };
            let trained = gathered(parameters)?;
            if let Some(point) = optimizer.evaluation_point(&trained) {
                away.0.push((parameters, layout, trained));
                put(parameters, layout, &point)?;
            }
        }
        let done = work();
        away.put_back()?;
        Ok(done)
    }

    /// One step with the gradients of a loss.
    ///
    /// # Errors
    /// If a parameter has no gradient, or candle refuses.
    pub fn step(&mut self, gradients: &GradStore) -> Result<(), OptimError> {
        // Before anything is changed.
        for group in &self.groups {
            let all: Vec<&Parameter> = match group {
                Running::Each(parameters) => parameters.iter().map(|(parameter, _)| parameter).collect(),
                Running::Whole { parameters, .. } => parameters.iter().collect(),
            };
            all.into_iter().try_for_each(|parameter| gradient(gradients, parameter).map(drop))?;
        }
        for group in &mut self.groups {
            match group {
                Running::Each(parameters) => {
                    for (parameter, optimizer) in parameters {
                        let gradient = gradient(gradients, parameter)?;
                        place::step(optimizer.as_mut(), parameter.var.as_tensor(), gradient)?;
                    }
                }
                Running::Whole { parameters, layout, optimizer } => {
                    let mut theta = gathered(parameters)?;
                    let mut g = Vec::with_capacity(theta.len());
                    for parameter in parameters.iter() {
                        g.extend(gradient(gradients, parameter)?.flatten_all()?.to_vec1::<f32>()?);
                    }
                    optimizer.step(&mut theta, &g);
                    put(parameters, layout, &theta)?;
                }
            }
        }
        Ok(())
    }
}

/// Weights that others stand in for.
struct Away<'a>(Vec<(&'a [Parameter], &'a Layout, Vec<f32>)>);

impl Away<'_> {
    fn put_back(&mut self) -> Result<(), OptimError> {
        self.0
            .drain(..)
            .map(|(parameters, layout, trained)| put(parameters, layout, &trained))
            .fold(Ok(()), Result::and)
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        // After an error or a panic, which is what will be told.
        let _ = self.put_back();
    }
}

fn gradient<'a>(gradients: &'a GradStore, parameter: &Parameter) -> Result<&'a Tensor, OptimError> {
    let found = gradients.get(&parameter.var);
    found.ok_or_else(|| OptimError::NoGradient { name: parameter.name.clone() })
}

fn gathered(parameters: &[Parameter]) -> Result<Vec<f32>, OptimError> {
    let mut all = Vec::new();
    for parameter in parameters {
        all.extend(parameter.var.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(all)
}

fn put(parameters: &[Parameter], layout: &Layout, values: &[f32]) -> Result<(), OptimError> {
    for (parameter, slot) in parameters.iter().zip(layout.slots()) {
        let (dims, device) = (parameter.var.dims(), parameter.var.device());
        parameter.var.set(&Tensor::from_slice(&values[slot.range()], dims, device)?)?;
    }
    Ok(())
}

fn layout<'a>(parameters: impl Iterator<Item = &'a Parameter>) -> Layout {
    let mut layout = Layout::default();
    for parameter in parameters {
        let shape = match parameter.var.dims() {
            // A convolution of candle's is [out, in, k, k]: a row for each output, as a linear layer has them.
            [out, rest @ ..] if rest.len() > 1 => vec![*out, rest.iter().product()],
            other => other.to_vec(),
        };
        layout.push(parameter.name.clone(), shape);
        layout.mark(parameter.role);
    }
    layout
}

fn running(group: Group, total_steps: u64) -> Result<Running, OptimError> {
    let Group { method, parameters } = group;
    let mut names = BTreeSet::new();
    for parameter in &parameters {
        if parameter.var.dtype() != DType::F32 {
            let found = format!("{:?}", parameter.var.dtype());
            return Err(OptimError::Kind { name: parameter.name.clone(), found });
        }
        if !names.insert(&parameter.name) {
            return Err(OptimError::Twice { name: parameter.name.clone() });
        }
    }
    let in_place = |parameter: &Parameter| parameter.var.device().is_cpu() && parameter.var.is_contiguous();
    // A rule that has a kernel of its own knows no other element.
    if method.cuda_source().is_some() && parameters.iter().all(in_place) {
        let own = |parameter: Parameter| {
            let layout = layout([&parameter].into_iter());
            let optimizer = method.optimizer_f32(&layout, total_steps);
            (parameter, optimizer)
        };
        return Ok(Running::Each(parameters.into_iter().map(own).collect()));
    }
    let layout = layout(parameters.iter());
    let optimizer = method.optimizer_f32(&layout, total_steps);
    Ok(Running::Whole { parameters, layout, optimizer })
}

impl candle_nn::Optimizer for Optim {
    type Config = Config;

    /// Parameters are named by their number; variables that are no floating-point numbers are left out, as candle's own optimizers do.
    fn new(variables: Vec<Var>, config: Config) -> candle_core::Result<Self> {
        let numbered = variables.into_iter().enumerate().filter(|(_, variable)| variable.dtype().is_float());
        let parameters = numbered.map(|(i, var)| Parameter::new(i.to_string(), var)).collect();
        Ok(Self::of_groups(vec![Group::of(config.method, parameters)], config.total_steps)?)
    }

    fn step(&mut self, gradients: &GradStore) -> candle_core::Result<()> {
        Ok(Optim::step(self, gradients)?)
    }

    fn learning_rate(&self) -> f64 {
        self.rates.first().copied().unwrap_or(0.0)
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        let Some(&first) = self.first_rates.first() else { return };
        let rates: Vec<f64> = self
            .first_rates
            .iter()
            .enumerate()
            // A first rate of 0 has no proportion to keep.
            .map(|(i, rate)| match i {
                0 => learning_rate,
                _ if first == 0.0 => *rate,
                _ => rate * (learning_rate / first),
            })
            .collect();
        self.set_rates(&rates);
    }
}

impl Optim {
    /// Replaces the groups' learning rates.
    pub(crate) fn set_rates(&mut self, rates: &[f64]) {
        self.rates = rates.to_vec();
        for (group, rate) in self.groups.iter_mut().zip(rates) {
            match group {
                Running::Each(parameters) => {
                    parameters.iter_mut().for_each(|(_, own)| own.set_learning_rate(*rate));
                }
                Running::Whole { optimizer, .. } => optimizer.set_learning_rate(*rate),
            }
        }
    }
}
