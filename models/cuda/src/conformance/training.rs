//! Whole trainings: all optimizers in one population, against the CPU, against trainings on their own, and again; and gradients along the
//! way of the CPU's.
//!
//! A training multiplies differences of rounding: rectifiers and maxima switch, small gradients are divided by their size, and one switch is
//! enough for weights to end a part of the way from each other though nothing is wrong. So weights are not compared here: the update rules
//! are, bit for bit, elsewhere, and gradients, which are one pass, at the beginning and at the end of the way. Losses show what is wrong
//! in between.

use super::trial::{Allowance, Noise, Trained, Trial, loss_difference};
use super::{Check, Settings, Subject, largest, relative, same_bits};
use crate::{Device, DeviceError, Precision};
use models::Model;
use rule::Method;
use std::sync::Arc;

/// Differences that pass in any case.
struct Limits {
    /// Of a gradient, relative to each tensor's largest number.
    gradient: f64,
    /// Of the losses of the first steps, relative to themselves.
    first: f64,
    /// Of all losses, likewise.
    losses: f64,
}

/// Steps that are held tightly.
const FIRST: usize = 10;

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { gradient: 1e-4, first: 5e-4, losses: 0.02 },
        // Maxima and rectifiers switch; what is wrong and small shows in single precision.
        Precision::Tf32 => Limits { gradient: 0.5, first: 0.02, losses: 0.1 },
    }
}

pub(super) fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Check>, DeviceError> {
    let subject = || Subject::of_images("training", Model::Nin { width: settings.width, dropout: 0.5 });
    let trial = Trial::new(device, settings, &subject(), methods)?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();
    let (first, again) = (trial.on_device(&everyone)?, trial.on_device(&everyone)?);
    let cpu = trial.on_cpu(None);
    let noisy = trial.on_cpu(Some(&Noise::of(settings.precision)));
    let bits = |trained: &Trained| {
        let scores = trained.scores.iter().chain([&trained.evaluation]).flatten();
        let losses =
            scores.flat_map(|s| [s.loss.to_bits() as u32, (s.loss.to_bits() >> 32) as u32, s.correct]);
        let losses = losses.map(f32::from_bits);
        losses.chain(trained.parameters.iter().flatten().copied()).collect::<Vec<_>>()
    };
    let mut checks =
        vec![same_bits("training again: losses and weights".into(), &bits(&again), &bits(&first))];
    let limits = limits(settings.precision);
    let one = Settings { steps: 1, ..settings.clone() };
    for (place, points) in [("at the start", None), ("at the end", Some(&cpu.parameters))] {
        let mut trial = Trial::new(device, &one, &subject(), methods)?;
        if let Some(points) = points {
            trial = trial.at(points);
        }
        checks.extend(gradients(&trial, &everyone, place, limits.gradient)?);
    }
    for (i, method) in methods.iter().enumerate() {
        let replicas = i * settings.replicas..(i + 1) * settings.replicas;
        let allowance = Allowance::new(&trial, &cpu, &noisy, replicas.clone(), [0.0, limits.losses]);
        let worst_loss =
            |steps: usize| largest(replicas.clone().map(|r| loss_difference(&first, &cpu, r, steps)));
        checks.push(Check {
            name: format!("training {} beside the CPU: first losses", method.title()),
            difference: worst_loss(FIRST),
            limit: limits.first,
            detail: format!("largest difference of a loss of the first {FIRST} steps, relative to it"),
        });
        checks.push(Check {
            name: format!("training {} beside the CPU: losses", method.title()),
            difference: worst_loss(usize::MAX),
            limit: allowance.losses,
            detail: format!("largest difference of a loss, relative to it; {}", allowance.words),
        });
    }
    Ok(checks)
}

/// Gradients of one step, tensor by tensor, the worst of all replicas; and of replicas alone.
fn gradients(
    trial: &Trial<'_>,
    everyone: &[usize],
    place: &str,
    limit: f64,
) -> Result<Vec<Check>, DeviceError> {
    let (seen, alone, expected) = (trial.on_device(everyone)?, trial.on_device(&[0])?, trial.on_cpu(None));
    let of_tensor = trial.network.layout().slots().iter().map(|slot| {
        let range = || slot.range();
        let of_all =
            everyone.iter().map(|&r| relative(&seen.gradient[r][range()], &expected.gradient[r][range()]));
        let of_one = relative(&alone.gradient[0][range()], &expected.gradient[0][range()]);
        Check {
            name: format!("training, gradient {place} of {}", slot.name),
            difference: largest(of_all.chain([of_one])),
            limit,
            detail: "relative to the tensor's largest number, in a population and alone".into(),
        }
    });
    Ok(of_tensor.collect())
}
