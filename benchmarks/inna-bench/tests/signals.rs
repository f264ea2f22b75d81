//! Signals that ask a training to end, and one that does not.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use common::{fingerprints, spoiled, stderr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn wait_for(path: &Path) {
    let clock = Instant::now();
    while !path.exists() {
        assert!(clock.elapsed() < Duration::from_secs(60), "waiting for {}", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// `nohup` has SIGHUP ignored, and so it stays (also for whoever runs these tests with it, which is undone here); without it the signal stops a training as Ctrl-C does.
#[test]
fn a_closed_terminal_ends_a_training_unless_it_was_started_to_outlive_it() {
    for (script, code) in [("trap '' HUP; exec \"$@\"", 0), ("exec env --default-signal=HUP \"$@\"", 130)] {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 60");
        let words = ["run", "tiny", "--jobs", "1", "--configs", configs.to_str().unwrap()];
        let child = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_inna-bench")])
            .args(words)
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The first run is stored, the others are not.
        wait_for(&folder.path().join("store/toy"));
        send("-HUP", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}: {}", stderr(&output));
        assert_eq!(fingerprints(&folder.path().join("store")).len() == 7, code == 0, "{script}");
        assert_eq!(stderr(&output).contains("the same command goes on"), code == 130, "{script}");
    }
}

/// The first signal waits for the step to end, which here takes seconds; the second does not.
#[test]
fn a_second_signal_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "train_per_class: 6", "train_per_class: 40");
    let task = configs.join("tasks/small.yaml");
    let text = std::fs::read_to_string(&task).unwrap();
    std::fs::write(
        &task,
        text.replace("width: 0.05", "width: 1.0").replace("batch_size: 16", "batch_size: 400"),
    )
    .unwrap();
    let words = ["run", "tiny", "--task", "small", "--jobs", "1", "--threads", "1"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .args(words)
        .args(["--configs", configs.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&folder.path().join("store/.claims/small"));
    std::thread::sleep(Duration::from_millis(300));
    send("-INT", &child);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it does not wait for the step to end");
    let clock = Instant::now();
    send("-TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(clock.elapsed() < Duration::from_secs(1), "{:?}", clock.elapsed());
}
