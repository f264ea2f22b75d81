//! How a study's missing runs become a job array.

use super::{Cluster, TimeLimit};
use crate::{Compute, HarnessError, Plan, Problem};
use records::Name;
use std::collections::BTreeSet;

/// What a store lacks of a plan, counted as Slurm's tasks will take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lack {
    /// Runs in the plan.
    pub planned: usize,
    /// Runs that are not stored.
    pub runs: usize,
    /// Populations they train as.
    pub populations: usize,
    /// Runs of the largest population.
    pub largest: usize,
}

impl Lack {
    /// Counts; `replicas` is what was asked for. Without a device at hand it has to be said.
    ///
    /// # Errors
    /// If the device fails.
    pub fn new(
        plan: &Plan,
        there: &BTreeSet<(Name, Name)>,
        compute: Option<&Compute>,
        replicas: Option<usize>,
    ) -> Result<Self, HarnessError> {
        let mut lack = Self { planned: plan.manifest.runs.len(), ..Self::default() };
        for task in &plan.tasks {
            let missing =
                task.runs.iter().filter(|run| !there.contains(&(task.name.clone(), run.id.clone()))).count();
            if missing == 0 {
                continue;
            }
            let size = match (compute, &task.problem) {
                (Some(compute), _) => compute.replicas(task, missing, replicas)?,
                (None, Problem::Function(_)) => 1,
                (None, Problem::Training { .. }) => replicas.unwrap_or(1).max(1),
            };
            lack.runs += missing;
            lack.populations += missing.div_ceil(size);
            lack.largest = lack.largest.max(size.min(missing));
        }
        Ok(lack)
    }
}

/// The shape of a job array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Its tasks.
    pub tasks: u32,
    /// Populations that each trains, at most.
    pub populations_per_task: u32,
    /// Tasks that run at the same time, at most.
    pub at_once: Option<u32>,
}

impl Array {
    /// For so many populations, of which there is at least one, `jobs` of them side by side in a task: no more tasks than
    /// `most`, which then take more each.
    pub fn new(populations: usize, jobs: u32, cluster: &Cluster, most: u32) -> Self {
        let populations = u32::try_from(populations).unwrap_or(u32::MAX).max(1);
        let asked = cluster.populations_per_task.unwrap_or(jobs).max(1);
        let populations_per_task = populations.div_ceil(most.max(1)).max(asked);
        Self {
            tasks: populations.div_ceil(populations_per_task),
            populations_per_task,
            at_once: cluster.tasks_at_once,
        }
    }

    /// The time limit of a task: `factor` times what its populations take, `jobs` of them side by side.
    pub fn limit(&self, population_s: f64, jobs: u32, cluster: &Cluster) -> TimeLimit {
        let rounds = self.populations_per_task.div_ceil(jobs.max(1));
        let expected = TimeLimit::of_seconds(cluster.time_factor * population_s * f64::from(rounds));
        cluster.time.unwrap_or(expected.max(cluster.time_at_least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_per_population_until_there_are_too_many() {
        let cluster = Cluster { tasks_at_once: Some(8), ..Cluster::default() };
        let shape = |populations, most| {
            let array = Array::new(populations, 1, &cluster, most);
            (array.tasks, array.populations_per_task)
        };
        assert_eq!(shape(1, 1001), (1, 1));
        assert_eq!(shape(1001, 1001), (1001, 1));
        assert_eq!(shape(1002, 1001), (501, 2));
        assert_eq!(shape(25_000, 1001), (1000, 25));
        let coarse = Cluster { populations_per_task: Some(10), ..Cluster::default() };
        assert_eq!(
            Array::new(25, 2, &coarse, 1001),
            Array { tasks: 3, populations_per_task: 10, at_once: None }
        );
        assert_eq!(Array::new(25, 2, &Cluster::default(), 1001).tasks, 13);
    }

    #[test]
    fn the_limit_is_a_multiple_of_the_estimate_but_never_short() {
        let array = Array { tasks: 4, populations_per_task: 3, at_once: None };
        let mut cluster = Cluster::default();
        assert_eq!(array.limit(10.0, 1, &cluster), cluster.time_at_least);
        // 3 populations of an hour, one or two at a time, times three.
        assert_eq!(array.limit(3600.0, 1, &cluster).to_string(), "09:00:00");
        assert_eq!(array.limit(3600.0, 2, &cluster).to_string(), "06:00:00");
        cluster.time = Some(TimeLimit::minutes(5));
        assert_eq!(array.limit(3600.0, 1, &cluster).to_string(), "00:05:00");
    }
}
