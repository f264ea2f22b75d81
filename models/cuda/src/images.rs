//! A part of a data set on the device: bytes, labels, and what bytes stand for.

use crate::{Buffer, Device, DeviceError};
use std::sync::Arc;

/// Labelled images in memory; or sequences of tokens, of which a byte is one and its table has the number.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// `[N, size]`, channels last.
    pub pixels: &'a [u8],
    /// `[N]`.
    pub labels: &'a [u8],
    /// The floats that a byte becomes, one table per channel.
    pub tables: &'a [[f32; 256]],
}

/// Labelled images on a device, a byte per number.
#[derive(Debug)]
pub struct DeviceImages {
    pub(crate) pixels: Buffer,
    pub(crate) labels: Buffer,
    pub(crate) tables: Buffer,
    /// `0..count`: the order of an evaluation.
    pub(crate) order: Buffer,
    pub(crate) count: usize,
    pub(crate) size: usize,
    pub(crate) channels: usize,
}

impl DeviceImages {
    /// Copies images to `device`.
    ///
    /// # Errors
    /// If they do not fit.
    ///
    /// # Panics
    /// If there are no images, or pixels and labels do not belong together.
    pub fn new(device: &Arc<dyn Device>, source: Source<'_>) -> Result<Self, DeviceError> {
        let count = source.labels.len();
        assert!(count > 0 && source.pixels.len().is_multiple_of(count), "pixels of {count} images");
        let order: Vec<u32> = (0..count as u32).collect();
        Ok(Self {
            pixels: Buffer::from_slice(device, source.pixels)?,
            labels: Buffer::from_slice(device, source.labels)?,
            tables: Buffer::from_slice(device, source.tables.as_flattened())?,
            order: Buffer::from_slice(device, &order)?,
            size: source.pixels.len() / count,
            channels: source.tables.len(),
            count,
        })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
