//! What several verbs need: configurations, the store, the share-out of the machine.

use crate::arguments::{Device, Machine, Places};
use anyhow::{Result, bail};
use harness::{Configs, Limits, Plan};
use records::Store;

pub(crate) const CODE_DIGEST: &str = env!("CODE_DIGEST");
pub(crate) const COMPILER: &str = env!("COMPILER");

impl Places {
    pub fn configs(&self) -> Result<Configs> {
        Ok(Configs::open(&self.configs)?)
    }

    pub fn store(&self) -> Result<Store> {
        Ok(Store::open(&self.store)?)
    }

    /// Reads and checks a study; doubtful settings are said on stderr.
    pub fn plan(&self, study: &str, quiet: bool) -> Result<Plan> {
        let plan = Plan::new(&self.configs()?, study, &self.data)?;
        if !quiet {
            for warning in &plan.warnings {
                eprintln!("note: {warning}");
            }
        }
        Ok(plan)
    }
}

impl Machine {
    pub fn limits(&self) -> Result<Limits> {
        self.device.check()?;
        let number = |n: Option<u16>| n.map(usize::from);
        Ok(Limits::for_machine(number(self.jobs), number(self.threads), number(self.replicas)))
    }
}

impl Device {
    /// Whether this build trains there.
    pub fn check(self) -> Result<()> {
        if self == Self::Cuda {
            bail!("--device cuda: this version trains on the CPU only; use --device cpu");
        }
        Ok(())
    }
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
