//! `inna-bench run`.

use super::training::{Trained, Trainer, stopped};
use crate::Ending;
use crate::arguments::{Places, Run};
use crate::terminal;
use anyhow::Result;
use reports::view::Reach;

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
    Ok(match trainer.train(&plan, &store)? {
        Trained::All | Trained::Part(_) => Ending::Done,
        Trained::Failed => Ending::CheckFailed,
        Trained::Stopped(there) => stopped(there, &store, arguments.quiet),
    })
}
