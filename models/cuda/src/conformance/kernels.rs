//! Every kernel against the CPU's.

use super::{Check, bytes, normal, product_limit, relative, same_bits};
use crate::operators::{Operators, Parameters, Rows, Selection};
use crate::{Buffer, Device, DeviceError, DeviceImages, Precision, Source};
use ::kernels::{AveragePool, Conv, Dropout, MaxPool, Window, Workspace, cross_entropy, unrectify};
use std::sync::Arc;
use streams::Stream;

const REPLICAS: usize = 2;
/// Images of each replica.
const IMAGES: usize = 5;

pub(super) fn run(device: &Arc<dyn Device>, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let operators = Operators::new(device, precision)?;
    let mut checks = vec![gather(&operators)?];
    // Channels that can and cannot be taken four at a time, windows of every size that the networks have.
    for (channels, kernel) in [(3, 5), (8, 5), (12, 3), (20, 1)] {
        let conv =
            Conv { height: 11, width: 9, channels, kernel, stride: 1, padding: 0, filters: 21, relu: true };
        checks.extend(convolution(&operators, &conv, precision)?);
    }
    let window = |kernel, stride| Window { height: 12, width: 9, channels: 7, kernel, stride };
    for (kernel, stride) in [(3, 2), (2, 1), (2, 2)] {
        checks.extend(max_pool(&operators, window(kernel, stride))?);
        checks.extend(average_pool(&operators, window(kernel, stride))?);
    }
    checks.push(dropout(&operators)?);
    checks.extend(scores(&operators)?);
    Ok(checks)
}

/// Images whose numbers are looked up in made-up tables.
fn images(operators: &Operators, count: usize, classes: u32) -> Result<(DeviceImages, Images), DeviceError> {
    let tables = normal("tables", 3 * 256);
    let tables: Vec<[f32; 256]> =
        tables.chunks_exact(256).map(|table| std::array::from_fn(|i| table[i])).collect();
    let images =
        Images { pixels: bytes("pixels", count * 48, 256), labels: bytes("labels", count, classes), tables };
    let source = Source { pixels: &images.pixels, labels: &images.labels, tables: &images.tables };
    Ok((DeviceImages::new(&operators.device, source)?, images))
}

struct Images {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    tables: Vec<[f32; 256]>,
}

/// Orders of two replicas over ten images, of which a batch takes images 3 to 7.
const ORDERS: [u32; 20] = [0, 1, 2, 9, 4, 6, 8, 7, 3, 5, 9, 8, 7, 6, 0, 0, 1, 2, 4, 4];
const START: usize = 3;

fn selection(orders: &Buffer) -> Selection<'_> {
    Selection { orders, stride: 10, start: START, images: IMAGES, replicas: REPLICAS }
}

fn selected() -> impl Iterator<Item = usize> {
    ORDERS.chunks(10).flat_map(|order| &order[START..START + IMAGES]).map(|&i| i as usize)
}

fn gather(operators: &Operators) -> Result<Check, DeviceError> {
    let (on_device, images) = images(operators, 10, 10)?;
    let orders = Buffer::from_slice(&operators.device, &ORDERS)?;
    let out = Buffer::zeros::<f32>(&operators.device, REPLICAS * IMAGES * 48)?;
    operators.gather(&on_device, selection(&orders), &out)?;
    let pixels = selected().flat_map(|i| images.pixels[i * 48..(i + 1) * 48].iter().enumerate());
    let expected: Vec<f32> = pixels.map(|(e, &x)| images.tables[e % 3][usize::from(x)]).collect();
    Ok(same_bits("batch from bytes".into(), &out.download(0, expected.len())?, &expected))
}

