//! `inna-bench --worker run` and `--worker tune`: what `--isolate` starts for every population.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Run, Size, Verb};
use anyhow::{Result, bail};
use harness::isolation::{self, Order};
use harness::{Plan, Tune};
use records::Store;

pub(crate) fn run(places: &Places, verb: &Verb) -> Result<Ending> {
    let (Verb::Run(arguments) | Verb::Tune(arguments)) = verb else {
        bail!("--worker is what `run --isolate` and `tune --isolate` start; leave it out");
    };
    let order = isolation::order()?;
    let trainer = Trainer::new(arguments)?;
    trainer.watch(&order);
    let store = trainer.store(places);
    let mut plan = match verb {
        Verb::Tune(_) => trials(places, arguments, &order, &store)?,
        _ => {
            let mut plan = places.plan(&arguments.study, &only(arguments, &order), true)?;
            plan.adopt(&store)?;
            plan
        }
    };
    plan.keep(&order)?;
    trainer.serve(&plan, &store)
}

/// The study's size with the order's task alone: the data of others are not loaded.
fn only(arguments: &Run, order: &Order) -> Size {
    let Size { seeds, epochs, per_class, .. } = arguments.size;
    Size { tasks: vec![order.task.to_string()], seeds, epochs, per_class }
}

/// The trials of a search, extended as whoever gave the order has extended it: what that went by is stored.
fn trials(places: &Places, arguments: &Run, order: &Order, store: &Store) -> Result<Plan> {
    let configs = places.configs()?;
    let mut tune = Tune::new(&configs, &arguments.study, &only(arguments, order).scale())?;
    loop {
        let mut plan = tune.plan(&configs, places.data_folder())?;
        plan.adopt(store)?;
        if plan.has(order) || tune.extend(&plan, store)?.is_empty() {
            return Ok(plan);
        }
    }
}
