//! Whether the files are the official ones.

use crate::files::Content;
use crate::official::{self, Loaded};
use crate::text::shakespeare;
use crate::{DataError, catalogue, catalogue::Info, cifar, mnist};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file that has the published checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedFile {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its content (decompressed, for MNIST).
    pub sha256: String,
}

/// Checks that the data set `name` under the data directory `dir` is the official one: every file must have the
/// published checksum. What is made has no files, and a text of the user's no publisher, so nothing is checked.
///
/// # Errors
/// If a file is missing, damaged, or not what it should be, or there is no such data set.
pub fn verify(name: &str, dir: &Path) -> Result<Vec<CheckedFile>, DataError> {
    check(catalogue::info(name)?, dir)
}

/// [`verify`], for a data set described by `info`.
pub(crate) fn check(info: &Info, dir: &Path) -> Result<Vec<CheckedFile>, DataError> {
    if info.name == "tiny-shakespeare" {
        let Content { path, sha256, .. } = shakespeare::read(info, dir)?;
        return Ok(sha256.map(|sha256| CheckedFile { path, sha256 }).into_iter().collect());
    }
    let Some(loaded) = read(info, dir)? else { return Ok(Vec::new()) };
    official::examine(info, &loaded)?;
    let (train, test) = (&loaded.dataset.train, &loaded.dataset.test);
    if let Some(reason) = official::counts(info, train, test).next() {
        let folder = dir.join(info.folder);
        return Err(DataError::NotOfficial { folder, name: info.name, reason });
    }
    let checked = loaded.files.into_iter().map(|file| match file.sha256 {
        Some(sha256) if sha256 == file.info.sha256 => Ok(CheckedFile { path: file.path, sha256 }),
        _ => Err(official::wrong_sum(&file)),
    });
    checked.collect()
}

/// The whole data set; `None` for one that is not of images in files.
pub(crate) fn read(info: &Info, dir: &Path) -> Result<Option<Loaded>, DataError> {
    match info.name {
        "cifar10" => cifar::read(cifar::Layout::Cifar10, info, dir).map(Some),
        "cifar100" => cifar::read(cifar::Layout::Cifar100, info, dir).map(Some),
        "mnist" | "fashion-mnist" => mnist::read(info, dir).map(Some),
        _ => Ok(None),
    }
}
