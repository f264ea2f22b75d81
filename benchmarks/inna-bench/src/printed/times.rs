//! Of `time step` and `time study`.

use schemars::JsonSchema;
use serde::Serialize;

/// How long a training step takes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Step {
    /// The task; null if a network was named.
    pub task: Option<String>,
    /// The network; null if a task was named.
    pub model: Option<String>,
    /// Multiplier of its filters; null if a task was named.
    pub width: Option<f64>,
    /// Classes.
    pub classes: usize,
    /// Examples per step.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: String,
    /// Replicas trained together.
    pub replicas: usize,
    /// `cpu`, `cuda` or `emulated`.
    pub device: String,
    /// The device's hardware and versions; null on a CPU.
    pub accelerator: Option<String>,
    /// `f32`, `tf32` or `bf16`.
    pub precision: String,
    /// Whether every kernel was started by a call of its own, however few replicas there were.
    pub kernel_by_kernel: bool,
    /// Threads.
    pub threads: usize,
    /// Parameters of a replica.
    pub parameters: usize,
    /// Operations of its products in 10⁹.
    pub step_gflop_per_image: f64,
    /// Examples per second, of all replicas.
    pub images_per_s: f64,
    /// Operations per second, in 10⁹, of one large product here.
    pub product_gflops: f64,
    /// Examples per second that the products alone would allow.
    pub limit_images_per_s: f64,
    /// How much of that is reached.
    pub share_of_limit: f64,
    /// Milliseconds of a step of all replicas.
    pub ms_per_step: f64,
}

/// Step times of a study's tasks.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StudyTimes {
    /// One per task, as in the store.
    pub timings: Vec<records::Timing>,
}
