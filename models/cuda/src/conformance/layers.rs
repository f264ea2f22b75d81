//! Networks with every kind of op, in front of every loss.

mod objectives;
mod of_all_kinds;
mod transformer;

pub(crate) use objectives::of_all_objectives;
pub(crate) use of_all_kinds::of_all_kinds;
pub(crate) use transformer::transformer;

use super::trial::{Noise, Trained, Trial, granted, loss_difference};
use super::{Check, Settings, Subject, largest, relative, same_bits};
use crate::{Device, DeviceError, Precision};
use rule::Method;
use std::sync::Arc;

/// Steps of the trainings, at most: with so many kinds of layers, differences of rounding grow fast.
const STEPS: usize = 10;

/// Differences that pass in any case; of weights, what [`granted`] says.
struct Limits {
    /// Of a gradient at the start, relative to each tensor's largest number.
    gradient: f64,
    /// Of all losses, relative to themselves.
    losses: f64,
    /// Of the running statistics, relative to the largest number.
    running: f64,
    /// Of the final weights, relative to the way they have come.
    weights: f64,
}

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { gradient: 1e-4, losses: 0.01, running: 0.01, weights: 0.1 },
        // Maxima and rectifiers switch; what is wrong and small shows in single precision.
        Precision::Tf32 => Limits { gradient: 0.2, losses: 0.1, running: 0.1, weights: 0.3 },
        Precision::Bf16 => Limits { gradient: 0.2, losses: 0.1, running: 0.1, weights: 0.3 },
    }
}

pub(super) fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
    tell: &mut dyn FnMut(Check),
) -> Result<(), DeviceError> {
    for subject in [of_all_kinds(), transformer()].into_iter().chain(of_all_objectives()) {
        compare(device, settings, &subject, methods)?.into_iter().for_each(&mut *tell);
    }
    Ok(())
}

fn compare(
    device: &Arc<dyn Device>,
    settings: &Settings,
    subject: &Subject,
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Check>, DeviceError> {
    let limits = limits(settings.precision);
    let mut checks = first_step(device, settings, subject, methods, limits.gradient)?;
    let settings = Settings { steps: settings.steps.min(STEPS), ..settings.clone() };
    let trial = Trial::new(device, &settings, subject, methods)?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();
    let (first, again, cpu) = (trial.on_device(&everyone)?, trial.on_device(&everyone)?, trial.on_cpu(None));
    let noisy = trial.on_cpu(Some(&Noise::of(settings.precision)));
    let bits = |trained: &Trained| [trained.parameters.concat(), trained.running.concat()].concat();
    let name = format!("{} again: weights and running statistics", subject.name);
    checks.push(same_bits(name, &bits(&again), &bits(&first)));
    for (i, method) in methods.iter().enumerate() {
        let replicas = || i * settings.replicas..(i + 1) * settings.replicas;
        let name = |what: &str| format!("{}, {} beside the CPU: {what}", subject.name, method.title());
        let granted = granted(&trial, [&cpu, &noisy], replicas(), limits.weights);
        let weights = replicas().map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
        let running = replicas().map(|r| relative(&first.running[r], &cpu.running[r]));
        checks.push(Check {
            name: name("losses"),
            difference: largest(replicas().map(|r| loss_difference(&first, &cpu, r, usize::MAX))),
            limit: limits.losses,
            detail: "largest difference of a mini-batch's or an evaluation's loss, relative to it".into(),
        });
        if let Some(limit) = granted {
            checks.push(Check {
                name: name("weights"),
                difference: largest(weights),
                limit,
                detail: format!("relative to the way from the start, {} steps", settings.steps),
            });
        }
        if trial.network.statistics() > 0 {
            checks.push(Check {
                name: name("running statistics"),
                difference: largest(running),
                limit: limits.running,
                detail: format!("relative to the largest number, {} steps", settings.steps),
            });
        }
    }
    Ok(checks)
}

/// The gradient of the first step, tensor by tensor: of one method, as all have the same.
fn first_step(
    device: &Arc<dyn Device>,
    settings: &Settings,
    subject: &Subject,
    methods: &[Arc<dyn Method>],
    limit: f64,
) -> Result<Vec<Check>, DeviceError> {
    let settings = Settings { steps: 1, ..settings.clone() };
    let trial = Trial::new(device, &settings, subject, &methods[..methods.len().min(1)])?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();
    let (seen, expected) = (trial.on_device(&everyone)?, trial.on_cpu(None));
    let of_tensor = trial.network.layout().slots().iter().map(|slot| {
        let of_replica = everyone
            .iter()
            .map(|&r| relative(&seen.gradient[r][slot.range()], &expected.gradient[r][slot.range()]));
        Check {
            name: format!("{}: gradient of {}", subject.name, slot.name),
            difference: largest(of_replica),
            limit,
            detail: "relative to the tensor's largest number".into(),
        }
    });
    Ok(of_tensor.collect())
}
