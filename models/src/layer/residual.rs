//! Layers made of layers.

use super::{Build, Layer, build_all, positive};
use crate::ModelError;
use crate::builder::Builder;
use crate::ops::{Add, Op};
use serde::{Deserialize, Serialize};

/// A branch, and what goes past it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    /// The branch.
    pub layers: Vec<Layer>,
    /// What goes past it, where the branch changes the shape; nothing is the value as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortcut: Vec<Layer>,
}

/// Layers several times over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    pub times: usize,
    /// The layers.
    pub layers: Vec<Layer>,
}

impl Build for Residual {
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

impl Build for Repeat {
    fn build(&self, builder: &mut Builder) -> Result<(), ModelError> {
        positive(builder, &[("times", self.times)])?;
        if self.layers.is_empty() {
            return Err(builder.refusal("no layers", "at least one is needed to be repeated"));
        }
        for _ in 0..self.times {
            build_all(builder, "layers", &self.layers)?;
        }
        Ok(())
    }
}
