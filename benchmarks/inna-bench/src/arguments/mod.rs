//! The command line.

mod cluster;
mod store;
mod tools;

pub(crate) use cluster::{Status, Submit};
pub(crate) use store::{Archive, Clean, Explain, Litter, Merge, Seal};
pub(crate) use tools::{
    Check, CheckEngine, CheckOptimizer, CheckWhat, Data, DataAction, Info, New, NewOptimizer, NewStudy,
    NewWhat, Step, Time, TimeStudy, Timed,
};

use crate::paths::{name_or_path, path};
use crate::printed;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A reproducible benchmark suite for optimizers of neural networks.
///
/// A study (YAML under configs/studies) is planned into runs, trained into a store of records, and rendered as
/// pages. Exit codes: 0 done, 1 a check failed, 2 unusable arguments or configuration, 130 interrupted.
#[derive(Parser)]
#[command(name = "inna-bench", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub places: Places,
    /// What `--isolate` starts: trains the runs that it is told on stdin and reports on stdout.
    #[arg(long, hide = true)]
    pub worker: bool,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Where things are.
#[derive(Args)]
pub(crate) struct Places {
    /// Folder of studies, tasks and optimizers [default: $INNA_BENCH_CONFIGS, or configs if there is one]; what it does not have is
    /// looked for beside a study that is given by its path, and among what is built in.
    #[arg(long, global = true, value_name = "DIR", value_parser = path())]
    pub configs: Option<PathBuf>,
    /// Folder of finished runs [default: store].
    #[arg(long, global = true, value_name = "DIR", value_parser = path())]
    pub store: Option<PathBuf>,
    /// Folder of data sets in their official formats [default: data].
    #[arg(long, global = true, value_name = "DIR", value_parser = path())]
    pub data: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// What there is to compare and to run.
    List(List),
    /// What would run, what is there already, how long the rest will take.
    Plan(Plan),
    /// Train what is missing. Ctrl-C is safe; calling again goes on.
    Run(Run),
    /// Train what is missing on a cluster, as one job array; calling again submits what is still missing.
    Submit(Submit),
    /// How far a study is: the store, and the jobs of `submit`.
    Status(Status),
    /// Search for the values that a study calls `tuned`, and write them where it reads them.
    Tune(Run),
    /// Tables, figures and pages from the records there are.
    Report(Report),
    /// Why runs are done, reused, stale or missing, and which input is to blame.
    Explain(Explain),
    /// Repeat a sample of the stored runs of a study and compare every bit.
    Verify(Verify),
    /// Give the records of a store that were made without digests theirs.
    Seal(Seal),
    /// Write an optimizer or a study to begin with.
    New(New),
    /// Conformance of an optimizer (its invariants, or a recorded trajectory), or of a device: `check engine`.
    Check(Check),
    /// Data sets: what there is, download, verification.
    Data(Data),
    /// This machine, this build, the folders in use.
    Info(Info),
    /// How fast things are.
    Time(Time),
    /// Copy the finished runs of other stores into the store. A run that both have must have the same bits.
    Merge(Merge),
    /// Put the report of a study and the records it is made from into one file, from which `report` makes the pages
    /// anywhere.
    Archive(Archive),
    /// What in the store is no result, and how large it is; removes of it what it is told to.
    Clean(Clean),
    /// What a shell has to know to complete this program's arguments, for its folder of completions.
    Completions(Completions),
    /// The pages of the manual, one for each verb.
    Man(Man),
    /// The JSON Schema of a kind of configuration, by which editors complete and check; or of what a command prints.
    Schema(Schema),
}

impl Verb {
    /// Which of the places it looks at: those of configurations, of the store, and of data.
    pub fn places(&self) -> [bool; 3] {
        match self {
            Self::Plan(_)
            | Self::Run(_)
            | Self::Submit(_)
            | Self::Status(_)
            | Self::Tune(_)
            | Self::Report(_)
            | Self::Explain(_)
            | Self::Verify(_)
            | Self::Info(_)
            | Self::Archive(_) => [true, true, true],
            Self::Time(Time { what: Timed::Study(_) }) => [true, true, true],
            Self::Time(Time { what: Timed::Step(step) }) => [true, false, step.task.is_some()],
            Self::New(New { what: NewWhat::Optimizer(new) }) => [!new.in_rust && !new.matrix, false, false],
            Self::New(New { what: NewWhat::Study(_) }) | Self::List(_) => [true, false, false],
            Self::Check(Check { engine, .. }) => [engine.is_none(), false, false],
            Self::Data(_) => [false, false, true],
            Self::Merge(_) | Self::Clean(_) => [false, true, false],
            Self::Seal(_) | Self::Completions(_) | Self::Man(_) | Self::Schema(_) => [false; 3],
        }
    }
}

