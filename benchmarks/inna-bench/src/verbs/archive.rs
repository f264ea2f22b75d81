//! `inna-bench archive`.

use super::report::{Ingredients, alone, ingredients};
use crate::Ending;
use crate::arguments::{Archive, Places};
use crate::{printed, terminal};
use anyhow::{Result, bail};
use reports::{ArchiveError, Archived, is_archive};
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Archive) -> Result<Ending> {
    let study = &arguments.study;
    if is_archive(study) {
        bail!("{study} is an archive already; copy it, or name a study or the manifest.json of a report");
    }
    alone(places, study)?;
    let Ingredients { manifest, records, .. } = ingredients(places, study, &arguments.size)?;
    if records.is_empty() && !manifest.runs.is_empty() {
        let (runs, store) = (manifest.runs.len(), places.store_folder().to_owned());
        return Err(ArchiveError::Empty { study: study.clone(), runs, store }.into());
    }
    let output = arguments.output.as_deref();
    let archived = reports::archive(&manifest, records, output, env!("CARGO_PKG_VERSION"))?;
    let Archived { file, bytes, runs, planned } = &archived;
    let mut out = terminal::stdout();
    if arguments.json {
        let file = file.display().to_string();
        let value = printed::Archived { file, bytes: *bytes, runs: *runs, planned: *planned };
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    let missing = if runs < planned { "; the others are missing in it as they are in the store" } else { "" };
    writeln!(
        out,
        "{} holds {runs} of {planned} runs and their pages, {} kB{missing}.",
        file.display(),
        bytes.div_ceil(1000)
    )?;
    writeln!(out, "The pages can be made from it anywhere: inna-bench report {}", file.display())?;
    Ok(Ending::Done)
}