fn convolution(operators: &Operators, conv: &Conv, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let device = &operators.device;
    let (height, width) = conv.output();
    let terms = conv.kernel * conv.kernel * conv.channels;
    let (weights, filters) = (terms * conv.filters, conv.filters);
    let pitch = (weights + filters).next_multiple_of(4);
    let (inputs, outputs) =
        (IMAGES * conv.height * conv.width * conv.channels, IMAGES * height * width * filters);
    let (x, dy) = (normal("x", REPLICAS * inputs), normal("dy", REPLICAS * outputs));
    let parameters = normal("parameters", REPLICAS * pitch);

    let of_device = [&x, &parameters, &dy].map(|values| Buffer::from_slice(device, values));
    let [x_there, parameters_there, dy_there] = of_device;
    let (x_there, parameters_there, dy_there) = (x_there?, parameters_there?, dy_there?);
    let floats = |n: usize| Buffer::zeros::<f32>(device, n);
    let (y, dx, gradient) =
        (floats(REPLICAS * outputs)?, floats(REPLICAS * inputs)?, floats(REPLICAS * pitch)?);
    let patches = floats(REPLICAS * IMAGES * height * width * terms)?;
    let partials = floats(REPLICAS * crate::operators::CHUNKS * filters)?;
    let rows = Rows { per_replica: IMAGES * height * width, replicas: REPLICAS };
    let there = Parameters { buffer: &parameters_there, pitch };
    let gradient_there = Parameters { buffer: &gradient, pitch };
    let (all, dims) = (REPLICAS * IMAGES, [terms, filters]);
    let windows = if conv.kernel == 1 { &x_there } else { &patches };
    if conv.kernel > 1 {
        operators.patches(conv, all, &x_there, &patches)?;
    }
    operators.affine(rows, dims, windows, there, 0, &y)?;
    operators.add_bias(rows, filters, &y, there, weights, conv.relu)?;
    operators.bias_gradient(rows, filters, (&y, true), &dy_there, &partials, gradient_there, weights)?;
    operators.affine_weight_gradient(rows, dims, windows, &dy_there, gradient_there, 0)?;
    if conv.kernel == 1 {
        operators.affine_input_gradient(rows, dims, &dy_there, there, 0, &dx)?;
    } else {
        operators.affine_input_gradient(rows, dims, &dy_there, there, 0, &patches)?;
        operators.sum_patches(conv, all, &patches, &dx)?;
    }

    // [output, gradient of the weight, of the bias, of the input] as the CPU computes them.
    let mut expected: [Vec<f32>; 4] = Default::default();
    let mut seen: [Vec<f32>; 4] =
        [y.download(0, REPLICAS * outputs)?, Vec::new(), Vec::new(), dx.download(0, REPLICAS * inputs)?];
    let mut workspace = Workspace::default();
    for r in 0..REPLICAS {
        let x = &x[r * inputs..(r + 1) * inputs];
        let (weight, rest) = parameters[r * pitch..(r + 1) * pitch].split_at(weights);
        let mut y = vec![0.0; outputs];
        conv.forward(x, weight, Some(&rest[..filters]), &mut y, &mut workspace);
        // The rectifier opens and closes where the device's does: near zero the two outputs may differ in sign.
        let mut dy = dy[r * outputs..(r + 1) * outputs].to_vec();
        unrectify(&seen[0][r * outputs..(r + 1) * outputs], &mut dy);
        let (mut dweight, mut dbias) = (vec![0.0; weights], vec![0.0; filters]);
        conv.add_parameter_gradient(x, &dy, &mut dweight, Some(&mut dbias), &mut workspace);
        let (mut transposed, mut dx) = (vec![0.0; weights], vec![0.0; inputs]);
        conv.transpose(weight, &mut transposed);
        conv.input_gradient(&dy, &transposed, None, &mut dx, &mut workspace);
        for (all, part) in expected.iter_mut().zip([y, dweight, dbias, dx]) {
            all.extend(part);
        }
        let there: Vec<f32> = gradient.download(r * pitch, weights + filters)?;
        seen[1].extend(&there[..weights]);
        seen[2].extend(&there[weights..]);
    }
    let what = ["output", "gradient of the weight", "gradient of the bias", "gradient of the input"];
    let named = what.iter().zip(seen.iter().zip(&expected)).map(|(what, (seen, expected))| Check {
        name: format!("convolution {0} x {0}, {1} channels: {what}", conv.kernel, conv.channels),
        difference: relative(seen, expected),
        limit: product_limit(precision),
        detail: "relative to the largest number".into(),
    });
    Ok(named.collect())
}

fn max_pool(operators: &Operators, window: Window) -> Result<Vec<Check>, DeviceError> {
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
    operators.max_pool(&window, images, &x_there, &y, &winner)?;
    operators.max_pool_backward(&window, images, &winner, &dy_there, &dx)?;
    let (mut expected, mut winners, mut gradient) = (vec![0.0; outputs], vec![0; outputs], vec![0.0; inputs]);
    MaxPool(window).forward(images, &x, &mut expected, &mut winners);
    MaxPool(window).backward(images, &winners, &dy, &mut gradient);
    let name = format!("maximum pooling {}/{}", window.kernel, window.stride);
    Ok(vec![
        same_bits(name.clone(), &y.download(0, outputs)?, &expected),
        same_bits(format!("{name}: gradient"), &dx.download(0, inputs)?, &gradient),
    ])
}

