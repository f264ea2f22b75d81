//! `inna-bench time`.

use crate::Ending;
use crate::arguments::{Step, Time, Timed};
use anyhow::Result;
use models::{Model, Network, Shape};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(arguments: &Time) -> Result<Ending> {
    let Timed::Step(step) = &arguments.what;
    step.device.check()?;
    let value = time(step)?;
    let mut out = std::io::stdout().lock();
    if step.json {
        writeln!(out, "{value}")?;
    } else {
        writeln!(
            out,
            "{} images/s, {} ms per step ({}, batch {}, {} replicas, {} threads)",
            value["images_per_s"],
            value["ms_per_step"],
            step.optimizer,
            step.batch,
            step.replicas,
            value["threads"]
        )?;
    }
    Ok(Ending::Done)
}

fn time(step: &Step) -> Result<Value> {
    let input = Shape { height: 32, width: 32, channels: 3 };
    let model = Model::Nin { width: step.width, dropout: 0.5 };
    let network = Network::new(&model, input, step.classes.into())?;
    let method = catalogue::parse(&step.optimizer, &json!({}))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = step.threads.map_or(cores, usize::from);
    let (batch, replicas) = (step.batch.into(), step.replicas.into());
    let timing = harness::time_step(&network, method.as_ref(), batch, replicas, threads, step.steps.into());
    Ok(json!({
        "model": step.model, "width": step.width, "classes": step.classes, "batch": step.batch,
        "optimizer": step.optimizer, "replicas": step.replicas, "device": "cpu", "threads": threads,
        "parameters": network.parameters(), "forward_flop_per_image": network.forward_flop(),
        "images_per_s": (timing.images_per_s * 100.0).round() / 100.0,
        "ms_per_step": (timing.step_s * 1e6).round() / 1e3,
    }))
}
