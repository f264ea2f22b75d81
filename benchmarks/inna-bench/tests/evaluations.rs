//! How often a training is evaluated: nothing of what is trained depends on it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, configs, fingerprints, stderr};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The small study with thirty epochs, evaluated every so many.
fn every(folder: &Path, epochs: &str) -> PathBuf {
    let configs = configs(folder);
    let path = configs.join("tasks/small.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("epochs: 2", &format!("epochs: 30{epochs}"))).unwrap();
    configs
}

/// The epochs of the curves that did not diverge, and their last rows from the losses on.
fn curves(store: &Path) -> (BTreeSet<Vec<String>>, BTreeSet<String>) {
    let (mut epochs, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for run in common::runs(store, "small") {
        let curve = std::fs::read_to_string(run.join("epochs.csv")).unwrap();
        let rows: Vec<&str> = curve.lines().skip(1).collect();
        if !std::fs::read_to_string(run.join("run.json")).unwrap().contains("diverged") {
            epochs.insert(rows.iter().map(|row| row.split(',').next().unwrap().to_owned()).collect());
            ends.insert(rows.last().unwrap().splitn(4, ',').nth(3).unwrap().to_owned());
        }
    }
    (epochs, ends)
}

#[test]
fn what_is_trained_is_the_same_however_often_it_is_evaluated() {
    let (each, seventh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |folder: &Path, epochs: &str, more: &[&str]| {
        let configs = every(folder, epochs);
        let arguments = ["run", "tiny", "--task", "small", "--quiet", "--configs", configs.to_str().unwrap()];
        let done = bench(folder, &[&arguments[..], more].concat());
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        let report =
            bench(folder, &["report", "tiny", "--task", "small", "--configs", configs.to_str().unwrap()]);
        assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
        let all: BTreeSet<String> = fingerprints(&folder.join("store")).into_values().collect();
        (all, curves(&folder.join("store")))
    };
    let (bits, (_, ends)) = run(each.path(), "", &[]);
    let (same_bits, (epochs, same_ends)) = run(seventh.path(), "\nevaluate_every: 7", &[]);
    assert_eq!((bits.len(), ends.len()), (6, 4));
    assert_eq!((same_bits, same_ends), (bits.clone(), ends));
    let expected = ["0", "7", "14", "21", "28", "30"].map(str::to_owned).to_vec();
    assert_eq!(epochs, BTreeSet::from([expected]));
    let verified = bench(
        seventh.path(),
        &[
            "verify",
            "tiny",
            "--task",
            "small",
            "--prefix",
            "9",
            "--configs",
            seventh.path().join("configs").to_str().unwrap(),
        ],
    );
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));

    // From a checkpoint, which need not be of an epoch that is evaluated.
    let killed = tempfile::tempdir().unwrap();
    let configs = every(killed.path(), "\nevaluate_every: 7");
    common::killed_in_the_middle(killed.path(), &configs, "6");
    let arguments = ["run", "tiny", "--task", "small", "--quiet", "--replicas", "6", "--configs"];
    let done = bench(killed.path(), &[&arguments[..], &[configs.to_str().unwrap()]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let again: BTreeSet<String> = fingerprints(&killed.path().join("store")).into_values().collect();
    assert_eq!(again, bits);
}

#[test]
fn what_is_never_evaluated_is_refused() {
    for (epochs, expected) in [
        ("\nevaluate_every: 0", "evaluate_every: 0 is out of range; 1 to 30"),
        ("\nevaluate_every: 31", "evaluate_every: 31 is out of range; 1 to 30"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configs = every(folder.path(), epochs);
        let refused = bench(folder.path(), &["plan", "tiny", "--configs", configs.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    }
}
