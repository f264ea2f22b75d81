//! A report as one file: every page, drawing and number of it, to be opened anywhere.
//!
//! The report is made as ever, in a folder for temporary files, and its pages are put together: what is in the file is what is on the
//! pages, made by the same templates.

mod binding;
mod downloads;
mod markup;

use crate::temporary::temporary;
use crate::{Options, Report, ReportError, build_with, pages};
use binding::{Sheet, bind, in_order};
use downloads::Downloads;
use records::{Manifest, Record, write_atomically};
use std::fs;
use std::path::{Path, PathBuf};

/// The end of the file's name.
pub const SINGLE_FILE: &str = ".html";

/// What [`single_file`] made.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What its pages show.
    pub report: Report,
}

/// Makes the report of a study as one HTML file: all pages, one of them shown at a time, all of them on paper; the style and the script
/// once; the drawings, and the data as links that hold it, but for tables as `.arrow` and files above 16 MB, which the file names. The
/// file appears whole or not at all, and nothing else does. The same manifest and records give the same bytes.
///
/// # Errors
/// If something cannot be written; anything else is a defect, and says so.
pub fn single_file(
    manifest: &Manifest,
    records: Vec<Record>,
    file: &Path,
    options: Options,
) -> Result<Bound, ReportError> {
    let writing = |source| ReportError::Folder { action: "writing", path: file.into(), source };
    // Nobody should wait for the pages to be told so.
    if file.is_dir() {
        return Err(writing(std::io::ErrorKind::IsADirectory.into()));
    }
    let place = temporary()?;
    let built = build_with(manifest, records, place.path(), options)?;
    let mut sheets = Vec::new();
    for name in pages::names(&built.report) {
        let path = place.path().join(name);
        let html = fs::read_to_string(&path);
        let html = html.map_err(|source| ReportError::Folder { action: "reading", path, source })?;
        sheets.push(Sheet { name: name.into(), html });
    }
    let downloads = Downloads::new(place.path(), &built.files);
    let html = bind(&in_order(sheets)?, &downloads, &pages::dress(pages::Form::SingleFile)?, &note)?;
    write_atomically(file, html.as_bytes())?;
    Ok(Bound { file: file.into(), bytes: html.len() as u64, report: built.report })
}

/// What the file holds, and what it does not.
fn note(downloads: &Downloads) -> Result<String, ReportError> {
    let manifest = "manifest.json";
    let reading = |source| ReportError::Folder { action: "reading", path: manifest.into(), source };
    let link = downloads.link(manifest).map_err(reading)?;
    // The list tells what is where in a folder, and here is none.
    let left: Vec<&str> = downloads.left().into_iter().filter(|path| *path != "files.json").collect();
    pages::note(link.as_deref(), &left)
}
