//! Images that are made when they are wanted, each a function of the seed, the part and its number.

use crate::shapes::{self, Part};
use crate::{DataError, Images, curves, noise};

/// What is made.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    Shapes { seed: u64 },
    Curves { seed: u64 },
    Noise { seed: u64, dimensions: usize },
}

impl Made {
    /// The class of image `index`.
    pub(crate) fn label(self, index: usize) -> u8 {
        match self {
            Self::Shapes { .. } => shapes::label(index),
            Self::Curves { .. } | Self::Noise { .. } => 0,
        }
    }

    /// The images of `part` at `indices`, in that order.
    pub(crate) fn at(self, part: Part, indices: &[usize]) -> Result<Images, DataError> {
        match self {
            Self::Shapes { seed } => shapes::at(seed, part, indices),
            Self::Curves { seed } => Ok(curves::at(seed, part, indices)),
            Self::Noise { seed, dimensions } => Ok(noise::at(seed, dimensions, part, indices)),
        }
    }

    pub(crate) fn class_names(self) -> Vec<String> {
        match self {
            Self::Shapes { .. } => shapes::class_names(),
            Self::Curves { .. } => vec!["curve".to_owned()],
            Self::Noise { .. } => vec!["noise".to_owned()],
        }
    }
}
