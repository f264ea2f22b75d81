//! `inna-bench tune`.

use super::training::{Trainer, stopped};
use crate::Ending;
use crate::arguments::{Places, Run};
use anyhow::Result;
use harness::{Tune, number};
use records::Tuning;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let configs = places.configs()?;
    let scale = arguments.size.scale();
    // Everything that the study will need after the search is checked before it; remarks on values nobody has chosen yet
    // are of no use.
    places.untuned(&arguments.study, &arguments.size, true)?;
    let mut tune = Tune::new(&configs, &arguments.study, &scale)?;
    let trainer = Trainer::new(arguments)?;
    let store = places.store()?;
    let plan = loop {
        let plan = tune.plan(&configs, &places.data)?;
        if let Some(there) = trainer.train(&plan, &store)? {
            return Ok(stopped(there, &store));
        }
        let notes = tune.extend(&plan, &store)?;
        if notes.is_empty() {
            break plan;
        }
        say(arguments, &notes);
    };
    let (found, remarks) = tune.found(&plan, &store)?;
    say(arguments, &remarks);
    let written = if scale.rehearses() { None } else { Some(tune.write(&found)?) };
    if !arguments.quiet {
        show(&found, written.as_deref())?;
    }
    let asked = tune.searches();
    let answered: usize = found.values().map(|tuning| tuning.searches.len()).sum();
    Ok(if answered == asked { Ending::Done } else { Ending::CheckFailed })
}

fn say(arguments: &Run, notes: &[String]) {
    for note in notes.iter().filter(|_| !arguments.quiet) {
        eprintln!("note: {note}");
    }
}

fn show(found: &BTreeMap<String, Tuning>, written: Option<&Path>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for (task, tuning) in found {
        let plural = if tuning.epochs == 1 { "" } else { "s" };
        writeln!(out, "{task}: lowest {} after {} epoch{plural}", tuning.criterion, tuning.epochs)?;
        for search in &tuning.searches {
            let diverged = search.trials.iter().filter(|trial| trial.score.is_none()).count();
            writeln!(
                out,
                "  {:<24} {} {:<8} of {} trials, {diverged} diverged",
                search.entry,
                search.hyper,
                number(search.chosen),
                search.trials.len()
            )?;
        }
    }
    match written {
        None => writeln!(out, "A rehearsal: what studies read is left as it is.")?,
        Some(path) => writeln!(out, "Written to {}", path.display())?,
    }
    Ok(())
}
