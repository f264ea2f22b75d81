//! Reading an archive, which may come from anybody.
//!
//! Its list is read first, and checked; every member has to be on it, once, a plain file of the size and with the digest that the
//! list says. So neither more nor larger files are looked at than were announced, and none outside of a private folder, whose files
//! are all newly made. Nothing is used before all of it has been checked; then the folder is gone.

use super::{
    ArchiveError, FORMAT, LIST, LONGEST_LIST, LONGEST_PATH, Listing, MANIFEST, Member, RECORDS, folder_name,
    is_needed, shown,
};
use crate::temporary::temporary;
use flate2::bufread::GzDecoder;
use records::{Manifest, Record, Store, StoreError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use tar::EntryType;

/// Bytes of zeros that may follow the last member: blocks of records, as `tar` writes them.
const MOST_PADDING: u64 = 1 << 20;
/// Bytes that are looked at in one go.
const PIECE: usize = 1 << 16;

/// What an archive held: a study and its records.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The study.
    pub manifest: Manifest,
    /// The records of its runs that there were.
    pub records: Vec<Record>,
    /// Name of the folder that it is in, and unpacks to by hand.
    pub name: String,
    /// Version of the suite that made it.
    pub suite_version: String,
    /// Digests of the files in it, by path.
    digests: BTreeMap<String, String>,
}

impl Unpacked {
    /// The pages and figures in `folder` that are not those of the archive, or are missing.
    ///
    /// # Errors
    /// If one is there and cannot be read.
    pub fn other_pages(&self, folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
        let mut others = Vec::new();
        let is_page = |path: &str| !path.starts_with("store/") && path != "files.json";
        for (path, digest) in self.digests.iter().filter(|(path, _)| is_page(path)) {
            let place = folder.join(path);
            let mut hasher = blake3::Hasher::new();
            // What is no file of data is no page, and might have no end.
            if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
                others.push(path.into());
                continue;
            }
            match File::open(&place).and_then(|mut file| io::copy(&mut file, &mut hasher)) {
                Ok(_) if hasher.finalize().to_hex().as_str() == digest => {}
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(ArchiveError::Reading { file: place, source });
                }
                _ => others.push(path.into()),
            }
        }
        Ok(others)
    }
}

/// Reads an archive. It is unpacked into a temporary folder, which is gone when this ends.
///
/// # Errors
/// If it cannot be read or unpacked, or is not whole, or is anything else than an archive.
pub fn unpack(file: &Path) -> Result<Unpacked, ArchiveError> {
    let reading = |source| ArchiveError::Reading { file: file.into(), source };
    // Looked at first: opening a pipe waits for somebody who writes into it.
    if !fs::metadata(file).map_err(reading)?.is_file() {
        return Err(reading(io::Error::new(ErrorKind::InvalidInput, "it is no file of data")));
    }
    let opened = File::open(file).map_err(reading)?;
    let place = temporary()?;
    let reader = Reader { file, place: place.path() };
    let listing = reader.members(BufReader::with_capacity(PIECE, opened))?;
    let manifest = reader.manifest(&listing)?;
    let records = reader.records(&manifest)?;
    let name = reader.folder(&listing)?;
    let digests = listing.files.into_iter().map(|member| (member.path, member.blake3)).collect();
    Ok(Unpacked { manifest, records, name, suite_version: listing.suite_version, digests })
}

/// An archive and where it is unpacked.
struct Reader<'a> {
    file: &'a Path,
    place: &'a Path,
}

