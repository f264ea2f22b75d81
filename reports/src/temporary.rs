//! Where pages and records are put together before anything of them is anybody's.

use crate::ReportError;
use tempfile::{Builder, TempDir};

/// A private folder, which is gone when it is dropped.
pub(crate) fn temporary() -> Result<TempDir, ReportError> {
    Builder::new().prefix("inna-bench-").tempdir().map_err(|source| {
        let path = std::env::temp_dir();
        ReportError::Folder { action: "making a folder in", path, source }
    })
}
