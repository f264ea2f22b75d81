//! What has nothing to learn: the last position, fixed factors.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, normal, same_bits};
use crate::operators::{Operators, Rows};
use crate::{Buffer, DeviceError};
use models::Last;

const POSITIONS: usize = 6;
const CHANNELS: usize = 19;

pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = last(operators)?;
    checks.push(scaling(operators)?);
    Ok(checks)
}

fn last(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let last = Last { positions: POSITIONS, channels: CHANNELS };
    let (images, size) = (REPLICAS * IMAGES, POSITIONS * CHANNELS);
    let (x, dy) = (normal("x", images * size), normal("dy", images * CHANNELS));
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    // A gradient is set, whatever was there.
    let (y, dx) = (Buffer::zeros::<f32>(device, dy.len())?, Buffer::from_slice(device, &x)?);
    operators.last(&last, images, &x_there, &y)?;
    operators.last_backward(&last, images, &dy_there, &dx)?;
    let expected: Vec<f32> = x.chunks(size).flat_map(|x| &x[size - CHANNELS..]).copied().collect();
    let before = [0.0; (POSITIONS - 1) * CHANNELS];
    let gradient: Vec<f32> = dy.chunks(CHANNELS).flat_map(|dy| [&before[..], dy].concat()).collect();
    Ok(vec![
        same_bits("last position".into(), &y.download(0, expected.len())?, &expected),
        same_bits("last position: gradient".into(), &dx.download(0, gradient.len())?, &gradient),
    ])
}

/// From one buffer to another, and in place.
fn scaling(operators: &Operators) -> Result<Check, DeviceError> {
    let (rows, size) = (Rows { per_replica: IMAGES, replicas: REPLICAS }, POSITIONS * CHANNELS);
    let (x, factors) = (normal("x", rows.all() * size), normal("factors", size));
    let device = &operators.device;
    let (x_there, factors_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &factors)?);
    let y = Buffer::zeros::<f32>(device, x.len())?;
    operators.scaling(&factors_there, rows, size, &x_there, &y)?;
    operators.scaling(&factors_there, rows, size, &x_there, &x_there)?;
    let expected: Vec<f32> =
        x.chunks(size).flat_map(|x| x.iter().zip(&factors).map(|(x, factor)| x * factor)).collect();
    let seen = [y.download(0, x.len())?, x_there.download(0, x.len())?].concat();
    Ok(same_bits("fixed factors".into(), &seen, &expected.repeat(2)))
}
