//! Convolutions.

use super::{Build, one, positive, yes};
use crate::builder::Builder;
use crate::ops::Op;
use crate::{ModelError, Shape};
use kernels::Conv;
use serde::{Deserialize, Serialize};

/// Settings of a convolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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

impl Build for ConvLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { filters, kernel, stride, padding, bias, relu } = self;
        positive(builder, &[("filters", filters), ("kernel", kernel), ("stride", stride)])?;
        let input @ Shape { height, width, channels } = builder.shape();
        if padding >= kernel {
            let accepted = format!("less than the kernel's {kernel} is accepted");
            return Err(builder.refusal(format!("a padding of {padding}"), accepted));
        }
        if padding > height.max(width) {
            let accepted = format!("at most a side of the image, which is {input}, is accepted");
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
