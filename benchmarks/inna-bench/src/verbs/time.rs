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
            "{} images/s, {} of the limit set by matrix products ({} images/s), {} ms per step ({}, batch {}, {} \
             replicas, {} threads)",
            value["images_per_s"],
            value["share_of_limit"],
            value["limit_images_per_s"],
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
    let product_gflops = harness::product_gflops(threads);
    let step_gflop = network.step_flop() as f64 * 1e-9;
    // What the products alone would leave of a step at nine tenths of their best rate.
    let limit = 0.9 * product_gflops / step_gflop;
    let hundredths = |x: f64| (x * 100.0).round() / 100.0;
    Ok(json!({
        "model": step.model, "width": step.width, "classes": step.classes, "batch": step.batch,
        "optimizer": step.optimizer, "replicas": step.replicas, "device": "cpu", "threads": threads,
        "parameters": network.parameters(), "step_gflop_per_image": step_gflop,
        "images_per_s": hundredths(timing.images_per_s),
        "product_gflops": hundredths(product_gflops),
        "limit_images_per_s": hundredths(limit),
        "share_of_limit": hundredths(timing.images_per_s / limit),
        "ms_per_step": (timing.step_s * 1e6).round() / 1e3,
    }))
}
