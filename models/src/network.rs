//! A model made concrete: every layer's kernel, every parameter's place.

use crate::{Layer, Layout, Model, ModelError, Shape};
use kernels::{Affine, AveragePool, Conv, Dropout, MaxPool, Window};
use std::ops::Range;

/// A layer with its geometry and the places of its parameters.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Conv { conv: Conv, weight: Range<usize>, bias: Range<usize> },
    Dense { affine: Affine, weight: Range<usize>, bias: Range<usize> },
    MaxPool(MaxPool),
    AveragePool(AveragePool),
    Dropout(Dropout),
}

/// A network ready to compute: kernels in order and the layout of a replica's parameters.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) ops: Vec<Op>,
    /// Numbers per image after each op; `sizes[0]` is the input.
    pub(crate) sizes: Vec<usize>,
    pub(crate) classes: usize,
    input: Shape,
    layout: Layout,
}

impl Network {
    /// Builds `model` for images of `input` shape and `classes` classes.
    ///
    /// # Errors
    /// If the model's settings are out of range or do not fit the images.
    pub fn new(model: &Model, input: Shape, classes: usize) -> Result<Self, ModelError> {
        let layers = model.layers(input, classes)?;
        let mut layout = Layout::default();
        let mut shape = input;
        let (mut ops, mut sizes) = (Vec::new(), vec![input.size()]);
        let (mut convs, mut denses) = (0, 0);
        for layer in layers {
            let Shape { height, width, channels } = shape;
            let op = match layer {
                Layer::Conv { filters, kernel } => {
                    convs += 1;
                    let conv = Conv { height, width, channels, kernel, filters, relu: true };
                    let (height, width) = conv.output();
                    shape = Shape { height, width, channels: filters };
                    let weight = vec![kernel, kernel, channels, filters];
                    Op::Conv {
                        conv,
                        weight: layout.push(format!("conv{convs}.weight"), weight),
                        bias: layout.push(format!("conv{convs}.bias"), vec![filters]),
                    }
                }
                Layer::Dense { units, relu } => {
                    denses += 1;
                    let inputs = shape.size();
                    shape = Shape { height: 1, width: 1, channels: units };
                    Op::Dense {
                        affine: Affine { inputs, outputs: units, relu },
                        weight: layout.push(format!("dense{denses}.weight"), vec![inputs, units]),
                        bias: layout.push(format!("dense{denses}.bias"), vec![units]),
                    }
                }
                Layer::MaxPool { kernel, stride } => {
                    let window = Window { height, width, channels, kernel, stride };
                    let (height, width) = window.output();
                    shape = Shape { height, width, channels };
                    Op::MaxPool(MaxPool(window))
                }
                Layer::AveragePool { kernel, stride } => {
                    let window = Window { height, width, channels, kernel, stride };
                    let (height, width) = window.output();
                    shape = Shape { height, width, channels };
                    Op::AveragePool(AveragePool(window))
                }
                Layer::Dropout { rate } => Op::Dropout(Dropout { rate, size: shape.size() }),
            };
            ops.push(op);
            sizes.push(shape.size());
        }
        Ok(Self { ops, sizes, classes, input, layout })
    }

    /// Names, shapes and places of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.layout.size()
    }

    /// Shape of an input image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of dropout layers: each has a stream of its own.
    pub fn dropouts(&self) -> usize {
        self.ops.iter().filter(|op| matches!(op, Op::Dropout(_))).count()
    }

    /// Floating-point operations of the matrix products of a forward pass over one image. A training step needs
    /// three times as many, less the input gradient of the first layer.
    pub fn forward_flop(&self) -> u64 {
        let products = self.ops.iter().map(|op| match op {
            Op::Conv { conv, .. } => {
                let (height, width) = conv.output();
                height * width * conv.kernel * conv.kernel * conv.channels * conv.filters
            }
            Op::Dense { affine, .. } => affine.inputs * affine.outputs,
            _ => 0,
        });
        2 * products.sum::<usize>() as u64
    }
}
