//! `inna-bench run`.

use super::training::{Extent, Trainer, stopped};
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::terminal;
use anyhow::Result;
use reports::view::Reach;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let trainer = Trainer::new(arguments)?;
    let mut plan = places.plan(&arguments.study, &arguments.size, arguments.quiet)?;
    if !arguments.quiet
        && let Some(sentence) = Reach::of(&plan.manifest).and_then(|reach| reach.sentence())
    {
        terminal::say(format_args!("note: {sentence}"));
    }
    let store = trainer.store(places);
    plan.adopt(&store)?;
    let trained = trainer.train(&plan, &store)?;
    if arguments.json {
        let value = trained.described(&plan.manifest.study, &store);
        writeln!(terminal::stdout(), "{}", terminal::json(&value)?)?;
    }
    Ok(match trained.extent {
        Extent::All | Extent::Part => Ending::Done,
        Extent::Failed => Ending::CheckFailed,
        Extent::Stopped => stopped(&trained, &store, arguments.quiet),
    })
}