impl Places {
    /// Refuses places that `verb` does not look at.
    pub fn check(&self, verb: &Verb) -> anyhow::Result<()> {
        let given = [self.configs.is_some(), self.store.is_some(), self.data.is_some()];
        for ((option, given), used) in ["--configs", "--store", "--data"].iter().zip(given).zip(verb.places())
        {
            anyhow::ensure!(used || !given, "{option}: this verb does not look there; leave it out");
        }
        Ok(())
    }

    /// Refuses places beside what needs none: those of configurations, if `configs`, and those of data.
    pub fn none_beside(&self, what: &str, configs: bool) -> anyhow::Result<()> {
        let given = [("--configs", configs && self.configs.is_some()), ("--data", self.data.is_some())];
        for (option, given) in given {
            anyhow::ensure!(!given, "{option}: {what} needs nothing from there; leave it out");
        }
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Schema {
    /// The kind.
    #[arg(value_parser = harness::SCHEMAS, required_unless_present_any = ["reference", "printed"])]
    pub kind: Option<String>,
    /// All keys of all kinds, in Markdown: docs/CONFIG.md.
    #[arg(long, conflicts_with = "kind")]
    pub reference: bool,
    /// Of what a command prints with --json instead: `plan`, `time step`.
    #[arg(long, value_name = "COMMAND", value_parser = PossibleValuesParser::new(printed::commands()),
          conflicts_with_all = ["kind", "reference"])]
    pub printed: Option<String>,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct Man {
    /// Folder to write them to, say ~/.local/share/man/man1.
    #[arg(value_name = "DIR", value_parser = path())]
    pub folder: PathBuf,
}

#[derive(Args)]
pub(crate) struct List {
    /// Only one kind.
    #[arg(value_enum)]
    pub kind: Option<Kind>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Optimizers,
    Tasks,
    Studies,
}

/// How the machine is shared out.
#[derive(Args, Clone)]
pub(crate) struct Machine {
    /// Where to train.
    #[arg(long, value_enum, default_value = "cpu")]
    pub device: Device,
    /// Populations trained side by side on a CPU [default: one per core]; a device trains one at a time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Threads of each on a CPU [default: the cores shared out over the jobs]. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Runs trained together as one population [default: 1 on a CPU, what fits into its memory on a GPU].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub replicas: Option<u16>,
    /// Use at most so much of the device's memory, in units of 10⁶ bytes: for a GPU that others use too.
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    pub device_memory: Option<u32>,
}

/// A study at another size than its file says.
#[derive(Args, Clone)]
pub(crate) struct Size {
    /// Only this task of the study; may be given several times.
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Repetitions (seeds) of every task, in place of the study's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: Option<u64>,
    /// Rehearse: at most so many epochs.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Rehearse: at most so many examples of each class; ten times as many where there are no classes to choose by.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub per_class: Option<u32>,
}

/// What becomes of runs that other code made.
#[derive(Args)]
pub(crate) struct Staleness {
    /// Take runs as they are though the code that they depend on has changed; otherwise they are trained again, and the old ones
    /// kept in the store's folder `superseded`.
    #[arg(long)]
    pub keep_stale: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    /// The threads of this machine.
    Cpu,
    /// The first NVIDIA GPU; CUDA_VISIBLE_DEVICES chooses another.
    Cuda,
    /// The GPU's kernels, compiled by this machine's C compiler and run one thread at a time: for checks.
    Emulated,
}

#[derive(Args)]
pub(crate) struct Plan {
    /// A study by name or path.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    #[command(flatten)]
    pub machine: Machine,
    #[command(flatten)]
    pub staleness: Staleness,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Seconds of training after which an epoch ends with a checkpoint, if nothing else is said.
const CHECKPOINT_EVERY: u32 = 30;

#[derive(Args)]
pub(crate) struct Run {
    /// A study by name or path.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    #[command(flatten)]
    pub machine: Machine,
    #[command(flatten)]
    pub staleness: Staleness,
    /// Seconds of training after which an epoch ends with a checkpoint: what a kill can cost, and an epoch more.
    #[arg(long, value_name = "SECONDS", default_value_t = CHECKPOINT_EVERY)]
    pub checkpoint_every: u32,
    /// Train at most so many populations, and wait for nothing that other processes train.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub populations: Option<u32>,
    /// Prove to other processes on the store that this one lives by a lease of so many seconds alone, without a file lock: for
    /// file systems whose locks are not to be trusted.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub lease: Option<u32>,
    /// Train every population in a process of its own: a crash costs one population, leaves its message in the store's folder
    /// `failures`, and the rest goes on. Each process reads the configurations and loads the data again, so it is for long trainings.
    #[arg(long)]
    pub isolate: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print what came of it as JSON; what is said meanwhile goes to stderr as ever.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// A study by name or path.
    #[arg(value_parser = name_or_path())]
    pub study: String,
    #[command(flatten)]
    pub size: Size,
    #[command(flatten)]
    pub machine: Machine,
    /// Runs to repeat, spread evenly over the study.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub sample: u16,
    /// Repeat this run, by its name, and no sample; may be given several times.
    #[arg(long = "run", value_name = "RUN", conflicts_with = "sample")]
    pub runs: Vec<String>,
    /// Repeat only the first epochs of each: more runs in the same time.
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u32).range(1..))]
    pub prefix: Option<u32>,
    /// Repeat also what this program has repeated before on a machine like this, which the store remembers and which counts as
    /// the same otherwise.
    #[arg(long)]
    pub again: bool,
    /// Print only what differs, and errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Verify {
    /// The training that it repeats. Nothing is stored: what is for sharing a store, and for going on, has no place in it.
    pub fn training(&self) -> Run {
        Run {
            study: self.study.clone(),
            size: self.size.clone(),
            machine: self.machine.clone(),
            staleness: Staleness { keep_stale: false },
            checkpoint_every: CHECKPOINT_EVERY,
            populations: None,
            lease: None,
            isolate: false,
            quiet: self.quiet,
            json: self.json,
        }
    }
}

