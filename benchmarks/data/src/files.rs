//! Finding and reading the files of a data set, wherever people have them.

use crate::catalogue::{FileInfo, Info};
use crate::{DataError, checksums, gzip};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file is read up to so many times the length of the largest official one: others' sets in the same layout may be
/// larger, but not without bound.
const TIMES: u64 = 8;

/// A file that was read.
pub(crate) struct Content {
    /// Where.
    pub path: PathBuf,
    /// What is in it, decompressed.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`, if they are as long as one of the official files: else it is none of them.
    pub sha256: Option<String>,
}

/// Where `file` is, or what stands in its place: the official name first, then those that other programs write.
pub(crate) fn find(info: &Info, dir: &Path, file: &FileInfo) -> Option<PathBuf> {
    // torchvision's after ours.
    let folders: &[&str] = match info.name {
        "mnist" => &[info.folder, "MNIST/raw"],
        "fashion-mnist" => &[info.folder, "FashionMNIST/raw"],
        _ => &[info.folder],
    };
    let names = names(file.name);
    let places =
        || folders.iter().flat_map(|folder| names.iter().map(move |name| dir.join(folder).join(name)));
    // Without following links, so that a dangling one is reported and not overlooked.
    places().find(|path| path.is_file()).or_else(|| places().find(|path| path.symlink_metadata().is_ok()))
}

/// `train-images-idx3-ubyte.gz`, and the same unpacked or with a dot before the format.
fn names(official: &str) -> Vec<String> {
    let Some(plain) = official.strip_suffix(".gz") else { return vec![official.to_owned()] };
    let dotted = plain.replace("-idx", ".idx");
    vec![official.to_owned(), plain.to_owned(), format!("{dotted}.gz"), dotted]
}

/// Reads `file` of the data set under `dir`; one with another checksum than the one that `recorded` has for its name is
/// refused.
pub(crate) fn read(
    info: &Info,
    dir: &Path,
    file: &FileInfo,
    recorded: &BTreeMap<PathBuf, String>,
) -> Result<Content, DataError> {
    let Some(path) = find(info, dir, file) else {
        let path = info.path(dir, file);
        let hint = hint(info, dir, file);
        return Err(DataError::Missing { path, name: info.name, dir: dir.to_path_buf(), hint });
    };
    let limit = TIMES * info.files.iter().map(|file| file.bytes).max().unwrap_or(0);
    let raw = bounded(&path, limit)?;
    let mut sum = None;
    if let Some(expected) = recorded.get(&path) {
        let got = checksums::sha256(&raw);
        if got != *expected {
            let (authority, expected) = ("recorded in SHA256SUMS", expected.clone());
            return Err(DataError::Checksum { path, authority, expected, got });
        }
        sum = Some(got);
    }
    let bytes = if file.name.ends_with(".gz") {
        // The sum of a compressed file is not that of its content.
        sum = None;
        gzip::content(raw, &path, limit)?
    } else {
        raw
    };
    let official = info.files.iter().any(|file| file.bytes == bytes.len() as u64);
    let sha256 = official.then(|| sum.unwrap_or_else(|| checksums::sha256(&bytes)));
    Ok(Content { path, bytes, sha256 })
}

/// The checksums recorded beside the files, by path.
pub(crate) fn recorded(info: &Info, dir: &Path) -> Result<BTreeMap<PathBuf, String>, DataError> {
    let mut sums = BTreeMap::new();
    for file in info.files {
        let folder = find(info, dir, file).and_then(|path| path.parent().map(Path::to_path_buf));
        let Some(folder) = folder else { continue };
        if !sums.keys().any(|path: &PathBuf| path.parent() == Some(&folder)) {
            let list = checksums::read(&folder)?;
            sums.extend(list.into_iter().map(|(name, sum)| (folder.join(name), sum)));
        }
    }
    Ok(sums)
}

/// The bytes of a regular file, at most `limit`. Anything else is refused before it is opened: a FIFO would be waited
/// for.
pub(crate) fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let io = |e| DataError::io("reading", path, e);
    let metadata = std::fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a FIFO, socket or device" };
        return Err(DataError::NotAFile { path: path.to_path_buf(), what });
    }
    let too_long = || DataError::TooLong { path: path.to_path_buf(), limit };
    if metadata.len() > limit {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    let file = std::fs::File::open(path).map_err(io)?;
    // It may grow while it is read.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
}

/// What lies about that could be meant for the missing `file`; empty, or a sentence after a blank.
fn hint(info: &Info, dir: &Path, file: &FileInfo) -> String {
    if !dir.is_dir() {
        return format!(" There is no folder {}: --data says where the data sets are.", dir.display());
    }
    let folder = dir.join(info.folder);
    if let Some(archive) = archive(info, dir) {
        return format!(
            " {} is there and only has to be unpacked, which the command does.",
            archive.display()
        );
    }
    if let Some(here) = names(file.name).into_iter().map(|name| dir.join(name)).find(|path| path.is_file()) {
        return format!(" {} would be read in {}.", here.display(), folder.display());
    }
    let others: &[&str] = match info.name {
        "cifar10" => &[
            "cifar-10-batches-py",
            "cifar-10-python.tar.gz",
            "cifar-10-batches-mat",
            "cifar-10-matlab.tar.gz",
        ],
        "cifar100" => {
            &["cifar-100-python", "cifar-100-python.tar.gz", "cifar-100-matlab", "cifar-100-matlab.tar.gz"]
        }
        _ => &[],
    };
    let other = others.iter().flat_map(|name| [dir.join(name), folder.join(name)]).find(|path| path.exists());
    let Some((other, binary)) = other.zip(info.downloads.first()) else { return String::new() };
    let (other, binary) = (other.display(), binary.name);
    format!(" {other} is the Python or MATLAB version, which is not read; the binary version, {binary}, is.")
}

/// The archive of the data set, if it lies in the data directory or in the data set's folder.
pub(crate) fn archive(info: &Info, dir: &Path) -> Option<PathBuf> {
    let archives = info.downloads.iter().filter(|download| download.archive);
    let mut places =
        archives.flat_map(|archive| [dir.join(archive.name), dir.join(info.folder).join(archive.name)]);
    places.find(|path| path.is_file())
}
