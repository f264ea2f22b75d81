//! `inna-bench run`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Run};
use anyhow::Result;

pub(crate) fn run(places: &Places, arguments: &Run) -> Result<Ending> {
    let trainer = Trainer::new(arguments)?;
    let plan = places.plan(&arguments.study, &arguments.size, arguments.quiet)?;
    Ok(if trainer.train(&plan, &places.store()?)? { Ending::Done } else { Ending::Interrupted })
}
