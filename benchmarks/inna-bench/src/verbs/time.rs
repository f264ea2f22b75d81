//! `inna-bench time`.

use super::time_study;
use crate::Ending;
use crate::arguments::{Places, Step, Time, Timed};
use crate::surroundings::precision;
use crate::{printed, terminal};
use anyhow::{Result, bail};
use harness::{Compute, Task};
use models::{Model, Network, Shape};
use rule::Method;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

pub(crate) fn run(places: &Places, arguments: &Time) -> Result<Ending> {
    match &arguments.what {
        Timed::Step(step) => one_step(places, step),
        Timed::Study(study) => time_study::run(places, study),
    }
}

fn one_step(places: &Places, step: &Step) -> Result<Ending> {
    let timed = time(places, step)?;
    let mut out = terminal::stdout();
    if step.json {
        writeln!(out, "{}", terminal::json(&timed)?)?;
    } else {
        writeln!(
            out,
            "{} images/s, {} of the limit set by matrix products ({} images/s), {} ms per step ({}, batch {}, {} \
             replicas, {} threads)",
            timed.images_per_s,
            timed.share_of_limit,
            timed.limit_images_per_s,
            timed.ms_per_step,
            step.optimizer,
            step.batch,
            step.replicas,
            timed.threads
        )?;
    }
    Ok(Ending::Done)
}

/// The network that is timed.
fn network(places: &Places, step: &Step) -> Result<Network> {
    let Some(task) = &step.task else {
        let input = Shape { height: 32, width: 32, channels: 3 };
        let model = Model::Nin { width: step.width, dropout: 0.5 };
        return Ok(Network::new(&model, input, usize::from(step.classes))?);
    };
    let (file, path) = places.configs()?.task(task)?;
    let Task::Training(settings) = file.task else {
        bail!("{path}: the task trains no network");
    };
    Ok(settings.network(&path, places.data_folder())?)
}

fn time(places: &Places, step: &Step) -> Result<printed::Step> {
    let network = network(places, step)?;
    let method: Arc<dyn Method> = Arc::from(places.optimizer(&step.optimizer, &json!({}))?);
    let (batch, replicas, steps) = (step.batch.into(), step.replicas.into(), step.steps.into());
    let compute = step.device.open()?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (threads, timing, product_gflops, reachable) = match &compute {
        Compute::Cpu if step.precision != "f32" => {
            bail!("--precision {} is for GPUs; say --device cuda", step.precision)
        }
        Compute::Cpu if step.kernel_by_kernel => bail!("--kernel-by-kernel is for GPUs; say --device cuda"),
        Compute::Cpu => {
            let threads = step.threads.map_or(cores, usize::from);
            let timing = harness::time_step(&network, method.as_ref(), batch, replicas, threads, steps);
            // What the products alone would leave of a step at nine tenths of their best rate.
            (threads, timing, harness::product_gflops(threads), 0.9)
        }
        Compute::Device(device) => {
            let precision = precision(&step.precision);
            let kernel_by_kernel = step.kernel_by_kernel;
            let timed = harness::Timed { precision, batch_size: batch, replicas, steps, kernel_by_kernel };
            let timing = harness::device_timing(device, &network, &method, timed)?;
            // What one large product reaches is the limit.
            (1, timing, harness::device_product_gflops(device, precision)?, 1.0)
        }
    };
    let step_gflop = network.step_flop() as f64 * 1e-9;
    let limit = reachable * product_gflops / step_gflop;
    let hundredths = |x: f64| (x * 100.0).round() / 100.0;
    Ok(printed::Step {
        task: step.task.clone(),
        model: step.task.is_none().then(|| step.model.clone()),
        width: step.task.is_none().then_some(step.width),
        classes: network.classes(),
        batch,
        optimizer: step.optimizer.clone(),
        replicas,
        device: compute.kind().into(),
        accelerator: compute.description(),
        precision: step.precision.clone(),
        kernel_by_kernel: step.kernel_by_kernel,
        threads,
        parameters: network.parameters(),
        step_gflop_per_image: step_gflop,
        images_per_s: hundredths(timing.images_per_s),
        product_gflops: hundredths(product_gflops),
        limit_images_per_s: hundredths(limit),
        share_of_limit: hundredths(timing.images_per_s / limit),
        ms_per_step: (timing.step_s * 1e6).round() / 1e3,
    })
}
