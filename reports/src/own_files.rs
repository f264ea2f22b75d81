//! The list of what a report wrote into its folder: it tells our files from those of others, so that a page of what is no
//! longer there can go.
//!
//! A folder may come from anywhere, and its list with it. So an entry counts only if a report could have written it there: a
//! plain relative path of checked names, of one of the few kinds of file that a report has. What it names is removed only if
//! no part of the path is a link. Of records, which may be all that is left of a training, only those are listed that a report
//! has put there itself, with their digests, and only those that still have them are removed.

use crate::tables::Tables;
use crate::{Beside, ReportError};
use records::{Name, Record, Store, canonical_json, write_atomically};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Name of the list.
const LIST: &str = "files.json";
/// Version of the list.
const FORMAT: u32 = 2;
/// The version before, whose records have no digests: they are nobody's.
const FORMER: u32 = 1;
/// Files of a record, in a folder of its own.
const RECORD: [&str; 3] = ["run.json", "epochs.csv", "trajectory.csv"];
/// Bytes of a `run.json` that is looked at, at most; those that a report writes have a few thousand.
const LARGEST: u64 = 64 << 20;

/// The list as it is written: paths with `/`, relative to the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    format: u32,
    /// Pages, drawings, tables, data.
    files: BTreeSet<String>,
    /// Folders of records, with BLAKE3 of their `run.json`.
    records: BTreeMap<String, String>,
    /// Records that are about to be put there, with the digests of what they say: their files are not there yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    coming: BTreeMap<String, String>,
}

/// The same as it is read, whatever its version.
#[derive(Deserialize)]
struct Found {
    format: u32,
    files: BTreeSet<String>,
    #[serde(default)]
    records: Value,
    #[serde(default)]
    coming: Value,
}

/// The folder of a report with what an earlier one left there.
pub(crate) struct OwnFiles<'a> {
    folder: &'a Path,
    before: List,
}

impl<'a> OwnFiles<'a> {
    /// Reads the list of the folder, if there is one; what is none is nobody's.
    pub(crate) fn of(folder: &'a Path) -> Self {
        let read = records::text::read(&folder.join(LIST)).ok();
        let found: Option<Found> = read.and_then(|text| serde_json::from_str(&text).ok());
        let mut before = List::default();
        if let Some(found) = found.filter(|found| [FORMER, FORMAT].contains(&found.format)) {
            before.files = found.files;
            before.records = serde_json::from_value(found.records).unwrap_or_default();
            let coming: BTreeMap<String, String> = serde_json::from_value(found.coming).unwrap_or_default();
            before.records.extend(arrived(folder, &coming));
        }
        before.files.retain(|path| is_file_of_ours(path));
        before.records.retain(|path, _| is_record_of_ours(path));
        Self { folder, before }
    }

    /// Lists records that are about to be put beside the pages, by their places: of a report that is stopped while it copies them the
    /// next one knows which are its own.
    ///
    /// # Errors
    /// If the list cannot be written.
    pub(crate) fn announce(self, records: &[(PathBuf, &Record)]) -> Result<(), ReportError> {
        let coming = records.iter().filter_map(|(place, record)| Some((listed(place)?, said(record)?)));
        let list = List { format: FORMAT, coming: coming.collect(), ..self.before };
        list.write(self.folder).map(|_| ())
    }

