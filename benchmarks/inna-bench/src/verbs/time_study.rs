//! `inna-bench time study`.

use crate::Ending;
use crate::arguments::{Machine, Places, TimeStudy};
use crate::printed::StudyTimes;
use crate::signals::stop_flag;
use crate::surroundings::{COMPILER, code, duration};
use crate::terminal;
use anyhow::Result;
use harness::{Comparison, Context, MOST_OTHERS_CORES, Progress, Scale, Workload, is_busy, look_at_others};
use records::Timing;
use records::text::count;
use std::io::Write;
use std::time::Duration;

pub(crate) fn run(places: &Places, arguments: &TimeStudy) -> Result<Ending> {
    let machine = Machine {
        device: arguments.device,
        jobs: None,
        threads: arguments.threads,
        replicas: None,
        device_memory: None,
    };
    let scale = Scale { tasks: arguments.tasks.clone(), ..Scale::default() };
    let workloads =
        Workload::of_studies(&places.configs()?, &arguments.studies, &scale, places.data_folder())?;
    if workloads.is_empty() {
        return nothing(arguments);
    }
    let others_cores = look_at_others();
    if is_busy(others_cores) && !arguments.busy {
        return refuse(arguments, "other processes use", others_cores, &[]);
    }
    let compute = machine.open()?;
    let (code, stop, store) = (code(), stop_flag()?, places.store());
    let progress = Progress::timing(workloads.len(), arguments.json);
    let context = Context {
        suite_version: env!("CARGO_PKG_VERSION"),
        code: &code,
        keep_stale: false,
        compiler: COMPILER,
        machine: harness::machine(),
        compute: &compute,
        stop: &stop,
        progress: &progress,
        checkpoint_every: Duration::ZERO,
        epochs_at_most: None,
    };
    let (threads, rounds) = (machine.limits().threads, usize::from(arguments.rounds));
    let mut comparisons = Vec::new();
    for workload in &workloads {
        let steps = arguments.steps.map(usize::from);
        comparisons.push(Comparison::new(workload, &context, threads, rounds, steps)?);
    }
    progress.expect(comparisons.iter().map(Comparison::all_steps).sum());
    if !arguments.json {
        let entries: usize = workloads.iter().map(|workload| workload.entries.len()).sum();
        let seconds: f64 = comparisons.iter().map(Comparison::expected_s).sum();
        terminal::say(format_args!(
            "{} in turn on {}, {}: about {}.",
            if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") },
            count(workloads.len(), "task"),
            count(rounds, "round"),
            duration(seconds)
        ));
    }
    let mut timings = Vec::new();
    for comparison in comparisons {
        let Some(timing) = comparison.measure(others_cores)? else {
            progress.clear();
            return Ok(Ending::Interrupted);
        };
        if timing.busy && !arguments.busy {
            progress.clear();
            let what = format!("while the steps of {} were timed, other processes used", timing.task);
            return refuse(arguments, &what, timing.others_cores, &timings);
        }
        let file = store.write_timing(&timing)?;
        progress.run(&format!("{} is in {}", timing.task, file.display()), false);
        timings.push(timing);
    }
    progress.clear();
    show(arguments, &timings)?;
    Ok(Ending::Done)
}

/// Says that there is nothing to time.
fn nothing(arguments: &TimeStudy) -> Result<Ending> {
    if arguments.json {
        show(arguments, &[])?;
    } else {
        let study = arguments.studies.join(" ");
        writeln!(terminal::stdout(), "There is nothing to time: no task of {study} trains a network.")?;
    }
    Ok(Ending::Done)
}

/// Says why there are no times, and shows those of the tasks before.
fn refuse(
    arguments: &TimeStudy,
    what: &str,
    others_cores: Option<f64>,
    timings: &[Timing],
) -> Result<Ending> {
    terminal::say(refusal(arguments, what, others_cores));
    show(arguments, timings)?;
    Ok(if arguments.when_idle { Ending::Done } else { Ending::CheckFailed })
}

fn refusal(arguments: &TimeStudy, what: &str, others_cores: Option<f64>) -> String {
    let why = format!(
        "{what} {:.2} cores of this machine, and above {MOST_OTHERS_CORES} the times of steps say nothing of an optimizer",
        others_cores.unwrap_or_default()
    );
    let study = arguments.studies.join(" ");
    if arguments.when_idle {
        return format!(
            "Step times are not measured: {why}. On an idle machine: inna-bench time study {study}"
        );
    }
    format!("{why}. Wait until it is idle; or give --busy, which measures all the same and marks the times")
}

/// The times, task by task.
fn show(arguments: &TimeStudy, timings: &[Timing]) -> Result<()> {
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(&StudyTimes { timings: timings.to_vec() })?)?;
        return Ok(());
    }
    for timing in timings {
        let Timing { task, device, threads, rounds, steps, busy, .. } = timing;
        let busy = if *busy { ", ON A BUSY MACHINE" } else { "" };
        writeln!(
            out,
            "{task}, ms per step on {device} ({}), median of {} of {} (smallest to largest){busy}",
            count(*threads, "thread"),
            count(*rounds, "round"),
            count(*steps, "step")
        )?;
        for entry in &timing.entries {
            writeln!(
                out,
                "  {:>9.3}  ({:.3} to {:.3})  {} {}",
                entry.median_ms, entry.smallest_ms, entry.largest_ms, entry.optimizer, entry.hyper
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Time, Timed, Verb};
    use clap::Parser;

    #[test]
    fn a_refusal_says_what_was_measured_and_what_to_do() {
        let refused = |more: &[&str]| {
            let words = ["inna-bench", "time", "study", "quick"].iter().chain(more);
            let Ok(Arguments { verb: Verb::Time(Time { what: Timed::Study(study) }), .. }) =
                Arguments::try_parse_from(words)
            else {
                panic!("{more:?}")
            };
            refusal(&study, "other processes use", Some(1.234))
        };
        let plain = refused(&[]);
        assert!(plain.contains("other processes use 1.23 cores") && plain.contains("--busy"), "{plain}");
        let idle = refused(&["--when-idle"]);
        assert!(idle.contains("1.23 cores") && idle.ends_with("inna-bench time study quick"), "{idle}");
    }
}
