//! A checked configuration of an optimizer.

use crate::{Layout, Optimizer, Schedule};
use serde_json::Value;
use std::fmt::Debug;

/// An optimizer with all its hyper-parameters: what a configuration is parsed to, and what optimizers are made
/// from.
pub trait Method: Debug + Send + Sync {
    /// Its name in the catalogue.
    fn name(&self) -> &'static str;

    /// Its name in a report.
    fn title(&self) -> &'static str;

    /// Paper and equation of the update rule.
    fn reference(&self) -> &'static str;

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

    /// An optimizer in single precision for a training of `total_steps` steps.
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>>;

    /// The same in double precision.
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>>;

    /// The update rule as one `<math display="block">` element (presentation MathML, XML-escaped).
    fn mathml(&self) -> String;

    /// CUDA C of two kernels, `NAME_first` for step 0 and `NAME_step` for later ones, over `[R, P]` with one
    /// row of scalars per replica; the source says its own signature. `None` if the rule is not elementwise.
    fn cuda_source(&self) -> Option<String>;

    /// The scalars that the CUDA kernels take for step `k`, one row of their `[R, S]` table. Empty if the rule is not
    /// elementwise.
    fn scalars_at(&self, k: u64, total_steps: u64) -> Vec<f64>;
}
