//! `inna-bench check`.

use crate::Ending;
use crate::arguments::{Check, CheckOptimizer, CheckWhat, Places};
use crate::terminal;
use anyhow::{Context, Result, bail};
use rule::Family;
use rule::conformance::{self, F32_LIMIT, F64_LIMIT, Trace};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Bytes of a recorded trajectory, at most.
const LONGEST_TRACE: u64 = 64_000_000;

pub(crate) fn run(places: &Places, arguments: &Check) -> Result<Ending> {
    match (&arguments.engine, &arguments.optimizer) {
        (Some(CheckWhat::Engine(settings)), _) => super::engine::run(settings),
        (None, optimizer) => {
            let name = optimizer.optimizer.as_deref().unwrap_or_default();
            match &optimizer.trace {
                Some(file) => trace(optimizer, name, file),
                None => invariants(places, optimizer, name),
            }
        }
    }
}

fn invariants(places: &Places, arguments: &CheckOptimizer, name: &str) -> Result<Ending> {
    let hyper = match &arguments.hyper {
        // JSON is YAML: one reader, with its bounds.
        Some(text) => harness::parse("--hyper", text)
            .context("--hyper takes a map in JSON; say --hyper '{\"learning_rate\": 0.1}'")?,
        None => json!({}),
    };
    let method = places.optimizer(name, &hyper)?;
    let checks = conformance::run(method.as_ref());
    let passed = checks.iter().all(|check| check.passed);
    let mut out = terminal::stdout();
    if arguments.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|c| json!({ "name": c.name, "passed": c.passed, "detail": c.detail }))
            .collect();
        writeln!(out, "{}", terminal::json(rows)?)?;
    } else {
        for check in &checks {
            let mark = if check.passed { "ok    " } else { "FAILED" };
            writeln!(out, "{mark}  {}: {}", check.name, check.detail)?;
        }
    }
    Ok(ending(passed))
}

fn trace(arguments: &CheckOptimizer, wanted: &str, file: &Path) -> Result<Ending> {
    let shown = file.display();
    let text = harness::text(file, LONGEST_TRACE).context("--trace: name a recorded trajectory")?;
    let trace = Trace::parse(&text).with_context(|| format!("--trace {shown}"))?;
    let known = |family: &&Family| family.translations.iter().any(|t| t.theirs == trace.optimizer);
    let Some(family) = catalogue::families().iter().find(known) else {
        let all = catalogue::families().iter().flat_map(|family| family.translations);
        let accepted: Vec<&str> = all.map(|t| t.theirs).collect();
        bail!(
            "--trace {shown}: optimizer `{}` has no translation; accepted: {}",
            trace.optimizer,
            accepted.join(", ")
        );
    };
    let name = &*family.name;
    if name != wanted {
        bail!(
            "--trace {shown} is a trajectory of `{name}`; check it with: inna-bench check {name} --trace {shown}"
        );
    }
    let hyper = conformance::translate(family, &trace).with_context(|| format!("--trace {shown}"))?;
    let method = catalogue::parse(name, &Value::Object(hyper))?;
    let report = conformance::check_trace(method.as_ref(), &trace);
    let mut out = terminal::stdout();
    if arguments.json {
        let value = json!({ "optimizer": name, "source": trace.source, "steps": report.steps, "passed": report.passed(),
            "f64_error": report.f64_error, "f64_limit": F64_LIMIT, "f32_error": report.f32_error, "f32_limit": F32_LIMIT });
        writeln!(out, "{}", terminal::json(value)?)?;
    } else {
        let mark = if report.passed() { "ok    " } else { "FAILED" };
        writeln!(
            out,
            "{mark}  {name} against {} ({} steps): f64 {:.1e} (limit {F64_LIMIT:e}), f32 {:.1e} (limit {F32_LIMIT:e})",
            trace.source, report.steps, report.f64_error, report.f32_error
        )?;
    }
    Ok(ending(report.passed()))
}

pub(super) fn ending(passed: bool) -> Ending {
    if passed { Ending::Done } else { Ending::CheckFailed }
}
