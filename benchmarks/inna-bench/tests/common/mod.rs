//! What the end-to-end tests share.
// Each test file uses a part of it; clippy exempts test functions from `unwrap_used`, not their helpers.
#![allow(dead_code, clippy::unwrap_used)]

pub mod searched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Small configurations.
pub const CONFIGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/configs");
/// The checkout.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs the binary in `folder`.
pub fn bench(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inna-bench")).current_dir(folder).args(arguments).output().unwrap()
}

/// The schema of what a command prints with `--json`, as the program says it.
pub fn schema(command: &str) -> serde_json::Value {
    let output = bench(Path::new(ROOT), &["schema", "--printed", command]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a verb on the study of the small configurations.
pub fn tiny(folder: &Path, verb: &str, more: &[&str]) -> Output {
    let mut arguments = vec![verb, "tiny", "--configs", CONFIGS];
    arguments.extend(more);
    bench(folder, &arguments)
}

/// A copy of the small configurations that may be written to.
pub fn configs(folder: &Path) -> PathBuf {
    let copy = folder.join("configs");
    for kind in ["studies", "tasks", "optimizers"] {
        std::fs::create_dir_all(copy.join(kind)).unwrap();
        for file in std::fs::read_dir(Path::new(CONFIGS).join(kind)).unwrap().flatten() {
            std::fs::copy(file.path(), copy.join(kind).join(file.file_name())).unwrap();
        }
    }
    copy
}

/// A copy of the small configurations with one text in one file replaced.
pub fn spoiled(folder: &Path, file: &str, old: &str, new: &str) -> PathBuf {
    let configs = configs(folder);
    let path = configs.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old} in {file}");
    std::fs::write(&path, text.replacen(old, new, 1)).unwrap();
    configs
}

/// Begins to train the small task as one population of `replicas`, and kills it once there is a checkpoint.
pub fn killed_in_the_middle(folder: &Path, configs: &Path, replicas: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder)
        .args(["run", "tiny", "--task", "small", "--jobs", "1", "--checkpoint-every", "0"])
        .args(["--replicas", replicas, "--configs", configs.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while checkpoint(folder).is_none() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(checkpoint(folder).is_some(), "killed in the middle");
}

/// Gives a stored run another fingerprint, under digests that are right: what another program would have stored.
pub fn forge(run: &Path) {
    use records::{Name, Store};
    let name = |path: &Path| Name::new(path.file_name().unwrap().to_str().unwrap()).unwrap();
    let task = run.parent().unwrap();
    let store = Store::open(task.parent().unwrap());
    let mut record = store.read(&name(task), &name(run)).unwrap().unwrap();
    record.fingerprint.replace_range(..8, "00000000");
    std::fs::remove_dir_all(run).unwrap();
    store.write(&record).unwrap();
}

/// Fingerprint by run, from every `run.json` under the store.
pub fn fingerprints(store: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let is_aside = |name: &std::ffi::OsStr| records::Aside::ALL.iter().any(|aside| name == aside.folder());
    for task in std::fs::read_dir(store).unwrap().flatten().filter(|task| !is_aside(&task.file_name())) {
        for run in std::fs::read_dir(task.path()).into_iter().flatten().flatten() {
            // Checkpoints, and what is in the quarantine, are no records.
            let Ok(text) = std::fs::read_to_string(run.path().join("run.json")) else { continue };
            let record: serde_json::Value = serde_json::from_str(&text).unwrap();
            let fingerprint = record["fingerprint"].as_str().unwrap().to_owned();
            found.insert(run.file_name().to_string_lossy().into_owned(), fingerprint);
        }
    }
    found
}

/// The loss that each run of a store ends with, on its last part, by its name; only of those that did not diverge.
pub fn final_losses(store: &Path) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for run in runs(store, "small") {
        let record: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
        let curve = std::fs::read_to_string(run.join("epochs.csv")).unwrap();
        let mut lines = curve.lines();
        let column = lines.next().unwrap().split(',').position(|name| name == "test_loss").unwrap();
        if record["outcome"]["kind"] == "finished" {
            let last = lines.next_back().unwrap().split(',').nth(column).unwrap();
            found.insert(run.file_name().unwrap().to_string_lossy().into_owned(), last.parse().unwrap());
        }
    }
    found
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file and link below a folder, by its path in it; empty folders too.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = PathBuf::from(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            let inside = tree(&entry.path());
            if inside.is_empty() {
                found.insert(name.join(""), Vec::new());
            }
            found.extend(inside.into_iter().map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    found
}

/// The records of a task in a store, sorted.
pub fn runs(store: &Path, task: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.join(task)).unwrap().flatten();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    runs.sort();
    runs
}

/// The checkpoint of the task `small` in the store of a folder, if there is one.
pub fn checkpoint(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder.join("store/small")).ok()?.flatten();
    entries.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"))
}
