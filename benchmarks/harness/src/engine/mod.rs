//! What a training asks of whatever computes it: epochs, evaluations, and the state between them.

mod cpu;
mod device;

use crate::HarnessError;
use crate::train::Classifying;
use crate::{Compute, Run};
use kernels::Scores;
use rule::OptimizerState;
use streams::Stream;

pub(crate) use cpu::CpuEngine;
pub(crate) use device::DeviceEngine;

/// Everything that a replica needs to go on with the same bits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReplicaState {
    pub parameters: Vec<f32>,
    /// Running means and variances of batch normalisations; empty without any.
    pub running: Vec<f32>,
    pub optimizer: OptimizerState<f32>,
}

/// A part of a task's images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    Validation,
    Test,
}

/// A population with its optimizers, somewhere.
pub(crate) trait Engine {
    /// Trains one epoch in the given orders of the training images. `each` is called with every step and says whether to
    /// go on. Scores summed over each batch, `[step][replica]`, fewer steps if nothing is left to train; `None` if
    /// stopped.
    fn epoch(
        &mut self,
        orders: &[Vec<u32>],
        each: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<Vec<Scores>>>, HarnessError>;

    /// Scores of every replica over a part; `None` if the task has no such part.
    fn evaluate(&mut self, part: Part) -> Result<Option<Vec<Scores>>, HarnessError>;

    /// A replica that is not to be trained any more.
    fn retire(&mut self, replica: usize);

    /// Optimizer steps taken.
    fn steps_taken(&self) -> u64;

    /// What a replica would go on from.
    fn export(&self, replica: usize) -> Result<ReplicaState, HarnessError>;

    /// Goes on from there. All replicas must be given states of as many steps.
    fn import(&mut self, replica: usize, state: ReplicaState) -> Result<(), HarnessError>;
}

/// The streams of a run.
pub(crate) fn streams(task: &str, run: &Run) -> impl Fn(&str) -> Stream + use<> {
    let (task, seed, repetition) =
        (task.to_owned(), run.specification.master_seed, run.specification.repetition);
    move |name: &str| Stream::new(seed, &task, name, repetition)
}

/// An engine for `runs` of a task.
pub(crate) fn engine<'a>(
    compute: &Compute,
    problem: Classifying<'a>,
    runs: &[&Run],
) -> Result<Box<dyn Engine + 'a>, HarnessError> {
    Ok(match compute {
        Compute::Cpu => Box::new(CpuEngine::new(problem, runs)),
        Compute::Device(device) => Box::new(DeviceEngine::new(device, problem, runs)?),
    })
}
