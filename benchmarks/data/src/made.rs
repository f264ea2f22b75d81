//! Images that are made when they are wanted, each a function of the seed, the part and its number.

use crate::shapes::{self, Part};
use crate::{DataError, Images};

/// What is made.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    Shapes { seed: u64 },
}

impl Made {
    /// The class of image `index`.
    pub(crate) fn label(self, index: usize) -> u8 {
        match self {
            Self::Shapes { .. } => shapes::label(index),
        }
    }

    /// The images of `part` at `indices`, in that order.
    pub(crate) fn at(self, part: Part, indices: &[usize]) -> Result<Images, DataError> {
        match self {
            Self::Shapes { seed } => shapes::at(seed, part, indices),
        }
    }

    pub(crate) fn class_names(self) -> Vec<String> {
        match self {
            Self::Shapes { .. } => shapes::class_names(),
        }
    }
}
