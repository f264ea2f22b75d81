//! What is done number by number: activations, sums, dropout.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, largest, normal, same_bits};
use crate::operators::{Masking, Operators, Rows};
use crate::{Buffer, DeviceError};
use ::kernels::{Activation, Dropout};
use streams::Stream;

/// Numbers of an image: no multiple of anything.
const SIZE: usize = 173;
const ROWS: Rows = Rows { per_replica: IMAGES, replicas: REPLICAS };

/// A device's elementary functions are not the CPU's; all are within a few units in the last place of 1 or of their value.
const LIMIT: f64 = 2e-6;

pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = vec![dropout(operators)?, sum(operators)?, rectifier(operators)?];
    for function in [Activation::Gelu, Activation::GeluTanh, Activation::Tanh, Activation::Silu] {
        checks.extend(activation(operators, function)?);
    }
    Ok(checks)
}

/// Numbers around zero, where functions bend, and a few far out, where they end.
fn arguments() -> Vec<f32> {
    let mut x = normal("x", ROWS.all() * SIZE);
    x.iter_mut().for_each(|x| *x *= 3.0);
    x[..8].copy_from_slice(&[0.0, -0.0, 30.0, -30.0, 88.5, -88.5, 1e-6, -1e-30]);
    x
}

fn activation(operators: &Operators, function: Activation) -> Result<Vec<Check>, DeviceError> {
    let (x, dy) = (arguments(), normal("dy", ROWS.all() * SIZE));
    let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    function.forward(&x, &mut y);
    function.backward(&x, &y, &dy, &mut dx);
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y_there, dx_there) =
        (Buffer::zeros::<f32>(device, x.len())?, Buffer::zeros::<f32>(device, x.len())?);
    operators.activation(function, ROWS, SIZE, &x_there, &y_there)?;
    operators.activation_backward(function, ROWS, SIZE, [&x_there, &y_there], &dy_there, &dx_there)?;
    let close = |what: &str, seen: Vec<f32>, expected: &[f32]| Check {
        name: format!("{function:?}{what}"),
        difference: apart(&seen, expected),
        limit: LIMIT,
        detail: "relative to 1 more than the number".into(),
    };
    Ok(vec![
        close("", y_there.download(0, y.len())?, &y),
        close(": gradient", dx_there.download(0, dx.len())?, &dx),
    ])
}

/// The largest difference, relative to 1 more than the number.
fn apart(values: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(values.len(), reference.len(), "numbers to compare");
    let pairs = values.iter().zip(reference).map(|(&a, &b)| (f64::from(a), f64::from(b)));
    largest(pairs.map(|(a, b)| (a - b).abs() / (1.0 + b.abs())))
}

/// In place, forwards and backwards, and a NaN stays one.
fn rectifier(operators: &Operators) -> Result<Check, DeviceError> {
    let (mut x, dy) = (arguments(), normal("dy", ROWS.all() * SIZE));
    x[8] = f32::NAN;
    let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    Activation::Rectifier.forward(&x, &mut y);
    Activation::Rectifier.backward(&x, &y, &dy, &mut dx);
    let there = [&x, &dy].map(|values| Buffer::from_slice(&operators.device, values));
    let [y_there, dy_there] = there;
    let (y_there, dy_there) = (y_there?, dy_there?);
    operators.rectify(ROWS, SIZE, &y_there)?;
    operators.unrectify(ROWS, SIZE, &y_there, &dy_there)?;
    let seen = [y_there.download(0, y.len())?, dy_there.download(0, dx.len())?].concat();
    Ok(same_bits("rectifier".into(), &seen, &[y, dx].concat()))
}

/// Of a copy and something else, in the place of the copy.
fn sum(operators: &Operators) -> Result<Check, DeviceError> {
    let (a, b) = (normal("a", ROWS.all() * SIZE), normal("b", ROWS.all() * SIZE));
    let device = &operators.device;
    let (a_there, b_there) = (Buffer::from_slice(device, &a)?, Buffer::from_slice(device, &b)?);
    let sum = Buffer::zeros::<f32>(device, a.len())?;
    operators.copy(ROWS, SIZE, &a_there, &sum)?;
    operators.add(ROWS, SIZE, [&sum, &b_there], &sum)?;
    let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    Ok(same_bits("sum of two values".into(), &sum.download(0, a.len())?, &expected))
}

/// Draws of a dropout of each replica, the second of two layers, at a step beyond 32 bits.
pub(super) struct Dropped {
    pub layer: Dropout,
    streams: Vec<Stream>,
    keys: Buffer,
}

impl Dropped {
    const STEP: u64 = (1 << 33) + 5;

    /// Of values of so many numbers.
    pub fn new(operators: &Operators, size: usize) -> Result<Self, DeviceError> {
        let streams: Vec<Stream> =
            (0..2 * REPLICAS as u64).map(|i| Stream::new(1, "conformance", "dropout", i)).collect();
        let keys: Vec<u32> = streams.iter().flat_map(Stream::key).collect();
        let keys = Buffer::from_slice(&operators.device, &keys)?;
        Ok(Self { layer: Dropout { rate: 0.3, size }, streams, keys })
    }

    pub fn masking(&self) -> Masking<'_> {
        Masking { dropout: &self.layer, keys: &self.keys, place: (1, 2), step: Self::STEP }
    }

    /// What the CPU makes of the values of all replicas.
    pub fn of(&self, x: &[f32]) -> Vec<f32> {
        let mut expected = Vec::new();
        for (r, x) in x.chunks_exact(IMAGES * self.layer.size).enumerate() {
            let mut mask = vec![0.0f32; x.len()];
            self.layer.draw(&self.streams[2 * r + 1], Self::STEP, 0, &mut mask);
            expected.extend(x.iter().zip(mask).map(|(x, mask)| x * mask));
        }
        expected
    }
}

/// Images that do not end on a block of draws.
fn dropout(operators: &Operators) -> Result<Check, DeviceError> {
    let dropped = Dropped::new(operators, 173)?;
    let x = normal("x", REPLICAS * IMAGES * dropped.layer.size);
    let there = Buffer::from_slice(&operators.device, &x)?;
    operators.dropout(dropped.masking(), ROWS, &there)?;
    let expected = dropped.of(&x);
    Ok(same_bits("dropout".into(), &there.download(0, expected.len())?, &expected))
}
