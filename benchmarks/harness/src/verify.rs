//! Whether stored runs come out again, bit for bit.

use crate::{Compute, HarnessError, Plan};
use records::{Curve, Provenance, Record, Store};
use std::collections::BTreeSet;

/// How a repeated run compares with the stored one.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeated {
    /// The same losses and final parameters, to the last bit.
    Same,
    /// Not the same.
    Differs {
        /// Where the curves part: `epoch 3` or `step 500`; empty if only what they do not show differs.
        from: Option<String>,
        /// Circumstances that are not the same, say the machine.
        circumstances: Vec<String>,
    },
}

impl Plan {
    /// Keeps about `n` of the runs that `store` holds and `compute` can repeat to the bit, evenly spread over the plan,
    /// and returns their records. Another device has other bits, and so may a population of another size on a GPU:
    /// from there only runs that were trained alone are taken.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn sample(
        &mut self,
        store: &Store,
        compute: &Compute,
        n: usize,
    ) -> Result<Vec<Record>, HarnessError> {
        let here = compute.kind();
        let repeatable = |record: &Record| {
            let Provenance { device, precision, population, .. } = &record.provenance;
            // Functions are minimised on the CPU wherever networks train.
            (device == here || precision == "f64") && (device == "cpu" || *population == 1)
        };
        let stored: Vec<Record> = self.records(store)?.into_iter().filter(repeatable).collect();
        let n = n.min(stored.len());
        let chosen: BTreeSet<(String, String)> = (0..n)
            .map(|i| &stored[(2 * i + 1) * stored.len() / (2 * n)])
            .map(|record| (record.specification.task.clone(), record.id.clone()))
            .collect();
        self.manifest.runs.retain(|run| chosen.contains(&(run.task.clone(), run.id.clone())));
        for task in &mut self.tasks {
            task.runs.retain(|run| chosen.contains(&(task.name.clone(), run.id.clone())));
        }
        Ok(self.records(store)?)
    }
}

/// Compares a stored record with the same run made again.
pub fn compare(stored: &Record, again: &Record) -> Repeated {
    if stored.fingerprint == again.fingerprint {
        return Repeated::Same;
    }
    let (a, b) = (&stored.provenance, &again.provenance);
    let from = match (&stored.curve, &again.curve) {
        (Curve::Epochs(x), Curve::Epochs(y)) => {
            let parted = x.iter().zip(y).find(|(x, y)| {
                (x.train_loss_running, x.train_loss, x.test_loss)
                    != (y.train_loss_running, y.train_loss, y.test_loss)
            });
            // One that ends before the other parts from it where it ends.
            let longer = if x.len() > y.len() { x.get(y.len()) } else { y.get(x.len()) };
            parted.map(|(x, _)| x).or(longer).map(|row| format!("epoch {}", row.epoch))
        }
        (Curve::Trajectory(x), Curve::Trajectory(y)) => {
            x.iter().zip(y).find(|(x, y)| x != y).map(|(x, _)| format!("step {}", x.step))
        }
        _ => None,
    };
    let facts = [
        ("set of sources", a.code_digest == b.code_digest),
        ("compiler", a.compiler == b.compiler),
        ("processor", a.machine.cpu == b.machine.cpu),
        ("accelerator", a.accelerator == b.accelerator),
    ];
    let circumstances = facts.iter().filter(|(_, same)| !same).map(|(name, _)| (*name).to_owned()).collect();
    Repeated::Differs { from, circumstances }
}
