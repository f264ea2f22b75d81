//! A model made concrete: every layer's kernel, every parameter's place.

use crate::pass::SHARD;
use crate::{Layer, Model, ModelError, Shape};
use kernels::{Affine, AveragePool, Conv, Dropout, MaxPool, Real, Window};
use rayon::prelude::*;
use rule::Layout;
use std::ops::Range;

/// Numbers that an op may read and write and still find them in a cache of the second level, roughly. Part of the
/// order of summation, hence the same on every machine.
const NEAR: usize = 300_000;

/// Parameters of a network, at most: four gigabytes for each of their copies.
const MOST_PARAMETERS: f64 = 1e9;

/// Refuses a layer of `units` units with `inputs` weights each on top of `so_far` parameters, before anything of its size is
/// asked for. In floating point, where no size overflows.
fn check_size(so_far: usize, inputs: usize, units: usize) -> Result<(), ModelError> {
    let parameters = so_far as f64 + (inputs as f64 + 1.0) * units as f64;
    if parameters <= MOST_PARAMETERS {
        return Ok(());
    }
    Err(ModelError {
        key: "model",
        value: format!("a network of {parameters:.1e} parameters"),
        accepted: format!("at most {MOST_PARAMETERS:e} are accepted"),
    })
}

/// A layer with its geometry and the places of its parameters.
#[derive(Clone, Debug)]
pub enum Op {
    /// Convolution, bias, rectifier.
    Conv {
        /// Its geometry.
        conv: Conv,
        /// Place of the weight in a replica's parameters.
        weight: Range<usize>,
        /// Place of the bias, right behind it.
        bias: Range<usize>,
    },
    /// Dense layer, bias, maybe a rectifier.
    Dense {
        /// Its geometry.
        affine: Affine,
        /// Place of the weight in a replica's parameters.
        weight: Range<usize>,
        /// Place of the bias, right behind it.
        bias: Range<usize>,
    },
    /// Maximum pooling.
    MaxPool(MaxPool),
    /// Average pooling.
    AveragePool(AveragePool),
    /// Dropout.
    Dropout {
        /// Its geometry and rate.
        dropout: Dropout,
        /// Counts the dropout layers: each has a stream of its own.
        number: usize,
    },
}

impl Op {
    /// Whether its output is that of a rectifier.
    pub fn rectified(&self) -> bool {
        match self {
            Self::Conv { conv, .. } => conv.relu,
            Self::Dense { affine, .. } => affine.relu,
            _ => false,
        }
    }
}

/// A network ready to compute: kernels in order and the layout of a replica's parameters.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) ops: Vec<Op>,
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
        let (mut convs, mut denses, mut dropouts) = (0, 0, 0);
        for layer in layers {
            let Shape { height, width, channels } = shape;
            let op = match layer {
                Layer::Conv { filters, kernel } => {
                    convs += 1;
                    check_size(layout.len(), kernel * kernel * channels, filters)?;
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
                    check_size(layout.len(), inputs, units)?;
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
                Layer::Dropout { rate } => {
                    dropouts += 1;
                    Op::Dropout { dropout: Dropout { rate, size: shape.size() }, number: dropouts - 1 }
                }
            };
            ops.push(op);
            sizes.push(shape.size());
        }
        Ok(Self { ops, sizes, classes, input, layout })
    }

    /// The layers in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Numbers per image after each op; the first is the input's.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Index of the buffer that holds the input of op `i`: dropout works in place, so what follows it reads the buffer
    /// before it.
    pub fn source(&self, i: usize) -> usize {
        if i > 0 && matches!(self.ops[i - 1], Op::Dropout { .. }) { i - 1 } else { i }
    }

    /// The transposed weights that backward passes need, in the places of the weights.
    pub(crate) fn transpose<F: Real>(&self, parameters: &[F], mut transposed: &mut [F]) {
        let mut tasks = Vec::new();
        let mut done = 0;
        for op in &self.ops {
            if let Op::Conv { weight, .. } | Op::Dense { weight, .. } = op {
                let (place, rest) = transposed[weight.start - done..].split_at_mut(weight.len());
                tasks.push((op, &parameters[weight.clone()], place));
                (transposed, done) = (rest, weight.end);
            }
        }
        tasks.into_par_iter().for_each(|(op, weight, place)| match op {
            Op::Conv { conv, .. } => conv.transpose(weight, place),
            Op::Dense { affine, .. } => affine.transpose(weight, place),
            _ => {}
        });
    }

    /// The place of some images' numbers in the buffer after op `i - 1`.
    pub(crate) fn numbers(&self, i: usize, images: &Range<usize>) -> Range<usize> {
        images.start * self.sizes[i]..images.end * self.sizes[i]
    }

    /// The ops at the start that work on so many numbers per image that few images at a time keep them near the
    /// processor, and how many images those are.
    pub(crate) fn head(&self) -> (usize, usize) {
        let at_once = |i: usize| (NEAR / (self.sizes[i] + self.sizes[i + 1])).clamp(1, SHARD);
        let ops = (0..self.ops.len()).rev().find(|&i| at_once(i) < SHARD).map_or(0, |i| i + 1);
        (ops, (0..ops).map(at_once).min().unwrap_or(SHARD))
    }

    /// Names, shapes and places of the parameters: `[kernel, kernel, in, out]` for convolutions, `[in, out]` for dense
    /// layers, `[out]` for biases.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.layout.len()
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
        self.ops.iter().filter(|op| matches!(op, Op::Dropout { .. })).count()
    }

    /// Floating-point operations of the matrix products of a forward pass over one image.
    pub fn forward_flop(&self) -> u64 {
        self.products().sum()
    }

    /// The same of a training step: three times as many, less the input gradient of the first layer.
    pub fn step_flop(&self) -> u64 {
        3 * self.forward_flop() - self.products().next().unwrap_or(0)
    }

    /// Operations of each op's product in a forward pass over one image.
    fn products(&self) -> impl Iterator<Item = u64> {
        let products = self.ops.iter().map(|op| match op {
            Op::Conv { conv, .. } => {
                let (height, width) = conv.output();
                height * width * conv.kernel * conv.kernel * conv.channels * conv.filters
            }
            Op::Dense { affine, .. } => affine.inputs * affine.outputs,
            _ => 0,
        });
        products.map(|n| 2 * n as u64)
    }
}
