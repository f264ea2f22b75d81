//! Whether a device computes what the CPU computes: every kernel, every update rule, whole trainings.

mod kernels;
pub(crate) mod layers;
pub(crate) mod pieces;
mod subject;
mod training;
mod trial;
mod updates;

pub(crate) use subject::Subject;

use crate::{Device, DeviceError, Precision};
use rule::Method;
use std::sync::Arc;
use streams::Stream;

/// What is trained in the comparison with the CPU.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Arithmetic of the products.
    pub precision: Precision,
    /// Multiplier of NiN's filters.
    pub width: f64,
    /// Images per step.
    pub batch_size: usize,
    /// Steps of each training.
    pub steps: usize,
    /// Replicas of each optimizer.
    pub replicas: usize,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was compared.
    pub name: String,
    /// The largest difference seen, in the unit that `detail` names.
    pub difference: f64,
    /// The largest difference that passes; 0 where all bits must be the same.
    pub limit: f64,
    /// What the difference is relative to, and what else was seen.
    pub detail: String,
}

impl Check {
    /// Whether it passed. A difference that is not a number does not.
    pub fn passed(&self) -> bool {
        self.difference <= self.limit
    }
}

/// Largest difference of one product from the CPU's, relative to its largest number.
fn product_limit(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-5,
        // Each factor is off by 2⁻¹¹ at most.
        Precision::Tf32 | Precision::Bf16 => 2e-3,
    }
}

/// Runs all comparisons on `device`: single steps of each of `rules`, trainings with all of `methods` in one population.
/// Methods that are trained should leave differences of rounding small: short steps, and an `eps` above the gradients that
/// are nothing else. Comparisons are told as they are made; one that misses ends nothing.
///
/// # Errors
/// If the device fails, which is worse than a difference.
pub fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    rules: &[Arc<dyn Method>],
    methods: &[Arc<dyn Method>],
    tell: &mut dyn FnMut(Check),
) -> Result<(), DeviceError> {
    kernels::run(device, settings.precision)?.into_iter().for_each(&mut *tell);
    updates::run(device, rules)?.into_iter().for_each(&mut *tell);
    layers::run(device, settings, methods, tell)?;
    training::run(device, settings, methods)?.into_iter().for_each(tell);
    Ok(())
}

/// Random numbers of a comparison.
fn normal(name: &str, n: usize) -> Vec<f32> {
    let mut draws = Stream::new(0, "conformance", name, 0).draws(0);
    (0..n).map(|_| draws.normal() as f32).collect()
}

/// Random bytes below `below`.
fn bytes(name: &str, n: usize, below: u32) -> Vec<u8> {
    let mut draws = Stream::new(0, "conformance", name, 0).draws(0);
    (0..n).map(|_| draws.below(below) as u8).collect()
}

/// The largest of some differences; NaN if one is, where `f64::max` would drop it.
fn largest(differences: impl Iterator<Item = f64>) -> f64 {
    differences.fold(0.0, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) })
}

/// The largest difference, relative to the largest number of `reference`. NaN if there is one on either side.
fn relative(values: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(values.len(), reference.len(), "numbers to compare");
    let scale = largest(reference.iter().map(|&x| f64::from(x).abs()));
    let difference =
        largest(values.iter().zip(reference).map(|(&a, &b)| (f64::from(a) - f64::from(b)).abs()));
    if difference == 0.0 { 0.0 } else { difference / scale }
}

/// A check that all bits are the same; the difference is the share of numbers that are not.
fn same_bits(name: String, values: &[f32], reference: &[f32]) -> Check {
    assert_eq!(values.len(), reference.len(), "numbers to compare");
    let other = values.iter().zip(reference).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    let detail = format!("{other} of {} numbers have other bits", values.len());
    Check { name, difference: other as f64 / values.len().max(1) as f64, limit: 0.0, detail }
}

#[cfg(test)]
mod tests;
