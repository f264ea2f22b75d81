//! Update rules: the device's step must have the bits of the CPU's.

use super::{Check, normal, same_bits};
use crate::update::Updates;
use crate::{Buffer, Device, DeviceError};
use rule::{Layout, Method};
use std::sync::Arc;

/// Parameters per replica, more than a block has threads and no multiple of 4.
const SIZE: usize = 10_001;
const PITCH: usize = 10_004;
const REPLICAS: usize = 2;
const STEPS: u64 = 5;

pub(super) fn run(device: &Arc<dyn Device>, methods: &[Arc<dyn Method>]) -> Result<Vec<Check>, DeviceError> {
    methods.iter().map(|method| check(device, method)).collect()
}

fn check(device: &Arc<dyn Device>, method: &Arc<dyn Method>) -> Result<Check, DeviceError> {
    let layout = Layout::flat(SIZE);
    let mut optimizers: Vec<_> = (0..REPLICAS).map(|_| method.optimizer_f32(&layout, STEPS)).collect();
    let mut updates = Updates::new(device, vec![Arc::clone(method); REPLICAS], &layout, PITCH, STEPS)?;
    let mut expected: Vec<Vec<f32>> = (0..REPLICAS).map(|r| normal(&format!("theta/{r}"), SIZE)).collect();
    let mut parameters = Buffer::zeros::<f32>(device, REPLICAS * PITCH)?;
    let mut gradient = Buffer::zeros::<f32>(device, REPLICAS * PITCH)?;
    for (r, theta) in expected.iter().enumerate() {
        parameters.upload(r * PITCH, theta)?;
    }
    updates.prepare(STEPS as usize)?;
    for step in 0..STEPS {
        for (r, (optimizer, theta)) in optimizers.iter_mut().zip(&mut expected).enumerate() {
            let mut g = normal(&format!("gradient/{r}/{step}"), SIZE);
            // A gradient that is exactly zero now and then, as behind a dead rectifier.
            g.iter_mut().step_by(7).for_each(|g| *g = 0.0);
            gradient.upload(r * PITCH, &g)?;
            optimizer.step(theta, &g);
        }
        updates.step(&mut parameters, &gradient)?;
    }
    let (mut seen, mut reference) = (Vec::new(), Vec::new());
    for (r, (optimizer, theta)) in optimizers.iter().zip(&expected).enumerate() {
        seen.extend(parameters.download::<f32>(r * PITCH, SIZE)?);
        reference.extend(theta);
        seen.extend(updates.export(r, SIZE)?.states.into_values().flatten());
        reference.extend(optimizer.export().states.into_values().flatten());
    }
    let states = method.states().join(", ");
    let name = match states.as_str() {
        "" => format!("update {}", method.title()),
        states => format!("update {} with {states}", method.title()),
    };
    let mut check = same_bits(name, &seen, &reference);
    check.detail = format!("{} after {STEPS} steps, states included", check.detail);
    Ok(check)
}
