//! Fixed factors.

use super::Build;
use crate::ModelError;
use crate::builder::Builder;
use crate::ops::{Op, Scaling};
use serde::{Deserialize, Serialize};

/// Settings of fixed factors: the first number of an example is multiplied by `from`, the last by `to`, those between by a geometric progression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingLayer {
    /// Factor of the first number.
    pub from: f64,
    /// Factor of the last number.
    pub to: f64,
}

impl Build for ScalingLayer {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        let &Self { from, to } = self;
        for (key, value) in [("from", from), ("to", to)] {
            if !(value > 0.0 && (value as f32).is_normal()) {
                let accepted = "a positive number that single precision has is accepted";
                return Err(builder.refusal(format!("{key} {value}"), accepted));
            }
        }
        let shape = builder.shape();
        let last = (shape.size() - 1).max(1) as f64;
        let factors = (0..shape.size()).map(|i| from * (to / from).powf(i as f64 / last)).collect();
        builder.push(Op::Scaling(Scaling { factors }), shape, 0..0)
    }
}