impl Reader<'_> {
    fn whole(&self, reason: impl Into<String>) -> ArchiveError {
        self.unusable("it is no whole archive".into(), reason.into())
    }

    fn member(&self, path: &str, reason: impl Into<String>) -> ArchiveError {
        self.unusable(format!("member {:?}", shown(path)), reason.into())
    }

    fn unusable(&self, what: String, reason: String) -> ArchiveError {
        ArchiveError::Unusable { file: self.file.into(), what, reason }
    }

    /// Name of the folder that all members are in.
    fn folder(&self, listing: &Listing) -> Result<String, ArchiveError> {
        let name = folder_name(&listing.study);
        Ok(name.map_err(|e| self.member(LIST, format!("the study's name: {e}")))?.into())
    }

    /// Checks all members, and unpacks those that are needed.
    fn members(&self, packed: BufReader<File>) -> Result<Listing, ArchiveError> {
        let cut = |error: io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => self.whole("it ends too early"),
            _ => self.whole(error.to_string()),
        };
        let mut archive = tar::Archive::new(GzDecoder::new(packed));
        let mut listed: Option<(Listing, String)> = None;
        let mut missing: BTreeMap<String, Member> = BTreeMap::new();
        let mut long_name = None;
        // As they are stored: without what they say of each other, which would be read into memory whatever its size.
        for entry in archive.entries().map_err(cut)?.raw(true) {
            let mut entry = entry.map_err(cut)?;
            let (kind, size) = (entry.header().entry_type(), entry.size());
            if kind == EntryType::GNULongName && long_name.is_none() {
                long_name = Some(self.long_name(&mut entry, size)?);
                continue;
            }
            let bytes = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
            let path = String::from_utf8_lossy(&bytes).into_owned();
            if kind != EntryType::Regular {
                return Err(self.member(&path, "it is no plain file"));
            }
            let Some((_, folder)) = &listed else {
                let found = self.listing(&path, &mut entry, size)?;
                missing.extend(found.0.files.iter().map(|member| (member.path.clone(), member.clone())));
                if missing.len() < found.0.files.len() {
                    return Err(self.member(&path, "it lists a file twice"));
                }
                listed = Some(found);
                continue;
            };
            let inside = path.strip_prefix(folder.as_str()).and_then(|path| path.strip_prefix('/'));
            // Only checked paths are on the list, each of them once.
            let Some((inside, member)) = inside.and_then(|inside| missing.remove_entry(inside)) else {
                return Err(self.member(&path, format!("it is not on the list {LIST}, or is there twice")));
            };
            if size != member.bytes {
                return Err(self.member(&path, format!("it has {size} bytes, listed are {}", member.bytes)));
            }
            self.take(&inside, &member, &mut entry).map_err(|error| match error {
                Failure::Reading(error) => cut(error),
                Failure::Writing(error) => error,
            })?;
        }
        if let Some(name) = long_name {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(self.member(&name, "it is named, and missing"));
        }
        let Some((listing, _)) = listed else { return Err(self.whole("it holds nothing")) };
        if let Some(path) = missing.keys().next() {
            return Err(self.member(path, format!("it is on the list {LIST}, and missing")));
        }
        self.end(archive.into_inner())?;
        Ok(listing)
    }

    /// What stands before a member whose path is too long for its header.
    fn long_name(&self, content: &mut impl Read, size: u64) -> Result<Vec<u8>, ArchiveError> {
        if size > LONGEST_PATH {
            return Err(self.whole(format!("a path of {size} bytes, at most {LONGEST_PATH} are read")));
        }
        let mut name = Vec::new();
        content.take(size).read_to_end(&mut name).map_err(|e| self.whole(e.to_string()))?;
        while name.last() == Some(&0) {
            name.pop();
        }
        Ok(name)
    }

    /// Reads the list, which has to come first; gives the name of the folder that it is in, too.
    fn listing(
        &self,
        path: &str,
        content: &mut impl Read,
        size: u64,
    ) -> Result<(Listing, String), ArchiveError> {
        /// What is looked at first.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        if !path.ends_with(&format!("/{LIST}")) {
            return Err(self.member(path, format!("the first member has to be the list {LIST}")));
        }
        if size > LONGEST_LIST {
            return Err(self.member(path, format!("it has {size} bytes, at most {LONGEST_LIST} are read")));
        }
        let bad = |error: serde_json::Error| self.member(path, shown(&error.to_string()));
        let mut json = Vec::new();
        content.take(size).read_to_end(&mut json).map_err(|e| self.whole(e.to_string()))?;
        let Version { format } = serde_json::from_slice(&json).map_err(bad)?;
        if format != FORMAT {
            return Err(self.member(path, format!("format {format}, this version reads {FORMAT}")));
        }
        let listing: Listing = serde_json::from_slice(&json).map_err(bad)?;
        if let Some(problem) = listing.problem() {
            return Err(self.member(path, problem));
        }
        let folder = self.folder(&listing)?;
        if path != format!("{folder}/{LIST}") {
            return Err(self.member(path, format!("it is that of study {:?}", shown(&listing.study))));
        }
        Ok((listing, folder))
    }

    /// Checks the content of a member. Pages are made again, so only what they are made from is written.
    fn take(&self, path: &str, member: &Member, content: &mut impl Read) -> Result<(), Failure> {
        let mut out = if is_needed(path) { Some(self.create(path)?) } else { None };
        let mut hasher = blake3::Hasher::new();
        let mut piece = vec![0; PIECE];
        let mut left = member.bytes;
        while left > 0 {
            let most = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
            let read = match content.read(&mut piece[..most]) {
                Ok(0) => return Err(Failure::Reading(ErrorKind::UnexpectedEof.into())),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other.map_err(Failure::Reading)?,
            };
            hasher.update(&piece[..read]);
            if let Some((out, place)) = &mut out {
                out.write_all(&piece[..read]).map_err(|e| temporary_failed("writing", place, e))?;
            }
            left -= read as u64;
        }
        if hasher.finalize().to_hex().as_str() != member.blake3 {
            return Err(Failure::Writing(
                self.member(path, "its bytes are not those that are listed (their digest differs)"),
            ));
        }
        Ok(())
    }

    /// Makes a new file in the private folder, for a path that has been checked.
    fn create(&self, path: &str) -> Result<(File, PathBuf), Failure> {
        let place = self.place.join(path);
        let folder = place.parent().unwrap_or(self.place);
        let made = fs::create_dir_all(folder);
        let created = made.and_then(|()| OpenOptions::new().write(true).create_new(true).open(&place));
        match created {
            Ok(file) => Ok((file, place)),
            // The folder was empty: two members of one path, as far as this file system can tell.
            Err(error) if [ErrorKind::AlreadyExists, ErrorKind::NotADirectory].contains(&error.kind()) => {
                Err(Failure::Writing(self.member(path, "another member is in its place")))
            }
            Err(error) => Err(temporary_failed("making", &place, error)),
        }
    }

    /// Checks that nothing comes behind the last member, and that the compressed data are whole.
    fn end(&self, mut unpacked: GzDecoder<BufReader<File>>) -> Result<(), ArchiveError> {
        let mut padding = Vec::new();
        let read = (&mut unpacked).take(MOST_PADDING).read_to_end(&mut padding);
        read.map_err(|e| self.whole(e.to_string()))?;
        let is_at_end = unpacked.read(&mut [0]).map_err(|e| self.whole(e.to_string()))? == 0;
        if padding.iter().any(|byte| *byte != 0) || !is_at_end {
            return Err(self.whole("something comes behind its last member"));
        }
        match unpacked.into_inner().fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.whole("something comes behind its end")),
            Err(error) => Err(self.whole(error.to_string())),
        }
    }

    fn manifest(&self, listing: &Listing) -> Result<Manifest, ArchiveError> {
        let path = self.place.join(MANIFEST);
        let json = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(self.member(MANIFEST, "it is not there"));
            }
            other => other.map_err(|source| ArchiveError::Temporary { action: "reading", path, source })?,
        };
        let manifest: Manifest =
            serde_json::from_slice(&json).map_err(|e| self.member(MANIFEST, shown(&e.to_string())))?;
        if manifest.study != listing.study {
            let reason =
                format!("it is of study {:?}, not {:?}", shown(&manifest.study), shown(&listing.study));
            return Err(self.member(MANIFEST, reason));
        }
        Ok(manifest)
    }

    /// The records of the study's runs; one that is there is whole, or the archive is not used.
    fn records(&self, manifest: &Manifest) -> Result<Vec<Record>, ArchiveError> {
        let store = Store::open(self.place.join(RECORDS));
        let failed = |error: StoreError| match error {
            StoreError::Damaged { path, reason } => {
                let path = path.strip_prefix(self.place).unwrap_or(&path).to_string_lossy().into_owned();
                self.member(&path, reason)
            }
            StoreError::Io { action, path, source, .. } => ArchiveError::Temporary { action, path, source },
            other => self.whole(other.to_string()),
        };
        let survey = store.survey(&manifest.runs).map_err(failed)?;
        if let Some(damage) = survey.damaged.first() {
            let run = &damage.run;
            store.read(&run.task, &run.id).map_err(failed)?;
            let path = format!("{RECORDS}/{}/{}", run.task, run.id);
            return Err(self.member(&path, format!("it is not repetition {}", run.repetition)));
        }
        if survey.records.is_empty() && !manifest.runs.is_empty() {
            return Err(self.member(RECORDS, "it holds none of the study's runs"));
        }
        Ok(survey.records)
    }
}

/// Why a member could not be taken: by the archive, or for another reason, which has its words already.
enum Failure {
    Reading(io::Error),
    Writing(ArchiveError),
}

fn temporary_failed(action: &'static str, path: &Path, source: io::Error) -> Failure {
    Failure::Writing(ArchiveError::Temporary { action, path: path.into(), source })
}
