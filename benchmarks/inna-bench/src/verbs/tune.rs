//! `inna-bench tune`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Run};
use anyhow::Result;
use harness::Tune;
use std::io::Write;

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
        if !trainer.train(&plan, &store)? {
            return Ok(Ending::Interrupted);
        }
        let notes = tune.extend(&plan, &store)?;
        if notes.is_empty() {
            break plan;
        }
        for note in notes {
            eprintln!("note: {note}");
        }
    };
    let (found, warnings) = tune.found(&plan, &store)?;
    for warning in warnings {
        eprintln!("note: {warning}");
    }
    let mut out = std::io::stdout().lock();
    for (task, tuning) in &found {
        writeln!(out, "{task}: lowest {} after {} epochs", tuning.criterion, tuning.epochs)?;
        for search in &tuning.searches {
            let diverged = search.trials.iter().filter(|trial| trial.score.is_none()).count();
            writeln!(
                out,
                "  {:<24} {} {:<8} of {} trials, {diverged} diverged",
                search.entry,
                search.hyper,
                search.chosen,
                search.trials.len()
            )?;
        }
    }
    if scale.rehearses() {
        writeln!(out, "A rehearsal: nothing is written.")?;
    } else {
        writeln!(out, "Written to {}", tune.write(&found)?.display())?;
    }
    Ok(Ending::Done)
}
