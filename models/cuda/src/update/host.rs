//! Optimizers without a kernel: their steps are taken on the host, the parameters and gradients of their replicas copied there
//! and back.

use crate::{Buffer, DeviceError};
use rule::{Layout, Method, Optimizer, OptimizerState, step_population};
use std::ops::Range;
use std::sync::Arc;

/// Neighbouring replicas that the host steps.
pub(super) struct Hosted {
    pub replicas: Range<usize>,
    optimizers: Vec<Box<dyn Optimizer<f32>>>,
    parameters: usize,
}

impl Hosted {
    pub fn new(
        replicas: Range<usize>,
        methods: &[Arc<dyn Method>],
        layout: &Layout,
        total_steps: u64,
    ) -> Self {
        let optimizers = methods.iter().map(|method| method.optimizer_f32(layout, total_steps)).collect();
        Self { replicas, optimizers, parameters: layout.len() }
    }

    /// One step of each replica, all at the same time; what pads a replica to `pitch` stays as it is.
    pub fn step(
        &mut self,
        parameters: &mut Buffer,
        gradient: &Buffer,
        pitch: usize,
    ) -> Result<(), DeviceError> {
        let (first, count) = (self.replicas.start * pitch, self.replicas.len() * pitch);
        let mut padded = parameters.download::<f32>(first, count)?;
        let without_padding = |values: &[f32]| -> Vec<f32> {
            values.chunks(pitch).flat_map(|replica| &replica[..self.parameters]).copied().collect()
        };
        let (mut theta, g) =
            (without_padding(&padded), without_padding(&gradient.download::<f32>(first, count)?));
        step_population(&mut self.optimizers, &mut theta, &g);
        for (padded, theta) in padded.chunks_mut(pitch).zip(theta.chunks(self.parameters)) {
            padded[..self.parameters].copy_from_slice(theta);
        }
        parameters.upload(first, &padded)
    }

    fn of(&self, replica: usize) -> &dyn Optimizer<f32> {
        self.optimizers[replica - self.replicas.start].as_ref()
    }

    /// See [`Optimizer::evaluation_point`].
    pub fn evaluation_point(&self, replica: usize, parameters: &[f32]) -> Option<Vec<f32>> {
        self.of(replica).evaluation_point(parameters)
    }

    pub fn export(&self, replica: usize) -> OptimizerState<f32> {
        self.of(replica).export()
    }

    pub fn import(&mut self, replica: usize, state: OptimizerState<f32>) -> Result<(), DeviceError> {
        let optimizer = &mut self.optimizers[replica - self.replicas.start];
        optimizer.import(state).map_err(|e| DeviceError::State { reason: e.to_string() })
    }
}
