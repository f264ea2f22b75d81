//! Dropout.

use super::{Done, Operators, Rows, whole, word};
use crate::{Argument, Buffer};
use Argument::{F32, Null, U32, U64};
use kernels::Dropout;

/// What dropout does at a step of a training.
#[derive(Clone, Copy)]
pub(crate) struct Masking<'a> {
    pub dropout: &'a Dropout,
    /// The streams' `[replicas, dropouts, 2]`.
    pub keys: &'a Buffer,
    /// The layer's number, and how many there are.
    pub place: (usize, usize),
    pub step: u64,
}

impl<'a> Masking<'a> {
    /// The arguments of a kernel that draws: keys, step, threshold, scale, images of a replica, and how far the keys of replicas are
    /// apart. Null and zeros without.
    pub fn arguments(masking: Option<Self>, images: Rows) -> [Argument<'a>; 6] {
        let Some(Masking { dropout, keys, place: (number, dropouts), step }) = masking else {
            return [Null, U64(0), U32(0), F32(0.0), U32(0), U32(0)];
        };
        assert!(images.replicas * dropouts * 8 <= keys.bytes(), "a key per replica and dropout layer");
        [
            Argument::Buffer(keys, number * 8),
            U64(step),
            U32(dropout.threshold().into()),
            F32(dropout.scale()),
            word(images.per_replica),
            word(2 * dropouts),
        ]
    }
}

impl Operators {
    /// Multiplies `x` by the mask of a step.
    pub fn dropout(&self, masking: Masking<'_>, images: Rows, x: &Buffer) -> Done {
        let size = masking.dropout.size;
        let [keys, step, threshold, scale, per_replica, stride] = Masking::arguments(Some(masking), images);
        let arguments = [
            whole::<f32>(x, images.all() * size),
            keys,
            step,
            threshold,
            scale,
            word(size),
            per_replica,
            stride,
            word(images.all()),
        ];
        self.launch("dropout", images.all(), size.div_ceil(8), &arguments)
    }
}
