//! Whole trainings: all optimizers in one population, against the CPU, against trainings on their own, and again; and gradients along the
//! way of the CPU's.
//!
//! A training multiplies differences of rounding: rectifiers and maxima switch, small gradients are divided by their size. What a device
//! is held to is therefore what noise of the size of rounding makes of the same training on the CPU, times a margin; where that is a part of
//! the way itself, weights are not compared. Gradients at points of the way are one pass each, and show what is wrong everywhere.

use super::trial::{Allowance, Noise, Trained, Trial, loss_difference};
use super::{Check, Settings, Subject, largest, relative, same_bits};
use crate::{Device, DeviceError, Precision};
use models::Model;
use rule::Method;
use std::ops::Range;
use std::sync::Arc;

/// Differences that pass in any case.
struct Limits {
    /// Of a gradient, relative to each tensor's largest number.
    gradient: f64,
    /// Of the losses of the first steps, relative to themselves.
    first: f64,
    /// Of all losses, likewise.
    losses: f64,
    /// Of the final weights, relative to the way they have come.
    weights: f64,
}

/// Steps that are held tightly.
const FIRST: usize = 10;

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { gradient: 1e-4, first: 5e-4, losses: 1e-3, weights: 1e-4 },
        // Maxima and rectifiers switch; what is wrong and small shows in single precision.
        Precision::Tf32 => Limits { gradient: 0.2, first: 0.02, losses: 0.05, weights: 0.05 },
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
        let least = [limits.weights, limits.losses];
        let allowance = Allowance::new(&trial, &cpu, &noisy, replicas.clone(), least);
        let alone = trial.on_device(&[replicas.start])?;
        checks.extend(compare(&trial, method.title(), [&first, &cpu, &alone], replicas, &allowance, &limits));
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

/// A training of some replicas on the device beside that on the CPU, and one of them alone.
fn compare(
    trial: &Trial<'_>,
    title: &str,
    [first, cpu, alone]: [&Trained; 3],
    replicas: Range<usize>,
    allowance: &Allowance,
    limits: &Limits,
) -> Vec<Check> {
    let start = replicas.start;
    let worst_loss = |steps: usize| largest(replicas.clone().map(|r| loss_difference(first, cpu, r, steps)));
    let mut checks = vec![
        Check {
            name: format!("training {title} beside the CPU: first losses"),
            difference: worst_loss(FIRST),
            limit: limits.first.max(allowance.losses),
            detail: format!("largest difference of a loss of the first {FIRST} steps, relative to it"),
        },
        Check {
            name: format!("training {title} beside the CPU: losses"),
            difference: worst_loss(usize::MAX),
            limit: allowance.losses,
            detail: format!("largest difference of a loss, relative to it; {}", allowance.words),
        },
    ];
    let Some(limit) = allowance.weights else { return checks };
    let beside = replicas.map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
    let same = bits_equal(&alone.parameters[0], &first.parameters[start]);
    checks.push(Check {
        name: format!("training {title} beside the CPU: weights"),
        difference: largest(beside),
        limit,
        detail: format!("relative to the way from the start; {}", allowance.words),
    });
    checks.push(Check {
        name: format!("training {title} alone and in a population of {}", trial.methods.len()),
        difference: trial.distance(&alone.parameters[0], &first.parameters[start], start),
        limit,
        detail: format!("{} bits; relative to the way from the start", if same { "same" } else { "other" }),
    });
    checks
}

fn bits_equal(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
