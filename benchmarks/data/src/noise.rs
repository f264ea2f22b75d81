//! `noise`: vectors of independent bytes that are close to normal, for a noisy quadratic: a network without hidden layers that is asked
//! for nothing but to reproduce them has a loss whose curvature and whose noise are known (G. Zhang et al., Which algorithmic choices
//! matter at which batch sizes? Insights from a noisy quadratic model, arXiv 1907.04164, 2019).
//!
//! A byte is a standard normal z, as 128 + 32·z rounded to the nearest whole number from 0 to 255. The law of the bytes is known
//! exactly: [`probabilities`], [`mean`], [`variance`].

use crate::Images;
use crate::shapes::Part;
use rayon::prelude::*;
use streams::Stream;

/// Training vectors that count as the whole data set.
pub const TRAIN: usize = 65_536;
/// Test vectors that count as the whole data set.
pub const TEST: usize = 4_096;
/// Bytes of a vector, unless the source says otherwise.
pub const DIMENSIONS: usize = 64;
/// The most bytes of a vector.
pub const MOST_DIMENSIONS: usize = 4_096;

const CENTRE: f64 = 128.0;
const SPREAD: f64 = 32.0;

/// The vectors of `part` at `indices`, in that order, all of the one class there is. Made in parallel; the result does not depend on
/// how.
pub(crate) fn at(seed: u64, dimensions: usize, part: Part, indices: &[usize]) -> Images {
    let stream = Stream::new(seed, "noise", part.stream(), 0);
    let mut pixels = vec![0; indices.len() * dimensions];
    pixels.par_chunks_exact_mut(dimensions).zip(indices).for_each(|(out, &index)| {
        let mut draws = stream.draws(index as u64);
        // Conversion cuts off towards zero, and what is beyond the bytes goes to the nearest of them.
        out.fill_with(|| (CENTRE + SPREAD * draws.normal() + 0.5) as u8);
    });
    Images {
        pixels,
        labels: vec![0; indices.len()],
        height: dimensions,
        width: 1,
        channels: 1,
        classes: 1,
        labels_per_image: 1,
        vocabulary: None,
    }
}

/// The probability of each byte: what lies of the normal density within half a unit of it, and for 0 and 255 also beyond.
pub fn probabilities() -> [f64; 256] {
    // From the tail that is the smaller one, so that the difference of two numbers close to 1 is never taken.
    let beyond = |z: f64| 0.5 * libm::erfc(z / std::f64::consts::SQRT_2);
    let between = |low: f64, high: f64| {
        if low >= 0.0 { beyond(low) - beyond(high) } else { beyond(-high) - beyond(-low) }
    };
    let border = |byte: usize| (byte as f64 - 0.5 - CENTRE) / SPREAD;
    std::array::from_fn(|byte| match byte {
        0 => beyond(-border(1)),
        255 => beyond(border(255)),
        _ => between(border(byte), border(byte + 1)),
    })
}

/// The mean of a byte, in units of a byte.
pub fn mean() -> f64 {
    probabilities().iter().enumerate().map(|(byte, p)| byte as f64 * p).sum()
}

/// The variance of a byte, in squared units of a byte.
pub fn variance() -> f64 {
    let mean = mean();
    probabilities().iter().enumerate().map(|(byte, p)| (byte as f64 - mean).powi(2) * p).sum()
}
