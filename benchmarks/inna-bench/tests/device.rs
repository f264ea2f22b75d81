//! The emulated device and the folder it compiles in.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, spoiled, stderr, tiny};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Megabytes that four replicas of the small task fit into, and six do not.
const MEMORY_OF_FOUR: &str = "40";

#[test]
fn kernels_are_compiled_in_a_folder_of_their_own_that_goes_again() {
    let folder = tempfile::tempdir().unwrap();
    let (temporary, compiler, seen) =
        (folder.path().join("tmp"), folder.path().join("cc"), folder.path().join("seen"));
    std::fs::create_dir(&temporary).unwrap();
    // Notes where the library goes, and who may look into that folder, before it compiles.
    let script = "#!/bin/sh\nfor word; do\n  [ \"$last\" = -o ] && { dirname \"$word\"; stat -c %a \"$(dirname \"$word\")\"; } \
                  >> \"$SEEN\"\n  last=$word\ndone\nexec cc \"$@\"\n";
    std::fs::write(&compiler, script).unwrap();
    std::fs::set_permissions(&compiler, PermissionsExt::from_mode(0o755)).unwrap();
    // Nothing is kept from anybody but by the program itself.
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_inna-bench")]);
    command.args(["time", "step", "--device", "emulated", "--width", "0.05", "--batch", "2", "--steps", "1"]);
    let output = command.env("CC", &compiler).env("TMPDIR", &temporary).env("SEEN", &seen).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let seen = std::fs::read_to_string(seen).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert!(lines.len() >= 4, "{seen}");
    let mut folders: Vec<&str> = lines.chunks(2).map(|pair| pair[0]).collect();
    assert!(lines.chunks(2).all(|pair| pair[1] == "700"), "{seen}");
    assert!(folders.iter().all(|folder| Path::new(folder).parent() == Some(&temporary)), "{seen}");
    folders.sort();
    folders.dedup();
    assert_eq!(folders.len(), lines.len() / 2, "one for each library: {seen}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "all gone");
}

#[test]
fn a_missing_temporary_folder_is_said() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    let output = command
        .args(["time", "step", "--device", "emulated"])
        .env("TMPDIR", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("TMPDIR"), "{}", stderr(&output));
}

/// A study with six runs of one task, on the emulated device.
const EMULATED: [&str; 4] = ["--device", "emulated", "--task", "small"];

/// Population and fingerprint of every run.
fn populations(store: &Path) -> BTreeMap<String, (u64, String)> {
    let runs = std::fs::read_dir(store.join("small")).unwrap().flatten();
    let records = runs.filter_map(|run| {
        let text = std::fs::read_to_string(run.path().join("run.json")).ok()?;
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        let population = record["provenance"]["population"].as_u64().unwrap();
        let fingerprint = record["fingerprint"].as_str().unwrap().to_owned();
        Some((run.file_name().to_string_lossy().into_owned(), (population, fingerprint)))
    });
    records.collect()
}

/// What does not fit is halved until it does; in this process or in one of its own, and the bits are the same.
#[test]
fn a_population_that_does_not_fit_is_trained_in_halves() {
    let folder = tempfile::tempdir().unwrap();
    let run = |store: &str, more: &[&str]| {
        let output = tiny(folder.path(), "run", &[&EMULATED[..], &["--store", store], more].concat());
        (output.status.code(), stderr(&output), folder.path().join(store))
    };
    let (code, message, store) = run("alone", &["--replicas", "1"]);
    assert_eq!(code, Some(0), "{message}");
    let alone = populations(&store);
    assert!(alone.len() == 6 && alone.values().all(|(population, _)| *population == 1));
    for (name, isolate) in [("halved", &[][..]), ("isolated", &["--isolate"])] {
        let limit = ["--replicas", "8", "--device-memory", MEMORY_OF_FOUR];
        let (code, message, store) = run(name, &[&limit[..], isolate].concat());
        assert_eq!(code, Some(0), "{message}");
        let note = "6 runs of small did not fit into the device's memory; trained as 3 and 3";
        assert!(message.contains(note) && message.contains("6 runs trained"), "{message}");
        let halved = populations(&store);
        assert_eq!(halved.len(), 6);
        for (id, (population, fingerprint)) in &halved {
            assert_eq!((*population, fingerprint), (3, &alone[id].1), "{id}");
        }
    }
    // Without a number of replicas the memory there is decides from the start.
    let (code, message, store) = run("fitting", &["--device-memory", MEMORY_OF_FOUR]);
    assert!(code == Some(0) && !message.contains("did not fit"), "{message}");
    assert!(populations(&store).values().all(|(population, _)| *population == 3));
    // What does not fit by itself is an error that names it.
    for verb in ["plan", "run"] {
        let refused =
            tiny(folder.path(), verb, &[&EMULATED[..], &["--device-memory", "1", "--store", "no"]].concat());
        assert_eq!(refused.status.code(), Some(2));
        let message = stderr(&refused);
        assert!(
            message.contains("a run of task `small` does not fit") && message.contains("--device cpu"),
            "{message}"
        );
    }
    let refused = tiny(folder.path(), "run", &["--device-memory", "5"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--device is cpu"), "{}", stderr(&refused));
}

/// A population with a checkpoint that fits no longer, because others use the device by now: its runs start over in halves, and the
/// checkpoint is kept out of the way.
#[test]
fn a_checkpoint_of_what_no_longer_fits_is_put_away() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 4");
    let words = ["run", "tiny", "--configs", configs.to_str().unwrap(), "--checkpoint-every", "0"];
    let words = [&words[..], &EMULATED, &["--replicas", "6"]].concat();
    let whole = bench(folder.path(), &[&words[..], &["--store", "whole", "--quiet"]].concat());
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .args(&words)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let checkpoint = || common::checkpoint(folder.path());
    while checkpoint().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let rest = bench(folder.path(), &[&words[..], &["--device-memory", MEMORY_OF_FOUR]].concat());
    let message = stderr(&rest);
    assert_eq!(rest.status.code(), Some(0), "{message}");
    assert!(
        message.contains("moved to store/superseded/") && message.contains("trained as 3 and 3"),
        "{message}"
    );
    assert!(checkpoint().is_none());
    let bits = |store: &str| -> Vec<String> {
        populations(&folder.path().join(store)).into_values().map(|(_, fingerprint)| fingerprint).collect()
    };
    assert_eq!(bits("store"), bits("whole"));
}
