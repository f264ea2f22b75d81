//! Records beside the pages: a folder that can be made again from itself alone.

use crate::error::ReportError;
use crate::own_files::OwnFiles;
use records::{RUN_FILE, Record, Store, Stored};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of records beside the pages.
const STORE: &str = "store";

/// Copies records into the folder of their pages, and says where in it they are and which of them were not there before: only those
/// are the report's own, and a later one may remove them. `read` is the store that they were read from, if it was one: if it is the
/// one beside the pages, they are there already.
///
/// # Errors
/// If one cannot be written.
pub fn put_beside(records: &[Record], read: Option<&Path>, folder: &Path) -> Result<Beside, ReportError> {
    let root = folder.join(STORE);
    let place = |record: &Record| Path::new(STORE).join(&record.specification.task).join(&record.id);
    let all = records.iter().map(place).collect();
    if read.is_some_and(|read| are_one(read, &root)) {
        return Ok(Beside { all, new: Vec::new(), is_read: true });
    }
    let store = Store::open(root);
    let is_there =
        |record: &Record| matches!(store.read(&record.specification.task, &record.id), Ok(Some(_)));
    let coming: Vec<(PathBuf, &Record)> =
        records.iter().filter(|record| !is_there(record)).map(|record| (place(record), record)).collect();
    if !coming.is_empty() {
        OwnFiles::of(folder).announce(&coming)?;
    }
    let mut new = Vec::new();
    for (place, record) in coming {
        if store.write(record)? == Stored::New {
            new.push(place);
        }
    }
    Ok(Beside { all, new, is_read: false })
}

/// Where the record of a run lies beside the pages, relative to them; none if it does not.
pub(crate) fn found_beside(folder: &Path, task: &str, id: &str) -> Option<String> {
    let record = Path::new(STORE).join(task).join(id).join(RUN_FILE);
    folder.join(&record).is_file().then(|| record.to_string_lossy().into_owned())
}

/// Whether two paths lead to one folder.
fn are_one(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Folders of records beside the pages, relative to the folder of the pages (`store/<task>/<run id>`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// All that the report has.
    pub all: Vec<PathBuf>,
    /// Those of them that it has put there.
    pub new: Vec<PathBuf>,
    /// Whether they lie in the store that they were read from: then no record there is the report's, and none is removed.
    pub is_read: bool,
}
