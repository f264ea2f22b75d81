//! What comes in: batches of images.

use super::{Done, Operators, Rows, Selection, whole, word};
use crate::{Argument, Buffer, DeviceImages};

impl Operators {
    /// `out [replicas, images, size]` in floats.
    pub fn gather(&self, images: &DeviceImages, from: Selection<'_>, out: &Buffer) -> Done {
        let (rows, size) = (from.images * from.replicas, images.size);
        let arguments = [
            whole::<u8>(&images.pixels, images.count * size),
            whole::<f32>(&images.tables, images.channels * 256),
            from.orders(),
            whole::<f32>(out, rows * size),
            word(size),
            word(images.channels),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("gather_images", rows, size, &arguments)
    }
}

impl Selection<'_> {
    /// Images of each replica.
    pub fn rows(&self) -> Rows {
        Rows { per_replica: self.images, replicas: self.replicas }
    }

    /// The whole orders, checked to reach to the end of the batch.
    pub(super) fn orders(&self) -> Argument<'_> {
        whole::<u32>(self.orders, (self.replicas - 1) * self.stride + self.start + self.images)
    }
}
