//! What optimizers remember, in a file.

use crate::optimizer::{Optim, Running};
use crate::{OptimError, Parameter};
use candle_core::{Device, Tensor, safetensors};
use rule::{Optimizer, OptimizerState};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Steps taken, under this name for each group.
const STEPS: &str = "steps";
/// What the names of single numbers begin with.
const MEMORY: &str = "memory:";

impl Optim {
    /// Writes what a later [`Optim::load`] needs to go on with the same bits, as safetensors; parameters are the `VarMap`'s to save.
    ///
    /// Tensors are `GROUP/PARAMETER/STATE`, or `GROUP/STATE` over all parameters of a group where the optimizer sees them as one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, file: impl AsRef<Path>) -> Result<(), OptimError> {
        let mut all = HashMap::new();
        for (number, group) in self.groups.iter().enumerate() {
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
            let (state, count) = state_of(prefix, &all, &shown)?;
            taken += count;
            Ok(optimizer.import(state)?)
        };
        for (number, group) in self.groups.iter_mut().enumerate() {
            match group {
                Running::Each(parameters) => {
                    for (Parameter { name, .. }, optimizer) in parameters {
                        take(&format!("{number}/{name}/"), optimizer.as_mut())?;
                    }
                }
                Running::Whole { optimizer, .. } => take(&format!("{number}/"), optimizer.as_mut())?,
            }
        }
        if taken < all.len() {
            let reason = format!("has {} tensors, of which these parameters take {taken}", all.len());
            return Err(OptimError::State { file: shown, reason });
        }
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

/// The state under a prefix, and how many tensors it is.
fn state_of(
    prefix: &str,
    all: &BTreeMap<String, Tensor>,
    file: &str,
) -> Result<(OptimizerState<f32>, usize), OptimError> {
    let mut state = OptimizerState::default();
    let mut count = 0;
    let mut steps = None;
    let own = all.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?, tensor)));
    for (name, tensor) in own {
        count += 1;
        if name == STEPS {
            steps = tensor.to_vec1::<i64>()?.first().and_then(|steps| u64::try_from(*steps).ok());
        } else if let Some(name) = name.strip_prefix(MEMORY) {
            state.memory.insert(name.to_owned(), tensor.to_vec1()?);
        } else {
            state.states.insert(name.to_owned(), tensor.to_vec1()?);
        }
    }
    let Some(steps) = steps else {
        let reason = format!("has no `{prefix}{STEPS}`: it is that of other parameters or groups");
        return Err(OptimError::State { file: file.to_owned(), reason });
    };
    state.steps_taken = steps;
    Ok((state, count))
}
