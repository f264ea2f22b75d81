//! `inna-bench tune`.

use super::training::{Trainer, stopped};
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
    let store = trainer.store(places);
    let plan = loop {
        let mut plan = tune.plan(&configs, &places.data)?;
        plan.adopt(&store)?;
        if let Some(there) = trainer.train(&plan, &store)? {
            return Ok(stopped(there, &store));
        }
        let notes = tune.extend(&plan, &store)?;
        if notes.is_empty() {
            break plan;
        }
        for note in notes {
            eprintln!("note: {note}");
        }
    };
    let (found, remarks) = tune.found(&plan, &store)?;
    for remark in remarks {
        eprintln!("note: {remark}");
    }
    let mut out = std::io::stdout().lock();
    for (task, tuning) in &found {
        let plural = if tuning.epochs == 1 { "" } else { "s" };
        writeln!(out, "{task}: lowest {} after {} epoch{plural}", tuning.criterion, tuning.epochs)?;
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
        writeln!(out, "A rehearsal: what studies read is left as it is.")?;
    } else {
        writeln!(out, "Written to {}", tune.write(&found)?.display())?;
    }
    let asked = tune.searches();
    let answered: usize = found.values().map(|tuning| tuning.searches.len()).sum();
    Ok(if answered == asked { Ending::Done } else { Ending::CheckFailed })
}
