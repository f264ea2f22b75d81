//! From a study (YAML) to records: configuration, plan, training, store.
//!
//! [`Configs`] finds and checks the files, [`Plan::new`] turns a study into runs with their identities, and
//! [`execute`] trains what the store lacks. Nothing is run before everything has been checked.

mod checkpoint;
mod code;
mod competitors;
mod compute;
mod config;
mod context;
mod difference;
mod engine;
mod entry;
mod error;
mod estimate;
mod execute;
mod explain;
mod fingerprint;
mod folder;
mod grammar;
mod images;
mod include;
mod inclusion;
pub mod isolation;
mod labels;
mod litter;
mod looks;
mod machine;
mod manifest;
mod measure;
mod merge;
mod optimizers;
mod paper;
mod plan;
mod progress;
mod published;
mod queue;
mod reader;
mod scale;
mod schema;
mod sharing;
mod sheet;
pub mod slurm;
mod study;
mod suitability;
mod task;
mod timing;
mod together;
mod train;
mod trajectory;
mod tuned;
mod tuning;
mod verify;

pub use code::{ChangedPart, Code, Runs};
pub use compute::Compute;
pub use config::{BuiltIn, Configs, is_study_file};
pub use context::Context;
pub use difference::{Difference, differences};
pub use entry::{EntrySettings, number};
pub use error::{ConfigError, HarnessError};
pub use estimate::Estimate;
pub use execute::{Limits, Summary, execute, repeat, tidy};
pub use explain::{Explained, Nearest, RunStanding, Standing};
pub use folder::{ConfigSource, Listed};
pub use images::ImageSet;
pub use include::Include;
pub use litter::{Held, Litter, Pile, is_in_doubt, know_the_living};
pub use machine::{describe as machine, instruction_set};
pub use measure::{Judged, MeasureSettings};
pub use merge::{Conflict, Merge, MergeError, Merged, Source};
pub use optimizers::{OptimizerFile, OptimizerFiles, SearchRange, TAKEN};
pub use plan::{Contender, Plan, PlannedTask, Problem, Run, Sketch, SketchedTask, Workload};
pub use progress::Progress;
pub use reader::{parse, text};
pub use scale::Scale;
pub use schema::{SCHEMAS, reference, schema};
pub use sharing::Sharing;
pub use study::{Shown, Study, StudyTask, TrackSettings, TuningSettings};
pub use task::{FunctionTask, PaperCurves, Reason, Task, TaskFile, Training};
pub use timing::{
    Comparison, MOST_OTHERS_CORES, ProcessorTimes, StepTiming, Timed, device_product_gflops, device_timing,
    is_busy, look_at_others, product_gflops, time_step,
};
pub use together::{Part, TogetherError, together};
pub use tuning::Tune;
pub use verify::{Repeated, compare};

#[cfg(test)]
mod tests;
