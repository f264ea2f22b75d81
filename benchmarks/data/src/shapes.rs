//! `shapes`: procedural images that stand in for photographs where there is no network.
//!
//! An image shows one of two figures filled with one of five textures; the ten pairs are the classes. Nothing
//! else is told by the label: position, size, proportions, tilt, colours, background, clutter, an occluding
//! bar, and noise are drawn independently of it, so single pixels and mean colours hardly give a class away.
//!
//! It is made hard enough to tell optimizers apart: in PyTorch, a Network in Network at a quarter of its width
//! (48 channels, dropout ½), trained by Adam (step size 0.001, batch 32) on 2000 images under seed 0, classified
//! 49 % of 2000 test images after 3 epochs and 81 % after 12; the nearest class mean in pixel space, 17 %.
//!
//! Image `i` of a part is a function of (seed, part, i) alone, and its bytes are the same on every machine:
//! the arithmetic is IEEE additions, products, quotients and square roots, and the sines are `libm`'s.

mod figures;
mod painting;

pub use crate::part::Part;

use crate::{DataError, Dataset, Images};
use rayon::prelude::*;
use streams::Stream;

/// Height and width, in pixels.
pub const SIDE: usize = 32;
/// Red, green, blue.
pub const CHANNELS: usize = 3;
const IMAGE_BYTES: usize = SIDE * SIDE * CHANNELS;
/// Two figures times five textures.
pub const CLASSES: usize = 10;
/// Training images that count as the whole data set, as many as CIFAR-10 has.
pub const TRAIN: usize = 50_000;
/// Test images that count as the whole data set, as many as CIFAR-10 has.
pub const TEST: usize = 10_000;

/// The most images that are made at a time: 3 GB of them.
pub const MOST: usize = 1_000_000;

/// The first `train` training and `test` test images under `seed`. Classes alternate: image `i` is of class
/// `i % 10`.
///
/// # Errors
/// If there would be more than [`MOST`] in a part.
pub fn generate(seed: u64, train: usize, test: usize) -> Result<Dataset, DataError> {
    bounded(train)?;
    bounded(test)?;
    let images = |part, count| at(seed, part, &(0..count).collect::<Vec<_>>());
    Ok(Dataset {
        name: "shapes",
        train: images(Part::Train, train)?,
        test: images(Part::Test, test)?,
        class_names: class_names(),
    })
}

/// The images of `part` at `indices`, in that order. Made in parallel; the result does not depend on how.
///
/// # Errors
/// If there would be more than [`MOST`].
pub fn at(seed: u64, part: Part, indices: &[usize]) -> Result<Images, DataError> {
    bounded(indices.len())?;
    let stream = Stream::new(seed, "shapes", part.stream(), 0);
    let mut pixels = vec![0; indices.len() * IMAGE_BYTES];
    pixels.par_chunks_exact_mut(IMAGE_BYTES).zip(indices).for_each(|(out, &index)| {
        painting::paint(label(index), &mut stream.draws(index as u64), out);
    });
    let labels = indices.iter().map(|&index| label(index)).collect();
    Ok(Images {
        pixels,
        labels,
        height: SIDE,
        width: SIDE,
        channels: CHANNELS,
        classes: CLASSES,
        labels_per_image: 1,
        vocabulary: None,
    })
}

fn bounded(count: usize) -> Result<(), DataError> {
    if count <= MOST {
        return Ok(());
    }
    Err(DataError::TooMany { count: count as u64, each: IMAGE_BYTES as u64, most: MOST as u64 })
}

/// The class of image `index`.
pub fn label(index: usize) -> u8 {
    (index % CLASSES) as u8
}

/// `plain disc`, `plain triangle`, `layered disc`, …
pub fn class_names() -> Vec<String> {
    let pair = |texture| figures::FIGURES.iter().map(move |figure| format!("{texture} {figure}"));
    figures::TEXTURES.iter().flat_map(pair).collect()
}
