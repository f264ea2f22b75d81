//! A report in one file, with the records it is made from: it can be made again from it alone, on any machine.
//!
//! The file is a gzip-compressed tar. All members are files in one folder that is named after the study; the first is
//! `archive.json`, the list of the others with their sizes and digests. docs/FORMAT.md describes it.

mod error;
mod packing;
mod unpacking;

pub use error::ArchiveError;
pub use packing::{Archived, archive};
pub use unpacking::{Unpacked, unpack};

use crate::own_files::parts;
use records::{Name, NameError};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The end of an archive's name: it tells one from a study and from a manifest.
pub const ARCHIVE: &str = ".tar.gz";
/// The list, first of the members.
const LIST: &str = "archive.json";
/// Version of the list; raised when a reader of the old one would misread the new.
const FORMAT: u32 = 1;
/// Members of an archive that are needed to make the report again: this file and this folder.
const MANIFEST: &str = "manifest.json";
const RECORDS: &str = "store";

/// Bytes of a list, at most: several times that of the largest study that can be planned.
const LONGEST_LIST: u64 = 64 << 20;
/// Members of an archive, at most: two for each run of the largest study, and more figures than anybody looks at.
const MOST_MEMBERS: usize = 250_000;
/// Bytes that an archive unpacks to, at most.
const MOST_BYTES: u64 = 16 << 30;
/// Bytes of a member that is read into memory, at most: a manifest, a file of a record.
const LARGEST_READ: u64 = 256 << 20;
/// Bytes of a member's path, at most: study, `store`, task, run and file.
const LONGEST_PATH: u64 = 512;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    format: u32,
    /// Name of the study; that of the folder of all members, but for `/`.
    study: String,
    /// Version of the suite that made it.
    suite_version: String,
    /// The members, sorted by path.
    files: Vec<Member>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    /// With `/`, within the folder of all members.
    path: String,
    bytes: u64,
    blake3: String,
}

impl Listing {
    /// What of the list cannot be, if anything: checked before anything it lists is looked at.
    fn problem(&self) -> Option<String> {
        if self.files.len() > MOST_MEMBERS {
            return Some(format!("it lists {} files, at most {MOST_MEMBERS} are read", self.files.len()));
        }
        let bytes = self.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.bytes));
        if bytes.is_none_or(|bytes| bytes > MOST_BYTES) {
            return Some(format!(
                "what it lists is larger than {} GB, which is not unpacked",
                MOST_BYTES >> 30
            ));
        }
        if let Some(file) = self.files.iter().find(|file| is_needed(&file.path) && file.bytes > LARGEST_READ)
        {
            let most = LARGEST_READ >> 20;
            return Some(format!("{:?} is larger than {most} MB, which is not read", shown(&file.path)));
        }
        let bad = self.files.iter().find(|file| !is_path(&file.path));
        bad.map(|file| format!("it lists {:?}, which is no path that a report has", shown(&file.path)))
    }
}

/// Whether a path is relative, of checked names, and no other's than a report's could be.
fn is_path(path: &str) -> bool {
    path.len() as u64 <= LONGEST_PATH && parts(path).is_some() && path != LIST
}

/// Whether a file is one that the report is made from; the others are made again.
fn is_needed(path: &str) -> bool {
    path == MANIFEST || path.strip_prefix(RECORDS).is_some_and(|rest| rest.starts_with('/'))
}

/// Name of the folder of a study: sub-folders become dashes, and so does what joins several studies.
fn folder_name(study: &str) -> Result<Name, NameError> {
    let name = Name::new(study.replace(['/', '+'], "-"))?;
    if name.starts_with('.') { Err(NameError { text: study.into() }) } else { Ok(name) }
}

/// The beginning of a text that may be of any length.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Whether a file is an archive, by its name.
pub fn is_archive(path: &str) -> bool {
    Path::new(path).file_name().is_some_and(|name| name.to_string_lossy().ends_with(ARCHIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_announces_is_bounded() {
        let member = |path: String, bytes: u64| Member { path, bytes, blake3: String::new() };
        let problem = |files: Vec<Member>| {
            let list = Listing { format: FORMAT, study: "s".into(), suite_version: "0".into(), files };
            list.problem().unwrap_or_default()
        };
        let many = |n: usize| (0..n).map(|k| member(format!("figures/{k}.svg"), 1)).collect();
        assert_eq!(problem(many(MOST_MEMBERS)), "");
        assert!(problem(many(MOST_MEMBERS + 1)).contains("it lists 250001 files, at most 250000"));
        // A table may be larger than what is read into memory; all together not larger than a disk can be trusted to take.
        let table = |bytes: u64| member("tables/curves.csv".into(), bytes);
        assert_eq!(problem(vec![table(MOST_BYTES - 1), member("store/t/r/run.json".into(), 1)]), "");
        assert!(problem(vec![table(MOST_BYTES), table(1)]).contains("larger than 16 GB"));
        for path in ["manifest.json", "store/t/r/epochs.csv"] {
            assert!(problem(vec![member(path.into(), LARGEST_READ + 1)]).contains("larger than 256 MB"));
        }
        for path in ["archive.json", "store/../x", "/x", "a//b", ".x", "a/.x", "a\\b", "", &"a/".repeat(300)]
        {
            assert!(problem(vec![member(path.into(), 1)]).contains("no path that a report has"), "{path:?}");
        }
    }

    #[test]
    fn a_study_in_a_sub_folder_has_a_folder_of_its_own_name() {
        assert_eq!(folder_name("inna-2021/fig1").unwrap(), "inna-2021-fig1");
        assert_eq!(folder_name("quick+other").unwrap(), "quick-other");
        for bad in ["", ".", "..", ".hidden", "a b", "a\\b"] {
            assert!(folder_name(bad).is_err(), "{bad:?}");
        }
        assert!(
            is_archive("a/quick.tar.gz") && !is_archive("quick.tar.gz/manifest.json") && !is_archive("quick")
        );
    }
}
