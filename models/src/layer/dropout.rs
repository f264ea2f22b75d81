//! Dropout.

use super::Build;
use crate::ModelError;
use crate::builder::Builder;
use crate::ops::{Masked, Op};
use kernels::Dropout;
use serde::{Deserialize, Serialize};

/// Settings of a dropout layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropoutLayer {
    /// Probability of dropping an activation.
    pub rate: f64,
}

impl Build for DropoutLayer {
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
