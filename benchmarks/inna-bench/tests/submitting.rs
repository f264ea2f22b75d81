//! `submit` and `status` on a machine without a Slurm.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, spoiled, stderr, tiny};
use std::path::Path;
use std::process::{Command, Output};

/// The binary where no other program is found.
fn alone(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    command
        .current_dir(folder)
        .args(arguments)
        .args(["--configs", CONFIGS])
        .env("PATH", folder)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn without_slurm_a_script_can_be_read_but_not_submitted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("mine.yaml"),
        "account: 4711\ncpus_per_task: 4\ntasks_at_once: 2\ntime: 2-12\n",
    )
    .unwrap();
    let arguments =
        ["submit", "tiny", "--executor", "slurm", "--cluster", "mine.yaml", "--seeds", "3", "--jobs", "2"];
    let dry = alone(folder.path(), &[&arguments[..], &["--dry-run"]].concat());
    let script = stdout(&dry);
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    // 3 and 9 runs, two at a time.
    for line in [
        "#SBATCH --array=\"0-5%2\"",
        "#SBATCH --account=\"4711\"",
        "#SBATCH --cpus-per-task=\"4\"",
        "#SBATCH --time=\"2-12:00:00\"",
    ] {
        assert!(script.lines().any(|l| l == line), "{line} in\n{script}");
    }
    let last = script.lines().last().unwrap();
    let store = folder.path().canonicalize().unwrap().join("store");
    for part in [
        " run tiny --seeds 3 ",
        "--device cpu --jobs 2 --threads 2",
        "--checkpoint-every 30",
        "--populations 2",
        store.to_str().unwrap(),
    ] {
        assert!(last.starts_with("train /") && last.contains(part), "{part} in {last}");
    }
    assert!(!store.join("slurm").exists(), "a dry run leaves nothing behind");

    let real = alone(folder.path(), &arguments);
    assert_eq!(real.status.code(), Some(2));
    let message = stderr(&real);
    assert!(message.contains("`sbatch` is not on the PATH") && message.contains("login node"), "{message}");
    assert!(!store.join("slurm").exists());
}

