//! Whether stored runs come out again, bit for bit.

use crate::{Compute, Plan};
use records::{Curve, EpochRow, Name, Provenance, Record, Survey, TrajectoryRow};
use std::collections::BTreeSet;

/// How a repeated run compares with the stored one.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeated {
    /// The same in everything that training decides: specification, outcome, every measurement, losses and final parameters, to
    /// the last bit. Of a beginning, every measurement of it.
    Same,
    /// Not the same.
    Differs {
        /// What differs, in words.
        what: Vec<String>,
        /// Circumstances that are not the same, say the machine.
        circumstances: Vec<String>,
    },
}

impl Plan {
    /// Keeps some of the runs that a store holds, as `survey` says, and that `compute` can repeat to the bit: those that `named` names,
    /// or if it names none about `n` that are evenly spread over the plan. Returns their records. Another device has other bits, and so may a population of another size
    /// on a GPU: from there only runs that were trained alone are taken.
    pub fn sample(&mut self, survey: Survey, compute: &Compute, named: &[String], n: usize) -> Vec<Record> {
        let here = compute.kind();
        let repeatable = |record: &Record| {
            let Provenance { device, precision, population, .. } = &record.provenance;
            // Functions are minimised on the CPU wherever networks train.
            (device == here || precision == "f64") && (device == "cpu" || *population == 1)
        };
        let wanted =
            |record: &Record| named.is_empty() || named.iter().any(|name| record.id == name.as_str());
        let stored: Vec<Record> = survey.records.into_iter().filter(|r| repeatable(r) && wanted(r)).collect();
        let n = if named.is_empty() { n.min(stored.len()) } else { stored.len() };
        let places: BTreeSet<usize> = (0..n).map(|i| (2 * i + 1) * stored.len() / (2 * n)).collect();
        let sample = stored.into_iter().enumerate().filter(|(i, _)| places.contains(i));
        let sample: Vec<Record> = sample.map(|(_, record)| record).collect();
        self.retain(&sample);
        sample
    }

    /// Keeps the runs of these records.
    pub fn retain<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        let kept: BTreeSet<(&Name, &Name)> =
            records.into_iter().map(|record| (&record.specification.task, &record.id)).collect();
        self.manifest.runs.retain(|run| kept.contains(&(&run.task, &run.id)));
        for task in &mut self.tasks {
            task.runs.retain(|run| kept.contains(&(&task.name, &run.id)));
        }
    }
}

/// Compares a stored record with the same run made again, `again` having only its first `epochs` epochs if that is given.
pub fn compare(stored: &Record, again: &Record, epochs: Option<u32>) -> Repeated {
    let mut what = Vec::new();
    if stored.id != again.id || stored.specification != again.specification {
        what.push("in its specification".to_owned());
    }
    // The whole run was repeated, if not everything was asked for or there was not more.
    let whole = match &again.curve {
        Curve::Epochs(_) => epochs.is_none_or(|n| {
            stored.specification.task_settings["epochs"].as_u64().is_some_and(|all| all <= u64::from(n))
        }),
        Curve::Trajectory(_) => true,
    };
    if whole && stored.outcome != again.outcome {
        what.push("in its outcome".into());
    }
    if let Some(from) = parting(&stored.curve, &again.curve, epochs.filter(|_| !whole)) {
        what.push(format!("from {from} on"));
    }
    if whole && what.is_empty() && stored.fingerprint != again.fingerprint {
        what.push("in what the curves do not show".into());
    }
    if what.is_empty() {
        return Repeated::Same;
    }
    let (a, b) = (&stored.provenance, &again.provenance);
    let facts = [
        ("compiler", a.compiler == b.compiler),
        ("processor", a.machine.cpu == b.machine.cpu),
        ("accelerator", a.accelerator == b.accelerator),
    ];
    let mut circumstances = sources(a, b);
    circumstances.extend(facts.iter().filter(|(_, same)| !same).map(|(name, _)| (*name).to_owned()));
    Repeated::Differs { what, circumstances }
}

/// What of the code differs: the parts that runs depend on, or all of it where one does not name them.
fn sources(a: &Provenance, b: &Provenance) -> Vec<String> {
    if a.code.is_empty() || b.code.is_empty() {
        return if a.code_digest == b.code_digest { Vec::new() } else { vec!["set of sources".into()] };
    }
    let parts = a.code.iter().filter(|(part, digest)| b.code.get(*part) != Some(digest));
    parts.map(|(part, _)| format!("version of `{part}`")).collect()
}

/// Where two curves part, up to `epochs` if that is given. Times do not count: they cannot repeat.
fn parting(stored: &Curve, again: &Curve, epochs: Option<u32>) -> Option<String> {
    match (stored, again) {
        (Curve::Epochs(x), Curve::Epochs(y)) => {
            let bits = |row: &EpochRow| {
                let EpochRow { epoch, step, elapsed_s: _, learning_rate, train_loss_running, .. } = *row;
                let EpochRow {
                    train_loss,
                    validation_loss,
                    validation_accuracy,
                    test_loss,
                    test_accuracy,
                    ..
                } = *row;
                let numbers = [learning_rate, train_loss_running, Some(train_loss), validation_loss];
                let more = [validation_accuracy, Some(test_loss), test_accuracy];
                (epoch, step, numbers.map(|x| x.map(to_bits)), more.map(|x| x.map(to_bits)))
            };
            let last = epochs.unwrap_or(u32::MAX);
            let x: Vec<&EpochRow> = x.iter().filter(|row| row.epoch <= last).collect();
            let parted = x.iter().zip(y).find(|(x, y)| bits(x) != bits(y)).map(|(x, _)| x.epoch);
            // One that ends before the other parts from it where it ends.
            let longer = if x.len() > y.len() {
                x.get(y.len()).map(|row| row.epoch)
            } else {
                y.get(x.len()).map(|row| row.epoch)
            };
            parted.or(longer).map(|epoch| format!("epoch {epoch}"))
        }
        (Curve::Trajectory(x), Curve::Trajectory(y)) => {
            let bits = |row: &TrajectoryRow| (row.step, [row.theta1, row.theta2, row.value].map(to_bits));
            let parted = x.iter().zip(y).find(|(x, y)| bits(x) != bits(y)).map(|(x, _)| x.step);
            let longer = if x.len() > y.len() { x.get(y.len()) } else { y.get(x.len()) };
            parted.or(longer.map(|row| row.step)).map(|step| format!("step {step}"))
        }
        _ => Some("the beginning".into()),
    }
}

/// A text file knows only one NaN.
fn to_bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}