    /// Removes what the earlier report wrote and this one does not. Records stay listed and where they are if this one puts
    /// none beside its pages. Gives the list that [`Claimed::done`] writes.
    ///
    /// # Errors
    /// If something cannot be removed, or the list not written.
    pub(crate) fn claim(
        self,
        files: impl Iterator<Item = PathBuf>,
        records: Option<&Beside>,
    ) -> Result<Claimed<'a>, ReportError> {
        let files = files.filter_map(|path| listed(&path)).filter(|path| is_file_of_ours(path));
        let is_read = records.is_some_and(|beside| beside.is_read);
        let records = match records {
            // The store belongs to whoever trains into it, and what a report once put there with it.
            Some(_) if is_read => BTreeMap::new(),
            Some(beside) => {
                let new: BTreeSet<String> = beside.new.iter().filter_map(|path| listed(path)).collect();
                let all = beside.all.iter().filter_map(|path| listed(path));
                let there = all.filter_map(|path| Some((digest(self.folder, &path)?, path)));
                // One that is not what was put there has been replaced by somebody, whose it is.
                let own = there
                    .filter(|(now, path)| new.contains(path) || self.before.records.get(path) == Some(now));
                own.map(|(now, path)| (path, now)).collect()
            }
            None => self.before.records.clone(),
        };
        let now = List { format: FORMAT, files: files.collect(), records, ..List::default() };
        // Both are ours until all is done: a report that is stopped leaves nothing that the next one does not know.
        let both = List {
            format: FORMAT,
            files: &self.before.files | &now.files,
            records: match is_read {
                true => BTreeMap::new(),
                false => self.before.records.clone().into_iter().chain(now.records.clone()).collect(),
            },
            ..List::default()
        };
        both.write(self.folder)?;
        for path in self.before.files.difference(&now.files) {
            remove_file(self.folder, path)?;
        }
        let gone =
            self.before.records.iter().filter(|(path, _)| !is_read && !now.records.contains_key(*path));
        for (path, was) in gone {
            // One that is not what was put there is somebody's.
            let is_ours = digest(self.folder, path).as_ref() == Some(was);
            for name in RECORD.iter().filter(|_| is_ours) {
                remove_file(self.folder, &format!("{path}/{name}"))?;
            }
        }
        Ok(Claimed { folder: self.folder, now })
    }
}

/// What this report has in the folder.
pub(crate) struct Claimed<'a> {
    folder: &'a Path,
    now: List,
}

impl Claimed<'_> {
    /// Writes the list, once all that is on it is there, and gives its path and size.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn done(self) -> Result<(PathBuf, u64), ReportError> {
        self.now.write(self.folder)
    }
}

impl List {
    fn write(&self, folder: &Path) -> Result<(PathBuf, u64), ReportError> {
        let path = folder.join(LIST);
        let text = serde_json::to_string_pretty(self)? + "\n";
        write_atomically(&path, text.as_bytes())?;
        Ok((path, text.len() as u64))
    }
}

/// The parts of a path of checked names, none of them hidden.
pub(crate) fn parts(path: &str) -> Option<Vec<Name>> {
    path.split('/').map(|part| Name::new(part).ok().filter(|name| !name.starts_with('.'))).collect()
}

/// Whether a report writes such a file.
fn is_file_of_ours(path: &str) -> bool {
    let Some(parts) = parts(path) else { return false };
    let parts: Vec<&str> = parts.iter().map(Name::as_str).collect();
    let ends = |name: &str, extensions: &[&str]| extensions.iter().any(|extension| name.ends_with(extension));
    match parts[..] {
        [name] => {
            ends(name, &[".html"]) || ["manifest.json", "report.json", "report.schema.json"].contains(&name)
        }
        ["figures", name] => ends(name, &[".svg", ".csv"]),
        ["tables", name] => Tables::FILES.contains(&name),
        _ => false,
    }
}

/// Whether records are put into such a folder.
fn is_record_of_ours(path: &str) -> bool {
    parts(path).is_some_and(|parts| parts.len() == 3 && parts[0] == "store")
}

/// A path as it is listed.
fn listed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// Digest of the `run.json` in a folder of a record; none of what is no file of data, which might have no end.
fn digest(folder: &Path, path: &str) -> Option<String> {
    let file = folder.join(path).join(RECORD[0]);
    fs::symlink_metadata(&file).ok().filter(|found| found.is_file() && found.len() <= LARGEST)?;
    Some(blake3::hash(&fs::read(&file).ok()?).to_hex().to_string())
}

/// Digest of what a record says, measurements and all: the same before it is written and when it is read again.
fn said(record: &Record) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(canonical_json(&serde_json::to_value(record).ok()?).as_bytes());
    hasher.update(&[0]);
    hasher.update(record.curve.to_csv().as_bytes());
    Some(hasher.finalize().to_hex().to_string())
}

