//! Where trainings run.

use crate::{ConfigError, HarnessError, Plan, PlannedTask, Problem};
use cuda::{Device, DeviceError, Footprint, Precision};
use rule::Method;
use std::sync::Arc;

/// The processor, or a device that takes whole populations.
#[derive(Clone)]
pub enum Compute {
    /// Threads of this machine.
    Cpu,
    /// A GPU, or its emulation.
    Device(Arc<dyn Device>),
}

impl Compute {
    /// `cpu`, `cuda` or `emulated`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Device(device) => device.kind(),
        }
    }

    /// The device's hardware and versions.
    pub fn description(&self) -> Option<String> {
        match self {
            Self::Cpu => None,
            Self::Device(device) => Some(device.description()),
        }
    }

    /// Whether every run of `plan` can be trained here.
    ///
    /// # Errors
    /// If a task asks for a precision, or an optimizer for a way of stepping, that is not to be had.
    pub fn check(&self, plan: &Plan) -> Result<(), HarnessError> {
        for task in &plan.tasks {
            let Problem::Training { settings, .. } = &task.problem else { continue };
            self.admits(&task.name, settings.precision, task.runs.iter().map(|run| &run.method))?;
        }
        Ok(())
    }

    /// Whether networks of a task can be trained here.
    ///
    /// # Errors
    /// If its precision, or an optimizer's way of stepping, is not to be had.
    pub(crate) fn admits<'a>(
        &self,
        task: &str,
        precision: Precision,
        mut methods: impl Iterator<Item = &'a Arc<dyn Method>>,
    ) -> Result<(), HarnessError> {
        match self {
            Self::Cpu if precision != Precision::F32 => {
                let message = "precision: tf32 is arithmetic of GPUs; run with --device cuda, or say f32";
                Err(ConfigError::new(format!("task `{task}`"), message).into())
            }
            Self::Cpu => Ok(()),
            Self::Device(_) => match methods.find(|method| method.cuda_source().is_none()) {
                None => Ok(()),
                Some(method) => Err(DeviceError::NoKernel { optimizer: method.name().into() }.into()),
            },
        }
    }

    /// Runs of `task` that train as one population, of `missing` to train: as many as asked for, or one on a CPU, or
    /// what the device has memory for, shared out evenly.
    pub(crate) fn replicas(
        &self,
        task: &PlannedTask,
        missing: usize,
        asked: Option<usize>,
    ) -> Result<usize, DeviceError> {
        let Problem::Training { settings, images, network, .. } = &task.problem else { return Ok(1) };
        let device = match (self, asked) {
            (_, Some(asked)) => return Ok(asked.max(1)),
            (Self::Cpu, None) => return Ok(1),
            (Self::Device(device), None) => device,
        };
        let states = task.runs.iter().map(|run| run.method.states().len()).max().unwrap_or(0);
        let footprint = Footprint::new(network);
        let (batch_size, images) = (settings.batch_size, images.train);
        let most = footprint.replicas_in(device.free_bytes()?, batch_size, images, states);
        Ok(missing.div_ceil(missing.div_ceil(most).max(1)).max(1))
    }
}
