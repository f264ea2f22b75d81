//! One module per verb.

pub(crate) mod archive;
pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod data;
pub(crate) mod engine;
pub(crate) mod explain;
pub(crate) mod info;
pub(crate) mod list;
pub(crate) mod manual;
pub(crate) mod merge;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod seal;
mod splice;
mod staleness;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod time;
mod time_study;
mod timings;
mod together;
pub(crate) mod training;
pub(crate) mod tune;
pub(crate) mod verify;
pub(crate) mod worker;