/// The records among those that were about to be put there that have got there, with the digests of their files.
fn arrived(folder: &Path, coming: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let arrived = |(path, expected): (&String, &String)| {
        let names = parts(path).filter(|_| is_record_of_ours(path))?;
        let store = Store::open(folder.join(names[0].as_str()));
        let record = store.read(&names[1], &names[2]).ok().flatten()?;
        (said(&record)? == *expected).then_some(())?;
        Some((path.clone(), digest(folder, path)?))
    };
    coming.iter().filter_map(arrived).collect()
}

/// Removes a file that is none of anything else, and the folders around it that are empty then.
fn remove_file(folder: &Path, path: &str) -> Result<(), ReportError> {
    let failed = |action, path: &Path, source| ReportError::Folder { action, path: path.into(), source };
    let mut place = folder.to_owned();
    let mut around = Vec::new();
    let names: Vec<&str> = path.split('/').collect();
    for (k, name) in names.iter().enumerate() {
        place.push(name);
        let is_last = k + 1 == names.len();
        match fs::symlink_metadata(&place) {
            Ok(found) if is_last && found.is_file() => {}
            Ok(found) if !is_last && found.is_dir() => around.push(place.clone()),
            // A link, or something else under that name: not what a report wrote.
            Ok(_) => return Ok(()),
            Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
                return Ok(());
            }
            Err(error) => return Err(failed("looking at", &place, error)),
        }
    }
    fs::remove_file(&place).map_err(|error| failed("removing", &place, error))?;
    for folder in around.iter().rev() {
        // Only an empty one goes; what else is in it is not ours.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_report_writes_is_its_own() {
        for own in [
            "index.html",
            "task-a-b.html",
            "report.json",
            "figures/profile.svg",
            "figures/a.b_c-1.csv",
            "tables/runs.arrow",
        ] {
            assert!(is_file_of_ours(own), "{own}");
        }
        for other in [
            "",
            ".",
            "..",
            "../index.html",
            "/index.html",
            "//index.html",
            "./index.html",
            "a/index.html",
            "a\\b.html",
            "figures/../index.html",
            "figures//a.svg",
            "figures/a.svg/",
            "figures",
            "figures/a/b.svg",
            "figures/a.html",
            "README.md",
            "files.json",
            ".hidden.html",
            "tables/other.csv",
            "store/a/b/run.json",
            "C:index.html",
            "a\0.html",
        ] {
            assert!(!is_file_of_ours(other), "{other:?}");
        }
        assert!(is_record_of_ours("store/nin-shapes/inna-r0-3f2a"));
        for other in [
            "store",
            "store/a",
            "store/a/b/c",
            "store/../b",
            "store/a/..",
            "store//b",
            "/store/a/b",
            "other/a/b",
        ] {
            assert!(!is_record_of_ours(other), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (out, other) = (folder.path().join("out"), folder.path().join("other"));
        fs::create_dir_all(&out).unwrap();
        fs::create_dir_all(other.join("a")).unwrap();
        for file in ["precious.svg", "precious.html", "a/run.json"] {
            fs::write(other.join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(&other, out.join("figures")).unwrap();
        std::os::unix::fs::symlink(&other, out.join("store")).unwrap();
        std::os::unix::fs::symlink(other.join("precious.html"), out.join("link.html")).unwrap();
        let list = List {
            format: FORMAT,
            files: ["figures/precious.svg", "link.html", "../other/precious.html"].map(String::from).into(),
            records: ["store/a/b", "store/../../other"]
                .map(|path| (path.to_owned(), blake3::hash(b"x").to_hex().to_string()))
                .into(),
            ..List::default()
        };
        list.write(&out).unwrap();
        OwnFiles::of(&out).claim(std::iter::empty(), Some(&Beside::default())).unwrap().done().unwrap();
        for file in ["precious.svg", "precious.html", "a/run.json"] {
            assert!(other.join(file).is_file(), "{file}");
        }
        assert!(out.join("link.html").is_symlink());
    }
}
