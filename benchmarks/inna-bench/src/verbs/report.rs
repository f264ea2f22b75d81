//! `inna-bench report`.

use crate::Ending;
use crate::arguments::{Places, Report};
use anyhow::{Context, Result};
use records::{Manifest, Record};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) fn run(places: &Places, arguments: &Report) -> Result<Ending> {
    let (manifest, records) = match arguments.study.strip_suffix(".json") {
        Some(_) => written(places, Path::new(&arguments.study))?,
        None => {
            let plan = places.plan(&arguments.study, &arguments.size, true)?;
            let records = plan.records(&places.store()?)?;
            let mut manifest = plan.manifest;
            let exhibits = manifest.theory.iter().map(|name| theory::exhibit(name));
            manifest.exhibits = exhibits.collect::<Result<_, _>>()?;
            (manifest, records)
        }
    };
    let suffix = if arguments.size.scale().rehearses() { "-rehearsal" } else { "" };
    let default = || PathBuf::from("reports/out").join(format!("{}{suffix}", manifest.study));
    let folder = arguments.output.clone().unwrap_or_else(default);
    let built = reports::build(&manifest, &records, &folder)?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let files: Vec<_> =
            built.files.iter().map(|(path, bytes)| json!({ "path": path, "bytes": bytes })).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&files)?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "{}", reports::terminal_table(&built.report))?;
    writeln!(out, "Pages: {}", folder.join("index.html").display())?;
    Ok(Ending::Done)
}

/// A manifest that an earlier report left, with the records of its runs.
fn written(places: &Places, file: &Path) -> Result<(Manifest, Vec<Record>)> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{shown} cannot be read; name the manifest.json of a report"))?;
    let manifest: Manifest = serde_json::from_str(&text)
        .with_context(|| format!("{shown} is not the manifest.json of a report"))?;
    let store = places.store()?;
    let runs = manifest.runs.iter().filter_map(|run| store.read(&run.task, &run.id).transpose());
    let records = runs.collect::<Result<_, _>>()?;
    Ok((manifest, records))
}
