//! `inna-bench tune`.

use super::training::{Extent, Trained, Trainer, stopped};
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::printed::Tuned;
use crate::terminal;
use anyhow::Result;
use harness::{Plan, Tune, number};
use records::text::count;
use records::{Tuning, setting_words};
use reports::view::ResolutionView;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let configs = places.configs()?;
    let (scale, quiet) = (arguments.size.scale(), arguments.quiet);
    // Everything that the study will need after the search is checked before it; remarks on values nobody has chosen yet
    // are of no use.
    places.untuned(&arguments.study, &arguments.size, true)?;
    let mut tune = Tune::new(&configs, &arguments.study, &scale)?;
    let trainer = Trainer::new(arguments)?;
    let store = trainer.store(places);
    let mut all: Option<Trained> = None;
    let (plan, trained) = loop {
        let mut plan = tune.plan(&configs, places.data_folder())?;
        plan.adopt(&store)?;
        let trained = match all.take() {
            None => trainer.train(&plan, &store)?,
            Some(before) => trainer.train(&plan, &store)?.after(&before),
        };
        // A search without some of its trials finds nothing.
        if arguments.json && trained.extent != Extent::All {
            let training = trained.described(&plan.manifest.study, &store);
            let value = Tuned { training, searches: tune.searches(), found: BTreeMap::new(), file: None };
            writeln!(terminal::stdout(), "{}", terminal::json(&value)?)?;
        }
        match trained.extent {
            Extent::All => {}
            Extent::Failed => return Ok(Ending::CheckFailed),
            Extent::Part => {
                if !quiet {
                    terminal::say(format_args!(
                        "{} of the search left: nothing is chosen before they are there. The same command goes on.",
                        count(trained.left(), "trial")
                    ));
                }
                return Ok(Ending::Done);
            }
            Extent::Stopped => return Ok(stopped(&trained, &store, quiet)),
        }
        let notes = tune.extend(&plan, &store)?;
        if notes.is_empty() {
            break (plan, trained);
        }
        all = Some(trained);
        for note in notes.into_iter().filter(|_| !quiet) {
            terminal::say(format_args!("note: {note}"));
        }
    };
    let (found, remarks) = tune.found(&plan, &store)?;
    let asked = tune.searches();
    let answered: usize = found.values().map(|tuning| tuning.searches.len()).sum();
    // Why a search found nothing is an error, and said in any case.
    if !quiet || answered < asked {
        for remark in remarks {
            terminal::say(format_args!("note: {remark}"));
        }
    }
    let written = if scale.rehearses() { None } else { Some(tune.write(&plan, &found)?) };
    if arguments.json {
        let training = trained.described(&plan.manifest.study, &store);
        let file = written.as_ref().map(|file| file.display().to_string());
        writeln!(
            terminal::stdout(),
            "{}",
            terminal::json(&Tuned { training, searches: asked, found, file })?
        )?;
    } else if !quiet {
        show(&plan, &found, written.as_deref())?;
    }
    Ok(if answered == asked { Ending::Done } else { Ending::CheckFailed })
}

fn show(plan: &Plan, found: &BTreeMap<String, Tuning>, written: Option<&Path>) -> Result<()> {
    let mut out = terminal::stdout();
    for (task, tuning) in found {
        let plural = if tuning.epochs == 1 { "" } else { "s" };
        writeln!(out, "{task}: lowest {} after {} epoch{plural}", tuning.criterion, tuning.epochs)?;
        let card = plan.manifest.tasks.iter().find(|card| card.name == **task);
        for search in &tuning.searches {
            // Neighbours in one hyper-parameter are none where points differ in others.
            let card = card.filter(|_| tuning.drawn == 0);
            let resolution = card.and_then(|card| ResolutionView::of(card, tuning, search));
            let others = search.others.iter().map(|(key, value)| format!(", {key} {}", setting_words(value)));
            let diverged = search.trials.iter().filter(|trial| trial.score.is_none()).count();
            writeln!(
                out,
                "  {:<24} {} {:<8}{} of {} trials, {diverged} diverged{}",
                search.entry,
                search.hyper,
                number(search.chosen),
                others.collect::<String>(),
                search.trials.len(),
                resolution.map_or(String::new(), |it| format!("; {}", it.sentence.unwrap_or(it.words)))
            )?;
        }
    }
    match written {
        Some(file) => writeln!(out, "Written to {}", file.display())?,
        None => writeln!(out, "A rehearsal: what studies read is left as it is.")?,
    }
    Ok(())
}
