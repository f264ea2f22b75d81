//! What every optimizer must satisfy, and comparison with recorded trajectories.

mod checks;
mod probe;
mod trace;
mod translate;

pub use checks::{Check, run};
pub use probe::path;
pub use trace::{
    F32_LIMIT, F64_LIMIT, Trace, TraceError, TraceReport, check_trace, relative_error, replay, replay_with,
};
pub use translate::{ADAM_KEYS, Translation, translate};
