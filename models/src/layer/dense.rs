//! Affine maps: of a flattened input, and of every position's channels.

use super::{Build, positive, yes};
use crate::builder::Builder;
use crate::ops::Op;
use crate::{ModelError, Shape};
use kernels::{Affine, Conv};
use serde::{Deserialize, Serialize};

/// Settings of an affine map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
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

/// Settings of an affine map of every position's channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct LinearLayer(pub DenseLayer);

impl Build for DenseLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let input = Shape::vector(builder.shape().size());
        self.over(builder, input, "dense")
    }
}

impl Build for LinearLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let input = builder.shape();
        self.0.over(builder, input, "dense")
    }
}

impl DenseLayer {
    /// Over an input of this shape, a vector or positions with channels, and named after its kind.
    pub(super) fn over(
        &self,
        builder: &mut Builder,
        input: Shape,
        kind: &'static str,
    ) -> Result<(), ModelError> {
        let &Self { units, bias, relu } = self;
        positive(builder, &[("units", units)])?;
        let Shape { height, width, channels: inputs } = input;
        let name = format!("{kind}{}", builder.number(kind));
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
