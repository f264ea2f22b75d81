//! What comes in and what comes out: batches of images, scores.

use super::{Done, Operators, Rows, Selection, whole, word};
use crate::{Argument, Buffer, DeviceImages};
use Argument::{F32, Null};

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

    /// Scores `logits` into `losses` and `correct`, and sets the gradient of `weight · Σ loss`, if wanted.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn cross_entropy(
        &self,
        classes: usize,
        images: &DeviceImages,
        from: Selection<'_>,
        logits: &Buffer,
        losses: &Buffer,
        correct: &Buffer,
        dlogits: Option<(&Buffer, f32)>,
    ) -> Done {
        let rows = from.images * from.replicas;
        let arguments = [
            whole::<f32>(logits, rows * classes),
            whole::<u8>(&images.labels, images.count),
            from.orders(),
            whole::<f64>(losses, rows),
            whole::<u32>(correct, rows),
            dlogits.map_or(Null, |(buffer, _)| whole::<f32>(buffer, rows * classes)),
            F32(dlogits.map_or(0.0, |(_, weight)| weight)),
            word(classes),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("cross_entropy", rows, 1, &arguments)
    }

    /// Adds a batch's scores to row `slot` of the totals `[slots, replicas]`.
    pub fn add_scores(
        &self,
        images: Rows,
        losses: &Buffer,
        correct: &Buffer,
        totals: (&Buffer, &Buffer),
        slot: usize,
    ) -> Done {
        let replicas = images.replicas;
        assert!((slot + 1) * replicas * 8 <= totals.0.bytes(), "a row of totals for every slot");
        assert!((slot + 1) * replicas * 4 <= totals.1.bytes(), "a row of totals for every slot");
        let arguments = [
            whole::<f64>(losses, images.all()),
            whole::<u32>(correct, images.all()),
            Argument::Buffer(totals.0, slot * replicas * 8),
            Argument::Buffer(totals.1, slot * replicas * 4),
            word(images.per_replica),
            word(replicas),
        ];
        self.launch("add_scores", replicas, 1, &arguments)
    }
}

impl Selection<'_> {
    /// The whole orders, checked to reach to the end of the batch.
    fn orders(&self) -> Argument<'_> {
        whole::<u32>(self.orders, (self.replicas - 1) * self.stride + self.start + self.images)
    }
}
