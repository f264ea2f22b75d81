//! From images to logits.

use super::scores::is_added_with_scores;
use super::{Draws, Linear, Pass, Work};
use crate::operators::{Gains, Normalisation, writes_windows};
use crate::{Buffer, DeviceError};
use kernels::Conv;
use models::Op;

impl Pass {
    /// Runs the network on the images of the input buffer. With draws it is a training's: dropout is active, and batch
    /// normalisations go by the batch, towards which the running statistics move.
    pub fn forward(&self, work: Work<'_>, training: Option<Draws<'_>>) -> Result<(), DeviceError> {
        for i in 0..work.network.nodes().len() {
            self.forward_of(work, i, training)?;
        }
        Ok(())
    }

    fn forward_of(&self, work: Work<'_>, i: usize, training: Option<Draws<'_>>) -> Result<(), DeviceError> {
        let Work { network, images, .. } = work;
        let operators = self.operators(work, i);
        let (node, step) = (&network.nodes()[i], self.plan.steps[i]);
        let (input, y) = (node.inputs[0], self.value(node.output));
        let x = self.value(input);
        match &node.op {
            Op::Conv(conv) => {
                if let Some((_, convolution)) = &self.convolutions[i] {
                    let out = [y, &self.masks[i]];
                    return operators.convolve(convolution, images, x, work.parameters, out);
                }
                let x = self.windows(work, i, conv, x)?;
                self.linear(work, i, Linear::convolution(node, conv), x, y)
            }
            Op::Dense(affine) => self.linear(work, i, Linear::dense(node, affine), x, y),
            Op::MaxPool(pool) => {
                let masking = training.and_then(|draws| self.masking(work, i, draws));
                operators.max_pool(self.pooling(node, &pool.0), images, x, [y, &self.winners[i]], masking)
            }
            Op::AveragePool(pool) => {
                let masking = training.and_then(|draws| self.masking(work, i, draws));
                operators.average_pool(self.pooling(node, &pool.0), images, x, [y, &self.winners[i]], masking)
            }
            Op::MeanPool(pool) => operators.mean_pool(pool, images.all(), x, y),
            Op::Total(total) => operators.total(total, images.all(), x, y),
            Op::Dropout(_) if self.is_done(i) => Ok(()),
            Op::Dropout(_) => {
                if !step.over_input {
                    operators.copy(images, work.size(input), x, y)?;
                }
                let masking = training.and_then(|draws| work.masking(i, draws));
                masking.map_or(Ok(()), |masking| operators.dropout(masking, images, y))
            }
            Op::Activation(function) => operators.activation(*function, images, work.size(input), x, y),
            // Of the second input and the first, which the sum may lie over.
            Op::Add(_) => operators.add(images, work.size(input), [x, self.value(node.inputs[1])], y),
            Op::Embedding(tokens) => {
                let (rows, table) = (work.positions(node), node.parameters.start);
                operators.embedding(tokens, rows, x, work.parameters, table, y)
            }
            Op::Positions(_) => {
                let (places, table) = (work.places(node), node.parameters.start);
                operators.positions(places, images, x, work.parameters, table, y)
            }
            Op::Last(last) => operators.last(last, images.all(), x, y),
            Op::Scaling(scaling) => operators.scaling(&self.factors[i], images, scaling.factors.len(), x, y),
            Op::Attention(attention) => {
                operators.attention(attention, images.all(), x, y, &self.numbers[i], &self.partials)
            }
            Op::BatchNorm(_) | Op::GroupNorm(_) | Op::LayerNorm(_) => {
                self.normalise(work, i, x, y, training.is_some())
            }
        }
    }

    /// What the product of a convolution is one of.
    fn windows<'a>(
        &'a self,
        work: Work<'_>,
        i: usize,
        conv: &Conv,
        x: &'a Buffer,
    ) -> Result<&'a Buffer, DeviceError> {
        if !writes_windows(conv) {
            return Ok(x);
        }
        work.operators.patches(conv, work.images.all(), x, &self.patches[i])?;
        Ok(&self.patches[i])
    }

    fn linear(
        &self,
        work: Work<'_>,
        i: usize,
        linear: Linear,
        x: &Buffer,
        y: &Buffer,
    ) -> Result<(), DeviceError> {
        let (Work { operators, parameters, .. }, node) = (work, &work.network.nodes()[i]);
        let (Linear { dims, relu, .. }, rows) = (linear, work.positions(node));
        operators.affine(rows, dims, x, parameters, linear.weight, y)?;
        match linear.bias {
            Some(_) if is_added_with_scores(work.network, i) => Ok(()),
            Some(bias) => operators.add_bias(rows, dims[1], y, parameters, bias, relu),
            None if relu => operators.rectify(rows, dims[1], y),
            None => Ok(()),
        }
    }

    fn normalise(
        &self,
        work: Work<'_>,
        i: usize,
        x: &Buffer,
        y: &Buffer,
        is_training: bool,
    ) -> Result<(), DeviceError> {
        let (operators, node, numbers) =
            (self.operators(work, i), &work.network.nodes()[i], &self.numbers[i]);
        let rows = work.positions(node);
        let Some(norm) = Normalisation::of(&node.op, rows.per_replica) else { return Ok(()) };
        let gains = Gains { parameters: work.parameters, offset: node.parameters.start };
        match work.running(node) {
            Some(running) if !is_training => operators.recall(&norm, rows, running, numbers)?,
            running => operators.measure(&norm, rows, x, &self.partials, numbers, running)?,
        }
        operators.normalise(&norm, rows, x, numbers, gains, y)
    }
}
