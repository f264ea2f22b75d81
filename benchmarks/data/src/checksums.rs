//! SHA-256, and the list of checksums that a download leaves beside the data.

use crate::DataError;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Name of the list in a data set's folder, in the format of `sha256sum`.
pub(crate) const LIST: &str = "SHA256SUMS";

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The list of `folder`: checksum by file name; `None` if there is no list.
pub(crate) fn read(folder: &Path) -> Result<Option<BTreeMap<String, String>>, DataError> {
    let path = folder.join(LIST);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(DataError::io("reading", &path, e)),
    };
    let mut list = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        match line.split_once("  ") {
            Some((sum, name)) if sum.len() == 64 => list.insert(name.to_owned(), sum.to_owned()),
            _ => {
                let reason = format!("line {} is not `SHA-256, two spaces, file name`", number + 1);
                return Err(DataError::ChecksumList { path, reason });
            }
        };
    }
    Ok(Some(list))
}

/// The text that [`read`] reads.
#[cfg(any(test, feature = "hub"))]
pub(crate) fn text(list: &BTreeMap<String, String>) -> String {
    list.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect()
}
