//! From the gradient of the logits to those of the parameters.

use super::{Draws, Linear, Pass, Work};
use crate::operators::{Gains, Normalisation, Parameters, Upstream, writes_windows};
use crate::{Buffer, DeviceError};
use kernels::Conv;
use models::{Node, Op, Route, Step};

impl Pass {
    /// From the gradient of the logits to that of the parameters, after a training's forward pass with the same draws.
    pub fn backward(
        &self,
        work: Work<'_>,
        gradient: Parameters<'_>,
        draws: Draws<'_>,
    ) -> Result<(), DeviceError> {
        for (i, (node, step)) in work.network.nodes().iter().zip(&self.plan.steps).enumerate().rev() {
            // In front of the first parameters there is nothing to find, and no slot to find it in.
            let is_wanted = !node.parameters.is_empty() || step.dx.is_some() || step.other.is_some();
            if is_wanted {
                self.backward_of(work, i, gradient, draws)?;
                self.collect(work, node, step)?;
            }
        }
        work.operators.collect(&self.collection, work.images.replicas, gradient)
    }

    /// Sets the gradients of one op's parameters, and that of its input where the op puts it.
    fn backward_of(
        &self,
        work: Work<'_>,
        i: usize,
        gradient: Parameters<'_>,
        draws: Draws<'_>,
    ) -> Result<(), DeviceError> {
        let Work { network, images, .. } = work;
        let operators = self.operators(work, i);
        let (node, step) = (&network.nodes()[i], self.plan.steps[i]);
        let (x, y) = (self.value(node.inputs[0]), self.value(node.output));
        let dy = &self.gradients[step.dy];
        let dx = match step.dx {
            Some(Route::Set(slot) | Route::Add { scratch: slot, .. }) => Some(&self.gradients[slot]),
            Some(Route::Same | Route::AddSame(_)) | None => None,
        };
        match (&node.op, dx) {
            (Op::Conv(conv), dx) => {
                if self.convolutions[i].is_some() {
                    return self.convolution_backward(work, i, (x, dy, dx), gradient, draws);
                }
                let (linear, is_written) = (Linear::convolution(node, conv), writes_windows(conv));
                let x = if is_written { &self.patches[i] } else { x };
                self.parameter_gradient(work, node, linear, [x, y], dy, gradient)?;
                match dx {
                    Some(dx) if is_written => self.windows_gradient(work, i, conv, dy, dx),
                    Some(dx) => self.input_gradient(work, node, linear, dy, dx),
                    None => Ok(()),
                }
            }
            (Op::Dense(affine), dx) => {
                let linear = Linear::dense(node, affine);
                self.parameter_gradient(work, node, linear, [x, y], dy, gradient)?;
                dx.map_or(Ok(()), |dx| self.input_gradient(work, node, linear, dy, dx))
            }
            (Op::Dropout(_), _) if self.is_done(i) => Ok(()),
            (Op::Dropout(_), _) => {
                let masking = work.masking(i, draws);
                masking.map_or(Ok(()), |masking| operators.dropout(masking, images, dy))
            }
            (Op::BatchNorm(_) | Op::GroupNorm(_) | Op::LayerNorm(_), dx) => {
                self.normalise_backward(work, i, dy, dx, gradient)
            }
            // The gradient of the first input is that of the output, which lies there already.
            (Op::Add(_), _) => {
                let size = work.size(node.output);
                let Some((slot, is_there)) = step.other else { return Ok(()) };
                let other = &self.gradients[slot];
                if is_there {
                    operators.add(images, size, [other, dy], other)
                } else {
                    operators.copy(images, size, dy, other)
                }
            }
            (Op::MaxPool(pool), Some(dx)) => {
                let dropout = self.masking(work, i, draws).map(|masking| masking.dropout);
                operators.max_pool_backward(
                    self.pooling(node, &pool.0),
                    images,
                    [&self.winners[i], dy],
                    dx,
                    dropout,
                )
            }
            (Op::AveragePool(pool), Some(dx)) => {
                let dropout = self.masking(work, i, draws).map(|masking| masking.dropout);
                operators.average_pool_backward(
                    self.pooling(node, &pool.0),
                    images,
                    [&self.winners[i], dy],
                    dx,
                    dropout,
                )
            }
            (Op::MeanPool(pool), Some(dx)) => operators.mean_pool_backward(pool, images.all(), dy, dx),
            (Op::Total(total), Some(dx)) => operators.total_backward(total, images.all(), dy, dx),
            (Op::Activation(function), Some(dx)) => {
                operators.activation_backward(*function, images, work.size(node.output), [x, y], dy, dx)
            }
            (Op::Embedding(tokens), _) => {
                let (rows, table) = (work.positions(node), node.parameters.start);
                operators.embedding_gradient(tokens, rows, x, dy, gradient, table)
            }
            // The gradient of what the table is added to is that of the output, which lies there already.
            (Op::Positions(_), _) => {
                let (places, table) = (work.places(node), node.parameters.start);
                operators.positions_gradient(places, images, dy, gradient, table)
            }
            (Op::Last(last), Some(dx)) => operators.last_backward(last, images.all(), dy, dx),
            (Op::Scaling(scaling), _) => {
                operators.scaling(&self.factors[i], images, scaling.factors.len(), dy, dy)
            }
            (Op::Attention(attention), Some(dx)) => {
                let (weights, room) = (&self.numbers[i], &self.partials);
                operators.attention_backward(attention, images.all(), x, weights, dy, dx, room)
            }
            (
                Op::MaxPool(_)
                | Op::AveragePool(_)
                | Op::MeanPool(_)
                | Op::Total(_)
                | Op::Activation(_)
                | Op::Attention(_)
                | Op::Last(_),
                None,
            ) => Ok(()),
        }
    }

