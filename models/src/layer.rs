//! Layers as they are written in a configuration, and the ops each is made of.

use crate::builder::Builder;
use crate::ops::{Add, Masked, NormalisedRows, Op};
use crate::{ModelError, Shape};
use kernels::{
    Activation, Affine, AveragePool, BatchNorm, Conv, Dropout, GroupNorm, LayerNorm, MaxPool, MeanPool,
    Window,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Convolution.
    Conv(ConvLayer),
    /// Dense layer over the flattened input.
    Dense(DenseLayer),
    /// The same affine map of the channels at every position.
    Linear(DenseLayer),
    /// Maximum pooling.
    MaxPool(Pooling),
    /// Average pooling.
    AveragePool(Pooling),
    /// Mean over all positions.
    MeanPool,
    /// Dropout, active in training only.
    Dropout(DropoutLayer),
    /// `max(0, x)`.
    Relu,
    /// `x Φ(x)` with the distribution of the normal law.
    Gelu,
    /// The same with its approximation by a hyperbolic tangent.
    GeluTanh,
    /// Hyperbolic tangent.
    Tanh,
    /// `x / (1 + exp(−x))`.
    Silu,
    /// Batch normalisation.
    BatchNorm(BatchNormLayer),
    /// Group normalisation.
    GroupNorm(GroupNormLayer),
    /// Layer normalisation of the channels of every position.
    LayerNorm(LayerNormLayer),
    /// What the layers make of a value, added to the value.
    Residual(Residual),
    /// Layers several times over, each time with parameters of their own.
    Repeat(Repeat),
}

/// Settings of a convolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvLayer {
    /// Output channels.
    pub filters: usize,
    /// Side of the window.
    pub kernel: usize,
    /// Distance between windows.
    #[serde(default = "one")]
    pub stride: usize,
    /// Zeros around the image, on every side.
    #[serde(default)]
    pub padding: usize,
    /// Whether it has a bias.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Whether a rectifier follows.
    #[serde(default)]
    pub relu: bool,
}

/// Settings of an affine map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// Outputs.
    pub units: usize,
    /// Whether it has a bias.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Whether a rectifier follows.
    #[serde(default)]
    pub relu: bool,
}

/// Settings of a pooling layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooling {
    /// Side of the window.
    pub kernel: usize,
    /// Distance between windows.
    pub stride: usize,
}

/// Settings of a dropout layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutLayer {
    /// Probability of dropping an activation.
    pub rate: f64,
}

/// Settings of a batch normalisation, as PyTorch's by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNormLayer {
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
    /// The weight of a batch's statistics in the running ones.
    #[serde(default = "tenth")]
    pub momentum: f64,
}

/// Settings of a group normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNormLayer {
    /// Groups of neighbouring channels; a divisor of their number.
    pub groups: usize,
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
}

/// Settings of a layer normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNormLayer {
    /// What is added to a variance.
    #[serde(default = "small")]
    pub eps: f64,
}

/// A branch, and what goes past it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The branch.
    pub layers: Vec<Layer>,
    /// What goes past it, where the branch changes the shape; nothing is the value as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortcut: Vec<Layer>,
}

/// Layers several times over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    pub times: usize,
    /// The layers.
    pub layers: Vec<Layer>,
}

fn one() -> usize {
    1
}

fn small() -> f64 {
    1e-5
}

fn tenth() -> f64 {
    0.1
}

fn yes() -> bool {
    true
}

