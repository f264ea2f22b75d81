//! Whether the files are the official ones, as far as that can be known.

use crate::{DataError, Dataset, Images, catalogue, catalogue::Info, checksums, cifar, mnist};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the word "verified" rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The content has the published checksum.
    Published,
    /// The file has the checksum recorded when it was fetched, and the data set has the official structure.
    Recorded,
    /// The data set has the official structure: number of records, images per class. Pixels are not vouched for.
    Structure,
}

/// A file that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedFile {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256 (of the decompressed content, for MNIST).
    pub sha256: String,
    /// What was checked.
    pub check: Check,
}

/// Checks the data set `name` under the data directory `dir`: checksums where there are any, and the structure.
/// `shapes` has no files, so nothing is checked.
///
/// # Errors
/// If a file is missing, damaged, or not what it should be, or there is no such data set.
pub fn verify(name: &str, dir: &Path) -> Result<Vec<CheckedFile>, DataError> {
    check(catalogue::info(name)?, dir)
}

/// [`verify`], for a data set described by `info`.
pub(crate) fn check(info: &Info, dir: &Path) -> Result<Vec<CheckedFile>, DataError> {
    let Some(dataset) = read(info, dir)? else { return Ok(Vec::new()) };
    official(info, &dataset, &dir.join(info.folder))?;
    drop(dataset);
    let recorded = checksums::read(&dir.join(info.folder))?;
    let mut checked = Vec::new();
    for file in info.files {
        let path = info.path(dir, file);
        let bytes = info.read(dir, file)?;
        let (sha256, expected) = match file.sha256 {
            Some(expected) => {
                let content = mnist::decompress(&bytes, &path)?;
                (checksums::sha256(&content), Some((expected, "published")))
            }
            None => {
                let expected = recorded.as_ref().and_then(|list| list.get(file.name));
                (checksums::sha256(&bytes), expected.map(|sum| (sum.as_str(), "recorded in SHA256SUMS")))
            }
        };
        let check = match expected {
            Some((expected, authority)) if expected != sha256 => {
                let expected = expected.to_owned();
                return Err(DataError::Checksum { path, authority, expected, got: sha256 });
            }
            Some((_, "published")) => Check::Published,
            Some(_) => Check::Recorded,
            None => Check::Structure,
        };
        checked.push(CheckedFile { path, sha256, check });
    }
    Ok(checked)
}

/// The whole data set; `None` for one that has no files.
pub(crate) fn read(info: &Info, dir: &Path) -> Result<Option<Dataset>, DataError> {
    match info.name {
        "cifar10" => cifar::read(cifar::Layout::Cifar10, info, dir).map(Some),
        "cifar100" => cifar::read(cifar::Layout::Cifar100, info, dir).map(Some),
        "mnist" => mnist::read(info, dir).map(Some),
        _ => Ok(None),
    }
}

fn official(info: &Info, dataset: &Dataset, folder: &Path) -> Result<(), DataError> {
    let differs = |reason: String| {
        Err(DataError::NotOfficial { folder: folder.to_path_buf(), name: info.name, reason })
    };
    let parts: [(&str, &Images, usize); 2] =
        [("training", &dataset.train, info.train), ("test", &dataset.test, info.test)];
    for (part, images, expected) in parts {
        if images.len() != expected {
            return differs(format!("{} {part} images, expected {expected}", images.len()));
        }
        // MNIST is not balanced; its published checksums say all there is to say.
        let each = expected / info.classes;
        let counts = images.class_counts();
        let odd = counts.iter().position(|&count| count != each);
        if let (Some(class), "cifar10" | "cifar100") = (odd, info.name) {
            let count = counts[class];
            return differs(format!("{count} {part} images of class {class}, expected {each}"));
        }
    }
    Ok(())
}
