//! The data sets there are, and what is known of their files.

mod made;
mod published;

use crate::{DataError, files};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// Name within the data set's folder.
    pub name: &'static str,
    /// Whether it belongs to the training part, not to the test part.
    pub training: bool,
    /// Bytes of the content (of an idx file before compression).
    pub bytes: u64,
    /// SHA-256 of the content, as gzip files of one content differ.
    pub sha256: &'static str,
}

/// Something to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Download {
    /// Name of the file.
    pub name: &'static str,
    /// The address without the name.
    pub base: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: &'static str,
    /// Whether it is a `tar.gz` with all files of the data set, not one of them.
    pub archive: bool,
}

/// How a data set comes to be in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Read from published files.
    Published,
    /// Made on the spot, by the settings of the source.
    Made,
    /// Read from a file of the user's.
    Yours,
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Info {
    /// What commands and configurations call it.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How it comes to be in memory.
    pub origin: Origin,
    /// Training examples of the official set; of one that has settings of its own, by their defaults
    /// ([`crate::Source::outline`] knows better); 0 if only a file of the user's says so.
    pub train: usize,
    /// Test examples, likewise.
    pub test: usize,
    /// Classes, likewise.
    pub classes: usize,
    /// Height and width of images in pixels, as loaded; 0 for what is not square, as sequences are not.
    pub side: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Folder under the data directory; empty for images that are made, not read.
    pub folder: &'static str,
    /// The files in it.
    pub files: &'static [FileInfo],
    /// Where they come from.
    pub downloads: &'static [Download],
    /// Where the official files are published.
    pub source: &'static str,
    /// What may be done with it.
    pub licence: &'static str,
    /// What to cite.
    pub citation: &'static str,
}

/// A line of the list of data sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// The data set.
    #[serde(flatten)]
    pub info: &'static Info,
    /// Whether all its files are in the data directory (their content is not looked at), as those of a set without files are.
    pub present: bool,
}

/// What is known of the data set `name`.
///
/// # Errors
/// If there is no such data set.
pub fn info(name: &str) -> Result<&'static Info, DataError> {
    all().find(|info| info.name == name).ok_or_else(|| DataError::Unknown {
        name: name.to_owned(),
        known: all().map(|info| info.name).collect::<Vec<_>>().join(", "),
    })
}

fn all() -> impl Iterator<Item = &'static Info> {
    published::ALL.iter().chain(&made::ALL)
}

/// All data sets, and which of them are in the data directory `dir`.
pub fn list(dir: &Path) -> Vec<Listing> {
    all().map(|info| Listing { info, present: info.present(dir) }).collect()
}

impl Info {
    /// Whether all files are under the data directory `dir`; not so of a data set that is a file of the user's, which only the source
    /// names.
    pub fn present(&self, dir: &Path) -> bool {
        self.origin != Origin::Yours
            && self.files.iter().all(|file| files::find(self, dir, file).is_some_and(|path| path.is_file()))
    }

    /// Where `file` belongs under the data directory `dir`.
    pub fn path(&self, dir: &Path, file: &FileInfo) -> PathBuf {
        dir.join(self.folder).join(file.name)
    }

    /// Whether its files are in the idx format of MNIST.
    pub(crate) fn is_idx(&self) -> bool {
        self.files.iter().any(|file| file.name.contains("-idx"))
    }

    /// Names of the files, separated by commas.
    pub(crate) fn file_names(&self) -> String {
        self.files.iter().map(|file| file.name).collect::<Vec<_>>().join(", ")
    }
}
