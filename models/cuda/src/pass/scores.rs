//! What the end of a network is held against.

use super::{Linear, Pass, Work};
use crate::operators::{Labels, Logits, Parameters, Pointwise, Selection, Totals};
use crate::{Buffer, DeviceError, DeviceImages};
use models::{Loss, Network, Numbers, Op};

/// The examples of a pass, of which the labels are read.
#[derive(Clone, Copy)]
pub(crate) struct Examples<'a> {
    pub images: &'a DeviceImages,
    pub from: Selection<'a>,
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
        self.score_into(work, examples, totals, Some((self.upstream(), weight)))
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
                let logits = Logits { numbers: outputs, bias: self.bias_of_logits(work) };
                return operators.cross_entropy(labels, images, from, logits, parts, totals, gradient);
            }
            Loss::SquaredError { target } => {
                let targets = inputs.filter(|_| target == Numbers::Input);
                operators.pointwise(Pointwise::SquaredError, size, outputs, targets, parts, gradient)?;
            }
            Loss::BinaryCrossEntropy {} => {
                operators.pointwise(Pointwise::BinaryCrossEntropy, size, outputs, inputs, parts, gradient)?;
            }
        }
        operators.add_scores(rows, parts, totals)
    }

    /// The bias of the last op, if it is added where scores are made.
    fn bias_of_logits<'a>(&self, work: Work<'a>) -> Option<(Parameters<'a>, usize)> {
        let last = work.network.nodes().len().checked_sub(1)?;
        let Op::Dense(affine) = &work.network.nodes()[last].op else { return None };
        let linear = Linear::dense(&work.network.nodes()[last], affine);
        linear.bias.filter(|_| is_added_with_scores(work.network, last)).map(|bias| (work.parameters, bias))
    }
}

/// Whether what is scored lacks the bias of op `i`, which the scores' kernels add: it is an affine map without a rectifier, and the last.
pub(super) fn is_added_with_scores(network: &Network, i: usize) -> bool {
    // Each of its rows is a prediction.
    let is_plain =
        |op: &Op| matches!(op, Op::Dense(affine) if !affine.relu && affine.outputs == network.classes());
    let is_scored = matches!(network.objective().loss, Loss::CrossEntropy { .. });
    is_scored && i + 1 == network.nodes().len() && is_plain(&network.nodes()[i].op)
}
