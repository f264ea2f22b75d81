//! Of verbs about clusters.

use super::{CHECKPOINT_EVERY, Machine, Size, Staleness};
use crate::paths::{name_or_path, path};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Submit {
    /// A study by name or path.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    #[command(flatten)]
    pub machine: Machine,
    #[command(flatten)]
    pub staleness: Staleness,
    /// What runs the jobs.
    #[arg(long, value_enum)]
    pub executor: Executor,
    /// Settings of the cluster [default: executors/slurm.yaml of the configurations].
    #[arg(long, value_name = "FILE.yaml", value_parser = path())]
    pub cluster: Option<PathBuf>,
    /// Print the script and submit nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Seconds of training after which an epoch ends with a checkpoint: what a kill can cost, and an epoch more.
    #[arg(long, value_name = "SECONDS", default_value_t = CHECKPOINT_EVERY)]
    pub checkpoint_every: u32,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Executor {
    /// A job array of the workload manager Slurm.
    Slurm,
}

#[derive(Args)]
pub(crate) struct Status {
    /// A study by name or path.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
