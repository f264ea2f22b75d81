//! What can go wrong with data.

use crate::SettingError;
use std::path::{Path, PathBuf};

/// A problem with a data set; every message names the file or the key, and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file of the data set is not there.
    #[error(
        "{path} is missing. Get it with `inna-bench data fetch {name} --data {dir}`, or put the official file there.{hint}"
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The data set it belongs to.
        name: &'static str,
        /// The data directory that was searched.
        dir: PathBuf,
        /// What lies about instead: empty, or a sentence after a blank.
        hint: String,
    },
    /// What has the file's name is not a file.
    #[error("{path} is {what}; expected a file. Remove it, or name another folder with --data")]
    NotAFile {
        /// What was looked at.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file holds more than is read.
    #[error(
        "{path} holds more than {limit} bytes, several times the official file. Remove it and fetch it again"
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
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
    /// A file has the content of another file of the data set.
    #[error(
        "{path} holds what belongs into {other}: files of {name} have been exchanged. Give each its own name, or \
         remove both and fetch them again"
    )]
    Exchanged {
        /// The file.
        path: PathBuf,
        /// The data set.
        name: &'static str,
        /// Whose content it is.
        other: &'static str,
    },
    /// A file repeats another.
    #[error(
        "{path}: {repeated} of its {total} images are {}also in {other}. Over 1 % is no accident: the file is a \
         copy. Remove it and fetch it again",
        if *.test { "trained on, most of them " } else { "" }
    )]
    Repeated {
        /// The file.
        path: PathBuf,
        /// The one it shares most images with.
        other: PathBuf,
        /// So many of its images are in another file.
        repeated: usize,
        /// So many it has.
        total: usize,
        /// Whether it is a file of test images; then `repeated` counts all training files.
        test: bool,
    },
    /// The list of recorded checksums cannot be used.
    #[error("{path}: {reason}. Mend or remove the list: it is what `sha256sum` writes")]
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
    /// A class has no images at all.
    #[error(
        "{name} has no {part} images of {missing} of its {classes} classes, the first of them {class} ({class_name}). \
         Its files are cut short, damaged, or of another data set: `inna-bench data verify {name}` looks closer"
    )]
    NoImages {
        /// The data set.
        name: &'static str,
        /// `training` or `test`.
        part: &'static str,
        /// How many classes have none.
        missing: usize,
        /// Classes there are.
        classes: usize,
        /// The first class without images.
        class: usize,
        /// What it shows.
        class_name: String,
    },
    /// More images were asked for than there are.
    #[error(
        "{key} asks for {wanted} images per class of {name}{besides}, but class {class} has {available} {part} images. \
         At most {most} can be had"
    )]
    TooFew {
        /// The keys of the selection that ask for them.
        key: &'static str,
        /// The data set.
        name: &'static str,
        /// What is needed besides: empty, or words after a comma.
        besides: &'static str,
        /// The scarcest class.
        class: usize,
        /// `training` or `test`.
        part: &'static str,
        /// Asked for.
        wanted: usize,
        /// There are.
        available: usize,
        /// Of which so many can be asked for.
        most: usize,
    },
    /// No images were asked for.
    #[error("{key} leaves no images; expected 1 or more per class, or leave the key out to take all images")]
    Nothing {
        /// The key of the selection.
        key: &'static str,
    },
    /// A file of the user's is no text.
    #[error("{path}: {reason}")]
    Text {
        /// Where it was looked for.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
        reason: String,
    },
    /// A setting is not accepted.
    #[error(transparent)]
    Setting(#[from] SettingError),
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
    /// Images are others than they were when a study was planned.
    #[error(
        "the images of {name} are no longer those that the study was planned with: files were exchanged meanwhile. Run again, and \
         leave them alone"
    )]
    Changed {
        /// The data set.
        name: &'static str,
    },
    /// More images were asked of the generator than fit a sensible memory.
    #[error(
        "shapes: {count} images would take {} MB; at most {most} images are made at a time",
        u128::from(*.count) * u128::from(*.each) / 1_000_000
    )]
    TooMany {
        /// Asked for.
        count: u64,
        /// Bytes of an image.
        each: u64,
        /// The most there can be.
        most: u64,
    },
    /// The download failed.
    #[error(
        "downloading {url} failed: {reason}. The same command tries again and goes on where this one stopped. Without \
         a network, put the official files into {folder} by hand: {files} (from {source_page})"
    )]
    Download {
        /// What was asked for.
        url: String,
        /// What server, network or downloaded file say.
        reason: String,
        /// Where the files belong.
        folder: PathBuf,
        /// Their names.
        files: String,
        /// Where they are published.
        source_page: &'static str,
    },
    /// Another process is downloading the same.
    #[error("{path} is being written by another process; wait until it has ended")]
    Busy {
        /// The unfinished file.
        path: PathBuf,
    },
    /// An archive does not hold what it should.
    #[error("{path}: {reason}. Remove it and fetch it again")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl DataError {
    /// Whether files are there and are not those of the official set: what a check finds. Anything else keeps it from being made.
    pub fn is_failed_check(&self) -> bool {
        matches!(
            self,
            Self::Checksum { .. }
                | Self::Exchanged { .. }
                | Self::Gzip { .. }
                | Self::Idx { .. }
                | Self::Label { .. }
                | Self::NoImages { .. }
                | Self::NotOfficial { .. }
                | Self::Repeated { .. }
                | Self::Size { .. }
                | Self::TooLong { .. }
        )
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }
}
