//! `submit` and `status` on a real Slurm of two nodes. `make slurm` starts one and runs these; SLURM_CONF names it.
#![allow(clippy::unwrap_used)]

mod cluster;
mod common;

use cluster::{Site, slurm};
use common::stderr;
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

/// The tasks of the latest job in a state.
fn tasks(status: &Value, state: &str) -> Vec<u64> {
    let groups = status["jobs"].as_array().unwrap().last().unwrap()["states"].as_array().unwrap();
    let tasks = groups
        .iter()
        .filter(|group| group["state"] == state)
        .flat_map(|group| group["tasks"].as_array().unwrap());
    tasks.map(|task| task.as_u64().unwrap()).collect()
}

#[test]
#[ignore = "needs Slurm: make slurm"]
fn an_array_trains_what_is_missing_and_nothing_is_submitted_twice() {
    // A store that shells and Slurm's patterns could misread.
    let site = Site::new(
        "tiny",
        "the st'ore, 100%",
        "tasks_at_once: 2\nsetup: [\"export GREETING='a b'\", \"echo $GREETING\"]\n",
    );
    let (reference, expected) = (site.reference(), 7);
    let submitted = site.submit(&[]);
    assert_eq!(submitted["tasks"], expected);
    assert_eq!(submitted["time_limit"], "00:15:00", "short trainings get the shortest limit");
    // Tasks are there for all of it.
    let again = site.call("submit", &["--executor", "slurm", "--cluster", site.cluster()]);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success() && said.contains("nothing to submit"), "{said}{}", stderr(&again));
    site.until("every run is stored", |status| status["runs"]["stored"] == expected);
    site.until("no task is left", |_| site.is_idle());
    assert_eq!(site.fingerprints(), reference, "the bits of a run by itself");

    let status = site.status();
    assert_eq!(tasks(&status, "COMPLETED").len(), 7, "{status:#}");
    assert_eq!(status["jobs"].as_array().unwrap().len(), 1);
    assert!(status["notes"].to_string().contains("keeps no accounts"), "{status:#}");
    let text = site.call("status", &[]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("tiny: 7 of 7 runs stored\n") && text.contains("7 COMPLETED: tasks 0-6"), "{text}");
    let log = site.log(&status, 0);
    assert!(log.contains("a b\n") && log.ends_with("inna-bench: task ended with status 0\n"), "{log}");
    let third = site.call("submit", &["--executor", "slurm"]);
    let said = String::from_utf8_lossy(&third.stdout).into_owned();
    assert!(said.contains("All 7 runs are in") && said.contains("nothing to submit"), "{said}");
}

#[test]
#[ignore = "needs Slurm: make slurm"]
fn what_was_cancelled_is_submitted_again_and_goes_on() {
    let site = Site::lasting("store", "time: 5\n", Duration::from_secs(5), 3);
    let reference = site.reference();
    let job = site.submit(&["--checkpoint-every", "1"])["job"].as_u64().unwrap();
    site.until("there is a checkpoint", |_| site.checkpoints() > 0);
    let early = site.call("report", &["-o", "pages"]);
    assert!(early.status.success(), "a report can be made at any time: {}", stderr(&early));

    slurm("scancel", &[&format!("{job}_0")]);
    site.until("the task is gone", |status| tasks(status, "CANCELLED").contains(&0));
    slurm("scancel", &[&job.to_string()]);
    site.until("the job is gone", |_| site.is_idle());
    let status = site.status();
    let without = status["runs"]["without_task"].as_u64().unwrap();
    assert!(without > 0 && status["runs"]["running"] == 0 && status["runs"]["pending"] == 0, "{status:#}");
    let failed = status["jobs"][0]["failed"].as_array().unwrap();
    assert_eq!(failed[0]["task"], 0, "{status:#}");
    assert!(failed[0]["last_lines"].to_string().contains("task ended with status 130"), "{status:#}");
    let text = site.call("status", &[]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains(&format!("{without} without a task")) && text.contains("| inna-bench: task ended"),
        "{text}"
    );

    let again = site.submit(&["--checkpoint-every", "1"]);
    assert_eq!(again["tasks"].as_u64(), Some(without), "only what is missing");
    site.until("every run is stored", |status| status["runs"]["stored"] == 3);
    site.until("no task is left", |_| site.is_idle());
    assert_eq!(site.fingerprints(), reference);
    assert!(site.resumptions() > 0, "from a checkpoint, not from the start");
}

#[test]
#[ignore = "needs Slurm: make slurm"]
fn tasks_of_a_node_that_is_lost_start_again_by_themselves() {
    let site = Site::lasting("store", "time: 5\n", Duration::from_secs(6), 2);
    let reference = site.reference();
    let job = site.submit(&["--checkpoint-every", "1"])["job"].as_u64().unwrap();
    site.until("there is a checkpoint", |status| {
        site.checkpoints() > 0 && tasks(status, "RUNNING").contains(&0)
    });
    let node = slurm("squeue", &["--noheader", "--format=%N", &format!("--jobs={job}_0")]);
    slurm("scontrol", &["update", &format!("NodeName={}", node.trim()), "State=DOWN", "Reason=pulled"]);
    site.until("the task waits", |status| tasks(status, "PENDING").contains(&0));
    // Its daemon is still there, so that the controller may have taken the node back already; then it refuses.
    let resume = ["update", &format!("NodeName={}", node.trim()), "State=RESUME"];
    Command::new("scontrol").args(resume).output().unwrap();
    site.until("every run is stored", |status| status["runs"]["stored"] == 2);
    site.until("no task is left", |_| site.is_idle());
    let status = site.status();
    let log = site.log(&status, 0);
    assert!(log.contains("start 1\n") && log.contains("start 2\n"), "{log}");
    assert_eq!(tasks(&status, "COMPLETED"), [0, 1], "{status:#}");
    assert_eq!(site.fingerprints(), reference);
}

#[test]
#[ignore = "needs Slurm: make slurm"]
fn a_task_that_reaches_its_time_limit_goes_on_from_its_checkpoint() {
    // The shortest limit there is. Slurm looks at limits every 30 seconds, so that the warning comes within that time.
    let site = Site::lasting("store", "time: 1\nwarning_seconds: 59\n", Duration::from_secs(45), 1);
    let submitted = site.submit(&["--checkpoint-every", "1"]);
    assert_eq!(submitted["time_limit"], "00:01:00");
    // On the other core meanwhile.
    let reference = site.reference();
    site.until("the run is stored", |status| status["runs"]["stored"] == 1);
    site.until("no task is left", |_| site.is_idle());
    let log = site.log(&site.status(), 0);
    assert!(log.contains("goes back to the queue") && log.contains("start 2\n"), "{log}");
    assert!(site.resumptions() > 0, "from a checkpoint, not from the start: {log}");
    assert_eq!(site.fingerprints(), reference);
}

#[test]
#[ignore = "needs Slurm: make slurm"]
fn what_slurm_refuses_is_said_and_leaves_nothing_behind() {
    let site = Site::new("tiny", "store", "partition: nowhere\ntime: 5\n");
    let refused = site.call("submit", &["--executor", "slurm", "--cluster", site.cluster()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("invalid partition specified: nowhere"), "{}", stderr(&refused));
    let left = std::fs::read_dir(site.store().join("slurm")).into_iter().flatten().count();
    assert_eq!(left, 0);
    assert!(site.status()["jobs"].as_array().unwrap().is_empty());
}
