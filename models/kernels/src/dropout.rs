//! Dropout whose mask is a pure function of (stream, step, image of the batch, position).

use crate::Real;
use streams::Stream;

/// Inverted dropout: kept activations are scaled by `1 / (1 − rate)`, so evaluation needs no change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Probability of dropping an activation, in `[0, 1)`; kept to a resolution of 1/65536.
    pub rate: f64,
    /// Activations per image.
    pub size: usize,
}

/// 16-bit draws in one block of the generator.
const LANES: usize = 8;

impl Dropout {
    /// Scales `x [n, size]` in place by the mask of `step`. `first` is the index in the batch of the shard's
    /// first image: the mask belongs to the image, not to the shard. Calling it on a gradient is the backward pass.
    pub fn apply<F: Real>(&self, stream: &Stream, step: u64, first: usize, x: &mut [F]) {
        let threshold = (self.rate * 65536.0) as u16;
        if threshold == 0 {
            return;
        }
        let scale = F::from_f64(1.0 / (1.0 - f64::from(threshold) / 65536.0));
        let blocks = self.size.div_ceil(LANES) as u64;
        for (i, image) in x.chunks_exact_mut(self.size).enumerate() {
            let base = (first + i) as u64 * blocks;
            for (b, group) in image.chunks_mut(LANES).enumerate() {
                let words = stream.block(step, base + b as u64);
                for (lane, value) in group.iter_mut().enumerate() {
                    let bits = (words[lane / 2] >> (16 * (lane % 2))) as u16;
                    *value = if bits >= threshold { *value * scale } else { F::ZERO };
                }
            }
        }
    }
}
