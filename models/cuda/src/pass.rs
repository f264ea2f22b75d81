//! Forward and backward pass of all replicas, in buffers that are made once.

use crate::operators::{Operators, Parameters, Rows};
use crate::{Buffer, Device, DeviceError, Footprint};
use models::{Network, Op};
use std::sync::Arc;

/// Activations, written-out windows and gradients of a batch of every replica.
pub(crate) struct Pass {
    activations: Vec<Buffer>,
    patches: Vec<Buffer>,
    winners: Vec<Buffer>,
    gradients: [Buffer; 2],
    partials: Buffer,
}

impl Pass {
    pub fn new(
        device: &Arc<dyn Device>,
        footprint: &Footprint,
        replicas: usize,
        batch_size: usize,
    ) -> Result<Self, DeviceError> {
        let images = replicas * batch_size;
        let floats = |n: &usize| Buffer::zeros::<f32>(device, n * images);
        let bytes = |n: &usize| Buffer::zeros::<u8>(device, n * images);
        Ok(Self {
            activations: footprint.activations.iter().map(floats).collect::<Result<_, _>>()?,
            patches: footprint.patches.iter().map(floats).collect::<Result<_, _>>()?,
            winners: footprint.winners.iter().map(bytes).collect::<Result<_, _>>()?,
            gradients: [floats(&footprint.widest)?, floats(&footprint.widest)?],
            partials: Buffer::zeros::<f32>(device, replicas * footprint.partials)?,
        })
    }

    /// Where the images go.
    pub fn input(&self) -> &Buffer {
        &self.activations[0]
    }

    /// The result of the last forward pass.
    pub fn logits(&self) -> &Buffer {
        &self.activations[self.activations.len() - 1]
    }

    /// Where the gradient of the logits goes.
    pub fn upstream(&self) -> &Buffer {
        &self.gradients[0]
    }

    /// Runs the network on the images of the input buffer; with dropout if given its keys and the step.
    pub fn forward(
        &self,
        operators: &Operators,
        network: &Network,
        parameters: Parameters<'_>,
        images: Rows,
        dropout: Option<(&Buffer, u64)>,
    ) -> Result<(), DeviceError> {
        let all = images.per_replica * images.replicas;
        for (i, op) in network.ops().iter().enumerate() {
            let (x, y) = (&self.activations[network.source(i)], &self.activations[i + 1]);
            match op {
                Op::Conv { conv, weight, bias } => {
                    let (rows, dims, relu) = (pixels(conv, images), dimensions(conv), conv.relu);
                    let x = if conv.kernel == 1 {
                        x
                    } else {
                        operators.patches(conv, all, x, &self.patches[i])?;
                        &self.patches[i]
                    };
                    operators.affine(rows, dims, x, parameters, weight.start, y)?;
                    operators.add_bias(rows, conv.filters, y, parameters, bias.start, relu)?;
                }
                Op::Dense { affine, weight, bias } => {
                    let dims = [affine.inputs, affine.outputs];
                    operators.affine(images, dims, x, parameters, weight.start, y)?;
                    operators.add_bias(images, affine.outputs, y, parameters, bias.start, affine.relu)?;
                }
                Op::MaxPool(pool) => operators.max_pool(&pool.0, all, x, y, &self.winners[i])?,
                Op::AveragePool(pool) => operators.average_pool(pool, all, x, y)?,
                Op::Dropout { dropout: layer, number } => {
                    if let Some((keys, step)) = dropout {
                        operators.dropout(layer, images, x, keys, (*number, network.dropouts()), step)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// From the gradient of the logits to that of the parameters, after a forward pass with the same `dropout`.
    pub fn backward(
        &self,
        operators: &Operators,
        network: &Network,
        parameters: Parameters<'_>,
        gradient: Parameters<'_>,
        images: Rows,
        dropout: (&Buffer, u64),
    ) -> Result<(), DeviceError> {
        let all = images.per_replica * images.replicas;
        let [mut dy, mut dx] = self.gradients.each_ref();
        for (i, op) in network.ops().iter().enumerate().rev() {
            let (x, y) = (&self.activations[network.source(i)], &self.activations[i + 1]);
            match op {
                Op::Dropout { dropout: layer, number } => {
                    let (keys, step) = dropout;
                    operators.dropout(layer, images, dy, keys, (*number, network.dropouts()), step)?;
                    continue;
                }
                Op::Conv { conv, weight, bias } => {
                    let (rows, dims, after) = (pixels(conv, images), dimensions(conv), (y, conv.relu));
                    let x = if conv.kernel == 1 { x } else { &self.patches[i] };
                    operators.bias_gradient(
                        rows,
                        conv.filters,
                        after,
                        dy,
                        &self.partials,
                        gradient,
                        bias.start,
                    )?;
                    operators.affine_weight_gradient(rows, dims, x, dy, gradient, weight.start)?;
                    if i > 0 && conv.kernel == 1 {
                        operators.affine_input_gradient(rows, dims, dy, parameters, weight.start, dx)?;
                    } else if i > 0 {
                        // The windows have served; their place takes their gradients.
                        let windows = &self.patches[i];
                        operators.affine_input_gradient(rows, dims, dy, parameters, weight.start, windows)?;
                        operators.sum_patches(conv, all, windows, dx)?;
                    }
                }
                Op::Dense { affine, weight, bias } => {
                    let (dims, after) = ([affine.inputs, affine.outputs], (y, affine.relu));
                    operators.bias_gradient(
                        images,
                        affine.outputs,
                        after,
                        dy,
                        &self.partials,
                        gradient,
                        bias.start,
                    )?;
                    operators.affine_weight_gradient(images, dims, x, dy, gradient, weight.start)?;
                    if i > 0 {
                        operators.affine_input_gradient(images, dims, dy, parameters, weight.start, dx)?;
                    }
                }
                Op::MaxPool(pool) => operators.max_pool_backward(&pool.0, all, &self.winners[i], dy, dx)?,
                Op::AveragePool(pool) => operators.average_pool_backward(pool, all, dy, dx)?,
            }
            std::mem::swap(&mut dy, &mut dx);
        }
        Ok(())
    }
}

/// The product behind a convolution: terms and columns.
fn dimensions(conv: &kernels::Conv) -> [usize; 2] {
    [conv.kernel * conv.kernel * conv.channels, conv.filters]
}

/// One row per output pixel.
fn pixels(conv: &kernels::Conv, images: Rows) -> Rows {
    let (height, width) = conv.output();
    Rows { per_replica: images.per_replica * height * width, ..images }
}
