//! Update rules: the device's step must have the bits of the CPU's, but for products.

use super::{Check, normal, relative, same_bits};
use crate::update::Updates;
use crate::{Buffer, Device, DeviceError};
use rule::{Layout, Method};
use std::sync::Arc;

/// Parameters per replica: a matrix of more than a chunk, one that is wide, vectors, and in all no multiple of 4.
fn layout() -> Layout {
    let mut layout = Layout::new([
        ("tall.weight", vec![3, 3, 17, 120]),
        ("tall.bias", vec![120]),
        ("wide.weight", vec![9, 31]),
        ("gain", vec![7]),
        ("out.weight", vec![31, 3]),
    ]);
    layout.mark_output();
    layout
}

const REPLICAS: usize = 2;
const STEPS: u64 = 5;

pub(super) fn run(device: &Arc<dyn Device>, methods: &[Arc<dyn Method>]) -> Result<Vec<Check>, DeviceError> {
    methods.iter().map(|method| check(device, method)).collect()
}

fn check(device: &Arc<dyn Device>, method: &Arc<dyn Method>) -> Result<Check, DeviceError> {
    let layout = layout();
    let (size, pitch) = (layout.len(), layout.len().next_multiple_of(4));
    let mut optimizers: Vec<_> = (0..REPLICAS).map(|_| method.optimizer_f32(&layout, STEPS)).collect();
    let mut updates = Updates::new(device, vec![Arc::clone(method); REPLICAS], &layout, pitch, STEPS)?;
    let mut expected: Vec<Vec<f32>> = (0..REPLICAS).map(|r| normal(&format!("theta/{r}"), size)).collect();
    let mut parameters = Buffer::zeros::<f32>(device, REPLICAS * pitch)?;
    let mut gradient = Buffer::zeros::<f32>(device, REPLICAS * pitch)?;
    for (r, theta) in expected.iter().enumerate() {
        parameters.upload(r * pitch, theta)?;
    }
    updates.prepare(STEPS as usize)?;
    for step in 0..STEPS {
        for (r, (optimizer, theta)) in optimizers.iter_mut().zip(&mut expected).enumerate() {
            let mut g = normal(&format!("gradient/{r}/{step}"), size);
            // A gradient that is exactly zero now and then, as behind a dead rectifier.
            g.iter_mut().step_by(7).for_each(|g| *g = 0.0);
            gradient.upload(r * pitch, &g)?;
            optimizer.step(theta, &g);
        }
        updates.step(&mut parameters, &mut gradient)?;
    }
    let (mut seen, mut reference) = (Vec::new(), Vec::new());
    for (r, (optimizer, theta)) in optimizers.iter().zip(&expected).enumerate() {
        seen.extend(parameters.download::<f32>(r * pitch, size)?);
        reference.extend(theta);
        seen.extend(updates.export(r, size)?.states.into_values().flatten());
        reference.extend(optimizer.export().states.into_values().flatten());
        // Numbers that are remembered are in double precision: both halves.
        let halves = |memory: std::collections::BTreeMap<String, Vec<f64>>| {
            let numbers = memory.into_values().flatten().map(f64::to_bits);
            numbers
                .flat_map(|bits| [bits as u32, (bits >> 32) as u32])
                .map(f32::from_bits)
                .collect::<Vec<_>>()
        };
        if method.matrix_steps(STEPS).is_none() {
            seen.extend(halves(updates.export(r, size)?.memory));
            reference.extend(halves(optimizer.export().memory));
        }
        let point = |found: Option<Vec<f32>>| found.unwrap_or_default();
        seen.extend(point(updates.evaluation_point(r, &parameters.download::<f32>(r * pitch, size)?)?));
        reference.extend(point(optimizer.evaluation_point(theta)));
    }
    let states = method.states().join(", ");
    let name = match states.as_str() {
        "" => format!("update {}", method.title()),
        states => format!("update {} with {states}", method.title()),
    };
    let mut check = match method.matrix_steps(STEPS) {
        None => same_bits(name, &seen, &reference),
        // Products may be summed in another order.
        Some(_) => {
            Check { name, difference: relative(&seen, &reference), limit: 1e-4, detail: "relative".into() }
        }
    };
    check.detail = format!("{} after {STEPS} steps, states included", check.detail);
    Ok(check)
}
