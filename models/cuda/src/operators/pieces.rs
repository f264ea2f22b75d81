//! What comes in: batches of pieces of images.

use super::{Done, Operators, Selection, whole, word};
use crate::augmentation::Augmentation;
use crate::{Argument, Buffer, DeviceImages};
use Argument::{U32, U64};

/// Which pieces of a batch's images are taken.
#[derive(Clone, Copy)]
pub(crate) struct Pieces<'a> {
    pub augmentation: &'a Augmentation,
    /// Shape of an image.
    pub shape: models::Shape,
    /// The place of the batch's first image among all that a replica is trained on.
    pub first: u64,
}

impl Operators {
    /// `out [replicas, images, size]` in floats.
    pub fn gather_pieces(
        &self,
        images: &DeviceImages,
        from: Selection<'_>,
        pieces: Pieces<'_>,
        out: &Buffer,
    ) -> Done {
        let Pieces { augmentation, shape, first } = pieces;
        assert_eq!((shape.size(), shape.channels), (images.size, images.channels), "numbers of an image");
        let (rows, size) = (from.rows().all(), images.size);
        let arguments = [
            whole::<u8>(&images.pixels, images.count * size),
            whole::<f32>(&images.tables, images.channels * 256),
            from.orders(),
            whole::<u32>(&augmentation.keys, 2 * from.replicas),
            whole::<f32>(out, rows * size),
            U64(first),
            word(augmentation.crop.pad),
            U32(augmentation.crop.flip.into()),
            word(shape.height),
            word(shape.width),
            word(shape.channels),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("gather_pieces", rows, size, &arguments)
    }
}