#[derive(Args)]
pub(crate) struct Report {
    /// A study by name or path; or the manifest.json of a report, whose pages are then made again without the data, from the
    /// folder `store` beside it if no other store is named; or the file that `archive` made, which has all of that in it.
    /// Several with --together.
    #[arg(required = true, value_name = "STUDY", value_parser = name_or_path())]
    pub studies: Vec<String>,
    #[command(flatten)]
    pub size: Size,
    /// One report of several studies, on the tasks that they share: those of which everything but the entries is the same. What is
    /// left out is said, with the reason.
    #[arg(long)]
    pub together: bool,
    /// One HTML file with every page, figure and number of the report, which opens anywhere [default: reports/out/STUDY.html].
    #[arg(long, conflicts_with = "records")]
    pub single_file: bool,
    /// Folder of the pages [default: reports/out/STUDY, of a rehearsal reports/out/STUDY-rehearsal, of a manifest its own]; with
    /// --single-file the file.
    #[arg(long, short, value_name = "DIR", value_parser = path())]
    pub output: Option<PathBuf>,
    /// Put the records beside the pages: the folder can then be made again from itself alone.
    #[arg(long)]
    pub records: bool,
    /// Say what changed since another report, down to single runs: its folder or its report.json. Adds the page changes.html.
    #[arg(long, value_name = "REPORT", value_parser = path())]
    pub compare: Option<PathBuf>,
    /// Put the general table, under the command that prints it, into this file: between the lines
    /// `<!-- begin table -->` and `<!-- end table -->`, or these with the name of the study before `-->`.
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub splice: Option<PathBuf>,
    /// Write the general table into this file: Markdown (.md), numbers for other programs (.csv, .json), or Arrow's file format
    /// (.arrow).
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub leaderboard: Option<PathBuf>,
    /// Print the list of files as JSON; with --compare an object of `files` and `changes`.
    #[arg(long)]
    pub json: bool,
}
