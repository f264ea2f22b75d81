//! Pooling.

use super::elementwise::Dropped;
use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, bytes, normal, relative, same_bits};
use crate::operators::{Operators, Pooling, Rows, Shaped, pooling_kinds, takes_dropout};
use crate::storage::Storage;
use crate::{Buffer, DeviceError, Precision};
use ::kernels::{AveragePool, MaxPool, MeanPool, Total, Window};

const ROWS: Rows = Rows { per_replica: IMAGES, replicas: REPLICAS };

/// Windows that overlap, that touch, and that leave out the end of the image, with and without a dropout behind them; and the whole
/// image.
pub(super) fn run(operators: &Operators, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    for (kernel, stride) in [(3, 2), (2, 1), (2, 2)] {
        for channels in [7, 24] {
            let window = Window { height: 12, width: 9, channels, kernel, stride };
            let (height, width) = window.output();
            let dropped = match takes_dropout(&window) {
                true => Some(Dropped::new(operators, height * width * channels)?),
                false => None,
            };
            for stored in pooling_kinds(precision) {
                let of = Pooling { window: &window, stored };
                let operators = &operators.with(Shaped::Pooling(of))?;
                checks.extend(pool(operators, of, dropped.as_ref(), Kind::Maximum)?);
                checks.extend(pool(operators, of, dropped.as_ref(), Kind::Average)?);
            }
        }
    }
    checks.extend(mean_pool(operators, &MeanPool { positions: 21, channels: 19 })?);
    checks.extend(total(operators, &Total { size: 133 })?);
    Ok(checks)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Maximum,
    Average,
}

fn pool(
    operators: &Operators,
    of: Pooling<'_>,
    dropped: Option<&Dropped>,
    kind: Kind,
) -> Result<Vec<Check>, DeviceError> {
    let Pooling { window, stored: [of_x, of_y] } = of;
    let (height, width) = window.output();
    let images = REPLICAS * IMAGES;
    let (inputs, outputs) =
        (images * window.height * window.width * window.channels, images * height * width * window.channels);
    let x = match kind {
        // Few different numbers: ties are common, and the first of equals must win.
        Kind::Maximum => bytes("ties", inputs, 4).into_iter().map(f32::from).collect(),
        Kind::Average => of_x.rounded(normal("x", inputs)),
    };
    let dy = of_y.rounded(normal("dy", outputs));
    let device = &operators.device;
    let (x_there, dy_there) = (of_x.upload(device, &x)?, of_y.upload(device, &dy)?);
    let (y, dx) = (of_y.zeros(device, outputs)?, of_x.zeros(device, inputs)?);
    // Where maxima came from, and what was dropped.
    let marks = Buffer::zeros::<u8>(device, outputs)?;
    let (dropout, masking) = (dropped.map(|dropped| &dropped.layer), dropped.map(Dropped::masking));
    let (mut expected, mut winners, mut gradient) = (vec![0.0; outputs], vec![0; outputs], vec![0.0; inputs]);
    let through = |x: Vec<f32>| dropped.map_or(x.clone(), |dropped| dropped.of(&x));
    let word = match kind {
        Kind::Maximum => {
            operators.max_pool(of, ROWS, &x_there, [&y, &marks], masking)?;
            operators.max_pool_backward(of, ROWS, [&marks, &dy_there], &dx, dropout)?;
            MaxPool(*window).forward(images, &x, &mut expected, &mut winners);
            MaxPool(*window).backward(images, &winners, &through(dy), &mut gradient);
            "maximum"
        }
        Kind::Average => {
            operators.average_pool(of, ROWS, &x_there, [&y, &marks], masking)?;
            operators.average_pool_backward(of, ROWS, [&marks, &dy_there], &dx, dropout)?;
            AveragePool(*window).forward(images, &x, &mut expected);
            AveragePool(*window).backward(images, &through(dy), &mut gradient);
            "average"
        }
    };
    let mut name = format!("{word} pooling {}/{}", window.kernel, window.stride);
    name += if dropped.is_some() { " and dropout" } else { "" };
    if [of_x, of_y] != [Storage::Single; 2] {
        name += &format!(", {} to {}", of_x.word(), of_y.word());
    }
    let (expected, gradient) = (of_y.rounded(through(expected)), of_x.rounded(gradient));
    Ok(vec![
        same_bits(name.clone(), &of_y.download(&y, outputs)?, &expected),
        same_bits(format!("{name}: gradient"), &of_x.download(&dx, inputs)?, &gradient),
    ])
}

fn mean_pool(operators: &Operators, pool: &MeanPool) -> Result<Vec<Check>, DeviceError> {
    let images = REPLICAS * IMAGES;
    let (inputs, outputs) = (images * pool.positions * pool.channels, images * pool.channels);
    let (x, dy) = (normal("x", inputs), normal("dy", outputs));
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y, dx) = (Buffer::zeros::<f32>(device, outputs)?, Buffer::zeros::<f32>(device, inputs)?);
    operators.mean_pool(pool, images, &x_there, &y)?;
    operators.mean_pool_backward(pool, images, &dy_there, &dx)?;
    let (mut expected, mut gradient) = (vec![0.0; outputs], vec![0.0; inputs]);
    pool.forward(&x, &mut expected);
    pool.backward(&dy, &mut gradient);
    Ok(vec![
        same_bits("mean over positions".into(), &y.download(0, outputs)?, &expected),
        same_bits("mean over positions: gradient".into(), &dx.download(0, inputs)?, &gradient),
    ])
}

fn total(operators: &Operators, total: &Total) -> Result<Vec<Check>, DeviceError> {
    let (images, size) = (REPLICAS * IMAGES, total.size);
    let (x, dy) = (normal("x", images * size), normal("dy", images));
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y, dx) = (Buffer::zeros::<f32>(device, images)?, Buffer::zeros::<f32>(device, x.len())?);
    operators.total(total, images, &x_there, &y)?;
    operators.total_backward(total, images, &dy_there, &dx)?;
    // In double precision: the CPU adds in another order.
    let exact = |x: &[f32]| x.iter().map(|&x| f64::from(x)).sum::<f64>() as f32;
    let expected: Vec<f32> = x.chunks_exact(size).map(exact).collect();
    let gradient: Vec<f32> = dy.iter().flat_map(|&dy| vec![dy; size]).collect();
    Ok(vec![
        Check {
            name: "sum over numbers".into(),
            difference: relative(&y.download(0, images)?, &expected),
            limit: 1e-6,
            detail: "relative to the largest number".into(),
        },
        same_bits("sum over numbers: gradient".into(), &dx.download(0, x.len())?, &gradient),
    ])
}
