//! What several verbs need: configurations, the store, the share-out of the machine.

use crate::arguments::{Device, Machine, Places, Size};
use crate::terminal::say;
use anyhow::{Context, Result, bail};
use cuda::Precision;
use harness::{Code, Compute, Configs, Limits, OptimizerFiles, Plan, Scale};
use records::Store;
use rule::Method;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const COMPILER: &str = env!("COMPILER");

/// The variable that names the folder of configurations.
const CONFIGS: &str = "INNA_BENCH_CONFIGS";

/// The suite's own configurations: this program needs no file beside it.
pub(crate) mod built_in {
    include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
}

/// What this program was built from, as build/build.rs has embedded it.
pub(crate) fn code() -> Code {
    let parts = env!("CODE_PARTS").split(' ').filter_map(|part| part.split_once('='));
    let parts = parts.map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect();
    Code { digest: env!("CODE_DIGEST").to_owned(), parts }
}

impl Places {
    /// The folder of configurations that is meant, if one is: by the option, the environment, or its usual name.
    pub fn configs_folder(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from("configs")).filter(|folder| Configs::are_in(folder));
        let environment = || std::env::var_os(CONFIGS).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        self.configs.clone().or_else(environment).or_else(usual)
    }

    /// That folder's configurations, and those that are built in behind them.
    pub fn configs(&self) -> Result<Configs> {
        match self.configs_folder() {
            Some(folder) => Ok(Configs::open(folder, catalogue::ALL)?.before(built_in::FILES)),
            None => Ok(Configs::built_in(built_in::FILES, catalogue::ALL)),
        }
    }

    /// The optimizer `name` with hyper-parameters. Those with a crate need no configurations, formulas stand in them.
    pub fn optimizer(&self, name: &str, hyper: &Value) -> Result<Box<dyn Method>> {
        if catalogue::ALL.find(name).is_some() {
            return Ok(catalogue::ALL.parse(name, hyper)?);
        }
        Ok(OptimizerFiles::read(&self.configs()?)?.parse(name, hyper)?)
    }

    /// Where finished runs are.
    pub fn store_folder(&self) -> &Path {
        self.store.as_deref().unwrap_or(Path::new("store"))
    }

    /// Where data sets are.
    pub fn data_folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new("data"))
    }

    /// The store, which the first that writes to it makes.
    pub fn store(&self) -> Store {
        Store::open(self.store_folder())
    }

    /// Reads and checks a study; doubtful settings are said on stderr.
    pub fn plan(&self, study: &str, size: &Size, quiet: bool) -> Result<Plan> {
        self.checked(Plan::new(&self.configs()?, study, self.data_folder(), &size.scale())?, study, quiet)
    }

    /// The same before its search.
    pub fn untuned(&self, study: &str, size: &Size, quiet: bool) -> Result<Plan> {
        self.checked(Plan::untuned(&self.configs()?, study, self.data_folder(), &size.scale())?, study, quiet)
    }

    fn checked(&self, plan: Plan, study: &str, quiet: bool) -> Result<Plan> {
        let known = theory::names();
        if let Some(name) = plan.manifest.theory.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(theory::TheoryError::Unknown { name: name.clone() })
                .context(format!("study `{study}`: theory"));
        }
        if !quiet {
            for warning in &plan.warnings {
                say(format_args!("note: {warning}"));
            }
        }
        Ok(plan)
    }
}

impl Size {
    pub fn scale(&self) -> Scale {
        Scale {
            tasks: self.tasks.clone(),
            seeds: self.seeds,
            epochs: self.epochs,
            per_class: self.per_class.and_then(|n| usize::try_from(n).ok()),
        }
    }
}

impl Machine {
    pub fn limits(&self) -> Limits {
        let number = |n: Option<u16>| n.map(usize::from);
        match self.device {
            Device::Cpu => {
                Limits::for_machine(number(self.jobs), number(self.threads), number(self.replicas))
            }
            Device::Cuda | Device::Emulated => Limits::for_device(number(self.replicas)),
        }
    }

    /// Refuses what would have no effect.
    pub fn check(&self) -> Result<()> {
        let given = [("--jobs", self.jobs.is_some()), ("--threads", self.threads.is_some())];
        match given.iter().find(|(_, is_given)| *is_given && self.device != Device::Cpu) {
            None => Ok(()),
            Some((option, _)) => bail!(
                "{option}: it shares out the cores of a CPU, and --device is {}, which trains one population at a time; leave it out",
                self.device.name()
            ),
        }
    }

    /// Opens the device, of whose memory no more is used than was asked for.
    pub fn open(&self) -> Result<Compute> {
        self.check()?;
        let Some(megabytes) = self.device_memory else { return self.device.open() };
        match self.device.open()? {
            Compute::Cpu => bail!(
                "--device-memory {megabytes}: it limits the memory of a device, and --device is cpu; leave it out, or name a \
                 device with --device"
            ),
            Compute::Device(device) => {
                let bytes = usize::try_from(u64::from(megabytes) * 1_000_000).unwrap_or(usize::MAX);
                Ok(Compute::Device(Arc::new(cuda::Limited::new(device, bytes))))
            }
        }
    }
}

impl Device {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Emulated => "emulated",
        }
    }

    /// Opens it.
    pub fn open(self) -> Result<Compute> {
        let device = match self {
            Self::Cpu => return Ok(Compute::Cpu),
            Self::Cuda => cuda::open_nvidia().context("--device cuda")?,
            Self::Emulated => Arc::new(cuda::Emulation::open().context("--device emulated")?),
        };
        Ok(Compute::Device(device))
    }
}

/// A precision by name; the command line accepts no others.
pub(crate) fn precision(name: &str) -> Precision {
    Precision::ALL.into_iter().find(|precision| precision.name() == name).unwrap_or_default()
}

/// Text for a number of seconds.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "under a second".into(),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
