//! `inna-bench run`.

use super::training::{Trainer, stopped};
use crate::Ending;
use crate::arguments::{Places, Run};
use anyhow::Result;

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let trainer = Trainer::new(arguments)?;
    let mut plan = places.plan(&arguments.study, &arguments.size, arguments.quiet)?;
    let store = trainer.store(places);
    plan.adopt(&store)?;
    Ok(trainer.train(&plan, &store)?.map_or(Ending::Done, |there| stopped(there, &store, arguments.quiet)))
}
