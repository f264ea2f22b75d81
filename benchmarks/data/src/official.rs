//! What is held against the official set before anything is trained: refused is what cannot be meant, said is what is
//! another set than its name promises.
//!
//! * A file with the published checksum of another file of the set is refused: they were exchanged.
//! * So is a file of MNIST or Fashion-MNIST that has the official length and another checksum. CIFAR's is a remark: its publisher gives
//!   no sums of single files, and copies whose pixels went through JPEG are in use.
//! * So is a file of which more than 1 % of the images, and two or more, are in another file of the set, if that is a
//!   test image that is also trained on or a training file that repeats another (see [`repeats`]).
//! * Other numbers of images than the official ones are a remark: a subset is legitimate.

use crate::catalogue::{FileInfo, Info};
use crate::{DataError, Dataset, Images, repeats};
use std::ops::Range;
use std::path::PathBuf;

/// A data set with the files it was read from.
pub(crate) struct Loaded {
    pub dataset: Dataset,
    pub files: Vec<LoadedFile>,
}

/// A file of it.
pub(crate) struct LoadedFile {
    /// What it should be.
    pub info: FileInfo,
    /// Where it was.
    pub path: PathBuf,
    /// Bytes of its content.
    pub length: u64,
    /// SHA-256 of its content, if that is as long as an official file.
    pub sha256: Option<String>,
    /// Its images, counted in its part; none in a file of labels.
    pub images: Range<usize>,
}

impl LoadedFile {
    /// Whether it is the published file.
    pub(crate) fn is_published(&self) -> bool {
        self.sha256.as_deref() == Some(self.info.sha256)
    }
}

/// Refuses what cannot be meant and returns what must be said.
pub(crate) fn examine(info: &Info, loaded: &Loaded) -> Result<Vec<String>, DataError> {
    if loaded.files.iter().all(LoadedFile::is_published) {
        return Ok(Vec::new());
    }
    exchanged(info, loaded)?;
    let mut remarks = vec![difference(info, loaded)?];
    remarks.extend(repeats::examine(loaded)?);
    Ok(remarks)
}

/// Refuses files that stand in each other's place.
fn exchanged(info: &Info, loaded: &Loaded) -> Result<(), DataError> {
    let Dataset { train, test, .. } = &loaded.dataset;
    let exchanged = |file: &LoadedFile, other: &FileInfo| {
        Err(DataError::Exchanged { path: file.path.clone(), name: info.name, other: other.name })
    };
    for file in &loaded.files {
        let same = |other: &&FileInfo| file.sha256.as_deref() == Some(other.sha256);
        if let Some(other) = info.files.iter().find(same).filter(|other| other.name != file.info.name) {
            return exchanged(file, other);
        }
    }
    // Of another set in the same layout there are no sums, but the two numbers are enough.
    let first = |training| loaded.files.iter().find(|file| file.info.training == training);
    if info.train != info.test
        && (train.len(), test.len()) == (info.test, info.train)
        && let (Some(file), Some(other)) = (first(true), first(false))
    {
        return exchanged(file, &other.info);
    }
    Ok(())
}

/// How the set differs from the official one, in a sentence; refuses idx files that have only the length of the
/// official ones.
fn difference(info: &Info, loaded: &Loaded) -> Result<String, DataError> {
    let Dataset { train, test, .. } = &loaded.dataset;
    let other = || loaded.files.iter().filter(|file| !file.is_published());
    let mut reasons: Vec<String> = counts(info, train, test).collect();
    if test.len() > train.len() {
        reasons.push("more images to test on than to train on".into());
    }
    if info.is_idx() {
        if let Some(file) = other().find(|file| file.length == file.info.bytes) {
            return Err(wrong_sum(file));
        }
    } else if reasons.is_empty() {
        let names: Vec<&str> = other().map(|file| file.info.name).collect();
        reasons.push(format!("other content than the published files in {}", names.join(", ")));
    }
    // Without the folder: remarks go into reports, which are the same from every machine.
    Ok(format!("the images are not the official {}: {}", info.name, reasons.join("; ")))
}

/// The parts that do not have the official number of images.
pub(crate) fn counts(info: &Info, train: &Images, test: &Images) -> impl Iterator<Item = String> {
    let parts = [("training", train.len(), info.train), ("test", test.len(), info.test)];
    let odd = parts.into_iter().filter(|(_, got, expected)| got != expected);
    odd.map(|(part, got, expected)| format!("{got} {part} images, expected {expected}"))
}

/// The error of a file that has not the published checksum.
pub(crate) fn wrong_sum(file: &LoadedFile) -> DataError {
    DataError::Checksum {
        path: file.path.clone(),
        authority: "published",
        expected: file.info.sha256.to_owned(),
        got: file.sha256.clone().unwrap_or_else(|| "that of a file of another length".into()),
    }
}
