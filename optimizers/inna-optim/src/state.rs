//! What optimizers remember, in a file.

use crate::optimizer::{Optim, Running};
use crate::{OptimError, Parameter};
use candle_core::{Device, Tensor, safetensors};
use rule::{Optimizer, OptimizerState};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Steps taken. No state is called so: names have no colon.
const STEPS: &str = ":steps";
/// What the names of single numbers begin with.
const MEMORY: &str = ":memory:";
/// A group's learning rate, which the program may have set.
const RATE: &str = ":rate";

impl Optim {
    /// Writes what a later [`Optim::load`] needs to go on with the same bits, as safetensors; parameters are the `VarMap`'s to save.
    ///
    /// Tensors are `GROUP/PARAMETER/STATE`, or `GROUP/STATE` over all parameters of a group where they are copied to one buffer: such a
    /// file is for optimizers with the same settings, on a device of the same kind.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), OptimError> {
        let mut all = HashMap::new();
        for (number, (group, rate)) in self.groups.iter().zip(&self.rates).enumerate() {
            all.insert(format!("{number}/{RATE}"), Tensor::from_vec(vec![*rate], 1, &Device::Cpu)?);
            match group {
                Running::Each(parameters) => {
                    for (Parameter { name, .. }, optimizer) in parameters {
                        put(&format!("{number}/{name}/"), optimizer.export(), &mut all)?;
                    }
                }
                Running::Whole { optimizer, .. } => {
                    put(&format!("{number}/"), optimizer.export(), &mut all)?;
                }
            }
        }
        Ok(safetensors::save(&all, file)?)
    }

    /// Goes on from what [`Optim::save`] wrote for the same optimizers and parameters. After an error some of them may have.
    ///
    /// # Errors
    /// If the file cannot be read, or is that of others.
    pub fn load(&mut self, file: impl AsRef<Path>) -> Result<(), OptimError> {
        let shown = file.as_ref().display().to_string();
        let all: BTreeMap<String, Tensor> = safetensors::load(&file, &Device::Cpu)?.into_iter().collect();
        let mut taken = 0;
        let mut take = |prefix: &str, optimizer: &mut dyn Optimizer<f32>| -> Result<(), OptimError> {
            let (state, count) = state_of(prefix, &optimizer.export(), &all, &shown)?;
            taken += count;
            Ok(optimizer.import(state)?)
        };
        let mut rates = Vec::new();
        for (number, group) in self.groups.iter_mut().enumerate() {
            let rate = found(&format!("{number}/{RATE}"), &all, &shown)?;
            rates.extend(rate.to_vec1::<f64>()?.first());
            match group {
                Running::Each(parameters) => {
                    for (Parameter { name, .. }, optimizer) in parameters {
                        take(&format!("{number}/{name}/"), optimizer.as_mut())?;
                    }
                }
                Running::Whole { optimizer, .. } => take(&format!("{number}/"), optimizer.as_mut())?,
            }
        }
        let taken = taken + rates.len();
        if taken < all.len() {
            let reason = format!("has {} tensors, of which these parameters take {taken}", all.len());
            return Err(OptimError::State { file: shown, reason });
        }
        self.set_rates(&rates);
        Ok(())
    }
}

fn put(
    prefix: &str,
    state: OptimizerState<f32>,
    all: &mut HashMap<String, Tensor>,
) -> Result<(), OptimError> {
    let OptimizerState { steps_taken, states, memory } = state;
    let steps = Tensor::from_vec(vec![steps_taken as i64], 1, &Device::Cpu)?;
    all.insert(format!("{prefix}{STEPS}"), steps);
    for (name, values) in states {
        let len = values.len();
        all.insert(format!("{prefix}{name}"), Tensor::from_vec(values, len, &Device::Cpu)?);
    }
    for (name, values) in memory {
        let len = values.len();
        all.insert(format!("{prefix}{MEMORY}{name}"), Tensor::from_vec(values, len, &Device::Cpu)?);
    }
    Ok(())
}

/// The tensor of a name.
fn found<'a>(name: &str, all: &'a BTreeMap<String, Tensor>, file: &str) -> Result<&'a Tensor, OptimError> {
    all.get(name).ok_or_else(|| OptimError::State {
        file: file.to_owned(),
        reason: format!("has no `{name}`: it is that of other parameters, groups or settings"),
    })
}

/// The state under a prefix with the names of `like`, and how many tensors it is.
fn state_of(
    prefix: &str,
    like: &OptimizerState<f32>,
    all: &BTreeMap<String, Tensor>,
    file: &str,
) -> Result<(OptimizerState<f32>, usize), OptimError> {
    let mut state = OptimizerState::default();
    let steps = found(&format!("{prefix}{STEPS}"), all, file)?.to_vec1::<i64>()?;
    state.steps_taken = steps.first().and_then(|steps| u64::try_from(*steps).ok()).unwrap_or(0);
    for name in like.states.keys() {
        let values = found(&format!("{prefix}{name}"), all, file)?.to_vec1()?;
        state.states.insert(name.clone(), values);
    }
    for name in like.memory.keys() {
        let values = found(&format!("{prefix}{MEMORY}{name}"), all, file)?.to_vec1()?;
        state.memory.insert(name.clone(), values);
    }
    let count = 1 + state.states.len() + state.memory.len();
    Ok((state, count))
}
