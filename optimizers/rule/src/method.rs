//! A checked configuration of an optimizer.

use crate::cuda::SegmentKernels;
use crate::matrix::MatrixSteps;
use crate::{Invariance, Layout, Optimizer, Practice, Schedule};
use serde_json::Value;
use std::fmt::Debug;

/// An optimizer with all its hyper-parameters: what a configuration is parsed to, and what optimizers are made
/// from.
pub trait Method: Debug + Send + Sync {
    /// Its name in the catalogue.
    fn name(&self) -> &str;

    /// Its name in a report.
    fn title(&self) -> &str;

    /// Paper and equation of the update rule.
    fn reference(&self) -> &str;

    /// The learning rate γ₀.
    fn learning_rate(&self) -> f64;

    /// How γ₀ is scaled over the steps.
    fn schedule(&self) -> &Schedule;

    /// All hyper-parameters, defaults filled in: equal texts mean equal configurations.
    fn hyper(&self) -> Value;

    /// What is allowed but probably not wanted, one sentence each.
    fn warnings(&self) -> Vec<String>;

    /// Names of the state buffers.
    fn states(&self) -> Vec<String>;

    /// The largest relative error of single precision after fifty steps on a quadratic that is due to rounding alone.
    fn f32_limit(&self) -> f64;

    /// What its path follows.
    fn invariances(&self) -> Vec<Invariance>;

    /// Whether the weights to evaluate are others than those that are differentiated.
    fn evaluates_elsewhere(&self) -> bool {
        false
    }

    /// The optimizer that it leaves some tensors to.
    fn fallback(&self) -> Option<&dyn Method> {
        None
    }

    /// An optimizer in single precision for a training of `total_steps` steps.
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>>;

    /// The same in double precision.
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>>;

    /// The update rule as one `<math display="block">` element (presentation MathML, XML-escaped).
    fn mathml(&self) -> String;

    /// What practice adds to the rule.
    fn practice(&self) -> Practice;

    /// CUDA C of two kernels, [`kernel_names`](crate::kernel_names) for step 0 and for later ones, over `[R, P]` with one
    /// row of scalars per replica, P a multiple of four; the source says its own signature. `None` if the rule is not one of elements alone, or
    /// practice adds something to it.
    fn cuda_source(&self) -> Option<String>;

    /// Numbers that the rule remembers from step to step, with their values before the first, if they do not follow from
    /// sums.
    fn memory(&self) -> Vec<(String, f64)>;

    /// The scalars that the kernels of [`Method::cuda_source`] take for step `k`, one row of their `[R, S]` table. `memory` is
    /// what [`Method::memory`] says, and goes on by a step. Empty if the rule is not elementwise.
    fn scalars_at(&self, k: u64, total_steps: u64, memory: &mut [f64]) -> Vec<f64>;

    /// The rule by segments, for a training of `total_steps` steps: what the kernels of [`Method::cuda_source`] do, and rules with
    /// sums. Clipping and averages are not in there. `None` for rules of matrices, and where a number of a step follows from
    /// sums in a way that devices do not know.
    fn segment_kernels(&self, total_steps: u64) -> Option<SegmentKernels> {
        let _ = total_steps;
        None
    }

    /// The steps of a rule of matrices, if they are made of products alone.
    fn matrix_steps(&self, total_steps: u64) -> Option<MatrixSteps> {
        let _ = total_steps;
        None
    }

    /// Whether a device takes its steps. If not, the host does.
    fn steps_on_device(&self) -> bool {
        self.cuda_source().is_some() || self.segment_kernels(1).is_some() || self.matrix_steps(1).is_some()
    }
}
