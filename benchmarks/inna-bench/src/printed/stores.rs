//! Of `merge`, `clean` and `seal`.

use records::Name;
use schemars::JsonSchema;
use serde::Serialize;

/// Stores that were merged into one.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Merged {
    /// Folder of the store that they were merged into.
    pub store: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The others.
    pub sources: Vec<MergedStore>,
}

/// What became of another store's records.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MergedStore {
    /// Its folder.
    pub store: String,
    /// Runs that were stored.
    pub new: usize,
    /// Runs that were there with the same bits.
    pub equal: usize,
    /// Stored runs of the former format, without digests.
    pub unprotected: usize,
    /// What was wrong with records that took their place.
    pub mended: Vec<String>,
    /// Runs that were there with other bits.
    pub conflicts: Vec<Conflict>,
    /// What is wrong with records that cannot be used.
    pub refused: Vec<String>,
    /// Step times that were stored.
    pub new_timings: usize,
    /// Step times of which there were some already, which stay.
    pub kept_timings: Vec<KeptTiming>,
}

/// Two records of one run that say different things.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Conflict {
    /// The task.
    pub task: Name,
    /// The run.
    pub id: Name,
    /// What differs, in words.
    pub what: Vec<String>,
    /// Circumstances that are not the same.
    pub circumstances: Vec<String>,
    /// Whether a record with these bits is kept apart already.
    pub known: bool,
    /// Where it is kept apart; null if nothing was written.
    pub kept: Option<String>,
}

/// Step times that stay.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KeptTiming {
    /// Of which task.
    pub task: Name,
    /// On which device.
    pub device: Name,
}

/// What in a store is no result.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Cleaned {
    /// Folder of the store.
    pub store: String,
    /// Its records, which stay.
    pub records: usize,
    /// Whether another process works on it.
    pub shared: bool,
    /// The kinds.
    pub kinds: Vec<Litter>,
}

/// A kind of what is no result.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Litter {
    /// Its name.
    pub kind: &'static str,
    /// Files there were.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Files that were removed; null if none were to be.
    pub removed_files: Option<u64>,
    /// Their size.
    pub removed_bytes: Option<u64>,
    /// What could not be removed.
    pub kept: Vec<Held>,
}

/// What could not be removed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Held {
    /// Where it is.
    pub path: String,
    /// Why it stays.
    pub reason: String,
}

/// Records that have got digests.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Sealed {
    /// Folder of the store.
    pub store: String,
    /// Its records.
    pub records: usize,
    /// Those that have got digests.
    pub sealed: usize,
    /// What is wrong with those that are not whole.
    pub damaged: Vec<String>,
}
