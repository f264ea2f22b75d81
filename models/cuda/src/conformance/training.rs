//! Whole trainings: all optimizers in one population, against the CPU, against trainings on their own, and again.

use super::trial::{Trained, Trial, loss_difference};
use super::{Check, Settings, Subject, largest, same_bits};
use crate::{Device, DeviceError, Precision};
use models::Model;
use rule::Method;
use std::sync::Arc;

/// Differences that pass. A training multiplies differences of rounding (rectifiers and maxima switch, small gradients are
/// divided by their size), so the first steps are held tightly and the rest so that a wrong gradient would still show.
struct Limits {
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
        Precision::F32 => Limits { first: 5e-4, losses: 0.02, weights: 0.5 },
        Precision::Tf32 => Limits { first: 0.02, losses: 0.1, weights: 1.0 },
    }
}

pub(super) fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Check>, DeviceError> {
    let model = Model::Nin { width: settings.width, dropout: 0.5 };
    let trial = Trial::new(device, settings, &Subject::of_images("training", model), methods)?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();

    let (first, again) = (trial.on_device(&everyone)?, trial.on_device(&everyone)?);
    let cpu = trial.on_cpu();
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
    for (i, method) in methods.iter().enumerate() {
        let replicas = i * settings.replicas..(i + 1) * settings.replicas;
        let title = method.title();
        let travelled = replicas.clone().map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
        let worst = largest(travelled);
        let worst_loss = |steps: usize| {
            let differences = replicas.clone().map(|r| loss_difference(&first, &cpu, r, steps));
            largest(differences)
        };
        checks.push(Check {
            name: format!("training {title} beside the CPU: first losses"),
            difference: worst_loss(FIRST),
            limit: limits.first,
            detail: format!("largest difference of a loss of the first {FIRST} steps, relative to it"),
        });
        checks.push(Check {
            name: format!("training {title} beside the CPU: weights"),
            difference: worst,
            limit: limits.weights,
            detail: format!("relative to the way from the start, {} steps", settings.steps),
        });
        checks.push(Check {
            name: format!("training {title} beside the CPU: losses"),
            difference: worst_loss(usize::MAX),
            limit: limits.losses,
            detail: "largest difference of a mini-batch's or an evaluation's loss, relative to it".into(),
        });
        let alone = trial.on_device(&[replicas.start])?;
        let same = bits_equal(&alone.parameters[0], &first.parameters[replicas.start]);
        checks.push(Check {
            name: format!("training {title} alone and in a population of {}", trial.methods.len()),
            difference: trial.distance(
                &alone.parameters[0],
                &first.parameters[replicas.start],
                replicas.start,
            ),
            limit: limits.weights,
            detail: format!(
                "{} bits; relative to the way from the start",
                if same { "same" } else { "other" }
            ),
        });
    }
    Ok(checks)
}

fn bits_equal(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
