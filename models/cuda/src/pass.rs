//! Forward and backward pass of all replicas, in buffers that are made once.

use crate::operators::{Operators, Parameters, Rows};
use crate::{Buffer, Device, DeviceError, Footprint};
use models::{Network, Node, Op, Route};
use std::sync::Arc;

/// Activations, written-out windows and gradients of a batch of every replica, each in the place that the network's plan gives it.
pub(crate) struct Pass {
    activations: Vec<Buffer>,
    patches: Vec<Buffer>,
    winners: Vec<Buffer>,
    gradients: Vec<Buffer>,
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
            gradients: footprint.gradients.iter().map(floats).collect::<Result<_, _>>()?,
            partials: Buffer::zeros::<f32>(device, replicas * footprint.partials)?,
        })
    }

    /// Where the images go.
    pub fn input(&self) -> &Buffer {
        &self.activations[0]
    }

    /// The result of the last forward pass.
    pub fn logits(&self, network: &Network) -> &Buffer {
        self.value(network, network.values().len() - 1)
    }

    /// Where the gradient of the logits goes.
    pub fn upstream(&self, network: &Network) -> &Buffer {
        &self.gradients[network.plan().steps.last().map_or(0, |step| step.dy)]
    }

    fn value(&self, network: &Network, value: usize) -> &Buffer {
        &self.activations[network.plan().buffer[value]]
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
        for (i, node) in network.nodes().iter().enumerate() {
            let (x, y) = (self.value(network, node.inputs[0]), self.value(network, node.output));
            let (weight, bias) = places(node);
            match &node.op {
                Op::Conv(conv) => {
                    let (rows, dims, relu) = (pixels(conv, images), dimensions(conv), conv.relu);
                    let x = if conv.kernel == 1 {
                        x
                    } else {
                        operators.patches(conv, all, x, &self.patches[i])?;
                        &self.patches[i]
                    };
                    operators.affine(rows, dims, x, parameters, weight, y)?;
                    operators.add_bias(rows, conv.filters, y, parameters, bias, relu)?;
                }
                Op::Dense(affine) => {
                    let (rows, dims) = (positions(network, node, images), [affine.inputs, affine.outputs]);
                    operators.affine(rows, dims, x, parameters, weight, y)?;
                    operators.add_bias(rows, affine.outputs, y, parameters, bias, affine.relu)?;
                }
                Op::MaxPool(pool) => operators.max_pool(&pool.0, all, x, y, &self.winners[i])?,
                Op::AveragePool(pool) => operators.average_pool(pool, all, x, y)?,
                Op::Dropout(masked) => {
                    if let Some((keys, step)) = dropout {
                        let place = (masked.number, network.dropouts());
                        operators.dropout(&masked.dropout, images, y, keys, place, step)?;
                    }
                }
                _ => return Err(refusal(node)),
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
        for (i, node) in network.nodes().iter().enumerate().rev() {
            let (x, y) = (self.value(network, node.inputs[0]), self.value(network, node.output));
            let (weight, bias) = places(node);
            let step = network.plan().steps[i];
            let dy = &self.gradients[step.dy];
            let dx = match step.dx {
                Some(Route::Set(slot)) => Some(&self.gradients[slot]),
                Some(Route::Same) | None => None,
                Some(Route::Add { .. } | Route::AddSame(_)) => return Err(refusal(node)),
            };
            match &node.op {
                Op::Dropout(masked) => {
                    let (keys, step) = dropout;
                    let place = (masked.number, network.dropouts());
                    operators.dropout(&masked.dropout, images, dy, keys, place, step)?;
                }
                Op::Conv(conv) => {
                    let (rows, dims, after) = (pixels(conv, images), dimensions(conv), (y, conv.relu));
                    let x = if conv.kernel == 1 { x } else { &self.patches[i] };
                    let partials = &self.partials;
                    operators.bias_gradient(rows, conv.filters, after, dy, partials, gradient, bias)?;
                    operators.affine_weight_gradient(rows, dims, x, dy, gradient, weight)?;
                    match dx {
                        None => {}
                        Some(dx) if conv.kernel == 1 => {
                            operators.affine_input_gradient(rows, dims, dy, parameters, weight, dx)?;
                        }
                        Some(dx) => {
                            // The windows have served; their place takes their gradients.
                            let windows = &self.patches[i];
                            operators.affine_input_gradient(rows, dims, dy, parameters, weight, windows)?;
                            operators.sum_patches(conv, all, windows, dx)?;
                        }
                    }
                }
                Op::Dense(affine) => {
                    let (rows, dims) = (positions(network, node, images), [affine.inputs, affine.outputs]);
                    let (after, partials) = ((y, affine.relu), &self.partials);
                    operators.bias_gradient(rows, affine.outputs, after, dy, partials, gradient, bias)?;
                    operators.affine_weight_gradient(rows, dims, x, dy, gradient, weight)?;
                    if let Some(dx) = dx {
                        operators.affine_input_gradient(rows, dims, dy, parameters, weight, dx)?;
                    }
                }
                Op::MaxPool(pool) => {
                    if let Some(dx) = dx {
                        operators.max_pool_backward(&pool.0, all, &self.winners[i], dy, dx)?;
                    }
                }
                Op::AveragePool(pool) => {
                    if let Some(dx) = dx {
                        operators.average_pool_backward(pool, all, dy, dx)?;
                    }
                }
                _ => return Err(refusal(node)),
            }
        }
        Ok(())
    }
}

/// Refuses a network with an op that the device cannot compute.
pub(crate) fn check(network: &Network) -> Result<(), DeviceError> {
    for (node, step) in network.nodes().iter().zip(&network.plan().steps) {
        if let Some(op) = lacking(node) {
            return Err(DeviceError::NoOp { op });
        }
        if matches!(step.dx, Some(Route::Add { .. } | Route::AddSame(_))) {
            return Err(DeviceError::NoOp { op: "a value that two ops read" });
        }
    }
    Ok(())
}

/// For a network that was not checked.
fn refusal(node: &Node) -> DeviceError {
    DeviceError::NoOp { op: lacking(node).unwrap_or("a value that two ops read") }
}

/// What of a node the device cannot compute.
fn lacking(node: &Node) -> Option<&'static str> {
    match &node.op {
        Op::Conv(conv) if conv.stride > 1 || conv.padding > 0 => {
            Some("a convolution with a stride or a padding")
        }
        Op::Conv(conv) if node.parameters.len() == conv.weights() => Some("a convolution without bias"),
        Op::Conv(_) | Op::Dense(_) | Op::MaxPool(_) | Op::AveragePool(_) | Op::Dropout(_) => None,
        Op::Activation(_) => Some("an activation by itself"),
        Op::Add(_) => Some("a residual connection"),
        Op::BatchNorm(_) | Op::GroupNorm(_) | Op::LayerNorm(_) => Some("a normalisation"),
        Op::MeanPool(_) => Some("a mean over all positions"),
        Op::Embedding(_) | Op::Positions(_) => Some("an embedding"),
        Op::Attention(_) => Some("an attention"),
    }
}

/// Where a node's weight and its bias begin among a replica's parameters.
fn places(node: &Node) -> (usize, usize) {
    let weights = match &node.op {
        Op::Conv(conv) => conv.weights(),
        Op::Dense(affine) => affine.inputs * affine.outputs,
        _ => 0,
    };
    (node.parameters.start, node.parameters.start + weights)
}

/// One row per position of a node's output.
fn positions(network: &Network, node: &Node, images: Rows) -> Rows {
    Rows { per_replica: images.per_replica * network.values()[node.output].positions(), ..images }
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
