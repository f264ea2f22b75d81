//! Dropout.

use super::{Done, Operators, Rows, whole, word};
use crate::{Argument, Buffer};
use Argument::{F32, U32, U64};
use kernels::Dropout;

impl Operators {
    /// Multiplies `x` by the mask of `step`; `keys [replicas, dropouts, 2]` are the streams', `number` the layer's.
    pub fn dropout(
        &self,
        dropout: &Dropout,
        images: Rows,
        x: &Buffer,
        keys: &Buffer,
        (number, dropouts): (usize, usize),
        step: u64,
    ) -> Done {
        assert!(images.replicas * dropouts * 8 <= keys.bytes(), "a key per replica and dropout layer");
        let arguments = [
            whole::<f32>(x, images.all() * dropout.size),
            Argument::Buffer(keys, number * 8),
            U64(step),
            U32(dropout.threshold().into()),
            F32(dropout.scale()),
            word(dropout.size),
            word(images.per_replica),
            word(2 * dropouts),
            word(images.all()),
        ];
        self.launch("dropout", images.all(), dropout.size.div_ceil(8), &arguments)
    }
}
