//! The whole way from records to files.

use crate::tables::Tables;
use crate::view::Report;
use crate::{ChangesView, Earlier, ReportError, figures, pages};
use records::{Manifest, Record, write_atomically, write_atomically_with};
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

/// A part of the way from records to files, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Records arranged as tables.
    Tables,
    /// Questions asked to the tables.
    View,
    /// Figures drawn and written.
    Figures,
    /// Tables written.
    TableFiles,
    /// Pages filled and written.
    Pages,
    /// The report and its manifest written as data.
    Data,
}

/// What [`build_with`] does beyond the report alone.
#[derive(Default)]
pub struct Options<'a> {
    /// A report to compare with: what changed is on `changes.html` and in [`Report::changes`].
    pub earlier: Option<&'a Earlier>,
    /// Called when a stage is done.
    pub watch: Option<&'a mut dyn FnMut(Stage)>,
}

/// Makes the report of a study in the folder `out`: `index.html`, a page per task, `provenance.html`, where
/// the study has something for them `paper.html`, `tuning.html` and `theory.html`,
/// `report.json`, `manifest.json` (what the pages can be made from again), `figures/*.{svg,csv}` and
/// `tables/{runs,curves}.{arrow,csv}`. Records may be few or none; records the manifest does not plan are left out.
/// Files of these names are replaced, others left alone.
///
/// # Errors
/// If a file cannot be written; anything else is a defect, and says so.
pub fn build(manifest: &Manifest, records: &[Record], out: &Path) -> Result<Built, ReportError> {
    let tables = Tables::new(manifest, records)?;
    finish(manifest, records, tables, out, Options::default())
}

/// [`build`] with [`Options`], for many records: their curves are let go, but for where they ended, once the tables have them.
///
/// # Errors
/// As [`build`].
pub fn build_with(
    manifest: &Manifest,
    mut records: Vec<Record>,
    out: &Path,
    mut options: Options,
) -> Result<Built, ReportError> {
    let tables = Tables::new(manifest, &records)?;
    records.iter_mut().for_each(|record| record.curve.keep_last());
    options.done(Stage::Tables);
    finish(manifest, &records, tables, out, options)
}

impl Options<'_> {
    fn done(&mut self, stage: Stage) {
        if let Some(watch) = &mut self.watch {
            watch(stage);
        }
    }
}

fn finish(
    manifest: &Manifest,
    records: &[Record],
    tables: Tables,
    out: &Path,
    mut options: Options,
) -> Result<Built, ReportError> {
    let mut report = Report::new(manifest, records, &tables)?;
    report.changes = options.earlier.map(|earlier| ChangesView::new(earlier, &report)).transpose()?;
    options.done(Stage::View);
    let mut drawn = BTreeMap::new();
    let mut files = Vec::new();
    for figure in report.figures() {
        for view in figure.drawings() {
            drawn.insert(view.name.clone(), figures::svg(view)?);
        }
        let file = |extension: &str| out.join("figures").join(format!("{}.{extension}", figure.name));
        for (path, text) in [(file("svg"), figures::svg(figure)?), (file("csv"), figures::csv(figure))] {
            write_atomically(&path, text.as_bytes())?;
            files.push((path, text.len() as u64));
        }
    }
    options.done(Stage::Figures);
    files.extend(tables.write(&out.join("tables"))?);
    // Nothing asks them any more.
    drop(tables);
    options.done(Stage::TableFiles);
    pages::pages(&report, drawn, &mut |name, html| {
        let path = out.join(name);
        write_atomically(&path, html.as_bytes())?;
        files.push((path, html.len() as u64));
        Ok(())
    })?;
    options.done(Stage::Pages);
    let path = out.join("report.json");
    let size = write_atomically_with(&path, |file| {
        serde_json::to_writer_pretty(&mut *file, &report)?;
        file.write_all(b"\n")?;
        Ok::<_, ReportError>(())
    })?;
    files.push((path, size));
    let path = out.join("manifest.json");
    let size = write_atomically_with(&path, |file| {
        serde_json::to_writer(&mut *file, manifest)?;
        file.write_all(b"\n")?;
        Ok::<_, ReportError>(())
    })?;
    files.push((path, size));
    options.done(Stage::Data);
    // A figure that two pages show was drawn once for each.
    files.sort();
    files.dedup();
    Ok(Built { index: out.join("index.html"), files, report })
}
