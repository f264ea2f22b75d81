//! What the end of a network is held against.

use super::{Pass, Work};
use crate::operators::{Labels, Pointwise, Selection};
use crate::{Buffer, DeviceError, DeviceImages};
use models::{Loss, Numbers};

/// The examples of a pass, of which the labels are read.
#[derive(Clone, Copy)]
pub(crate) struct Examples<'a> {
    pub images: &'a DeviceImages,
    pub from: Selection<'a>,
}

/// Losses and numbers of correct predictions `[slots, replicas]`, and the slot that a batch's are added to.
#[derive(Clone, Copy)]
pub(crate) struct Totals<'a> {
    pub losses: &'a Buffer,
    pub correct: &'a Buffer,
    pub slot: usize,
}

impl Pass {
    /// Scores the result of a training's forward pass, and sets the gradient of the mean loss where the backward pass takes it.
    pub fn score_and_differentiate(
        &self,
        work: Work<'_>,
        examples: Examples<'_>,
        totals: Totals<'_>,
    ) -> Result<(), DeviceError> {
        let predictions = work.images.per_replica * work.network.objective().predictions();
        let weight = (1.0 / predictions as f64) as f32;
        self.score_into(work, examples, totals, Some((self.upstream(work.network), weight)))
    }

    /// Scores the result of the last forward pass.
    pub fn score(
        &self,
        work: Work<'_>,
        examples: Examples<'_>,
        totals: Totals<'_>,
    ) -> Result<(), DeviceError> {
        self.score_into(work, examples, totals, None)
    }

    fn score_into(
        &self,
        work: Work<'_>,
        Examples { images, from }: Examples<'_>,
        totals: Totals<'_>,
        gradient: Option<(&Buffer, f32)>,
    ) -> Result<(), DeviceError> {
        let Work { operators, network, images: rows, .. } = work;
        let (outputs, parts) = (self.logits(network), &self.parts);
        let size = [rows.all(), network.outputs()];
        // No op writes over the network's input.
        let inputs = Some(self.input());
        match network.objective().loss {
            Loss::CrossEntropy { label_smoothing: smoothing } => {
                let (classes, each) = (network.classes(), network.objective().predictions());
                let labels = Labels { classes, each, smoothing };
                operators.cross_entropy(labels, images, from, outputs, parts, gradient)?;
            }
            Loss::SquaredError { target } => {
                let targets = inputs.filter(|_| target == Numbers::Input);
                operators.pointwise(Pointwise::SquaredError, size, outputs, targets, parts, gradient)?;
            }
            Loss::BinaryCrossEntropy {} => {
                operators.pointwise(Pointwise::BinaryCrossEntropy, size, outputs, inputs, parts, gradient)?;
            }
        }
        operators.add_scores(rows, parts, (totals.losses, totals.correct), totals.slot)
    }
}
