//! The optimizers for programs written with candle, outside the suite.

use crate::{Layout, Method, Optimizer};
use candle_core::backprop::GradStore;
use candle_core::{DType, Error, Result, Tensor, Var};

/// What a [`CandleOptimizer`] is made from.
#[derive(Debug)]
pub struct CandleConfig {
    /// The optimizer and its hyper-parameters.
    pub method: Box<dyn Method>,
    /// Length of the training; only schedules that end somewhere use it.
    pub total_steps: u64,
}

/// Any [`Method`] as a [`candle_nn::Optimizer`] over `f32` variables on the CPU.
///
/// The variables form one flat buffer in the order given; sort them by name if they come from a `VarMap`, whose
/// order is random. Every variable needs a gradient at every step.
///
/// `learning_rate` is γ₀, which the method's own schedule scales; `set_learning_rate` replaces γ₀, so a schedule
/// kept by the caller belongs with `schedule: {kind: constant}`.
pub struct CandleOptimizer {
    variables: Vec<Var>,
    layout: Layout,
    optimizer: Box<dyn Optimizer<f32>>,
    learning_rate: f64,
}

impl candle_nn::Optimizer for CandleOptimizer {
    type Config = CandleConfig;

    fn new(variables: Vec<Var>, config: CandleConfig) -> Result<Self> {
        for (i, variable) in variables.iter().enumerate() {
            if variable.dtype() != DType::F32 || !variable.device().is_cpu() {
                return Err(Error::Msg(format!(
                    "variable {i} is {:?} on {:?}; accepted: F32 on the CPU",
                    variable.dtype(),
                    variable.device().location()
                )));
            }
        }
        let tensors = variables.iter().enumerate().map(|(i, v)| (i.to_string(), v.dims().to_vec()));
        let layout = Layout::new(tensors);
        let optimizer = config.method.optimizer_f32(&layout, config.total_steps);
        Ok(Self { variables, layout, optimizer, learning_rate: config.method.learning_rate() })
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        let mut parameters = Vec::with_capacity(self.layout.len());
        let mut gradient = Vec::with_capacity(self.layout.len());
        for (i, variable) in self.variables.iter().enumerate() {
            let Some(of_variable) = gradients.get(variable) else {
                return Err(Error::Msg(format!(
                    "variable {i} has no gradient: leave variables out that the loss does not depend on"
                )));
            };
            parameters.extend(variable.flatten_all()?.to_vec1::<f32>()?);
            gradient.extend(of_variable.flatten_all()?.to_vec1::<f32>()?);
        }
        self.optimizer.step(&mut parameters, &gradient);
        for (variable, slot) in self.variables.iter().zip(self.layout.slots()) {
            let values = parameters[slot.range()].to_vec();
            variable.set(&Tensor::from_vec(values, slot.shape.as_slice(), variable.device())?)?;
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
        self.optimizer.set_learning_rate(learning_rate);
    }
}
