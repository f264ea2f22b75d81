//! Dropout whose mask is a pure function of (stream, step, image of the batch, position).

use crate::Real;
use pulp::{Arch, Simd, WithSimd};
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

/// Blocks drawn at a time.
const BLOCKS: usize = 16;

impl Dropout {
    /// Draws of 16 bits below this drop their activation.
    pub fn threshold(&self) -> u16 {
        (self.rate * 65536.0) as u16
    }

    /// What kept activations are multiplied by.
    pub fn scale<F: Real>(&self) -> F {
        F::from_f64(1.0 / (1.0 - f64::from(self.threshold()) / 65536.0))
    }

    /// Sets `mask [n, size]` to what activations are multiplied by at `step`: 0 or the scale. `first` is the index in the
    /// batch of the shard's first image: the mask belongs to the image, not to the shard.
    pub fn draw<F: Real>(&self, stream: &Stream, step: u64, first: usize, mask: &mut [F]) {
        Arch::new().dispatch(Draw { dropout: self, stream, step, first: first as u64, mask });
    }
}

/// [`Dropout::draw`], to be compiled for each instruction set.
struct Draw<'a, F> {
    dropout: &'a Dropout,
    stream: &'a Stream,
    step: u64,
    first: u64,
    mask: &'a mut [F],
}

impl<F: Real> WithSimd for Draw<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { dropout, stream, step, first, mask } = self;
        let (size, threshold, scale) = (&dropout.size, dropout.threshold(), dropout.scale());
        let blocks = size.div_ceil(LANES) as u64;
        for (image, mask) in (first..).zip(mask.chunks_exact_mut(*size)) {
            for (index, group) in (image * blocks..).step_by(BLOCKS).zip(mask.chunks_mut(LANES * BLOCKS)) {
                let words = stream.blocks::<BLOCKS>(step, index);
                for (block, values) in group.chunks_mut(LANES).enumerate() {
                    for (lane, value) in values.iter_mut().enumerate() {
                        let bits = (words[lane / 2][block] >> (16 * (lane % 2))) as u16;
                        *value = if bits >= threshold { scale } else { F::ZERO };
                    }
                }
            }
        }
    }
}
