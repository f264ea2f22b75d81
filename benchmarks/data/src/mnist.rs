//! MNIST (LeCun, Cortes, Burges) and Fashion-MNIST (Xiao, Rasul, Vollgraf): idx files, big-endian, compressed with gzip. The 28×28 digits are centred on
//! 32×32 black pixels, the size that LeNet-5 was made for and that the CIFAR networks take.

use crate::catalogue::Info;
use crate::files::{self, Content};
use crate::official::{Loaded, LoadedFile};
use crate::{DataError, Dataset, Images, names};
use std::path::Path;

pub(crate) const SIDE: usize = 28;
const MARGIN: usize = 2;
const PADDED: usize = SIDE + 2 * MARGIN;
const CLASSES: usize = 10;

/// Unsigned bytes (0x08) in three dimensions.
pub(crate) const IMAGES_MAGIC: u32 = 0x0803;
/// Unsigned bytes in one dimension.
pub(crate) const LABELS_MAGIC: u32 = 0x0801;

/// Reads the data set under `dir`.
pub(crate) fn read(info: &Info, dir: &Path) -> Result<Loaded, DataError> {
    let recorded = files::recorded(info, dir)?;
    let mut read = Vec::new();
    let mut part = |training: bool| {
        let mut digits = None;
        let mut labels = None;
        for file in info.files.iter().filter(|file| file.training == training) {
            let Content { path, bytes, sha256 } = files::read(info, dir, file, &recorded)?;
            let count = if file.name.contains("images") {
                let pixels = parse_images(&bytes, &path)?.to_vec();
                let count = pixels.len() / (SIDE * SIDE);
                digits = Some((pixels, path.clone()));
                count
            } else {
                labels = Some(parse_labels(&bytes, &path)?.to_vec());
                0
            };
            read.push(LoadedFile {
                info: file.clone(),
                path,
                length: bytes.len() as u64,
                sha256,
                images: 0..count,
            });
        }
        let (digits, path) = digits.unwrap_or_default();
        join(&digits, labels.unwrap_or_default(), &path)
    };
    let (train, test) = (part(true)?, part(false)?);
    let names = if info.name == "mnist" { &names::MNIST } else { &names::FASHION };
    let dataset = Dataset { name: info.name, train, test, class_names: names::owned(names) };
    Ok(Loaded { dataset, files: read })
}

/// The pixels of an idx3 file, `[N, 28, 28]`.
pub(crate) fn parse_images<'a>(content: &'a [u8], path: &Path) -> Result<&'a [u8], DataError> {
    let bad = |reason: String| DataError::Idx { path: path.to_path_buf(), reason };
    let [magic, count, rows, columns] = header::<4>(content).map_err(bad)?;
    if magic != IMAGES_MAGIC {
        return Err(bad(format!("magic number {magic:#010x}; expected {IMAGES_MAGIC:#010x} (images)")));
    }
    if (rows as usize, columns as usize) != (SIDE, SIDE) {
        return Err(bad(format!("images of {rows}×{columns} pixels; expected {SIDE}×{SIDE}")));
    }
    body(content, 16, count, SIDE * SIDE).map_err(bad)
}

/// The labels of an idx1 file, `[N]`.
pub(crate) fn parse_labels<'a>(content: &'a [u8], path: &Path) -> Result<&'a [u8], DataError> {
    let bad = |reason: String| DataError::Idx { path: path.to_path_buf(), reason };
    let [magic, count] = header::<2>(content).map_err(bad)?;
    if magic != LABELS_MAGIC {
        return Err(bad(format!("magic number {magic:#010x}; expected {LABELS_MAGIC:#010x} (labels)")));
    }
    let labels = body(content, 8, count, 1).map_err(bad)?;
    match labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        None => Ok(labels),
        Some(record) => {
            let (path, label) = (path.to_path_buf(), labels[record]);
            Err(DataError::Label { path, record, label, max: CLASSES - 1 })
        }
    }
}

fn header<const N: usize>(content: &[u8]) -> Result<[u32; N], String> {
    let mut words = [0; N];
    let (chunks, _) = content.as_chunks::<4>();
    if chunks.len() < N {
        return Err(format!("{} bytes; expected a header of {} bytes", content.len(), 4 * N));
    }
    for (word, &bytes) in words.iter_mut().zip(chunks) {
        *word = u32::from_be_bytes(bytes);
    }
    Ok(words)
}

fn body(content: &[u8], offset: usize, count: u32, item_bytes: usize) -> Result<&[u8], String> {
    let got = content.len() - offset;
    let expected = u64::from(count) * item_bytes as u64;
    if count == 0 || got as u64 != expected {
        return Err(format!(
            "{got} bytes after the header; expected {expected}, and at least one item of {item_bytes} (the header \
             announces {count})"
        ));
    }
    Ok(&content[offset..])
}

/// Digits and labels of one part, padded; `path` (the digits' file) is named if they do not belong together.
fn join(digits: &[u8], labels: Vec<u8>, path: &Path) -> Result<Images, DataError> {
    let count = digits.len() / (SIDE * SIDE);
    if count != labels.len() {
        let reason = format!("{count} images, but the file of labels has {}", labels.len());
        return Err(DataError::Idx { path: path.to_path_buf(), reason });
    }
    let mut pixels = vec![0; count * PADDED * PADDED];
    for (source, target) in digits.chunks_exact(SIDE * SIDE).zip(pixels.chunks_exact_mut(PADDED * PADDED)) {
        for (y, row) in source.chunks_exact(SIDE).enumerate() {
            let start = (y + MARGIN) * PADDED + MARGIN;
            target[start..start + SIDE].copy_from_slice(row);
        }
    }
    Ok(Images {
        pixels,
        labels,
        height: PADDED,
        width: PADDED,
        channels: 1,
        classes: CLASSES,
        labels_per_image: 1,
        vocabulary: None,
    })
}

/// An idx file, uncompressed: `dimensions` are those of `items`.
#[cfg(test)]
pub(crate) fn idx(magic: u32, dimensions: &[u32], items: &[u8]) -> Vec<u8> {
    let mut file = magic.to_be_bytes().to_vec();
    for dimension in dimensions {
        file.extend(dimension.to_be_bytes());
    }
    file.extend(items);
    file
}

/// Compresses `content`, without a time stamp: the same content is the same file.
#[cfg(test)]
pub(crate) fn compress(content: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}
