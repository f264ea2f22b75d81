//! What can go wrong with data.

use std::path::{Path, PathBuf};

/// A problem with a data set; every message names the file or the key, and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file of the data set is not there.
    #[error(
        "{path} is missing. Get it with `inna-bench data fetch {name} --data {dir}`, or put the official file there"
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The data set it belongs to.
        name: &'static str,
        /// The data directory that was searched.
        dir: PathBuf,
    },
    /// Reading or writing failed.
    #[error(
        "{action} {path} failed: {source}. Check the path and its permissions, or choose another folder with --data"
    )]
    Io {
        /// What was tried: "reading", "writing", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A binary file is not a whole number of records.
    #[error(
        "{path} has {got} bytes; expected a positive multiple of {record_bytes} (one record). It is truncated or not the \
         binary version of the data set: remove it and fetch it again"
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Bytes of a record.
        record_bytes: usize,
        /// Bytes of the file.
        got: usize,
    },
    /// A label is not the number of a class.
    #[error(
        "{path}: record {record} (from 0) has label {label}; expected 0 to {max}. The file is damaged or of another data \
         set: remove it and fetch it again"
    )]
    Label {
        /// The file.
        path: PathBuf,
        /// Which record.
        record: usize,
        /// What it says.
        label: u8,
        /// The greatest label there is.
        max: usize,
    },
    /// A compressed file does not decompress.
    #[error("{path} is not an intact gzip file: {reason}. Remove it and fetch it again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// A decompressed file is not in the idx format of MNIST.
    #[error("{path} is not the idx file expected: {reason}. Remove it and fetch it again")]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong, with what was expected.
        reason: String,
    },
    /// A file is not the one that was published or recorded.
    #[error(
        "{path}: SHA-256 is {got}; expected {expected} ({authority}). Remove the file and fetch it again"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Whose checksum it is.
        authority: &'static str,
        /// The checksum on record.
        expected: String,
        /// The checksum found.
        got: String,
    },
    /// The list of recorded checksums cannot be used.
    #[error("{path}: {reason}. Remove the list; `inna-bench data fetch` writes it again")]
    ChecksumList {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A data set is well-formed and still not the official one.
    #[error(
        "{folder} does not hold the official {name}: {reason}. A subset can be trained on, but not verified: \
         remove the folder and fetch the data set again"
    )]
    NotOfficial {
        /// The data set's folder.
        folder: PathBuf,
        /// The data set.
        name: &'static str,
        /// What differs.
        reason: String,
    },
    /// More images were asked for than there are.
    #[error(
        "{key} asks for {wanted} images per class of {name}, but class {class} has {available} {part} images. \
         At most {available} can be had"
    )]
    TooFew {
        /// The keys of the selection that ask for them.
        key: &'static str,
        /// The data set.
        name: &'static str,
        /// The scarcest class.
        class: usize,
        /// `training` or `test`.
        part: &'static str,
        /// Asked for.
        wanted: usize,
        /// There are.
        available: usize,
    },
    /// No images were asked for.
    #[error("{key} leaves no images; expected 1 or more per class, or leave the key out to take all images")]
    Nothing {
        /// The key of the selection.
        key: &'static str,
    },
    /// There is no such data set.
    #[error("there is no data set `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A mean or standard deviation cannot be used.
    #[error(
        "normalisation: {reason}; expected one finite mean and one positive finite standard deviation per channel"
    )]
    Normaliser {
        /// What is wrong.
        reason: String,
    },
    /// The program was built without the download.
    #[error(
        "this build cannot download {name}. Either build the one that can (`cargo build --release -p inna-bench \
         --features hub`), or put the official files into {folder} by hand: {files} (from {source_page})"
    )]
    NoHub {
        /// The data set.
        name: &'static str,
        /// Where its files belong.
        folder: PathBuf,
        /// Their names.
        files: String,
        /// Where they are published.
        source_page: &'static str,
    },
    /// The download failed.
    #[error(
        "downloading {name} failed: {reason}. What was loaded is kept: with a network, run the same command again. \
         Without one, put the official files into {folder} by hand: {files} (from {source_page})"
    )]
    Download {
        /// The data set.
        name: &'static str,
        /// What the hub, the network or the downloaded file says.
        reason: String,
        /// Where its files belong.
        folder: PathBuf,
        /// Their names.
        files: String,
        /// Where they are published.
        source_page: &'static str,
    },
}

impl DataError {
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }
}
