//! Whole trainings: all optimizers in one population, against the CPU, against trainings on their own, and again; and gradients along the
//! way of the CPU's.
//!
//! A training multiplies differences of rounding: rectifiers and maxima switch, small gradients are divided by their size, and one switch is
//! enough for weights to end a part of the way from each other though nothing is wrong. So weights are compared only where noise of the size
//! of rounding does not decide them on the CPU itself. Gradients, which are one pass, are compared at the beginning and at the end of the
//! way (in TF32 those that weights off by what is rounded do not change by half of their size), and losses show what is wrong in between.

use super::trial::{Noise, Trained, Trial, granted, loss_difference};
use super::{Check, Settings, Subject, largest, relative, same_bits};
use crate::{Device, DeviceError, Precision};
use models::Model;
use rule::Method;
use std::sync::Arc;

/// Differences that pass.
struct Limits {
    /// Of a gradient, relative to each tensor's largest number.
    gradient: f64,
    /// What weights that are off by this share change a gradient by has a part in what passes.
    nearby: Option<f32>,
    /// Of the losses of the first steps, relative to themselves.
    first: f64,
    /// Of all losses, likewise.
    losses: f64,
    /// Of the final weights, relative to the way they have come, if noise does not make more of it.
    weights: f64,
}

/// What rounding to TF32 changes a number by, at most.
const ROUNDED: f32 = 1.0 / 2048.0;

/// Draws of nearby weights. As many times the largest change that they make of a gradient pass, but no more than the last share; what they
/// change by more than that is decided by rounding.
const NEARBY: u64 = 3;
const MARGIN: f64 = 5.0;
const DECIDED: f64 = 0.5;

/// Steps that are held tightly.
const FIRST: usize = 10;

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { gradient: 1e-4, nearby: None, first: 5e-4, losses: 0.02, weights: 0.5 },
        // Maxima and rectifiers switch; what is wrong and small shows in single precision.
        Precision::Tf32 => {
            Limits { gradient: 0.1, nearby: Some(ROUNDED), first: 0.02, losses: 0.1, weights: 1.0 }
        }
        Precision::Bf16 => {
            Limits { gradient: 0.1, nearby: Some(8.0 * ROUNDED), first: 0.02, losses: 0.1, weights: 1.0 }
        }
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
    let mut checks =
        vec![same_bits("training again: losses and weights".into(), &bits(&again), &bits(&first))];
    // A step that is as the first, one that warms up, one that is recorded, and two that are repeated as a whole.
    let few = Settings { steps: 5, ..settings.clone() };
    let short = Trial::new(device, &few, &subject(), methods)?;
    for (i, method) in methods.iter().enumerate() {
        let one = [i * settings.replicas];
        let (whole, single) = (short.on_device(&one)?, short.on_device_one_by_one(&one)?);
        let name = format!("training {} with steps as a whole and kernel by kernel", method.title());
        checks.push(same_bits(name, &bits(&whole), &bits(&single)));
    }
    let limits = limits(settings.precision);
    let one = Settings { steps: 1, ..settings.clone() };
    for (place, points) in [("at the start", None), ("at the end", Some(&cpu.parameters))] {
        let mut trial = Trial::new(device, &one, &subject(), methods)?;
        if let Some(points) = points {
            trial = trial.at(points);
        }
        checks.extend(gradients(&trial, &everyone, place, &limits)?);
    }
    for (i, method) in methods.iter().enumerate() {
        let replicas = i * settings.replicas..(i + 1) * settings.replicas;
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
            limit: limits.losses,
            detail: "largest difference of a mini-batch's or an evaluation's loss, relative to it".into(),
        });
        let Some(limit) = granted(&trial, [&cpu, &noisy], replicas.clone(), limits.weights) else { continue };
        let one = replicas.start;
        let alone = trial.on_device(&[one])?;
        let same = bits_equal(&alone.parameters[0], &first.parameters[one]);
        let beside = replicas.map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
        checks.push(Check {
            name: format!("training {} beside the CPU: weights", method.title()),
            difference: largest(beside),
            limit,
            detail: format!("relative to the way from the start, {} steps", settings.steps),
        });
        checks.push(Check {
            name: format!("training {} alone and in a population of {}", method.title(), trial.methods.len()),
            difference: trial.distance(&alone.parameters[0], &first.parameters[one], one),
            limit,
            detail: format!(
                "{} bits; relative to the way from the start",
                if same { "same" } else { "other" }
            ),
        });
    }
    Ok(checks)
}

/// All that a training has come to, bit for bit.
fn bits(trained: &Trained) -> Vec<f32> {
    let scores = trained.scores.iter().chain([&trained.evaluation]).flatten();
    let losses = scores.flat_map(|s| [s.loss.to_bits() as u32, (s.loss.to_bits() >> 32) as u32, s.correct]);
    losses.map(f32::from_bits).chain(trained.parameters.iter().flatten().copied()).collect()
}

/// Gradients of one step, tensor by tensor, the worst of all replicas; and of one replica alone.
fn gradients(
    trial: &Trial<'_>,
    everyone: &[usize],
    place: &str,
    limits: &Limits,
) -> Result<Vec<Check>, DeviceError> {
    let (seen, alone, expected) = (trial.on_device(everyone)?, trial.on_device(&[0])?, trial.on_cpu(None));
    let draws = limits.nearby.into_iter().flat_map(|size| (0..NEARBY).map(move |draw| (size, draw)));
    let nearby: Vec<Trained> = draws.map(|(size, draw)| trial.on_cpu_nearby(size, draw)).collect();
    let of_tensor = trial.network.layout().slots().iter().filter_map(|slot| {
        let difference = |of: &Trained, r: usize| {
            relative(&of.gradient[r][slot.range()], &expected.gradient[r][slot.range()])
        };
        let off = |of: &Trained| largest(everyone.iter().map(|&r| difference(of, r)));
        let change = largest(nearby.iter().map(off));
        // Not "at most": a change that is no number leaves nothing out.
        let is_decided = change > DECIDED;
        (!is_decided).then(|| Check {
            name: format!("training, gradient {place} of {}", slot.name),
            difference: largest([off(&seen), difference(&alone, 0)].into_iter()),
            limit: limits.gradient.max((MARGIN * change).min(DECIDED)),
            detail: "relative to the tensor's largest number, in a population and alone".into(),
        })
    });
    Ok(of_tensor.collect())
}

fn bits_equal(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
