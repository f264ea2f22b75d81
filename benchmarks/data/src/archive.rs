//! The archives that CIFAR is published in.

use crate::catalogue::{FileInfo, Info};
use crate::{DataError, Progress, checksums, place};
use flate2::bufread::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Takes the `wanted` files of the data set out of the `tar.gz` and puts them in their place under `dir`, each whole
/// and with its published checksum.
pub(crate) fn unpack(
    archive: &Path,
    info: &Info,
    dir: &Path,
    wanted: &[&FileInfo],
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), DataError> {
    let bad = |reason: String| DataError::Archive { path: archive.to_path_buf(), reason };
    let unreadable = |e: std::io::Error| bad(format!("not an intact tar.gz file: {e}"));
    let file = File::open(archive).map_err(|e| DataError::io("reading", archive, e))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut missing = wanted.to_vec();
    for entry in tar.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path().map_err(unreadable)?.file_name().map(|name| name.to_os_string());
        let Some(at) = missing.iter().position(|file| name.as_deref() == Some(file.name.as_ref())) else {
            continue;
        };
        let file = missing.remove(at);
        let mut content = Vec::new();
        entry.by_ref().take(file.bytes + 1).read_to_end(&mut content).map_err(unreadable)?;
        let got = checksums::sha256(&content);
        if got != file.sha256 {
            return Err(bad(format!(
                "{} in it has SHA-256 {got}; expected {} (published)",
                file.name, file.sha256
            )));
        }
        let path = info.path(dir, file);
        place::write(&path, &content)?;
        progress(&Progress::Written { path });
    }
    match missing.first() {
        None => Ok(()),
        Some(file) => Err(bad(format!("{} is not in it", file.name))),
    }
}