impl Layer {
    /// Its key in a configuration.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Conv(_) => "conv",
            Self::Dense(_) => "dense",
            Self::Linear(_) => "linear",
            Self::MaxPool(_) => "max-pool",
            Self::AveragePool(_) => "average-pool",
            Self::MeanPool => "mean-pool",
            Self::Dropout(_) => "dropout",
            Self::Relu => "relu",
            Self::Gelu => "gelu",
            Self::GeluTanh => "gelu-tanh",
            Self::Tanh => "tanh",
            Self::Silu => "silu",
            Self::BatchNorm(_) => "batch-norm",
            Self::GroupNorm(_) => "group-norm",
            Self::LayerNorm(_) => "layer-norm",
            Self::Residual(_) => "residual",
            Self::Repeat(_) => "repeat",
        }
    }

    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        match self {
            Self::Conv(layer) => layer.build(builder),
            Self::Dense(layer) => layer.build(builder, Shape::vector(builder.shape().size())),
            Self::Linear(layer) => layer.build(builder, builder.shape()),
            Self::MaxPool(layer) => layer.build(builder, |window| Op::MaxPool(MaxPool(window))),
            Self::AveragePool(layer) => layer.build(builder, |window| Op::AveragePool(AveragePool(window))),
            Self::MeanPool => mean_pool(builder),
            Self::Dropout(layer) => layer.build(builder),
            Self::Relu => activation(builder, Activation::Rectifier),
            Self::Gelu => activation(builder, Activation::Gelu),
            Self::GeluTanh => activation(builder, Activation::GeluTanh),
            Self::Tanh => activation(builder, Activation::Tanh),
            Self::Silu => activation(builder, Activation::Silu),
            Self::BatchNorm(layer) => layer.build(builder),
            Self::GroupNorm(layer) => layer.build(builder),
            Self::LayerNorm(layer) => layer.build(builder),
            Self::Residual(layer) => layer.build(builder),
            Self::Repeat(layer) => layer.build(builder),
        }
    }
}

/// Adds layers, one behind the other; `key` is what their list is called where they are written.
pub(crate) fn build_all(builder: &mut Builder, key: &str, layers: &[Layer]) -> Result<(), ModelError> {
    for (i, layer) in layers.iter().enumerate() {
        builder.within(&format!("{key}[{i}].{}", layer.key()), |builder| layer.build(builder))?;
    }
    Ok(())
}

fn activation(builder: &mut Builder, activation: Activation) -> Result<(), ModelError> {
    builder.push(Op::Activation(activation), builder.shape(), 0..0)
}

fn mean_pool(builder: &mut Builder) -> Result<(), ModelError> {
    let shape = builder.shape();
    let (positions, channels) = (shape.positions(), shape.channels);
    builder.push(Op::MeanPool(MeanPool { positions, channels }), Shape::vector(channels), 0..0)
}

/// Room for the gain and the shift of a normalisation's channels.
fn gain_and_shift(builder: &mut Builder, channels: usize, eps: f64) -> Result<Range<usize>, ModelError> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(builder.refusal(format!("eps {eps}"), "a number above 0 is accepted"));
    }
    let name = format!("norm{}", builder.number("norm"));
    builder.parameters(&name, &[("gain", vec![channels]), ("shift", vec![channels])])
}

/// Settings of which one must be above zero.
fn positive(builder: &Builder, settings: &[(&str, usize)]) -> Result<(), ModelError> {
    match settings.iter().find(|(_, value)| *value == 0) {
        Some((name, _)) => Err(builder.refusal(format!("{name} 0"), "a whole number from 1 on is accepted")),
        None => Ok(()),
    }
}

impl ConvLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { filters, kernel, stride, padding, bias, relu } = self;
        positive(builder, &[("filters", filters), ("kernel", kernel), ("stride", stride)])?;
        let input @ Shape { height, width, channels } = builder.shape();
        if padding >= kernel {
            let accepted = format!("less than the kernel's {kernel} is accepted");
            return Err(builder.refusal(format!("a padding of {padding}"), accepted));
        }
        if height.min(width) + 2 * padding < kernel {
            let value = format!("a {kernel} x {kernel} window on an image of {input}");
            return Err(builder.refusal(value, "the image must be as large as the window, or be padded"));
        }
        let name = format!("conv{}", builder.number("conv"));
        let mut tensors = vec![("weight", vec![kernel, kernel, channels, filters])];
        tensors.extend(bias.then(|| ("bias", vec![filters])));
        let parameters = builder.parameters(&name, &tensors)?;
        let conv = Conv { height, width, channels, kernel, filters, stride, padding, relu };
        let (height, width) = conv.output();
        builder.push(Op::Conv(conv), Shape { height, width, channels: filters }, parameters)
    }
}

