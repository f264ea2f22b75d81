//! `inna-bench check engine`.

use super::check::ending;
use crate::Ending;
use crate::arguments::{CheckEngine, Device};
use crate::printed::{Comparison, Engine};
use crate::surroundings::precision;
use crate::terminal;
use anyhow::{Result, bail};
use cuda::conformance::{self, Check, Settings};
use harness::Compute;
use rule::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

/// Settings that change an optimizer's kernels.
fn variants() -> Vec<(&'static str, Value)> {
    vec![
        ("inna", json!({"weight_decay": 0.01})),
        ("innaprop", json!({"weight_decay": 0})),
        ("sgd", json!({"momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01})),
        ("sgd", json!({"momentum": 0.9, "nesterov": true})),
        ("adam", json!({"amsgrad": true, "weight_decay": 0.01})),
        ("adam", json!({"weight_decay": 0.01, "decay": "decoupled"})),
        ("adagrad", json!({"weight_decay": 0.01})),
        // What practice adds, to a rule of elements, with sums, and of products.
        ("adam", json!({"weight_decay": 0.01, "decayed": "matrices", "clip_norm": 1, "average": 0.9})),
        ("lamb", json!({"weight_decay": 0.01, "decayed": "matrices"})),
        ("prodigy", json!({"weight_decay": 0.01, "decayed": "matrices"})),
        ("muon", json!({"nesterov": false, "clip_norm": 1})),
    ]
}

/// The optimizers of which `wanted` is true, with hyper-parameters that `hyper` makes from their defaults.
fn optimizers(
    wanted: impl Fn(&dyn Method) -> bool,
    hyper: impl Fn(&Value) -> Value,
) -> Result<Vec<Arc<dyn Method>>> {
    let methods = catalogue::ALL
        .families()
        .iter()
        .map(|family| Ok(Arc::from(catalogue::ALL.parse(&family.name, &hyper(&family.defaults()))?)));
    let methods: Vec<Arc<dyn Method>> = methods.collect::<Result<_>>()?;
    Ok(methods.into_iter().filter(|method| wanted(method.as_ref())).collect())
}

/// The update rules that are held against the CPU's, step by step.
fn rules() -> Result<Vec<Arc<dyn Method>>> {
    let mut rules = optimizers(|method| method.steps_on_device(), |_| json!({}))?;
    for (name, hyper) in variants() {
        rules.push(Arc::from(catalogue::ALL.parse(name, &hyper)?));
    }
    Ok(rules)
}

/// One of those that the host steps.
const HOSTED: &str = "shampoo";

/// What is trained: short steps, and an `eps` that leaves small gradients small. With their usual settings, optimizers that
/// divide by the size of gradients take full steps along those that are nothing but rounding, and two trainings that
/// differ in the last bit part within ten steps.
fn trainings() -> Result<Vec<Arc<dyn Method>>> {
    let wanted = |method: &dyn Method| method.steps_on_device() || method.name() == HOSTED;
    optimizers(wanted, |defaults| match defaults.get("eps") {
        Some(_) => json!({"eps": 1e-4, "learning_rate": 1e-3}),
        None => json!({}),
    })
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
    let mut out = terminal::stdout();
    if !arguments.json {
        writeln!(out, "{} ({})", device.description(), settings.precision.name())?;
    }
    let (mut checks, mut written) = (Vec::new(), Ok(()));
    let ended = conformance::run(&device, &settings, &rules()?, &trainings()?, &mut |check| {
        // A program that is given everything at the end may be ended before.
        if arguments.json {
            terminal::say(line(&check));
        } else if written.is_ok() {
            written = writeln!(out, "{}", line(&check)).and_then(|()| out.flush());
        }
        checks.push(check);
    });
    written?;
    let missed = checks.iter().filter(|check| !check.passed()).count();
    if arguments.json {
        let rows = checks
            .iter()
            .map(|check| Comparison {
                name: check.name.clone(),
                difference: check.difference,
                limit: check.limit,
                passed: check.passed(),
                detail: check.detail.clone(),
            })
            .collect();
        let value = Engine {
            device: device.kind().into(),
            description: device.description(),
            precision: settings.precision.name().into(),
            width: settings.width,
            batch: settings.batch_size,
            steps: settings.steps,
            replicas: settings.replicas,
            checks: rows,
            error: ended.as_ref().err().map(ToString::to_string),
        };
        writeln!(out, "{}", terminal::json(&value)?)?;
    } else {
        writeln!(out, "{} of {} comparisons passed.", checks.len() - missed, checks.len())?;
    }
    ended?;
    Ok(ending(missed == 0))
}

/// How a comparison has ended.
fn line(check: &Check) -> String {
    let mark = if check.passed() { "ok    " } else { "FAILED" };
    let Check { name, difference, limit, detail } = check;
    format!("{mark}  {name:<58} {difference:8.1e} (limit {limit:.0e}), {detail}")
}
