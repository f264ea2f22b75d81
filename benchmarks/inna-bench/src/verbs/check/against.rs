//! `inna-bench check NAME --against SCRIPT`: another implementation on the same gradients.

use super::ending;
use super::trace::{LONGEST_TRACE, say};
use crate::Ending;
use crate::arguments::CheckOptimizer;
use crate::terminal;
use anyhow::{Context, Result, bail};
use rule::Method;
use rule::conformance::{self, Challenge};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub(super) fn run(arguments: &CheckOptimizer, method: &dyn Method, script: &Path) -> Result<Ending> {
    let shown = script.display();
    if !script.is_file() {
        bail!(
            "--against {shown}: there is no such file; it is called with a file of gradients, {{\"hyper\", \"shapes\", \"initial\", \
             \"gradients\"}}, and the name of one to write {{\"expected\": [{{tensor: numbers, …}} after each step]}} to"
        );
    }
    let challenge = Challenge::new(method);
    let folder = tempfile::tempdir().context("a folder for the gradients")?;
    let [problem, answer] = ["problem.json", "answer.json"].map(|name| folder.path().join(name));
    fs::write(&problem, serde_json::to_string(&challenge)?).context("writing the gradients")?;
    let output = command(script)
        .args([&problem, &answer])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("--against {shown}: starting it failed; {}", needs(script)))?;
    let last: Vec<String> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
    let last = last[last.len().saturating_sub(5)..].join("\n");
    if !output.status.success() {
        bail!("--against {shown}: it ended with {}:\n{last}", output.status);
    }
    if !answer.exists() {
        bail!(
            "--against {shown}: it has written no answer; its second argument is the file to write {{\"expected\": [...]}} to"
        );
    }
    let text =
        harness::text(&answer, LONGEST_TRACE).with_context(|| format!("--against {shown}: its answer"))?;
    let trace = challenge.answered(&shown.to_string(), &text).with_context(|| {
        format!("--against {shown}: its answer is {{\"expected\": [{{tensor: numbers, …}} after each step]}}, as the gradients in its first argument")
    })?;
    if method.evaluates_elsewhere() && trace.evaluation.is_empty() {
        bail!(
            "--against {shown}: the weights that {} is evaluated at are not those that are trained; its answer has to have them \
             too, as \"evaluation\", in the form of \"expected\"",
            method.title()
        );
    }
    let report = conformance::check_trace(method, &trace);
    say(arguments, method.name(), &trace.source, &report)?;
    if !report.passed() {
        // What is needed to look further.
        let kept = folder.keep();
        terminal::say(format_args!("the gradients and the answer are in {}", kept.display()));
        if report.f64_error > conformance::F64_LIMIT && report.f64_error < 1e-4 {
            terminal::say(
                "so small a difference is one of precision: the script has to compute in double precision",
            );
        }
    }
    Ok(ending(report.passed()))
}

/// What a script needs to be started.
fn needs(script: &Path) -> &'static str {
    if is_python(script) {
        "python3 has to be on the PATH"
    } else {
        "a file that does not end in .py has to be executable, and to begin with a line such as #!/bin/sh if it is a script"
    }
}

fn is_python(script: &Path) -> bool {
    script.extension().is_some_and(|extension| extension == "py")
}

/// What runs the script: Python for its own, itself for any other.
fn command(script: &Path) -> Command {
    if is_python(script) {
        let mut python = Command::new("python3");
        python.arg(script);
        return python;
    }
    // A bare name would be looked for elsewhere.
    Command::new(script.canonicalize().unwrap_or_else(|_| script.to_owned()))
}
