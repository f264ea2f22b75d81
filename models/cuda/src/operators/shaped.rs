//! Kernels that the shape of an op is compiled into, so that what is divided by is known.

use super::{Normalisation, Operators, Places, Pooling, pools};
use crate::DeviceError;
use kernels::Attention;
use models::Tokens;
use std::sync::Arc;

/// An op with such kernels. Convolutions on tensor cores have theirs by themselves.
#[derive(Clone, Copy)]
pub(crate) enum Shaped<'a> {
    Pooling(Pooling<'a>),
    Normalisation(Normalisation),
    Embedding(&'a Tokens),
    Positions(Places),
    Attention(&'a Attention),
}

impl Shaped<'_> {
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Pooling(_) => &["max_pool", "max_pool_backward", "average_pool", "average_pool_backward"],
            Self::Normalisation(_) => &[
                "moments",
                "statistics",
                "running_statistics",
                "normalise",
                "gain_partials",
                "gain_gradient",
                "line_partials",
                "lines",
                "batch_lines",
                "normalise_backward",
            ],
            Self::Embedding(_) => &["embedding", "embedding_gradient"],
            Self::Positions(_) => &["positions", "positions_gradient"],
            Self::Attention(_) => &["split_heads", "merge_heads", "attention", "attention_backward"],
        }
    }

    /// Lengths by the names that the kernels know them by.
    fn constants(&self) -> Vec<(&'static str, usize)> {
        match *self {
            Self::Pooling(Pooling { window, .. }) => {
                let (height, width) = window.output();
                vec![
                    ("height", window.height),
                    ("width", window.width),
                    ("channels", window.channels),
                    ("kernel", window.kernel),
                    ("stride", window.stride),
                    ("height_out", height),
                    ("width_out", width),
                ]
            }
            Self::Normalisation(norm) => {
                let members = norm.channels / norm.groups;
                vec![("channels", norm.channels), ("groups", norm.groups), ("members", members)]
            }
            Self::Embedding(tokens) => {
                vec![("vocabulary", tokens.vocabulary), ("width", tokens.embedding.width)]
            }
            Self::Positions(places) => vec![("time", places.time), ("width", places.width)],
            Self::Attention(&Attention { time, width, heads, .. }) => {
                vec![("time", time), ("width", width), ("heads", heads), ("size", width / heads)]
            }
        }
    }

    /// The kernels with this shape.
    pub fn source(&self) -> String {
        let constant = |(name, value)| format!("static const unsigned int {name} = {value}u;\n");
        let constants: String = self.constants().into_iter().map(constant).collect();
        let text = match self {
            Self::Pooling(pooling) => return pools::types(pooling.stored) + &constants + pools::SOURCE,
            Self::Normalisation(_) => {
                concat!(include_str!("../kernels/common.cu"), include_str!("../kernels/normalisations.cu"))
            }
            Self::Embedding(_) => {
                concat!(include_str!("../kernels/common.cu"), include_str!("../kernels/embedding.cu"))
            }
            Self::Positions(_) => {
                concat!(include_str!("../kernels/common.cu"), include_str!("../kernels/positions.cu"))
            }
            Self::Attention(_) => {
                concat!(include_str!("../kernels/common.cu"), include_str!("../kernels/attention.cu"))
            }
        };
        constants + text
    }
}

impl Operators {
    /// These, and those of an op.
    pub fn with(&self, op: Shaped<'_>) -> Result<Self, DeviceError> {
        let names = op.names();
        let mut kernels = self.kernels.clone();
        kernels.extend(names.iter().copied().zip(self.device.compile(&op.source(), names)?));
        Ok(Self { device: Arc::clone(&self.device), precision: self.precision, kernels })
    }
}
