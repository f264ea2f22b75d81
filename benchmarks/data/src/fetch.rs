//! Getting a data set that is not there.

use crate::catalogue::{self, Download, FileInfo, Info};
use crate::{CheckedFile, Client, DataError, archive, checksums, files, place, verify};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a download is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A file is being loaded.
    Downloading {
        /// Its name.
        name: &'static str,
        /// Bytes that are here.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// An attempt failed; there will be another.
    Retrying {
        /// Name of the file.
        name: &'static str,
        /// Why it failed.
        reason: String,
        /// When the next one begins.
        wait: Duration,
    },
    /// The file is there from before and is kept.
    Kept {
        /// The file.
        path: PathBuf,
    },
    /// The file is written.
    Written {
        /// The file.
        path: PathBuf,
    },
}

/// Brings the data set `name` into the data directory `dir`, in its official layout, and verifies it. Files that
/// are there are kept; a file appears whole and with the published checksum or not at all. With everything there, no
/// network is touched; an archive of the publisher that lies in `dir` is unpacked in place of a download.
///
/// # Errors
/// If the download fails, or what is there does not verify.
pub fn fetch(
    name: &str,
    dir: &Path,
    client: &Client,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<CheckedFile>, DataError> {
    let info = catalogue::info(name)?;
    bring(info, dir, client, progress)?;
    verify(name, dir)
}

/// [`fetch`] for a data set described by `info`, without the verification at the end.
pub(crate) fn bring(
    info: &Info,
    dir: &Path,
    client: &Client,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), DataError> {
    let mut missing = Vec::new();
    for file in info.files {
        match files::find(info, dir, file) {
            Some(path) => progress(&Progress::Kept { path }),
            None => missing.push(file),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    if let Some(path) = files::archive(info, dir) {
        let expected = info.downloads.iter().find(|download| path.ends_with(download.name));
        return match expected {
            Some(expected) => open(&path, expected, info, dir, &missing, progress),
            None => Ok(()),
        };
    }
    let folder = dir.join(info.folder);
    std::fs::create_dir_all(dir).map_err(|e| DataError::io("making", dir, e))?;
    let wanted = |download: &&Download| {
        download.archive || missing.iter().any(|file: &&FileInfo| file.name == download.name)
    };
    for download in info.downloads.iter().filter(wanted) {
        let draft = draft(info, download, dir);
        let _lock = load(&draft, download, info, dir, client, progress)?;
        if download.archive {
            archive::unpack(&draft, info, dir, &missing, progress)?;
            std::fs::remove_file(&draft).map_err(|e| DataError::io("removing", &draft, e))?;
        } else {
            let path = folder.join(download.name);
            std::fs::create_dir_all(&folder).map_err(|e| DataError::io("making", &folder, e))?;
            place::name_it(&draft, &path)?;
            progress(&Progress::Written { path });
        }
    }
    Ok(())
}

/// Where a file is loaded to before it is whole. Archives and the files of MNIST have it under their name alone, as ever; others share
/// names with one another.
pub(crate) fn draft(info: &Info, download: &Download, dir: &Path) -> PathBuf {
    if download.archive || info.name == "mnist" {
        return dir.join(format!(".{}.part", download.name));
    }
    dir.join(format!(".{}.{}.part", info.name, download.name))
}

/// Unpacks an archive that was put there by hand, if it is the published one; it stays.
fn open(
    path: &Path,
    expected: &Download,
    info: &Info,
    dir: &Path,
    missing: &[&FileInfo],
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), DataError> {
    let io = |e| DataError::io("reading", path, e);
    let got = checksums::sha256_of(&mut File::open(path).map_err(io)?).map_err(io)?;
    if got != expected.sha256 {
        let (authority, expected) = ("published", expected.sha256.to_owned());
        return Err(DataError::Checksum { path: path.to_path_buf(), authority, expected, got });
    }
    progress(&Progress::Kept { path: path.to_path_buf() });
    archive::unpack(path, info, dir, missing, progress)
}

/// Loads a file to `draft`, which is left as it is when that fails, to go on from. The result holds the lock on it.
fn load(
    draft: &Path,
    download: &Download,
    info: &Info,
    dir: &Path,
    client: &Client,
    progress: &mut dyn FnMut(&Progress),
) -> Result<File, DataError> {
    let io = |e| DataError::io("writing", draft, e);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(draft);
    let mut file = opened.map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DataError::Busy { path: draft.to_path_buf() }),
        Err(TryLockError::Error(e)) => return Err(io(e)),
    }
    client.complete(download, &mut file, progress).map_err(|reason| {
        if file.metadata().is_ok_and(|draft| draft.len() == 0) {
            // Best effort: there is nothing in it to go on from.
            let _ = std::fs::remove_file(draft);
        }
        DataError::Download {
            url: client.url(download),
            reason,
            folder: dir.join(info.folder),
            files: info.file_names(),
            source_page: info.source,
        }
    })?;
    Ok(file)
}
