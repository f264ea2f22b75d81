//! Cross-entropy and accuracy, and what the scores of a batch add up to.

use super::{Done, Operators, Rows, Selection, pointwise, whole, word};
use crate::{Argument, Buffer, Device, DeviceError, DeviceImages};
use Argument::{F32, F64, Null};
use models::Objective;
use std::sync::Arc;

/// The scores of a batch as they are made: of every example, so many parts.
pub(crate) struct Parts {
    pub losses: Buffer,
    pub correct: Buffer,
    /// Parts of an example.
    pub each: usize,
}

impl Parts {
    /// For so many examples. Where nothing is classified, nothing ever counts as correct.
    pub fn new(device: &Arc<dyn Device>, examples: usize, each: usize) -> Result<Self, DeviceError> {
        let (losses, correct) =
            (Buffer::zeros::<f64>(device, examples * each)?, Buffer::zeros::<u32>(device, examples * each)?);
        Ok(Self { losses, correct, each })
    }
}

/// Parts that an example's score is made in.
pub(crate) fn parts_of(objective: &Objective) -> usize {
    if objective.loss.classifies() { objective.predictions() } else { pointwise::PARTS }
}

/// Labels that predictions are held against.
#[derive(Clone, Copy)]
pub(crate) struct Labels {
    pub classes: usize,
    /// Labels of an example.
    pub each: usize,
    /// The share of the belief in them that is spread evenly over all classes.
    pub smoothing: f64,
}

impl Operators {
    /// Scores `logits [examples, each, classes]`, and sets the gradient of `weight · Σ loss`, if wanted.
    pub fn cross_entropy(
        &self,
        of: Labels,
        images: &DeviceImages,
        from: Selection<'_>,
        logits: &Buffer,
        parts: &Parts,
        dlogits: Option<(&Buffer, f32)>,
    ) -> Done {
        let Labels { classes, each, smoothing } = of;
        assert_eq!((images.labels_each, parts.each), (each, each), "a label and a part for each prediction");
        let rows = from.rows().all() * each;
        let weight = dlogits.map_or(0.0, |(_, weight)| weight);
        let spread = smoothing / classes as f64;
        let share = |share: f64| F32((f64::from(weight) * share) as f32);
        let arguments = [
            whole::<f32>(logits, rows * classes),
            whole::<u8>(&images.labels, images.count * each),
            from.orders(),
            whole::<f64>(&parts.losses, rows),
            whole::<u32>(&parts.correct, rows),
            dlogits.map_or(Null, |(buffer, _)| whole::<f32>(buffer, rows * classes)),
            F64(smoothing),
            F32(weight),
            share(1.0 - smoothing + spread),
            share(spread),
            word(classes),
            word(each),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("cross_entropy", rows, 1, &arguments)
    }

    /// Adds a batch's scores to row `slot` of the totals `[slots, replicas]`.
    pub fn add_scores(&self, images: Rows, parts: &Parts, totals: (&Buffer, &Buffer), slot: usize) -> Done {
        let replicas = images.replicas;
        assert!((slot + 1) * replicas * 8 <= totals.0.bytes(), "a row of totals for every slot");
        assert!((slot + 1) * replicas * 4 <= totals.1.bytes(), "a row of totals for every slot");
        let losses = whole::<f64>(&parts.losses, images.all() * parts.each);
        let correct = whole::<u32>(&parts.correct, images.all() * parts.each);
        if parts.each > 1 {
            let arguments = [losses, correct, word(parts.each), word(images.all())];
            self.launch("sum_parts", images.all(), 1, &arguments)?;
        }
        let arguments = [
            losses,
            correct,
            Argument::Buffer(totals.0, slot * replicas * 8),
            Argument::Buffer(totals.1, slot * replicas * 4),
            word(images.per_replica),
            word(parts.each),
            word(replicas),
        ];
        self.launch("add_scores", replicas, 1, &arguments)
    }
}
