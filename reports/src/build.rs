//! The whole way from records to files.

use crate::tables::Tables;
use crate::view::Report;
use crate::{ReportError, figures, json, pages};
use records::{Manifest, Record, write_atomically};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What [`build`] made.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The page to open.
    pub index: PathBuf,
    /// Every file with its size in bytes, sorted by path.
    pub files: Vec<(PathBuf, u64)>,
    /// What the pages show.
    pub report: Report,
}

/// Makes the report of a study in the folder `out`: `index.html`, a page per task, `provenance.html`, where
/// the study has something for them `paper.html`, `tuning.html` and `theory.html`,
/// `report.json`, `manifest.json` (what the pages can be made from again), `figures/*.{svg,csv}` and `tables/{runs,curves}.{arrow,csv}`. Records may be few or none; records the
/// manifest does not plan are left out. Files of these names are replaced, others left alone.
///
/// # Errors
/// If a file cannot be written; anything else is a defect, and says so.
pub fn build(manifest: &Manifest, records: &[Record], out: &Path) -> Result<Built, ReportError> {
    let tables = Tables::new(manifest, records)?;
    let report = Report::new(manifest, records, &tables)?;
    let mut drawn = BTreeMap::new();
    let mut contents: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for figure in report.figures() {
        let file = |extension: &str| out.join("figures").join(format!("{}.{extension}", figure.name));
        // Other views are in the pages alone; their numbers are in the figure's table.
        for view in &figure.other_views {
            drawn.insert(view.figure.name.clone(), figures::svg(&view.figure)?);
        }
        let svg = figures::svg(figure)?;
        contents.insert(file("svg"), svg.clone().into_bytes());
        contents.insert(file("csv"), figures::csv(figure).into_bytes());
        drawn.insert(figure.name.clone(), svg);
    }
    for (name, html) in pages::pages(&report, &drawn)? {
        contents.insert(out.join(name), html.into_bytes());
    }
    for (name, bytes) in tables.files()? {
        contents.insert(out.join("tables").join(name), bytes);
    }
    contents.insert(out.join("report.json"), json::text(&report)?);
    let json = serde_json::to_string(manifest)?;
    contents.insert(out.join("manifest.json"), (json + "\n").into_bytes());
    let mut files = Vec::new();
    for (path, bytes) in contents {
        write_atomically(&path, &bytes)?;
        files.push((path, bytes.len() as u64));
    }
    Ok(Built { index: out.join("index.html"), files, report })
}
