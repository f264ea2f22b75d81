//! What every optimizer must satisfy, and comparison with recorded trajectories.

mod against;
mod checks;
mod cost;
mod invariances;
mod landscapes;
mod probe;
mod reductions;
mod trace;
mod translate;

pub use against::{Answer, Challenge};
pub use checks::{Check, run};
pub use cost::{Cost, cost};
pub use probe::path;
pub use reductions::{Reduction, reductions};
pub use trace::{
    F32_LIMIT, F64_LIMIT, Trace, TraceError, TraceReport, check_trace, relative_error, replay, replay_with,
};
pub use translate::{ADAM_KEYS, Translation, translate};
