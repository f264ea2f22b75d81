//! Batches that come in, scores that come out.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, bytes, normal, relative, same_bits};
use crate::operators::{Operators, Rows, Selection};
use crate::{Buffer, DeviceError, DeviceImages, Source};
use ::kernels::cross_entropy;

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

pub(super) fn gather(operators: &Operators) -> Result<Check, DeviceError> {
    let (on_device, images) = images(operators, 10, 10)?;
    let orders = Buffer::from_slice(&operators.device, &ORDERS)?;
    let out = Buffer::zeros::<f32>(&operators.device, REPLICAS * IMAGES * 48)?;
    operators.gather(&on_device, selection(&orders), &out)?;
    let pixels = selected().flat_map(|i| images.pixels[i * 48..(i + 1) * 48].iter().enumerate());
    let expected: Vec<f32> = pixels.map(|(e, &x)| images.tables[e % 3][usize::from(x)]).collect();
    Ok(same_bits("batch from bytes".into(), &out.download(0, expected.len())?, &expected))
}

pub(super) fn scores(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
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
