//! The whole way from records to files.

use crate::beside::found_beside;
use crate::own_files::OwnFiles;
use crate::tables::Tables;
use crate::view::Report;
use crate::{Beside, ChangesView, Earlier, ReportError, figures, json, pages};
use records::{Manifest, Record, write_atomically};
use schemars::generate::SchemaSettings;
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
    /// The records that lie beside the pages for this report: others that an earlier report has put there are removed. None leaves
    /// all of them alone.
    pub records: Option<&'a Beside>,
    /// Whether pages lead to no record, be there some beside them: those of an archive are the same wherever they are made.
    pub apart: bool,
    /// Called when a stage is done.
    pub watch: Option<&'a mut dyn FnMut(Stage)>,
}

/// Makes the report of a study in the folder `out`: `index.html`, a page per task, `provenance.html`, where
/// the study has something for them `paper.html`, `tuning.html` and `theory.html`,
/// `report.json` with `report.schema.json`, `manifest.json` (what the pages can be made from again), `figures/*.{svg,csv}` and
/// `tables/{runs,curves}.{arrow,csv}`. Records may be few or none; records the manifest does not plan are left out.
/// Files of these names are replaced. What an earlier report has written into the folder by its list of own files,
/// `files.json`, and this one does not is removed; others are left alone.
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
    for run in &mut report.provenance.runs {
        run.record = found_beside(out, &run.task, &run.id).filter(|_| !options.apart);
    }
    report.changes = options.earlier.map(|earlier| ChangesView::new(earlier, &report)).transpose()?;
    options.done(Stage::View);
    for part in ["", "figures", "tables"] {
        records::sweep_drafts(&out.join(part));
    }
    let claimed = OwnFiles::of(out).claim(own_files(&report), options.records)?;
    let mut drawn = BTreeMap::new();
    let mut files = BTreeMap::new();
    let mut write = |path: PathBuf, bytes: &[u8]| {
        write_atomically(&path, bytes)?;
        files.insert(path, bytes.len() as u64);
        Ok::<_, ReportError>(())
    };
    for figure in report.figures() {
        let file = |extension: &str| out.join("figures").join(format!("{}.{extension}", figure.name));
        // Other views are in the pages alone; their numbers are in the figure's table.
        for view in &figure.other_views {
            drawn.insert(view.figure.name.clone(), figures::drawings(&view.figure)?);
        }
        let drawings = figures::drawings(figure)?;
        write(file("svg"), drawings.wide.as_bytes())?;
        write(file("csv"), figures::csv(figure).as_bytes())?;
        drawn.insert(figure.name.clone(), drawings);
    }
    options.done(Stage::Figures);
    let written = tables.write(&out.join("tables"))?;
    // Nothing asks them any more, and they may be large.
    drop(tables);
    options.done(Stage::TableFiles);
    pages::pages(&report, drawn, &mut |name, html| write(out.join(name), html.as_bytes()))?;
    options.done(Stage::Pages);
    write(out.join("report.json"), &json::text(&report)?)?;
    // As it is written, not as it might be read: members that are there always are required.
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = serde_json::to_string_pretty(&schema.into_root_schema_for::<Report>())?;
    write(out.join("report.schema.json"), (schema + "\n").as_bytes())?;
    let json = serde_json::to_string(manifest)?;
    write(out.join("manifest.json"), (json + "\n").as_bytes())?;
    options.done(Stage::Data);
    files.extend(written);
    files.extend([claimed.done()?]);
    Ok(Built { index: out.join("index.html"), files: files.into_iter().collect(), report })
}

/// What the report consists of, relative to its folder.
fn own_files(report: &Report) -> impl Iterator<Item = PathBuf> {
    let figures = report.figures().flat_map(|figure| {
        ["svg", "csv"].map(|extension| Path::new("figures").join(format!("{}.{extension}", figure.name)))
    });
    let tables = Tables::FILES.iter().map(|name| Path::new("tables").join(name));
    let data = ["report.json", "report.schema.json", "manifest.json"].map(PathBuf::from);
    figures.chain(tables).chain(pages::names(report).map(PathBuf::from)).chain(data)
}
