//! The training engine on a GPU.
//!
//! A [`Population`] holds parameters, gradients and optimizer states of `R` replicas as `[R, pitch]` buffers on a
//! [`Device`] and trains whole epochs there without waiting for it: batches are gathered from the data set's bytes,
//! convolutions are products over written-out patches, one strided-batched product for all replicas (attentions one for all
//! heads of their sequences), or in TF32 kernels with their shape compiled into them, and each group of replicas with the same update rule takes its step in one launch of the kernel
//! traced from that rule.
//!
//! There are two devices. [`Nvidia`](nvidia) (feature `nvidia`) compiles the kernels with NVRTC and multiplies with
//! cuBLAS. [`Emulation`] compiles the same text with the machine's C compiler and runs it one thread at a time, those of a block that
//! work together as fibres: slow, and the reason why everything but the GPU itself can be tested without one.

mod augmentation;
pub mod conformance;
#[cfg(test)]
mod count;
mod device;
mod emulation;
mod error;
mod footprint;
pub mod host;
mod images;
mod launch;
mod limited;
#[cfg(feature = "nvidia")]
pub mod nvidia;
mod operators;
mod pass;
mod population;
mod storage;
mod update;

pub use augmentation::Crop;
pub use device::{Argument, Buffer, Device, Kernel, Matrix, Precision, Product, Shape};
pub use emulation::Emulation;
pub use error::DeviceError;
pub use footprint::Footprint;
pub use images::{DeviceImages, Source};
pub use limited::Limited;
pub use population::{Epoch, Population, Replica};

use std::sync::Arc;

/// Opens the GPU.
///
/// # Errors
/// If this build has no CUDA, or there is no driver, library or GPU; the message says what to do.
pub fn open_nvidia() -> Result<Arc<dyn Device>, DeviceError> {
    #[cfg(feature = "nvidia")]
    return Ok(Arc::new(nvidia::Nvidia::open()?));
    #[cfg(not(feature = "nvidia"))]
    Err(DeviceError::NotBuilt)
}

#[cfg(test)]
mod tests;
