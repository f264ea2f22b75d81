//! Reading a file that is anybody's.

use super::MOST_BYTES;
use crate::{DataError, files};
use std::io::ErrorKind;
use std::path::Path;

/// The bytes of the file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    files::bounded(path, MOST_BYTES).map_err(|error| {
        let reason = match &error {
            DataError::TooLong { limit, .. } => {
                format!("it has more than {limit} bytes, the most that is read. Name a part of it")
            }
            DataError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
                "there is no such file. `file` under `data` is a path from the data directory on, and --data says where that is".into()
            }
            _ => return error,
        };
        DataError::Text { path: path.to_path_buf(), reason }
    })
}
