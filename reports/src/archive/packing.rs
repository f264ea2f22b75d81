//! Writing an archive.

use super::{
    ARCHIVE, ArchiveError, FORMAT, LIST, LONGEST_LIST, Listing, Member, folder_name, is_archive, shown,
};
use crate::temporary::temporary;
use crate::{Options, ReportError, build_with, put_beside};
use flate2::{Compression, GzBuilder};
use records::{Manifest, Record, StoreError, write_atomically_with};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// An archive that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Runs whose records it holds.
    pub runs: usize,
    /// Runs that the study has.
    pub planned: usize,
}

/// Makes the report of a study with its records beside it and puts all of that into one file, by default in the current folder.
/// The file appears whole or not at all. The same manifest and records give the same bytes.
///
/// # Errors
/// If a file cannot be written, or the archive would be one that is not read again.
pub fn archive(
    manifest: &Manifest,
    records: Vec<Record>,
    file: Option<&Path>,
    suite_version: &str,
) -> Result<Archived, ArchiveError> {
    let name = folder_name(&manifest.study)?;
    let file = match file {
        Some(file) if !is_archive(&file.to_string_lossy()) => {
            return Err(ArchiveError::OtherName { file: file.into() });
        }
        Some(file) => file.to_owned(),
        None => format!("{name}{}{ARCHIVE}", if manifest.rehearsal { "-rehearsal" } else { "" }).into(),
    };
    // Nobody should wait for the pages to be told so.
    if file.is_dir() {
        let source = io::ErrorKind::IsADirectory.into();
        return Err(StoreError::Io { action: "writing", path: file, source, option: "-o" }.into());
    }
    let place = temporary()?;
    let folder = place.path().join(&name);
    let (runs, planned) = (records.len(), manifest.runs.len());
    let beside = put_beside(&records, None, &folder)?;
    let options = Options { records: Some(&beside), apart: true, ..Options::default() };
    build_with(manifest, records, &folder, options)?;
    let list = listing(&manifest.study, suite_version, &folder)?;
    let json = serde_json::to_string_pretty(&list).map_err(ReportError::from)? + "\n";
    let too_large = match json.len() as u64 {
        bytes if bytes > LONGEST_LIST => Some(format!("its list would have {bytes} bytes")),
        _ => list.problem(),
    };
    if let Some(reason) = too_large {
        return Err(ArchiveError::TooLarge { file, reason });
    }
    let bytes = write_atomically_with(&file, |out| {
        // A header without time or name. Whatever of the disk fails, the file remembers and names.
        let packed = GzBuilder::new().write(out, Compression::default());
        let mut members = Builder::new(packed);
        let mut add = |path: &str, bytes: u64, content: &mut dyn Read| {
            members.append_data(&mut header(bytes), Path::new(&*name).join(path), content)
        };
        let writing = |source| ArchiveError::Temporary { action: "writing", path: file.clone(), source };
        add(LIST, json.len() as u64, &mut json.as_bytes()).map_err(writing)?;
        for member in &list.files {
            let path = folder.join(&member.path);
            let reading = |source| ArchiveError::Temporary { action: "reading", path: path.clone(), source };
            let content = File::open(&path).map_err(reading)?;
            // A file that has grown would shift what comes behind it.
            add(&member.path, member.bytes, &mut content.take(member.bytes)).map_err(reading)?;
        }
        members.into_inner().and_then(|packed| packed.finish()).map_err(writing)?;
        Ok::<_, ArchiveError>(())
    })?;
    Ok(Archived { file, bytes, runs, planned })
}

/// Nothing in it but the size is of the file on this machine.
fn header(bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Lists the files of a folder.
fn listing(study: &str, suite_version: &str, folder: &Path) -> Result<Listing, ArchiveError> {
    let mut files = Vec::new();
    list(folder, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Listing { format: FORMAT, study: study.into(), suite_version: suite_version.into(), files })
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<Member>) -> Result<(), ArchiveError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ArchiveError::Temporary { action: "reading", path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let (path, name) = (entry.path(), entry.file_name());
        // All of them were written by the report, under names that it has checked.
        let name = format!("{prefix}{}", shown(&name.to_string_lossy()));
        if entry.file_type().map_err(failed(&path))?.is_dir() {
            list(&path, &format!("{name}/"), files)?;
            continue;
        }
        let mut hasher = blake3::Hasher::new();
        let bytes = File::open(&path).and_then(|mut file| io::copy(&mut file, &mut hasher));
        let bytes = bytes.map_err(failed(&path))?;
        files.push(Member { path: name, bytes, blake3: hasher.finalize().to_hex().to_string() });
    }
    Ok(())
}
