//! `inna-bench check engine`.

use super::check::ending;
use crate::Ending;
use crate::arguments::{CheckEngine, Device};
use crate::surroundings::precision;
use anyhow::{Result, bail};
use cuda::conformance::{self, Settings};
use harness::Compute;
use rule::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

/// The update rules whose steps must have the bits of the CPU's: every optimizer, and what changes its kernel.
fn rules() -> Vec<(&'static str, Value)> {
    vec![
        ("inna", json!({})),
        ("inna", json!({"weight_decay": 0.01})),
        ("sgd", json!({})),
        ("sgd", json!({"momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01})),
        ("sgd", json!({"momentum": 0.9, "nesterov": true})),
        ("adam", json!({})),
        ("adam", json!({"amsgrad": true, "weight_decay": 0.01})),
        ("adam", json!({"weight_decay": 0.01, "decay": "decoupled"})),
        ("adagrad", json!({})),
        ("adagrad", json!({"weight_decay": 0.01})),
    ]
}

/// What is trained. With their usual `eps`, Adam and Adagrad take full steps along gradients that are nothing but rounding.
fn trainings() -> Vec<(&'static str, Value)> {
    vec![
        ("inna", json!({})),
        ("sgd", json!({"momentum": 0.9})),
        ("adam", json!({"eps": 1e-4})),
        ("adagrad", json!({"eps": 1e-4})),
    ]
}

fn methods(configurations: &[(&str, Value)]) -> Result<Vec<Arc<dyn Method>>> {
    configurations.iter().map(|(name, hyper)| Ok(Arc::from(catalogue::parse(name, hyper)?))).collect()
}

pub(crate) fn run(arguments: &CheckEngine) -> Result<Ending> {
    let Compute::Device(device) = arguments.device.open()? else {
        bail!("check engine compares a device with the CPU; say --device cuda or --device emulated");
    };
    let small = arguments.device == Device::Emulated;
    let settings = Settings {
        precision: precision(&arguments.precision),
        width: arguments.width.unwrap_or(if small { 0.05 } else { 1.0 }),
        batch_size: arguments.batch.map_or(if small { 6 } else { 32 }, usize::from),
        steps: arguments.steps.into(),
        replicas: arguments.replicas.map_or(if small { 1 } else { 3 }, usize::from),
    };
    let checks = conformance::run(&device, &settings, &methods(&rules())?, &methods(&trainings())?)?;
    let missed = checks.iter().filter(|check| !check.passed()).count();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|c| {
                json!({ "name": c.name, "difference": c.difference, "limit": c.limit, "passed": c.passed(),
                        "detail": c.detail })
            })
            .collect();
        let value = json!({ "device": device.kind(), "description": device.description(),
            "precision": settings.precision.name(), "width": settings.width, "batch": settings.batch_size,
            "steps": settings.steps, "replicas": settings.replicas, "checks": rows });
        writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
        return Ok(ending(missed == 0));
    }
    writeln!(out, "{} ({})", device.description(), settings.precision.name())?;
    for check in &checks {
        let mark = if check.passed() { "ok    " } else { "FAILED" };
        let (name, difference, limit) = (&check.name, check.difference, check.limit);
        writeln!(out, "{mark}  {name:<58} {difference:8.1e} (limit {limit:.0e}), {}", check.detail)?;
    }
    writeln!(out, "{} of {} comparisons passed.", checks.len() - missed, checks.len())?;
    Ok(ending(missed == 0))
}