    /// Adds the gradient of an input to what other readers have put there.
    fn collect(&self, work: Work<'_>, node: &Node, step: &Step) -> Result<(), DeviceError> {
        let (slot, part) = match step.dx {
            Some(Route::Add { slot, scratch }) => (slot, scratch),
            Some(Route::AddSame(slot)) => (slot, step.dy),
            Some(Route::Set(_) | Route::Same) | None => return Ok(()),
        };
        let (sum, part) = (&self.gradients[slot], &self.gradients[part]);
        work.operators.add(work.images, work.size(node.inputs[0]), [sum, part], sum)
    }

    /// Turns `dy` into the gradient before the rectifier and puts those of weight and bias into their places. A rectifier is
    /// always passed here, where all readers of the output have had their part, so that none has to do it on its way out.
    fn parameter_gradient(
        &self,
        work: Work<'_>,
        node: &Node,
        linear: Linear,
        [x, y]: [&Buffer; 2],
        dy: &Buffer,
        gradient: Parameters<'_>,
    ) -> Result<(), DeviceError> {
        let (operators, rows) = (work.operators, work.positions(node));
        let Linear { dims, relu, weight, bias } = linear;
        match bias {
            Some(bias) => {
                operators.bias_gradient(rows, dims[1], (y, relu), dy, &self.partials, gradient, bias)?;
            }
            None if relu => operators.unrectify(rows, dims[1], y, dy)?,
            None => {}
        }
        operators.affine_weight_gradient(rows, dims, x, dy, gradient, weight)
    }

    /// The same of a convolution on tensor cores, whose rectifier is passed on the way into the products.
    fn convolution_backward(
        &self,
        work: Work<'_>,
        i: usize,
        (x, dy, dx): (&Buffer, &Buffer, Option<&Buffer>),
        gradient: Parameters<'_>,
        draws: Draws<'_>,
    ) -> Result<(), DeviceError> {
        let Some((number, convolution)) = &self.convolutions[i] else { return Ok(()) };
        let Work { operators, images, parameters, .. } = work;
        let pool = convolution.shape.pool.map(|_| {
            let scale = self.masking(work, i + 1, draws).map_or(1.0, |masking| masking.dropout.scale());
            (&self.winners[i + 1], scale)
        });
        let upstream = Upstream { dy, open: &self.masks[i], pool };
        let parts = (&self.collection, *number);
        operators.convolution_gradients(convolution, images, x, upstream, parameters, parts, gradient, dx)
    }

    fn input_gradient(
        &self,
        work: Work<'_>,
        node: &Node,
        linear: Linear,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Result<(), DeviceError> {
        let rows = work.positions(node);
        work.operators.affine_input_gradient(rows, linear.dims, dy, work.parameters, linear.weight, dx)
    }

    fn windows_gradient(
        &self,
        work: Work<'_>,
        i: usize,
        conv: &Conv,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Result<(), DeviceError> {
        let node = &work.network.nodes()[i];
        // The windows have served; their place takes their gradients.
        let windows = &self.patches[i];
        self.input_gradient(work, node, Linear::convolution(node, conv), dy, windows)?;
        work.operators.sum_patches(conv, work.images.all(), windows, dx)
    }

    fn normalise_backward(
        &self,
        work: Work<'_>,
        i: usize,
        dy: &Buffer,
        dx: Option<&Buffer>,
        gradient: Parameters<'_>,
    ) -> Result<(), DeviceError> {
        let Work { network, parameters, .. } = work;
        let operators = self.operators(work, i);
        let (node, numbers, partials) = (&network.nodes()[i], &self.numbers[i], &self.partials);
        let (rows, x) = (work.positions(node), self.value(node.inputs[0]));
        let Some(norm) = Normalisation::of(&node.op, rows.per_replica) else { return Ok(()) };
        let offset = node.parameters.start;
        let (gains, gradient) = (Gains { parameters, offset }, Gains { parameters: gradient, offset });
        operators.gain_gradient(&norm, rows, x, numbers, dy, partials, gradient)?;
        let Some(dx) = dx else { return Ok(()) };
        match &node.op {
            Op::BatchNorm(_) => operators.batch_lines(&norm, rows, gains, gradient, numbers)?,
            _ => operators.lines(&norm, rows, x, numbers, gains, dy, partials)?,
        }
        operators.normalise_backward(&norm, rows, x, numbers, gains, dy, dx)
    }
}
