//! Records beside the pages: a folder that can be made again from itself alone.

use crate::ReportError;
use records::{Record, Store, Stored};
use std::path::{Path, PathBuf};

/// Copies records into the folder of their pages, and says where in it they are and which of them were not there before: only those
/// are the report's own, and a later one may remove them.
///
/// # Errors
/// If one cannot be written.
pub fn put_beside(records: &[Record], folder: &Path) -> Result<Beside, ReportError> {
    let store = Store::open(folder.join("store"));
    let mut beside = Beside::default();
    for record in records {
        let place = Path::new("store").join(&record.specification.task).join(&record.id);
        if store.write(record)? == Stored::New {
            beside.new.push(place.clone());
        }
        beside.all.push(place);
    }
    Ok(beside)
}

/// Folders of records beside the pages, relative to the folder of the pages (`store/<task>/<run id>`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// All that the report has.
    pub all: Vec<PathBuf>,
    /// Those of them that it has put there.
    pub new: Vec<PathBuf>,
}
