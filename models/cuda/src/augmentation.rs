//! Random crops and reflections of training images.

use crate::{Buffer, Device, DeviceError};
use std::sync::Arc;
use streams::Stream;

/// What is done to training images: they are surrounded by black bytes, a piece of an image's own size is cut out anywhere, and
/// half of the pieces are reflected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crop {
    /// Pixels of the border on each side.
    pub pad: usize,
    /// Whether half of the pieces are reflected, left to right.
    pub flip: bool,
}

/// Crops of a population's images.
pub(crate) struct Augmentation {
    pub crop: Crop,
    /// The keys of the replicas' streams, `[R, 2]`.
    pub keys: Buffer,
}

impl Augmentation {
    pub fn new(device: &Arc<dyn Device>, crop: Crop, streams: &[Stream]) -> Result<Self, DeviceError> {
        let keys: Vec<u32> = streams.iter().flat_map(Stream::key).collect();
        Ok(Self { crop, keys: Buffer::from_slice(device, &keys)? })
    }
}
