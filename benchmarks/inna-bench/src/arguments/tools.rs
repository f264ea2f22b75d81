//! Of verbs that need no study.

use super::Device;
use crate::paths::{name_or_path, path};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Check {
    #[command(subcommand)]
    pub engine: Option<CheckWhat>,
    #[command(flatten)]
    pub optimizer: CheckOptimizer,
}

#[derive(Subcommand)]
pub(crate) enum CheckWhat {
    /// Kernels, update rules and whole trainings on a device against the CPU.
    Engine(CheckEngine),
}

/// What is trained in the comparison.
#[derive(Args)]
pub(crate) struct CheckEngine {
    /// The device to check.
    #[arg(long, value_enum, default_value = "cuda")]
    pub device: Device,
    /// Arithmetic of the products, and how values are stored.
    #[arg(long, default_value = "f32", value_parser = ["f32", "tf32", "bf16"])]
    pub precision: String,
    /// Multiplier of the network's filters [default: 1, on the emulated device 0.05].
    #[arg(long)]
    pub width: Option<f64>,
    /// Images per step [default: 32, on the emulated device 6].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub batch: Option<u16>,
    /// Steps of each training.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    pub steps: u16,
    /// Replicas of each optimizer [default: 3, on the emulated device 1].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub replicas: Option<u16>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// An optimizer and how it is checked.
#[derive(Args)]
pub(crate) struct CheckOptimizer {
    /// An optimizer by name, or `all` for every one with its defaults.
    #[arg(required = true)]
    pub optimizer: Option<String>,
    /// Hyper-parameters as JSON, say '{"learning_rate": 0.1}'.
    #[arg(long, value_name = "JSON")]
    pub hyper: Option<String>,
    /// Compare with another implementation: a script (`.py`, or anything executable) that is given a file of gradients and a file to
    /// write the parameters after each step to.
    #[arg(long, value_name = "SCRIPT", conflicts_with = "trace", value_parser = path())]
    pub against: Option<PathBuf>,
    /// Also write the optimizer's page into a folder; with `all` those of all, and a list of them.
    #[arg(short = 'o', long, value_name = "DIR", conflicts_with_all = ["trace", "against", "hyper"], value_parser = path())]
    pub pages: Option<PathBuf>,
    /// Compare with a recorded trajectory instead of checking invariants.
    #[arg(long, value_name = "FILE", conflicts_with = "hyper", value_parser = path())]
    pub trace: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Data {
    #[command(subcommand)]
    pub action: DataAction,
}

#[derive(Subcommand)]
pub(crate) enum DataAction {
    /// The data sets and whether they are here.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Download a data set and check it; what was cut off is gone on with.
    Fetch {
        /// Its name.
        name: String,
        /// Another address than the publisher's that has the same files.
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check the files of a data set.
    Verify {
        /// Its name.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(crate) struct Info {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Time {
    #[command(subcommand)]
    pub what: Timed,
}

#[derive(Subcommand)]
pub(crate) enum Timed {
    /// One training step: forward, backward, update.
    Step(Step),
    /// The steps of all entries of some studies' tasks, in turn, into the store: what a report compares. Needs no data, and an idle
    /// machine.
    Study(TimeStudy),
}

#[derive(Args)]
pub(crate) struct TimeStudy {
    /// Studies by name or path; the entries that several have on a task are timed together.
    #[arg(value_name = "STUDY", required = true, value_parser = name_or_path())]
    pub studies: Vec<String>,
    /// Only this task of each study; may be given several times.
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// How often every entry is measured; the median counts.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: u16,
    /// Steps of one measurement [default: what takes a twentieth of a second].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub steps: Option<u16>,
    /// Where.
    #[arg(long, value_enum, default_value = "cpu")]
    pub device: Device,
    /// Threads of a step on a CPU [default: 1, as `run` has it].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Measure though other processes are at work; the times are marked.
    #[arg(long, conflicts_with = "when_idle")]
    pub busy: bool,
    /// Measure nothing, and say so, while other processes are at work.
    #[arg(long)]
    pub when_idle: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Step {
    /// A task by name: its network, its images' size and its classes.
    #[arg(long, conflicts_with_all = ["width", "classes"])]
    pub task: Option<String>,
    /// The network without a task.
    #[arg(long, default_value = "nin", value_parser = ["nin"])]
    pub model: String,
    /// Multiplier of the network's filters.
    #[arg(long, default_value_t = 1.0)]
    pub width: f64,
    /// Classes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=256))]
    pub classes: u16,
    /// Images per step.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    pub batch: u16,
    /// An optimizer by name.
    #[arg(long, default_value = "inna")]
    pub optimizer: String,
    /// Replicas trained together.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub replicas: u16,
    /// Threads [default: one per core].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Steps to time; the median is reported.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..))]
    pub steps: u16,
    /// Where.
    #[arg(long, value_enum, default_value = "cpu")]
    pub device: Device,
    /// Arithmetic of the products, and how values are stored; tf32 and bf16 are for GPUs.
    #[arg(long, default_value = "f32", value_parser = ["f32", "tf32", "bf16"])]
    pub precision: String,
    /// On a device, start every kernel by a call of its own; steps of few replicas are else started as a whole.
    #[arg(long)]
    pub kernel_by_kernel: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct New {
    #[command(subcommand)]
    pub what: NewWhat,
}

#[derive(Subcommand)]
pub(crate) enum NewWhat {
    /// An optimizer that works, to be changed into yours.
    Optimizer(NewOptimizer),
    /// A study that runs, to be changed into yours.
    Study(NewStudy),
}

#[derive(Args)]
pub(crate) struct NewStudy {
    /// Its name: small letters, digits and -.
    pub name: String,
    /// What is compared with Adam; may be given several times [default: sgd].
    #[arg(long, value_name = "NAME")]
    pub optimizer: Vec<String>,
}

#[derive(Args)]
pub(crate) struct NewOptimizer {
    /// Its name: small letters, digits and -.
    pub name: String,
    /// A formula under configs/optimizers: no Rust. The default.
    #[arg(long, conflicts_with_all = ["in_rust", "matrix"])]
    pub formula: bool,
    /// A crate under optimizers: a rule of elements, with sums or numbers that are remembered if it wants.
    #[arg(long = "crate", conflicts_with = "matrix")]
    pub in_rust: bool,
    /// A crate: a rule of whole matrices.
    #[arg(long)]
    pub matrix: bool,
}
