//! Which studies train the same runs.

use crate::{Configs, Plan, Scale};
use records::Name;
use std::collections::BTreeSet;
use std::path::Path;

/// Another study with some of a plan's runs, which are trained once for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The other study's name.
    pub study: String,
    /// Runs that both have.
    pub runs: usize,
}

impl Plan {
    /// The studies of `configs` that share runs with this one, by name, at the size that their files say. Names of runs depend on data and
    /// on searches: a study that lacks its own on a common task cannot be compared, and is left out.
    pub fn sharing(&self, configs: &Configs, data_dir: &Path) -> Vec<Sharing> {
        let mine: BTreeSet<(&Name, &Name)> =
            self.manifest.runs.iter().map(|run| (&run.task, &run.id)).collect();
        let shared = configs.listing("studies").into_iter().filter_map(|other| {
            let (short, study, _) = configs.assembled(&other.name).ok()?;
            if short == self.manifest.study || study.master_seed != self.manifest.master_seed {
                return None;
            }
            let common = study.tasks.iter().map(|task| &task.task);
            let tasks: Vec<String> = common
                .filter(|task| self.tasks.iter().any(|mine| mine.name == **task))
                .map(ToString::to_string)
                .collect();
            // No task to keep would keep all.
            let scale = Scale { tasks, ..Scale::default() };
            if scale.tasks.is_empty() {
                return None;
            }
            let plan = Plan::new(configs, &other.name, data_dir, &scale).ok()?;
            let runs = plan.manifest.runs.iter().filter(|run| mine.contains(&(&run.task, &run.id))).count();
            (runs > 0).then_some(Sharing { study: other.name, runs })
        });
        shared.collect()
    }
}
