//! Pooling.

use super::{Build, positive};
use crate::builder::Builder;
use crate::ops::{Last, Op};
use crate::{ModelError, Shape};
use kernels::{AveragePool, MaxPool, MeanPool, Total, Window};
use serde::{Deserialize, Serialize};

/// Settings of a pooling layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pooling {
    /// Side of the window.
    pub kernel: usize,
    /// Distance between windows.
    pub stride: usize,
}

/// Settings of a maximum pooling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct MaxPooling(pub Pooling);

/// Settings of an average pooling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct AveragePooling(pub Pooling);

impl Build for MaxPooling {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        self.0.over(builder, |window| Op::MaxPool(MaxPool(window)))
    }
}

impl Build for AveragePooling {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        self.0.over(builder, |window| Op::AveragePool(AveragePool(window)))
    }
}

impl Pooling {
    fn over(&self, builder: &mut Builder, op: impl FnOnce(Window) -> Op) -> Result<(), ModelError> {
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

/// Mean over all positions.
pub(super) fn mean_pool(builder: &mut Builder) -> Result<(), ModelError> {
    let shape = builder.shape();
    let (positions, channels) = (shape.positions(), shape.channels);
    builder.push(Op::MeanPool(MeanPool { positions, channels }), Shape::vector(channels), 0..0)
}

/// Sum of all numbers of an example.
pub(super) fn sum(builder: &mut Builder) -> Result<(), ModelError> {
    let size = builder.shape().size();
    builder.push(Op::Total(Total { size }), Shape::vector(1), 0..0)
}

/// The channels of the last position.
pub(super) fn last(builder: &mut Builder) -> Result<(), ModelError> {
    let shape = builder.shape();
    let (positions, channels) = (shape.positions(), shape.channels);
    builder.push(Op::Last(Last { positions, channels }), Shape::vector(channels), 0..0)
}
