//! `inna-bench completions`, `man` and `schema`: what is known of arguments, configurations and what is printed, for shells, readers and editors.

use crate::Ending;
use crate::arguments::{Arguments, Completions, Man, Schema};
use crate::{printed, terminal};
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::io::Write;

pub(crate) fn completions(arguments: &Completions) -> Result<Ending> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "inna-bench", &mut text);
    terminal::stdout().write_all(&text)?;
    Ok(Ending::Done)
}

pub(crate) fn pages(arguments: &Man) -> Result<Ending> {
    let shown = arguments.folder.display();
    std::fs::create_dir_all(&arguments.folder).with_context(|| format!("cannot make {shown}"))?;
    clap_mangen::generate_to(Arguments::command(), &arguments.folder)
        .with_context(|| format!("cannot write into {shown}"))?;
    terminal::say(format_args!("{shown}"));
    Ok(Ending::Done)
}

pub(crate) fn schema(arguments: &Schema) -> Result<Ending> {
    let mut out = terminal::stdout();
    let configuration = arguments.kind.as_deref().and_then(harness::schema);
    match configuration.or_else(|| arguments.printed.as_deref().and_then(printed::schema)) {
        Some(schema) => writeln!(out, "{}", terminal::json(&schema)?)?,
        None => write!(out, "{}", harness::reference())?,
    }
    Ok(Ending::Done)
}
