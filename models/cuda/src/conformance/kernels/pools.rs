//! Pooling.

use super::elementwise::Dropped;
use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, bytes, normal, relative, same_bits};
use crate::operators::{Operators, Rows, takes_dropout};
use crate::{Buffer, DeviceError};
use ::kernels::{AveragePool, MaxPool, MeanPool, Total, Window};

const ROWS: Rows = Rows { per_replica: IMAGES, replicas: REPLICAS };

/// Windows that overlap, that touch, and that leave out the end of the image, with and without a dropout behind them; and the whole
/// image.
pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    for (kernel, stride) in [(3, 2), (2, 1), (2, 2)] {
        for channels in [7, 24] {
            let window = Window { height: 12, width: 9, channels, kernel, stride };
            let (height, width) = window.output();
            let dropped = match takes_dropout(&window) {
                true => Some(Dropped::new(operators, height * width * channels)?),
                false => None,
            };
            checks.extend(max_pool(operators, window, dropped.as_ref())?);
            checks.extend(average_pool(operators, window, dropped.as_ref())?);
        }
    }
    checks.extend(mean_pool(operators, &MeanPool { positions: 21, channels: 19 })?);
    checks.extend(total(operators, &Total { size: 133 })?);
    Ok(checks)
}

/// What is behind a pooling, in words.
fn behind(dropped: Option<&Dropped>) -> &'static str {
    if dropped.is_some() { " and dropout" } else { "" }
}

fn max_pool(
    operators: &Operators,
    window: Window,
    dropped: Option<&Dropped>,
) -> Result<Vec<Check>, DeviceError> {
    let (height, width) = window.output();
    let images = REPLICAS * IMAGES;
    let (inputs, outputs) =
        (images * window.height * window.width * window.channels, images * height * width * window.channels);
    // Few different numbers: ties are common, and the first of equals must win.
    let x: Vec<f32> = bytes("ties", inputs, 4).into_iter().map(f32::from).collect();
    let dy = normal("dy", outputs);
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y, winner) = (Buffer::zeros::<f32>(device, outputs)?, Buffer::zeros::<u8>(device, outputs)?);
    let dx = Buffer::zeros::<f32>(device, inputs)?;
    let dropout = dropped.map(|dropped| &dropped.layer);
    operators.max_pool(&window, ROWS, &x_there, [&y, &winner], dropped.map(Dropped::masking))?;
    operators.max_pool_backward(&window, ROWS, [&winner, &dy_there], &dx, dropout)?;
    let (mut expected, mut winners, mut gradient) = (vec![0.0; outputs], vec![0; outputs], vec![0.0; inputs]);
    let name = format!("maximum pooling {}/{}{}", window.kernel, window.stride, behind(dropped));
    MaxPool(window).forward(images, &x, &mut expected, &mut winners);
    let through = |x: Vec<f32>| dropped.map_or(x.clone(), |dropped| dropped.of(&x));
    MaxPool(window).backward(images, &winners, &through(dy), &mut gradient);
    Ok(vec![
        same_bits(name.clone(), &y.download(0, outputs)?, &through(expected)),
        same_bits(format!("{name}: gradient"), &dx.download(0, inputs)?, &gradient),
    ])
}

fn average_pool(
    operators: &Operators,
    window: Window,
    dropped: Option<&Dropped>,
) -> Result<Vec<Check>, DeviceError> {
    let (height, width) = window.output();
    let images = REPLICAS * IMAGES;
    let (inputs, outputs) =
        (images * window.height * window.width * window.channels, images * height * width * window.channels);
    let (x, dy) = (normal("x", inputs), normal("dy", outputs));
    let name = format!("average pooling {}/{}{}", window.kernel, window.stride, behind(dropped));
    let pool = AveragePool(window);
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y, dx) = (Buffer::zeros::<f32>(device, outputs)?, Buffer::zeros::<f32>(device, inputs)?);
    let marks = Buffer::zeros::<u8>(device, outputs)?;
    let dropout = dropped.map(|dropped| &dropped.layer);
    operators.average_pool(&pool, ROWS, &x_there, [&y, &marks], dropped.map(Dropped::masking))?;
    operators.average_pool_backward(&pool, ROWS, [&marks, &dy_there], &dx, dropout)?;
    let (mut expected, mut gradient) = (vec![0.0; outputs], vec![0.0; inputs]);
    pool.forward(images, &x, &mut expected);
    let through = |x: Vec<f32>| dropped.map_or(x.clone(), |dropped| dropped.of(&x));
    pool.backward(images, &through(dy), &mut gradient);
    Ok(vec![
        same_bits(name.clone(), &y.download(0, outputs)?, &through(expected)),
        same_bits(format!("{name}: gradient"), &dx.download(0, inputs)?, &gradient),
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
