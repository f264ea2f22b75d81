//! Batches that come in.

use super::{IMAGES, REPLICAS};
use crate::augmentation::Augmentation;
use crate::conformance::pieces::piece;
use crate::conformance::{Check, bytes, normal, same_bits};
use crate::operators::{Operators, Pieces, Selection};
use crate::{Buffer, Crop, DeviceError, DeviceImages, Source};
use models::Shape;
use streams::Stream;

/// Images are 3 by 5 pixels in colour.
const SHAPE: Shape = Shape { height: 3, width: 5, channels: 3 };
const SIZE: usize = SHAPE.height * SHAPE.width * SHAPE.channels;

/// Images whose numbers are looked up in made-up tables, with so many labels each.
pub(super) fn images(
    operators: &Operators,
    count: usize,
    labels: usize,
    classes: u32,
) -> Result<(DeviceImages, Images), DeviceError> {
    let tables = normal("tables", 3 * 256);
    let tables: Vec<[f32; 256]> =
        tables.chunks_exact(256).map(|table| std::array::from_fn(|i| table[i])).collect();
    let labels = bytes("labels", count * labels, classes);
    let images = Images { pixels: bytes("pixels", count * SIZE, 256), labels, tables };
    let source = Source { pixels: &images.pixels, labels: &images.labels, tables: &images.tables };
    Ok((DeviceImages::of_size(&operators.device, SIZE, source)?, images))
}

pub(super) struct Images {
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
    pub tables: Vec<[f32; 256]>,
}

/// Orders of two replicas over ten images, of which a batch takes images 3 to 7.
pub(super) const ORDERS: [u32; 20] = [0, 1, 2, 9, 4, 6, 8, 7, 3, 5, 9, 8, 7, 6, 0, 0, 1, 2, 4, 4];
const START: usize = 3;

pub(super) fn selection(orders: &Buffer) -> Selection<'_> {
    Selection { orders, stride: 10, start: START, images: IMAGES, replicas: REPLICAS }
}

pub(super) fn selected() -> impl Iterator<Item = usize> {
    ORDERS.chunks(10).flat_map(|order| &order[START..START + IMAGES]).map(|&i| i as usize)
}

pub(super) fn gather(operators: &Operators) -> Result<Check, DeviceError> {
    let (on_device, images) = images(operators, 10, 1, 10)?;
    let orders = Buffer::from_slice(&operators.device, &ORDERS)?;
    let out = Buffer::zeros::<f32>(&operators.device, REPLICAS * IMAGES * SIZE)?;
    operators.gather(&on_device, selection(&orders), &out)?;
    let pixels = selected().flat_map(|i| images.pixels[i * SIZE..(i + 1) * SIZE].iter().enumerate());
    let expected: Vec<f32> = pixels.map(|(e, &x)| images.tables[e % 3][usize::from(x)]).collect();
    Ok(same_bits("batch from bytes".into(), &out.download(0, expected.len())?, &expected))
}

/// No border, a border, and one wider than the image; at a place beyond 32 bits.
pub(super) fn pieces(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    const FIRST: u64 = (1 << 33) - 2;
    let (on_device, images) = images(operators, 10, 1, 10)?;
    let orders = Buffer::from_slice(&operators.device, &ORDERS)?;
    let streams: Vec<Stream> =
        (0..REPLICAS as u64).map(|r| Stream::new(0, "conformance", "augmentation", r)).collect();
    let mut checks = Vec::new();
    for crop in [(0, true), (2, false), (2, true), (4, true)].map(|(pad, flip)| Crop { pad, flip }) {
        let augmentation = Augmentation::new(&operators.device, crop, &streams)?;
        let out = Buffer::zeros::<f32>(&operators.device, REPLICAS * IMAGES * SIZE)?;
        let pieces = Pieces { augmentation: &augmentation, shape: SHAPE, first: FIRST };
        operators.gather_pieces(&on_device, selection(&orders), pieces, &out)?;
        let mut expected = Vec::new();
        for (row, i) in selected().enumerate() {
            let (stream, place) = (&streams[row / IMAGES], FIRST + (row % IMAGES) as u64);
            let bytes = piece(&images.pixels[i * SIZE..(i + 1) * SIZE], SHAPE, crop, stream, place);
            expected.extend(bytes.iter().enumerate().map(|(e, &x)| images.tables[e % 3][usize::from(x)]));
        }
        let name = format!("pieces within {}{}", crop.pad, if crop.flip { ", reflected" } else { "" });
        checks.push(same_bits(name, &out.download(0, expected.len())?, &expected));
    }
    Ok(checks)
}
