//! A part of a data set on the device: bytes, labels, and what bytes stand for.

use crate::{Buffer, Device, DeviceError};
use std::sync::Arc;

/// Labelled images in memory; or sequences of tokens, of which a byte is one and its table has the number.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// `[N, size]`, channels last.
    pub pixels: &'a [u8],
    /// `[N]`, or `[N, L]` with a label for every position; empty where nothing is classified.
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
    /// Labels of an image.
    pub(crate) labels_each: usize,
    pub(crate) channels: usize,
}

impl DeviceImages {
    /// Copies images with a label each to `device`.
    ///
    /// # Errors
    /// If they do not fit.
    ///
    /// # Panics
    /// If there are no images, or pixels and labels do not belong together.
    pub fn new(device: &Arc<dyn Device>, source: Source<'_>) -> Result<Self, DeviceError> {
        let count = source.labels.len();
        assert!(count > 0 && source.pixels.len().is_multiple_of(count), "pixels of {count} images");
        Self::of_size(device, source.pixels.len() / count, source)
    }

    /// Copies images of `size` bytes to `device`, with as many labels each as there are.
    ///
    /// # Errors
    /// If they do not fit.
    ///
    /// # Panics
    /// If there are no images, or not as many labels of each.
    pub fn of_size(device: &Arc<dyn Device>, size: usize, source: Source<'_>) -> Result<Self, DeviceError> {
        let count = source.pixels.len() / size.max(1);
        assert!(count > 0 && source.pixels.len() == count * size, "images of {size} bytes");
        assert!(source.labels.len().is_multiple_of(count), "labels of {count} images");
        let order: Vec<u32> = (0..count as u32).collect();
        Ok(Self {
            pixels: Buffer::from_slice(device, source.pixels)?,
            labels: Buffer::from_slice(device, source.labels)?,
            tables: Buffer::from_slice(device, source.tables.as_flattened())?,
            order: Buffer::from_slice(device, &order)?,
            size,
            labels_each: source.labels.len() / count,
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