impl DenseLayer {
    /// Over an input of this shape: a vector, or positions with channels.
    fn build(&self, builder: &mut Builder, input: Shape) -> Result<(), ModelError> {
        let &Self { units, bias, relu } = self;
        positive(builder, &[("units", units)])?;
        let Shape { height, width, channels: inputs } = input;
        let name = format!("dense{}", builder.number("dense"));
        let mut tensors = vec![("weight", vec![inputs, units])];
        tensors.extend(bias.then(|| ("bias", vec![units])));
        let parameters = builder.parameters(&name, &tensors)?;
        let op = if bias {
            Op::Dense(Affine { inputs, outputs: units, relu })
        } else {
            let (kernel, stride, padding) = (1, 1, 0);
            Op::Conv(Conv { height, width, channels: inputs, kernel, filters: units, stride, padding, relu })
        };
        builder.push(op, Shape { channels: units, ..input }, parameters)
    }
}

impl Pooling {
    fn build(&self, builder: &mut Builder, op: impl FnOnce(Window) -> Op) -> Result<(), ModelError> {
        let &Self { kernel, stride } = self;
        positive(builder, &[("kernel", kernel), ("stride", stride)])?;
        let input @ Shape { height, width, channels } = builder.shape();
        if height.min(width) < kernel {
            let value = format!("a {kernel} x {kernel} window on an image of {input}");
            return Err(builder.refusal(value, "the image must be as large as the window"));
        }
        // The place of a maximum is kept in a byte.
        if kernel > 15 {
            return Err(builder.refusal(format!("kernel {kernel}"), "a side of at most 15 is accepted"));
        }
        let window = Window { height, width, channels, kernel, stride };
        let (height, width) = window.output();
        builder.push(op(window), Shape { height, width, channels }, 0..0)
    }
}

impl DropoutLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        if !(0.0..1.0).contains(&self.rate) {
            let accepted = "a rate from 0 up to, not including, 1 is accepted";
            return Err(builder.refusal(format!("rate {}", self.rate), accepted));
        }
        let shape = builder.shape();
        let number = builder.number("dropout") - 1;
        let dropout = Dropout { rate: self.rate, size: shape.size() };
        builder.push(Op::Dropout(Masked { dropout, number }), shape, 0..0)
    }
}

impl BatchNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { eps, momentum } = self;
        if !(momentum > 0.0 && momentum <= 1.0) {
            let accepted = "a number above 0 and at most 1 is accepted";
            return Err(builder.refusal(format!("momentum {momentum}"), accepted));
        }
        let shape = builder.shape();
        let channels = shape.channels;
        let parameters = gain_and_shift(builder, channels, eps)?;
        builder.push(Op::BatchNorm(BatchNorm { channels, eps, momentum }), shape, parameters)?;
        builder.keep_statistics(2 * channels);
        Ok(())
    }
}

impl GroupNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { groups, eps } = self;
        let shape = builder.shape();
        let (positions, channels) = (shape.positions(), shape.channels);
        if groups == 0 || !channels.is_multiple_of(groups) {
            let accepted = format!("a divisor of the {channels} channels is accepted");
            return Err(builder.refusal(format!("groups {groups}"), accepted));
        }
        let parameters = gain_and_shift(builder, channels, eps)?;
        builder.push(Op::GroupNorm(GroupNorm { positions, channels, groups, eps }), shape, parameters)
    }
}

impl LayerNormLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let shape = builder.shape();
        let parameters = gain_and_shift(builder, shape.channels, self.eps)?;
        let norm = LayerNorm { size: shape.channels, eps: self.eps };
        let op = NormalisedRows { norm, positions: shape.positions() };
        builder.push(Op::LayerNorm(op), shape, parameters)
    }
}

impl Residual {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        if self.layers.is_empty() {
            return Err(builder.refusal("a branch without layers", "a branch needs at least one"));
        }
        let start = builder.value();
        build_all(builder, "layers", &self.layers)?;
        let branch = builder.value();
        builder.go_on_from(start);
        build_all(builder, "shortcut", &self.shortcut)?;
        let (past, shape) = (builder.value(), builder.shape());
        builder.go_on_from(branch);
        if builder.shape() != shape {
            let value = format!("a branch that ends with {} beside a shortcut of {shape}", builder.shape());
            return Err(builder.refusal(value, "what is added must have one shape"));
        }
        builder.join(Op::Add(Add), vec![branch, past], shape, 0..0)
    }
}

impl Repeat {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        for _ in 0..self.times {
            build_all(builder, "layers", &self.layers)?;
        }
        Ok(())
    }
}
