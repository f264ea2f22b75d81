//! Of verbs about what a store holds.

use super::Size;
use crate::paths::{name_or_path, path};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub(crate) struct Seal {
    /// The folder of the store.
    #[arg(value_name = "STORE", value_parser = path())]
    pub folder: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Explain {
    /// A study by name or path; or a stored run by its name, the beginning of it, or its folder, whatever store that is in.
    #[arg(value_name = "RUN|STUDY", value_parser = name_or_path())]
    pub what: String,
    #[command(flatten)]
    pub size: Size,
    /// Every run by itself, and not those together that stand alike.
    #[arg(long)]
    pub runs: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Merge {
    /// Folders of the stores to copy from, which are only read.
    #[arg(value_name = "STORE", required = true, value_parser = path())]
    pub sources: Vec<PathBuf>,
    /// Say what would happen and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Archive {
    /// A study by name or path; or the manifest.json of a report.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    /// The file to write [default: STUDY.tar.gz, of a rehearsal STUDY-rehearsal.tar.gz].
    #[arg(long, short, value_name = "FILE.tar.gz", value_parser = path())]
    pub output: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Clean {
    /// Remove everything of this kind; may be given several times.
    #[arg(long, value_enum, value_name = "KIND")]
    pub remove: Vec<Litter>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Litter {
    /// What stopped trainings go on from; those of runs that a living process trains are kept.
    Checkpoints,
    /// Records of other code, whose runs were made again.
    Superseded,
    /// What was found damaged.
    Quarantine,
    /// Records of other stores that `merge` kept apart.
    Conflicts,
    /// Messages of trainings that ended badly.
    Failures,
    /// What was submitted to a cluster, and the logs of its jobs.
    Logs,
    /// All of these.
    All,
}
