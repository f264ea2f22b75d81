//! Step times of a study, from the clock to the page.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, spoiled, stderr, stdout, tiny, tree};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const BRIEF: [&str; 5] = ["--busy", "--rounds", "2", "--steps", "1"];

/// Times the study of the small configurations, whatever else the machine does.
fn time(folder: &Path, more: &[&str]) -> Output {
    let output =
        bench(folder, &[&["time", "study", "tiny", "--configs", CONFIGS], &BRIEF[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Times per step in the general table of a report, by entry.
fn step_times(pages: &Path) -> Vec<(String, Option<String>)> {
    let report = json(&pages.join("report.json"));
    let rows = report["standings"]["rows"].as_array().unwrap().iter();
    let mut times: Vec<_> = rows
        .map(|row| (row["key"].as_str().unwrap().to_owned(), row["step_ms"].as_str().map(str::to_owned)))
        .collect();
    times.sort();
    times
}

fn report(folder: &Path, arguments: &[&str]) -> Output {
    let output = bench(folder, &[&["report"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

#[test]
fn a_study_is_timed_stored_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let place = |path: &str| folder.path().join(path);
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let study = ["tiny", "--configs", CONFIGS, "-o", "pages"];
    let seconds =
        || std::fs::read_to_string(place("pages/task-small.html")).unwrap().contains("data-x=\"second\"");
    report(folder.path(), &study);
    assert!(step_times(&place("pages")).iter().all(|(_, ms)| ms.is_none()) && !seconds());
    assert!(json(&place("pages/manifest.json")).get("timings").is_none());

    let printed: Value = serde_json::from_slice(&time(folder.path(), &["--json"]).stdout).unwrap();
    let timing = &printed["timings"][0];
    assert_eq!(printed["timings"].as_array().unwrap().len(), 1, "a function has no network to train");
    assert_eq!(
        (&timing["task"], &timing["device"], &timing["threads"]),
        (&"small".into(), &"cpu".into(), &1.into())
    );
    assert_eq!(
        (&timing["rounds"], &timing["steps"], &timing["batch_size"]),
        (&2.into(), &1.into(), &16.into())
    );
    assert_eq!(timing["input"], serde_json::json!([32, 32, 3]));
    assert_eq!(timing["busy"], timing["others_cores"].as_f64().is_some_and(|cores| cores > 0.1));
    let optimizers: Vec<_> =
        timing["entries"].as_array().unwrap().iter().map(|it| &it["optimizer"]).collect();
    assert_eq!(optimizers, ["inna", "sgd", "sgd"]);
    for part in ["inna", "sgd", "kernels", "rule"] {
        assert!(timing["code"][part].is_string(), "{part}");
    }
    let file = place("store/timings/small.cpu.json");
    let mut stored = json(&file);
    assert!(stored.as_object_mut().unwrap().remove("digest").is_some());
    assert_eq!(stored, *timing);

    let shown = stdout(&report(folder.path(), &study));
    assert!(shown.contains("ms/step on Small: median of 2 rounds on "), "{shown}");
    let times = step_times(&place("pages"));
    assert!(times.len() == 3 && times.iter().all(|(_, ms)| ms.is_some()) && seconds());

    // In one file, or from the manifest alone, without that store.
    assert_eq!(tiny(folder.path(), "archive", &[]).status.code(), Some(0));
    report(folder.path(), &["tiny.tar.gz", "-o", "unpacked"]);
    report(folder.path(), &[&study[..4], &["beside", "--records"]].concat());
    std::fs::rename(place("store/timings"), place("elsewhere")).unwrap();
    report(folder.path(), &["beside/manifest.json"]);
    assert_eq!([step_times(&place("unpacked")), step_times(&place("beside"))], [times.clone(), times]);
    std::fs::rename(place("elsewhere"), place("store/timings")).unwrap();

    // A bit that has changed.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let told = stderr(&report(folder.path(), &study));
    assert!(told.contains("small.cpu.json is damaged"), "{told}");
    assert!(step_times(&place("pages")).iter().all(|(_, ms)| ms.is_none()) && !seconds());
}

#[test]
fn other_verbs_leave_step_times_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    time(folder.path(), &[]);
    let timings = |store: &str| tree(&folder.path().join(store).join("timings"));
    let first = timings("store");
    assert_eq!(first.len(), 1);
    let cleaned = bench(folder.path(), &["clean", "--remove", "all"]);
    assert_eq!((cleaned.status.code(), timings("store")), (Some(0), first.clone()));
    let merge = |more: &[&str]| {
        let output = bench(folder.path(), &[&["merge", "store", "--store", "other"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    assert!(merge(&["--dry-run"]).contains("Step times of 1 tasks would be stored"));
    assert!(timings("other").is_empty());
    assert!(merge(&[]).contains("Step times of 1 tasks stored that had none."));
    assert_eq!(timings("other"), first);
    assert!(!merge(&[]).contains("tep times"), "they are the same");
    // Measured again: the last one replaces the one before, and no merge replaces what is there.
    time(folder.path(), &["--threads", "2"]);
    assert_ne!(timings("store"), first);
    let told = merge(&[]);
    assert!(
        told.contains("the step times of small on cpu of store are not copied: there are some already"),
        "{told}"
    );
    assert_eq!(timings("other"), first);
    // A damaged one gives way.
    std::fs::write(folder.path().join("other/timings/small.cpu.json"), "{}").unwrap();
    assert!(merge(&[]).contains("that of store stored in its place"));
    assert_eq!(timings("other"), timings("store"));
    assert!(folder.path().join("other/quarantine").is_dir());
}

#[test]
fn what_is_timed_needs_no_data_but_values_that_were_found() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "data: {name: shapes}", "data: {name: mnist}");
    let study = |study: &str, more: &[&str]| {
        let arguments = [&["time", "study", study, "--configs", configs.to_str().unwrap()], &BRIEF[..], more];
        bench(folder.path(), &arguments.concat())
    };
    let timed = study("tiny", &["--task", "small", "--json"]);
    assert_eq!(timed.status.code(), Some(0), "{}", stderr(&timed));
    let printed: Value = serde_json::from_slice(&timed.stdout).unwrap();
    // As they are loaded, with a border.
    assert_eq!(printed["timings"][0]["input"], serde_json::json!([32, 32, 1]));
    let function = study("tiny", &["--task", "toy"]);
    assert_eq!(function.status.code(), Some(0));
    assert!(stdout(&function).contains("no task of tiny trains a network"), "{}", stdout(&function));
    let searched = study("searched", &[]);
    assert_eq!(searched.status.code(), Some(2));
    assert!(stderr(&searched).contains("inna-bench tune searched"), "{}", stderr(&searched));
    let task = study("tiny", &["--task", "other"]);
    assert_eq!(task.status.code(), Some(2));
    // The name of their folder is no task's.
    std::fs::rename(configs.join("tasks/small.yaml"), configs.join("tasks/timings.yaml")).unwrap();
    let study_file = configs.join("studies/tiny.yaml");
    let text = std::fs::read_to_string(&study_file).unwrap().replace("task: small", "task: timings");
    std::fs::write(&study_file, text).unwrap();
    assert!(stderr(&study("tiny", &[])).contains("`timings` is a name of the store's own"));
}

/// What is compared in one report has to be timed in one go: a later timing of the task takes the place of an earlier one.
#[test]
fn entries_of_several_studies_are_timed_together() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let other = "title: Other\nquestion: Who else?\nmaster_seed: 1\ntasks:\n  - task: small\n    repetitions: 1\n    entries:\n      \
                 - {optimizer: adagrad}\n      - {optimizer: sgd, hyper: {learning_rate: 0.05, momentum: 0.9}}\n";
    std::fs::write(configs.join("studies/other.yaml"), other).unwrap();
    let arguments = ["time", "study", "tiny", "other", "--configs", configs.to_str().unwrap(), "--json"];
    let timed = bench(folder.path(), &[&arguments[..], &BRIEF[..]].concat());
    assert_eq!(timed.status.code(), Some(0), "{}", stderr(&timed));
    let printed: Value = serde_json::from_slice(&timed.stdout).unwrap();
    let entries = printed["timings"][0]["entries"].as_array().unwrap().iter();
    // What both have once.
    assert_eq!(
        entries.map(|it| it["optimizer"].as_str().unwrap()).collect::<Vec<_>>(),
        ["inna", "sgd", "sgd", "adagrad"]
    );
}

/// A process that never rests takes a tenth of a core or more, however many others do.
#[cfg(target_os = "linux")]
#[test]
fn a_busy_machine_is_refused_or_passed_over() {
    let before = harness::ProcessorTimes::now();
    let folder = tempfile::tempdir().unwrap();
    let mut other = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let others =
        harness::ProcessorTimes::now().zip(before).and_then(|(now, before)| now.others_since(&before));
    let study = |more: &[&str]| {
        let arguments = ["time", "study", "tiny", "--configs", CONFIGS, "--rounds", "1", "--steps", "1"];
        bench(folder.path(), &[&arguments[..], more].concat())
    };
    let (plain, idle) = (study(&[]), study(&["--when-idle"]));
    let both = study(&["--when-idle", "--busy"]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(both.status.code(), Some(2));
    // Where a system counts nothing, nothing is refused.
    if others.is_none() {
        return;
    }
    assert_eq!((plain.status.code(), idle.status.code()), (Some(1), Some(0)));
    assert!(
        stderr(&plain).contains("other processes use") && stderr(&plain).contains("--busy"),
        "{}",
        stderr(&plain)
    );
    assert!(stderr(&idle).contains("Step times are not measured"), "{}", stderr(&idle));
    assert!(!folder.path().join("store").exists());
}
