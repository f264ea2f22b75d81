//! Getting a data set that is not there.

use crate::{CheckedFile, DataError, catalogue, verify};
use std::path::{Path, PathBuf};

/// What a download is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Files are being loaded from this data set of the Hugging Face hub (or from its cache).
    Downloading {
        /// `owner/name`.
        dataset: &'static str,
    },
    /// Images are being rewritten to the official format.
    Converting {
        /// The file they go to.
        path: PathBuf,
        /// Images done.
        done: usize,
        /// Images in all.
        total: usize,
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
/// are there are kept; a file appears whole or not at all. With everything there, no network is touched.
///
/// The images come from the Hugging Face hub as PNG (`uoft-cs/cifar10`, `uoft-cs/cifar100`, `ylecun/mnist`),
/// which loses nothing. Their order is the hub's, which follows the official files.
///
/// # Errors
/// If the download is not built in (cargo feature `hub`) or fails, or what is there does not verify.
pub fn fetch(
    name: &str,
    dir: &Path,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<CheckedFile>, DataError> {
    let info = catalogue::info(name)?;
    if info.present(dir) {
        info.files.iter().for_each(|file| progress(&Progress::Kept { path: info.path(dir, file) }));
        return verify(name, dir);
    }
    #[cfg(feature = "hub")]
    {
        crate::hub::fetch(info, dir, progress)?;
        verify(name, dir)
    }
    #[cfg(not(feature = "hub"))]
    Err(DataError::NoHub {
        name: info.name,
        folder: dir.join(info.folder),
        files: info.file_names(),
        source_page: info.source,
    })
}
