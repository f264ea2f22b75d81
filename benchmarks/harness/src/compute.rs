//! Where trainings run.

use crate::{ConfigError, HarnessError, Plan, PlannedTask, Problem};
use cuda::{Device, DeviceError, Footprint, Precision};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The processor, or a device that takes whole populations.
#[derive(Clone)]
pub enum Compute {
    /// Threads of this machine.
    Cpu,
    /// A GPU, or its emulation.
    Device(Arc<dyn Device>),
}

/// Numbers per parameter that the rooms of products take at most: the largest matrix twice, and two squares on its shorter side.
const ROOMS: usize = 4;

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
    /// If a task asks for a precision that is not to be had.
    pub fn check(&self, plan: &Plan) -> Result<(), HarnessError> {
        for task in &plan.tasks {
            let Problem::Training { settings, .. } = &task.problem else { continue };
            self.admits(&task.name, settings.precision)?;
        }
        Ok(())
    }

    /// Whether networks of a task can be trained here.
    ///
    /// # Errors
    /// If its precision is not to be had.
    pub(crate) fn admits(&self, task: &str, precision: Precision) -> Result<(), HarnessError> {
        match self {
            Self::Cpu if precision != Precision::F32 => {
                let name = precision.name();
                let message =
                    format!("precision: {name} is arithmetic of GPUs; run with --device cuda, or say f32");
                Err(ConfigError::new(format!("task `{task}`"), message).into())
            }
            Self::Cpu | Self::Device(_) => Ok(()),
        }
    }

    /// What should be known before `plan` is trained here: the optimizers whose steps a device leaves to its host.
    pub fn remark(&self, plan: &Plan) -> Option<String> {
        let Self::Device(_) = self else { return None };
        let trainings = plan.tasks.iter().filter(|task| matches!(task.problem, Problem::Training { .. }));
        let methods = trainings.flat_map(|task| &task.runs).map(|run| &run.method);
        let hosted: BTreeSet<&str> =
            methods.filter(|method| !method.steps_on_device()).map(|method| method.title()).collect();
        let names: Vec<&str> = hosted.into_iter().collect();
        (!names.is_empty()).then(|| {
            format!(
                "no kernels with these settings (matrices that are decomposed, powers or logarithms of sums, a fallback that clips): {}; the host takes their \
                 steps, parameters and gradients are copied to it and parameters back at every one",
                names.join(", ")
            )
        })
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
        // The host keeps the states of what it steps.
        let on_device = task.runs.iter().map(|run| &run.method).filter(|method| method.steps_on_device());
        // Beside the states the sums' lanes, less than the parameters unless tensors are tiny, and the rooms of products.
        let states = on_device.map(|method| {
            let rooms = if method.matrix_steps(1).is_some() { ROOMS } else { 0 };
            method.states().len() + usize::from(method.cuda_source().is_none()) + rooms
        });
        let states = states.max().unwrap_or(0);
        let footprint = Footprint::new(network, settings.precision);
        let (batch_size, images) = (settings.batch_size, images.train);
        let most = footprint.replicas_in(device.free_bytes()?, batch_size, images, states);
        Ok(missing.div_ceil(missing.div_ceil(most).max(1)).max(1))
    }
}
