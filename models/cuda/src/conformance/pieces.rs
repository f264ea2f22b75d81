//! Pieces of images as the CPU cuts them out.

use crate::Crop;
use models::Shape;
use streams::Stream;

/// The piece of `image` at some place of a training.
pub(crate) fn piece(image: &[u8], shape: Shape, crop: Crop, stream: &Stream, place: u64) -> Vec<u8> {
    let Shape { height, width, channels } = shape;
    let [row, column, reflection, _] = stream.block(place, 0);
    let offset = |word: u32| (u64::from(word) * (2 * crop.pad as u64 + 1)) >> 32;
    let (top, left) = (offset(row) as usize, offset(column) as usize);
    let is_reflected = crop.flip && reflection & 1 << 31 != 0;
    // The image in the middle of its border, of which a window is taken.
    let whole = width + 2 * crop.pad;
    let mut padded = vec![0; (height + 2 * crop.pad) * whole * channels];
    for (y, line) in image.chunks_exact(width * channels).enumerate() {
        padded[((y + crop.pad) * whole + crop.pad) * channels..][..line.len()].copy_from_slice(line);
    }
    let mut piece = Vec::with_capacity(image.len());
    for y in top..top + height {
        let line = &padded[(y * whole + left) * channels..][..width * channels];
        let mut pixels: Vec<&[u8]> = line.chunks_exact(channels).collect();
        if is_reflected {
            pixels.reverse();
        }
        piece.extend(pixels.concat());
    }
    piece
}
