//! `inna-bench report`.

use crate::Ending;
use crate::arguments::{Places, Report};
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

pub(crate) fn run(places: &Places, arguments: &Report) -> Result<Ending> {
    let plan = places.plan(&arguments.study, true)?;
    let records = plan.records(&places.store()?)?;
    let folder =
        arguments.output.clone().unwrap_or_else(|| PathBuf::from("reports/out").join(&plan.manifest.study));
    let built = reports::build(&plan.manifest, &records, &folder)?;
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
