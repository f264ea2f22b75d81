//! The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple layers of features from tiny
//! images", 2009): records of one or two label bytes and the red, green and blue planes of a 32×32 image.

use crate::catalogue::Info;
use crate::files::{self, Content};
use crate::official::{Loaded, LoadedFile};
use crate::{DataError, Dataset, Images, names};
use std::path::Path;

pub(crate) const SIDE: usize = 32;
pub(crate) const CHANNELS: usize = 3;
pub(crate) const PLANE_BYTES: usize = SIDE * SIDE;
pub(crate) const IMAGE_BYTES: usize = CHANNELS * PLANE_BYTES;

/// The two layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One label byte.
    Cifar10,
    /// The coarse label (20 superclasses), then the fine one (100 classes); the fine one is used.
    Cifar100,
}

impl Layout {
    pub(crate) fn label_bytes(self) -> usize {
        match self {
            Self::Cifar10 => 1,
            Self::Cifar100 => 2,
        }
    }

    pub(crate) fn record_bytes(self) -> usize {
        self.label_bytes() + IMAGE_BYTES
    }

    pub(crate) fn classes(self) -> usize {
        match self {
            Self::Cifar10 => 10,
            Self::Cifar100 => 100,
        }
    }
}

/// Reads the data set under `dir`.
pub(crate) fn read(layout: Layout, info: &Info, dir: &Path) -> Result<Loaded, DataError> {
    let recorded = files::recorded(info, dir)?;
    let mut read = Vec::new();
    let mut part = |training: bool| -> Result<Images, DataError> {
        let mut images = Images {
            pixels: Vec::new(),
            labels: Vec::new(),
            height: SIDE,
            width: SIDE,
            channels: CHANNELS,
            classes: layout.classes(),
            labels_per_image: 1,
            vocabulary: None,
        };
        for file in info.files.iter().filter(|file| file.training == training) {
            let Content { path, bytes, sha256 } = files::read(info, dir, file, &recorded)?;
            let first = images.len();
            append(layout, &bytes, &path, &mut images)?;
            read.push(LoadedFile {
                info: file.clone(),
                path,
                length: bytes.len() as u64,
                sha256,
                images: first..images.len(),
            });
        }
        Ok(images)
    };
    let (train, test) = (part(true)?, part(false)?);
    let class_names = match layout {
        Layout::Cifar10 => names::owned(&names::CIFAR10),
        Layout::Cifar100 => names::owned(&names::CIFAR100),
    };
    Ok(Loaded { dataset: Dataset { name: info.name, train, test, class_names }, files: read })
}

/// Appends the records in `bytes`, the content of `path`.
pub(crate) fn append(
    layout: Layout,
    bytes: &[u8],
    path: &Path,
    images: &mut Images,
) -> Result<(), DataError> {
    let record_bytes = layout.record_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(record_bytes) {
        return Err(DataError::Size { path: path.to_path_buf(), record_bytes, got: bytes.len() });
    }
    let records = bytes.len() / record_bytes;
    images.labels.reserve(records);
    images.pixels.reserve(records * IMAGE_BYTES);
    for (record, content) in bytes.chunks_exact(record_bytes).enumerate() {
        let (labels, planes) = content.split_at(layout.label_bytes());
        let label = labels[labels.len() - 1];
        if usize::from(label) >= layout.classes() {
            let max = layout.classes() - 1;
            return Err(DataError::Label { path: path.to_path_buf(), record, label, max });
        }
        images.labels.push(label);
        let (red, rest) = planes.split_at(PLANE_BYTES);
        let (green, blue) = rest.split_at(PLANE_BYTES);
        for ((&r, &g), &b) in red.iter().zip(green).zip(blue) {
            images.pixels.extend_from_slice(&[r, g, b]);
        }
    }
    Ok(())
}

/// One official record: what [`append`] reads. `rgb` is `[32, 32, 3]`; `coarse` is used by CIFAR-100 only.
#[cfg(test)]
pub(crate) fn push_record(layout: Layout, coarse: u8, label: u8, rgb: &[u8], file: &mut Vec<u8>) {
    if layout == Layout::Cifar100 {
        file.push(coarse);
    }
    file.push(label);
    for channel in 0..CHANNELS {
        file.extend(rgb.iter().skip(channel).step_by(CHANNELS));
    }
}
