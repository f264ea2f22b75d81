//! How numbers lie in memory.

use crate::{Buffer, Device, DeviceError};
use half::bf16;
use std::sync::Arc;

/// How the numbers of a value, and those of its gradient, are stored. They are computed with in single precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Storage {
    /// As they are.
    Single,
    /// The nearest number of 16 bits, of which 8 are the exponent's (bfloat16).
    Half,
}

impl Storage {
    /// Bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Half => 2,
        }
    }

    /// What the kernels call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "float",
            Self::Half => "bf16",
        }
    }

    /// A copy of `values` on a device.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn upload(self, device: &Arc<dyn Device>, values: &[f32]) -> Result<Buffer, DeviceError> {
        match self {
            Self::Single => Buffer::from_slice(device, values),
            Self::Half => {
                let bits: Vec<u16> = values.iter().map(|&x| bf16::from_f32(x).to_bits()).collect();
                Buffer::from_slice(device, &bits)
            }
        }
    }

    /// Room for so many numbers, all zero.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn zeros(self, device: &Arc<dyn Device>, len: usize) -> Result<Buffer, DeviceError> {
        Buffer::zeros::<u8>(device, len * self.bytes())
    }

    /// The first `len` numbers of a buffer.
    ///
    /// # Errors
    /// If the device fails.
    pub fn download(self, buffer: &Buffer, len: usize) -> Result<Vec<f32>, DeviceError> {
        match self {
            Self::Single => buffer.download(0, len),
            Self::Half => {
                let bits = buffer.download::<u16>(0, len)?;
                Ok(bits.into_iter().map(|bits| bf16::from_bits(bits).to_f32()).collect())
            }
        }
    }

    /// What is left of numbers that are stored so.
    pub fn rounded(self, values: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Single => values,
            Self::Half => values.into_iter().map(|x| bf16::from_f32(x).to_f32()).collect(),
        }
    }
}
