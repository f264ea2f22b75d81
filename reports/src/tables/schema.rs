//! Names of the columns and of the values that are words.

/// The run was made and spent its budget.
pub const DONE: &str = "done";
/// The run was made and its loss or a parameter stopped being finite.
pub const DIVERGED: &str = "diverged";
/// The run is planned and there is no record of it.
pub const MISSING: &str = "missing";

/// Task, in both tables.
pub const TASK: &str = "task";
/// Key of the entry, in both tables.
pub const ENTRY: &str = "entry";
/// The seed block, in both tables.
pub const REPETITION: &str = "repetition";
/// [`DONE`], [`DIVERGED`] or [`MISSING`], in both tables.
pub const STATUS: &str = "status";

/// Columns of the table of runs alone.
pub mod runs {
    /// Name of the entry, as the pages have it.
    pub const TITLE: &str = "title";
    /// Name of the optimizer.
    pub const OPTIMIZER: &str = "optimizer";
    /// Name of the run.
    pub const ID: &str = "id";
    /// The primary metric as it enters estimates: what the task is judged by at the end (0 of an accuracy and chance of what falls
    /// if diverged; what falls counts as chance if it ends above it too), or the last value of the function (empty if diverged).
    pub const SCORE: &str = "score";
    /// Share of the test set classified correctly at the end; empty where nothing is classified.
    pub const TEST_ACCURACY: &str = "final_test_accuracy";
    /// Loss over the test set at the end, in the task's unit.
    pub const TEST_LOSS: &str = "final_test_loss";
    /// Loss over the training set at the end, in the task's unit.
    pub const TRAIN_LOSS: &str = "final_train_loss";
    /// The function at the last iterate.
    pub const VALUE: &str = "final_value";
    /// Distance of the last iterate from the minimiser.
    pub const DISTANCE: &str = "final_distance";
    /// Step whose result was not finite.
    pub const DIVERGED_STEP: &str = "diverged_step";
    /// What was seen then.
    pub const DIVERGED_REASON: &str = "diverged_reason";
    /// Seconds of training.
    pub const TRAINING_S: &str = "training_s";
    /// Seconds of evaluation.
    pub const EVALUATION_S: &str = "evaluation_s";
    /// Median milliseconds of a step of its entry, as they were measured apart from the run.
    pub const MS_PER_STEP: &str = "ms_per_step";
    /// Smallest of these.
    pub const MS_PER_STEP_SMALLEST: &str = "ms_per_step_smallest";
    /// Largest of these.
    pub const MS_PER_STEP_LARGEST: &str = "ms_per_step_largest";
    /// Bytes of all optimizer state.
    pub const STATE_BYTES: &str = "state_bytes";
    /// Trainable parameters.
    pub const PARAMETERS: &str = "parameters";
    /// Start, seconds since 1970-01-01 UTC.
    pub const STARTED_UNIX_S: &str = "started_unix_s";
    /// Processor of the machine.
    pub const MACHINE: &str = "machine";
    /// `cpu` or `cuda`.
    pub const DEVICE: &str = "device";
    /// The device's hardware and versions; empty on a CPU.
    pub const ACCELERATOR: &str = "accelerator";
    /// Before the name of each hyper-parameter, with a column of its own: `hyper.learning_rate`.
    pub const HYPER: &str = "hyper.";
    /// Digest of the sources that made it.
    pub const CODE_DIGEST: &str = "code_digest";
    /// Hash of its losses and final parameters.
    pub const FINGERPRINT: &str = "fingerprint";
}

/// Columns of the table of curves alone; a metric a run does not have is empty.
pub mod curves {
    /// Epochs completed (trainings).
    pub const EPOCH: &str = "epoch";
    /// Optimizer steps completed.
    pub const STEP: &str = "step";
    /// Seconds spent training.
    pub const ELAPSED_S: &str = "elapsed_s";
    /// Step size of the last step.
    pub const LEARNING_RATE: &str = "learning_rate";
    /// Mean of the mini-batch losses of the epoch.
    pub const TRAIN_LOSS_RUNNING: &str = "train_loss_running";
    /// Loss over the training set.
    pub const TRAIN_LOSS: &str = "train_loss";
    /// Loss over the validation part.
    pub const VALIDATION_LOSS: &str = "validation_loss";
    /// Accuracy on the validation part.
    pub const VALIDATION_ACCURACY: &str = "validation_accuracy";
    /// Loss over the test set.
    pub const TEST_LOSS: &str = "test_loss";
    /// Accuracy on the test set.
    pub const TEST_ACCURACY: &str = "test_accuracy";
    /// log₁₀ of what the loss lies above its known minimum; only where a task of the study is judged by it.
    pub const GAP: &str = "gap";
    /// First coordinate (functions).
    pub const THETA1: &str = "theta1";
    /// Second coordinate (functions).
    pub const THETA2: &str = "theta2";
    /// The function there.
    pub const VALUE: &str = "value";
}
