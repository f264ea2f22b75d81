//! Cross-entropy and accuracy, and what the scores of a batch add up to.

use super::{Done, Operators, Parameters, Rows, Selection, pointwise, whole, word};
use crate::{Argument, Buffer, Device, DeviceError, DeviceImages, Shape};
use Argument::{F32, F64, Null, U64};
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

/// The kernel whose threads add up what they have made.
pub(super) const TOGETHER: &str = "score_batch";

pub(super) const SOURCE: &str = concat!(
    include_str!("../kernels/blocks.cu"),
    include_str!("../kernels/softmax.cu"),
    include_str!("../kernels/batch_scores.cu"),
);

/// Predictions of a replica that one block makes and adds up, at most: that of one thread takes no longer than a launch.
const TOGETHER_AT_MOST: usize = 256;

/// Losses and numbers of correct predictions `[slots, replicas]`, and the slot that a batch's are added to.
#[derive(Clone, Copy)]
pub(crate) struct Totals<'a> {
    pub losses: &'a Buffer,
    pub correct: &'a Buffer,
    pub slot: usize,
}

impl<'a> Totals<'a> {
    /// The row of the slot.
    fn of(self, replicas: usize) -> [Argument<'a>; 2] {
        let Totals { losses, correct, slot } = self;
        assert!((slot + 1) * replicas * 8 <= losses.bytes(), "a row of totals for every slot");
        assert!((slot + 1) * replicas * 4 <= correct.bytes(), "a row of totals for every slot");
        [
            Argument::Part(losses, slot * replicas * 8, replicas * 8),
            Argument::Part(correct, slot * replicas * 4, replicas * 4),
        ]
    }
}

/// What is scored: numbers for every class, and what has still to be added to those of each replica, if anything.
#[derive(Clone, Copy)]
pub(crate) struct Logits<'a> {
    pub numbers: &'a Buffer,
    pub bias: Option<(Parameters<'a>, usize)>,
}

impl Operators {
    /// Scores `logits [examples, each, classes]`, adds the scores to the totals, and sets the gradient of `weight · Σ loss`, if wanted.
    #[allow(clippy::too_many_arguments)] // two kernels' operands
    pub fn cross_entropy(
        &self,
        of: Labels,
        images: &DeviceImages,
        from: Selection<'_>,
        logits: Logits<'_>,
        parts: &Parts,
        totals: Totals<'_>,
        dlogits: Option<(&Buffer, f32)>,
    ) -> Done {
        let Labels { classes, each, smoothing } = of;
        assert_eq!((images.labels_each, parts.each), (each, each), "a label and a part for each prediction");
        let rows = from.rows().all() * each;
        let weight = dlogits.map_or(0.0, |(_, weight)| weight);
        let spread = smoothing / classes as f64;
        let share = |share: f64| F32((f64::from(weight) * share) as f32);
        let bias = logits.bias.map_or(Null, |(all, at)| all.part(from.replicas, at, classes));
        let pitch = logits.bias.map_or(0, |(all, _)| all.pitch);
        let operands = [
            whole::<f32>(logits.numbers, rows * classes),
            bias,
            whole::<u8>(&images.labels, images.count * each),
            from.orders(),
            whole::<f64>(&parts.losses, rows),
            whole::<u32>(&parts.correct, rows),
            dlogits.map_or(Null, |(buffer, _)| whole::<f32>(buffer, rows * classes)),
        ];
        let target = [
            F64(smoothing),
            F32(weight),
            share(1.0 - smoothing + spread),
            share(spread),
            U64(pitch as u64),
            word(classes),
        ];
        let place = [word(from.images), word(from.start), word(from.stride)];
        if each == 1 && from.images <= TOGETHER_AT_MOST {
            let arguments = [&operands[..], &totals.of(from.replicas), &target, &place].concat();
            let threads = from.images.next_multiple_of(32) as u32;
            let shape = Shape { grid: [1, from.replicas as u32], block: [threads, 1] };
            // SAFETY: the arguments are the kernel's own, and hold what it goes through.
            return unsafe { self.device.launch(self.kernels[TOGETHER], shape, &arguments) };
        }
        let arguments = [&operands[..], &target, &[word(each)], &place, &[word(rows)]].concat();
        self.launch("cross_entropy", rows, 1, &arguments)?;
        self.add_scores(from.rows(), parts, totals)
    }

    /// Adds a batch's scores to the totals.
    pub fn add_scores(&self, images: Rows, parts: &Parts, totals: Totals<'_>) -> Done {
        let replicas = images.replicas;
        let losses = whole::<f64>(&parts.losses, images.all() * parts.each);
        let correct = whole::<u32>(&parts.correct, images.all() * parts.each);
        if parts.each > 1 {
            let arguments = [losses, correct, word(parts.each), word(images.all())];
            self.launch("sum_parts", images.all(), 1, &arguments)?;
        }
        let [loss_total, correct_total] = totals.of(replicas);
        let arguments = [
            losses,
            correct,
            loss_total,
            correct_total,
            word(images.per_replica),
            word(parts.each),
            word(replicas),
        ];
        self.launch("add_scores", replicas, 1, &arguments)
    }
}