fn average_pool(operators: &Operators, window: Window) -> Result<Vec<Check>, DeviceError> {
    let (height, width) = window.output();
    let images = REPLICAS * IMAGES;
    let (inputs, outputs) =
        (images * window.height * window.width * window.channels, images * height * width * window.channels);
    let (x, dy) = (normal("x", inputs), normal("dy", outputs));
    let pool = AveragePool(window);
    let device = &operators.device;
    let (x_there, dy_there) = (Buffer::from_slice(device, &x)?, Buffer::from_slice(device, &dy)?);
    let (y, dx) = (Buffer::zeros::<f32>(device, outputs)?, Buffer::zeros::<f32>(device, inputs)?);
    operators.average_pool(&pool, images, &x_there, &y)?;
    operators.average_pool_backward(&pool, images, &dy_there, &dx)?;
    let (mut expected, mut gradient) = (vec![0.0; outputs], vec![0.0; inputs]);
    pool.forward(images, &x, &mut expected);
    pool.backward(images, &dy, &mut gradient);
    let name = format!("average pooling {}/{}", window.kernel, window.stride);
    Ok(vec![
        same_bits(name.clone(), &y.download(0, outputs)?, &expected),
        same_bits(format!("{name}: gradient"), &dx.download(0, inputs)?, &gradient),
    ])
}

/// The second of two layers, whose images do not end on a block of draws, at a step beyond 32 bits.
fn dropout(operators: &Operators) -> Result<Check, DeviceError> {
    const STEP: u64 = (1 << 33) + 5;
    let layer = Dropout { rate: 0.3, size: 173 };
    let streams: Vec<Stream> =
        (0..2 * REPLICAS as u64).map(|i| Stream::new(1, "conformance", "dropout", i)).collect();
    let keys: Vec<u32> = streams.iter().flat_map(Stream::key).collect();
    let x = normal("x", REPLICAS * IMAGES * layer.size);
    let there = Buffer::from_slice(&operators.device, &x)?;
    let keys = Buffer::from_slice(&operators.device, &keys)?;
    let rows = Rows { per_replica: IMAGES, replicas: REPLICAS };
    operators.dropout(&layer, rows, &there, &keys, (1, 2), STEP)?;
    let mut expected = Vec::new();
    for (r, x) in x.chunks_exact(IMAGES * layer.size).enumerate() {
        let mut mask = vec![0.0f32; x.len()];
        layer.draw(&streams[2 * r + 1], STEP, 0, &mut mask);
        expected.extend(x.iter().zip(mask).map(|(x, mask)| x * mask));
    }
    Ok(same_bits("dropout".into(), &there.download(0, expected.len())?, &expected))
}

fn scores(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    const CLASSES: usize = 11;
    let (on_device, images) = images(operators, 10, CLASSES as u32)?;
    let device = &operators.device;
    let rows = REPLICAS * IMAGES;
    let logits: Vec<f32> = normal("logits", rows * CLASSES).into_iter().map(|z| 5.0 * z).collect();
    let (orders, there) = (Buffer::from_slice(device, &ORDERS)?, Buffer::from_slice(device, &logits)?);
    let (losses, correct) = (Buffer::zeros::<f64>(device, rows)?, Buffer::zeros::<u32>(device, rows)?);
    let totals = (Buffer::zeros::<f64>(device, 2 * REPLICAS)?, Buffer::zeros::<u32>(device, 2 * REPLICAS)?);
    let dlogits = Buffer::zeros::<f32>(device, rows * CLASSES)?;
    let weight = 1.0 / IMAGES as f32;
    let upstream = Some((&dlogits, weight));
    operators.cross_entropy(CLASSES, &on_device, selection(&orders), &there, &losses, &correct, upstream)?;
    let batch = Rows { per_replica: IMAGES, replicas: REPLICAS };
    operators.add_scores(batch, &losses, &correct, (&totals.0, &totals.1), 1)?;

    let labels: Vec<u8> = selected().map(|i| images.labels[i]).collect();
    let mut gradient = vec![0.0; rows * CLASSES];
    let (mut loss, mut right) = (Vec::new(), Vec::new());
    for (r, logits) in logits.chunks_exact(IMAGES * CLASSES).enumerate() {
        let out = &mut gradient[r * IMAGES * CLASSES..(r + 1) * IMAGES * CLASSES];
        let labels = &labels[r * IMAGES..(r + 1) * IMAGES];
        let scores = cross_entropy(CLASSES, logits, labels, weight, Some(out));
        loss.push(scores.loss as f32);
        right.push(scores.correct as f32);
    }
    let seen: Vec<f32> =
        totals.0.download::<f64>(REPLICAS, REPLICAS)?.into_iter().map(|x| x as f32).collect();
    let counted: Vec<f32> =
        totals.1.download::<u32>(REPLICAS, REPLICAS)?.into_iter().map(|x| x as f32).collect();
    let close = |name: &str, seen: &[f32], expected: &[f32]| Check {
        name: name.into(),
        difference: relative(seen, expected),
        limit: 1e-6,
        detail: "relative to the largest number".into(),
    };
    Ok(vec![
        close("cross-entropy", &seen, &loss),
        close("cross-entropy: gradient", &dlogits.download(0, rows * CLASSES)?, &gradient),
        same_bits("images classified correctly".into(), &counted, &right),
    ])
}
