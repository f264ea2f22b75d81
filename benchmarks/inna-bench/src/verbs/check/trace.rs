//! `inna-bench check NAME --trace FILE`: a recorded trajectory.

use super::{ending, mark};
use crate::Ending;
use crate::arguments::CheckOptimizer;
use crate::printed::{self, Checked, Parted};
use crate::terminal;
use anyhow::{Context, Result, bail};
use rule::Family;
use rule::conformance::{self, F32_LIMIT, F64_LIMIT, Trace, TraceReport};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

/// Bytes of a recorded trajectory, at most.
pub(super) const LONGEST_TRACE: u64 = 64_000_000;

pub(super) fn run(arguments: &CheckOptimizer, wanted: &str, file: &Path) -> Result<Ending> {
    let shown = file.display();
    let text = harness::text(file, LONGEST_TRACE).context("--trace: name a recorded trajectory")?;
    let trace = Trace::parse(&text).with_context(|| format!("--trace {shown}"))?;
    let known = |family: &&Family| family.translations.iter().any(|t| t.theirs == trace.optimizer);
    let Some(family) = catalogue::ALL.families().iter().copied().find(known) else {
        let all = catalogue::ALL.families().iter().flat_map(|family| family.translations);
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
    let method = catalogue::ALL.parse(name, &Value::Object(hyper))?;
    let report = conformance::check_trace(method.as_ref(), &trace);
    say(arguments, name, &trace.source, &report)?;
    Ok(ending(report.passed()))
}

/// How far two trajectories are from each other.
pub(super) fn say(arguments: &CheckOptimizer, name: &str, source: &str, report: &TraceReport) -> Result<()> {
    let TraceReport { f64_error, f32_error, parted, steps } = report;
    let mut out = terminal::stdout();
    if arguments.json {
        let value = Checked::Trace(printed::Trace {
            optimizer: name.to_owned(),
            source: source.to_owned(),
            steps: *steps,
            passed: report.passed(),
            f64_error: *f64_error,
            f64_limit: F64_LIMIT,
            f32_error: *f32_error,
            f32_limit: F32_LIMIT,
            parted: parted.as_ref().map(|(step, tensor)| Parted { step: *step, tensor: tensor.clone() }),
        });
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "{}  {name} against {source} ({steps} steps): f64 {f64_error:.1e} (limit {F64_LIMIT:e}), f32 {f32_error:.1e} (limit {F32_LIMIT:e})",
        mark(report.passed())
    )?;
    if let Some((step, tensor)) = parted {
        writeln!(out, "        they part at step {step} (the first is 0), in `{tensor}`")?;
    }
    Ok(())
}
