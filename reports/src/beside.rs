//! Records beside the pages: a folder that can be made again from itself alone.

use crate::ReportError;
use records::{Record, Store};
use std::path::{Path, PathBuf};

/// Copies records into the folder of their pages, and says where in it they are.
///
/// # Errors
/// If one cannot be written.
pub fn put_beside(records: &[Record], folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let beside = Store::open(folder.join("store"));
    let put = |record: &Record| {
        beside.write(record)?;
        Ok(Path::new("store").join(&record.specification.task).join(&record.id))
    };
    records.iter().map(put).collect()
}
