//! SHA-256, and lists of checksums beside the data.

use crate::{DataError, files};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

/// Name of the list in a data set's folder, in the format of `sha256sum`.
const LIST: &str = "SHA256SUMS";
/// Of its length.
const LIMIT: u64 = 1 << 20;

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Of all that `reader` gives.
pub(crate) fn sha256_of(reader: &mut impl Read) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The list of `folder`: checksum by file name; empty if there is no list.
pub(crate) fn read(folder: &Path) -> Result<BTreeMap<String, String>, DataError> {
    let path = folder.join(LIST);
    let bytes = match files::bounded(&path, LIMIT) {
        Ok(bytes) => bytes,
        Err(DataError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(BTreeMap::new());
        }
        Err(e) => return Err(e),
    };
    let mut list = BTreeMap::new();
    for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let parts = line.split_once(' ').map(|(sum, name)| (sum, name.strip_prefix([' ', '*'])));
        match parts {
            Some((sum, Some(name))) if sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()) => {
                list.insert(name.to_owned(), sum.to_ascii_lowercase());
            }
            _ => {
                let reason = format!("line {} is not `SHA-256, two spaces, file name`", number + 1);
                return Err(DataError::ChecksumList { path, reason });
            }
        }
    }
    Ok(list)
}
