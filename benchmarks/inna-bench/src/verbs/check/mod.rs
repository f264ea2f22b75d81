//! `inna-bench check`.

mod against;
mod all;
mod subject;
mod trace;

use crate::Ending;
use crate::arguments::{Check, CheckOptimizer, CheckWhat, Places};
use crate::printed::Checked;
use crate::terminal;
use anyhow::{Context, Result};
use harness::OptimizerFiles;
use serde_json::json;
use std::io::Write;
use subject::{MEASURED, Subject};

/// The word for every optimizer.
pub(crate) const ALL: &str = "all";

pub(crate) fn run(places: &Places, arguments: &Check) -> Result<Ending> {
    let optimizer = match &arguments.engine {
        Some(CheckWhat::Engine(settings)) => return super::engine::run(settings),
        None => &arguments.optimizer,
    };
    let name = optimizer.optimizer.as_deref().unwrap_or_default();
    if name == ALL {
        return all::run(places, optimizer);
    }
    if let Some(file) = &optimizer.trace {
        return trace::run(optimizer, name, file);
    }
    let hyper = match &optimizer.hyper {
        // JSON is YAML: one reader, with its bounds.
        Some(text) => harness::parse("--hyper", text)
            .context("--hyper takes a map in JSON; say --hyper '{\"learning_rate\": 0.1}'")?,
        None => json!({}),
    };
    let method = places.optimizer(name, &hyper)?;
    if let Some(folder) = &optimizer.pages {
        reports::specimen_places(folder, [name].into_iter(), false)?;
    }
    match &optimizer.against {
        Some(script) => against::run(optimizer, method.as_ref(), script),
        None => conformance(places, optimizer, &Subject::new(name, method)?),
    }
}

fn conformance(places: &Places, arguments: &CheckOptimizer, subject: &Subject) -> Result<Ending> {
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(&Checked::One(subject.printed()))?)?;
    } else {
        for check in &subject.checks {
            writeln!(out, "{}  {}: {}", mark(check.passed), check.name, check.detail)?;
        }
        writeln!(out, "cost    {}", subject.cost_in_words())?;
    }
    if let Some(folder) = &arguments.pages {
        let known = OptimizerFiles::read(&places.configs()?)?;
        let files = reports::specimen_pages(folder, &[subject.specimen(&known)?], false, MEASURED)?;
        files.iter().for_each(|file| terminal::say(format_args!("{}", file.display())));
    }
    Ok(ending(subject.passed()))
}

fn mark(passed: bool) -> &'static str {
    if passed { "ok    " } else { "FAILED" }
}

pub(super) fn ending(passed: bool) -> Ending {
    if passed { Ending::Done } else { Ending::CheckFailed }
}
