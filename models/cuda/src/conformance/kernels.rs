//! Every kernel against the CPU's.

mod attention;
mod batches;
mod convolutions;
mod elementwise;
mod embeddings;
mod fixed;
mod normalisations;
mod pools;
mod scores;

use super::Check;
use crate::operators::Operators;
use crate::{Device, DeviceError, Precision};
use std::sync::Arc;

const REPLICAS: usize = 2;
/// Images of each replica.
const IMAGES: usize = 5;

pub(super) fn run(device: &Arc<dyn Device>, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let operators = Operators::new(device, precision)?;
    let mut checks = vec![batches::gather(&operators)?];
    checks.extend(batches::pieces(&operators)?);
    checks.extend(convolutions::run(&operators, precision)?);
    checks.extend(pools::run(&operators, precision)?);
    checks.extend(normalisations::run(&operators)?);
    checks.extend(elementwise::run(&operators)?);
    checks.extend(embeddings::run(&operators)?);
    checks.extend(attention::run(&operators, precision)?);
    checks.extend(fixed::run(&operators)?);
    checks.extend(scores::run(&operators)?);
    Ok(checks)
}

/// Those of convolutions on tensor cores and of poolings, with values stored in half: a few of each.
#[cfg(test)]
pub(super) fn of_halves(device: &Arc<dyn Device>) -> Result<Vec<Check>, DeviceError> {
    let operators = Operators::new(device, Precision::Bf16)?;
    let mut checks = convolutions::pooled(&operators, Precision::Bf16)?;
    checks.extend(convolutions::halved(&operators)?);
    checks.extend(pools::run(&operators, Precision::Bf16)?);
    Ok(checks)
}