#[test]
fn what_cannot_be_submitted_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.yaml"), "partition: \"a\\n#SBATCH --uid=0\"\n").unwrap();
    std::fs::write(folder.path().join("small.yaml"), "cpus_per_task: 2\n").unwrap();
    for (more, expected) in [
        (vec!["--cluster", "bad.yaml"], "bad.yaml: partition: "),
        (vec!["--cluster", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (
            vec!["--cluster", "small.yaml", "--jobs", "3"],
            "3 jobs of 1 threads need 3 cores, and cpus_per_task is 2",
        ),
        (vec!["--device", "cuda"], "give `time` in the cluster's YAML"),
        (vec!["--store", "a\\b"], "without control characters, backslashes and double quotes"),
        (vec!["--data", "a\"b"], "cannot be handed to Slurm"),
        (vec!["--task", "other"], "not in this study"),
        (vec!["--device", "emulated", "--jobs", "2"], "--jobs: it shares out the cores of a CPU"),
        (vec!["--device", "cuda", "--threads", "2"], "--device is cuda"),
    ] {
        let arguments = [&["submit", "tiny", "--executor", "slurm", "--dry-run"][..], &more].concat();
        let output = alone(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", stdout(&output));
        assert!(stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
    }
    assert!(!folder.path().join("a\\b").exists());
    let nothing = alone(folder.path(), &["submit", "tiny"]);
    assert!(stderr(&nothing).contains("--executor"), "{}", stderr(&nothing));
    // A device that is not here: everything that would be found out on it has been said.
    std::fs::write(folder.path().join("gpu.yaml"), "time: 60\ngres: gpu:1\n").unwrap();
    let arguments =
        ["submit", "tiny", "--executor", "slurm", "--dry-run", "--cluster", "gpu.yaml", "--device", "cuda"];
    let gpu = alone(folder.path(), &[&arguments[..], &["--replicas", "4"]].concat());
    // One run of the function, two populations of the six others.
    assert!(
        stdout(&gpu).contains("--array=\"0-2\"") && stdout(&gpu).contains("--gres=\"gpu:1\""),
        "{}",
        stderr(&gpu)
    );
}

#[test]
fn without_slurm_the_status_is_that_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let none = alone(folder.path(), &["status", "tiny"]);
    assert_eq!(
        (none.status.code(), stdout(&none).as_str()),
        (
            Some(0),
            "tiny: 0 of 7 runs stored, 0 running, 0 pending, 7 without a task\ninna-bench submit tiny (with the same options) takes what has no task.\n"
        )
    );
    assert!(tiny(folder.path(), "run", &["--seeds", "1", "--quiet"]).status.success());

    let submission = folder.path().join("store/slurm/tiny-1");
    std::fs::create_dir_all(&submission).unwrap();
    let record = r#"{"study": "tiny", "job": 12, "cluster": null, "submitted_unix_s": 1795702007, "tasks": 4, "tasks_at_once": null,
        "populations_per_task": 1, "runs_per_population": 1, "time_limit": "00:15:00",
        "scale": {"tasks": [], "seeds": 1, "epochs": null, "per_class": null}, "command": ["inna-bench"]}"#;
    std::fs::write(submission.join("submission.json"), record).unwrap();
    let status = alone(folder.path(), &["status", "tiny"]);
    let text = stdout(&status);
    assert_eq!(status.status.code(), Some(0), "{}", stderr(&status));
    // At the size that was submitted.
    assert!(
        text.starts_with("tiny: 4 of 4 runs stored\njob 12, submitted 2026-11-26 14:06:47 UTC, 4 tasks:\n"),
        "{text}"
    );
    assert!(text.contains("store/slurm/tiny-1") && text.contains("`squeue` is not on the PATH"), "{text}");
    let other = alone(folder.path(), &["status", "tiny", "--seeds", "2", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!(json["runs"]["stored"], 4);
    assert_eq!(json["runs"]["planned"], 8);
    assert_eq!((&json["slurm"], &json["jobs"][0]["job"]), (&false.into(), &12.into()));
    assert!(json["runs"]["running"].is_null(), "{json:#}");

    std::fs::write(submission.join("submission.json"), "{").unwrap();
    let damaged = alone(folder.path(), &["status", "tiny"]);
    assert_eq!(damaged.status.code(), Some(2));
    assert!(
        stderr(&damaged).contains("tiny-1/submission.json is not a readable record"),
        "{}",
        stderr(&damaged)
    );
}

#[test]
fn the_settings_of_the_configurations_are_used_when_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "studies/tiny.yaml", "Tiny", "Tiny");
    std::fs::create_dir(configs.join("executors")).unwrap();
    std::fs::write(configs.join("executors/slurm.yaml"), "qos: low\ntime: 30\n").unwrap();
    let arguments =
        ["submit", "tiny", "--executor", "slurm", "--dry-run", "--configs", configs.to_str().unwrap()];
    let dry = common::bench(folder.path(), &arguments);
    assert!(stdout(&dry).contains("#SBATCH --qos=\"low\""), "{}{}", stdout(&dry), stderr(&dry));
}

/// Whoever reads JSON gets it whether or not there is something to submit.
#[test]
fn what_would_be_submitted_is_there_as_json() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.yaml"), "time: 30\n").unwrap();
    let submit = || {
        let words =
            ["submit", "tiny", "--executor", "slurm", "--cluster", "mine.yaml", "--dry-run", "--json"];
        let output = alone(folder.path(), &words);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let value = submit();
    assert_eq!((&value["job"], &value["tasks"]), (&serde_json::Value::Null, &7.into()), "{value}");
    assert_eq!(value["time_limit"], "00:30:00");
    assert!(value["script"].as_str().unwrap().contains("#SBATCH --array=\"0-6\""), "{value}");
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let value = submit();
    assert_eq!((&value["tasks"], &value["stored"], &value["planned"]), (&0.into(), &7.into(), &7.into()));
}

/// A study's file is one in capitals too: the tasks of a cluster start elsewhere, and need its whole path.
#[test]
fn a_study_in_a_file_is_named_by_its_whole_path() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(Path::new(CONFIGS).join("studies/tiny.yaml"), folder.path().join("Tiny.YAML")).unwrap();
    std::fs::write(folder.path().join("mine.yaml"), "time: 30\n").unwrap();
    let words = ["submit", "Tiny.YAML", "--executor", "slurm", "--cluster", "mine.yaml", "--dry-run"];
    let dry = alone(folder.path(), &words);
    let whole = folder.path().canonicalize().unwrap().join("Tiny.YAML");
    assert!(stdout(&dry).contains(&format!(" run {} ", whole.display())), "{}{}", stdout(&dry), stderr(&dry));
}
