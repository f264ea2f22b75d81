//! Optimizers without a kernel: their steps are taken on the host, to which parameters and gradients of their replicas are copied,
//! and the parameters back.

use crate::{Buffer, DeviceError};
use rule::{Layout, Method, Optimizer, OptimizerState, step_some};
use std::ops::Range;
use std::sync::Arc;

/// Neighbouring replicas that the host steps.
pub(super) struct Hosted {
    pub replicas: Range<usize>,
    optimizers: Vec<Box<dyn Optimizer<f32>>>,
    /// Replicas that have come to nothing and are left as they are.
    retired: Vec<bool>,
    parameters: usize,
}

impl Hosted {
    pub fn new(
        replicas: Range<usize>,
        methods: &[Arc<dyn Method>],
        layout: &Layout,
        total_steps: u64,
    ) -> Self {
        let optimizers: Vec<_> =
            methods.iter().map(|method| method.optimizer_f32(layout, total_steps)).collect();
        Self { retired: vec![false; optimizers.len()], replicas, optimizers, parameters: layout.len() }
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
        step_some(&mut self.optimizers, &self.retired, &mut theta, &g);
        for (padded, theta) in padded.chunks_mut(pitch).zip(theta.chunks(self.parameters)) {
            padded[..self.parameters].copy_from_slice(theta);
        }
        parameters.upload(first, &padded)
    }

    /// From now on leaves a replica as it is.
    pub fn retire(&mut self, replica: usize) {
        self.retired[replica - self.replicas.start] = true;
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
