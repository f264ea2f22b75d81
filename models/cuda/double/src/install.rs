//! Where the program under test looks for the libraries.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// Links the double into `folder` under the names of the three libraries. Files that are one are loaded once: all share a state.
///
/// # Errors
/// If the shared library is not beside the tests that call this, or the links cannot be made.
pub fn install(folder: &Path) -> Result<()> {
    let library = library()?;
    for name in ["libcuda.so", "libcublas.so", "libnvrtc.so"] {
        std::os::unix::fs::symlink(&library, folder.join(name))?;
    }
    Ok(())
}

/// cargo puts it where it puts the tests.
fn library() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folders = test.ancestors().skip(1).take(2);
    let mut places = folders.map(|folder| folder.join("libdouble.so"));
    places.find(|file| file.is_file()).ok_or_else(|| Error::other("libdouble.so is not beside the tests"))
}
