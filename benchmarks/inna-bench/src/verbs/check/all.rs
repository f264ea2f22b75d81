//! `inna-bench check all`: every optimizer, a line each.

use super::subject::{MEASURED, Subject};
use super::{ending, mark};
use crate::Ending;
use crate::arguments::{CheckOptimizer, Places};
use crate::printed::Checked;
use crate::terminal;
use anyhow::{Result, bail};
use harness::OptimizerFiles;
use serde_json::json;
use std::io::Write;

pub(super) fn run(places: &Places, arguments: &CheckOptimizer) -> Result<Ending> {
    if arguments.hyper.is_some() || arguments.trace.is_some() || arguments.against.is_some() {
        bail!(
            "check all takes every optimizer with its defaults; name one for --hyper, --trace and --against"
        );
    }
    let files = OptimizerFiles::read(&places.configs()?)?;
    let compiled = catalogue::ALL.names().into_iter().map(str::to_owned);
    let names: Vec<String> = compiled.chain(files.formulas().map(|formula| formula.name.clone())).collect();
    if let Some(folder) = &arguments.pages {
        reports::specimen_places(folder, names.iter().map(String::as_str), true)?;
    }
    let mut subjects = Vec::new();
    for (number, name) in names.iter().enumerate() {
        terminal::say(format_args!("[{}/{}] {name}", number + 1, names.len()));
        subjects.push(Subject::new(name, files.parse(name, &json!({}))?)?);
    }
    let passed = subjects.iter().all(Subject::passed);
    let mut out = terminal::stdout();
    if arguments.json {
        let value = Checked::All(subjects.iter().map(Subject::printed).collect());
        writeln!(out, "{}", terminal::json(&value)?)?;
    } else {
        for subject in &subjects {
            let good = subject.checks.iter().filter(|check| check.passed).count();
            let (mark, all, cost) = (mark(subject.passed()), subject.checks.len(), subject.cost_in_words());
            writeln!(out, "{mark}  {:<14} {good} of {all} checks; {cost}", subject.name)?;
            for check in subject.checks.iter().filter(|check| !check.passed) {
                writeln!(out, "        {}: {}", check.name, check.detail)?;
            }
        }
    }
    if let Some(folder) = &arguments.pages {
        let specimens: Vec<_> = subjects.iter().map(|it| it.specimen(&files)).collect::<Result<_>>()?;
        reports::specimen_pages(folder, &specimens, true, MEASURED)?;
        terminal::say(format_args!("{}", folder.join("index.html").display()));
    }
    Ok(ending(passed))
}
