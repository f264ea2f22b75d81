//! What is cleaned away, and what never is.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, fingerprints, spoiled, stderr, stdout, tiny, tree};
use std::path::Path;
use std::process::Command;

/// Only what was named goes, and never a record.
#[test]
fn cleaning_removes_what_is_named_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let missing = bench(folder.path(), &["clean"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("there is no store at store"), "{}", stderr(&missing));
    assert!(!folder.path().join("store").exists());
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let store = folder.path().join("store");
    let records = tree(&store);
    let kinds = ["checkpoints", "superseded", "quarantine", "conflicts", "failures", "logs"];
    let files = [
        "small/.0123.checkpoint",
        "superseded/small.r.1/run.json",
        "quarantine/small.r.2.reason.txt",
        "conflicts/small.r.3/epochs.csv",
        "failures/small.r.txt",
        "slurm/tiny-1/script.sh",
    ];
    for (k, file) in files.iter().enumerate() {
        std::fs::create_dir_all(store.join(file).parent().unwrap()).unwrap();
        std::fs::write(store.join(file), vec![b'x'; 1000 + k]).unwrap();
    }
    // What a dead process leaves.
    std::fs::create_dir_all(store.join(".sessions/dead/draft")).unwrap();
    let mut left = tree(&store);
    left.retain(|path, _| !path.starts_with(".sessions"));

    let table = bench(folder.path(), &["clean"]);
    assert_eq!(table.status.code(), Some(0), "{}", stderr(&table));
    for (k, kind) in kinds.iter().enumerate() {
        let row = stdout(&table).lines().find(|line| line.starts_with(kind)).unwrap().to_owned();
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[1..3], ["1", (1000 + k).to_string().as_str()], "{row}");
    }
    assert!(stdout(&table).contains("inna-bench clean --remove KIND"), "{}", stdout(&table));
    assert_eq!(tree(&store), left, "what dead processes left is gone, and nothing else");

    for (kind, file) in kinds.iter().zip(files) {
        let removed = bench(folder.path(), &["clean", "--remove", kind, "--json"]);
        assert_eq!(removed.status.code(), Some(0), "{}", stderr(&removed));
        let value: serde_json::Value = serde_json::from_slice(&removed.stdout).unwrap();
        let of = value["kinds"].as_array().unwrap().iter().find(|row| row["kind"] == **kind).unwrap();
        assert_eq!((&of["files"], &of["removed_files"]), (&1.into(), &1.into()), "{value}");
        assert!(left.remove(Path::new(file)).is_some());
        assert_eq!(tree(&store), left, "{kind}");
    }
    assert_eq!(left, records);
    for file in files {
        std::fs::create_dir_all(store.join(file).parent().unwrap()).unwrap();
        std::fs::write(store.join(file), "x").unwrap();
    }
    assert_eq!(bench(folder.path(), &["clean", "--remove", "all"]).status.code(), Some(0));
    assert_eq!(tree(&store), records);
    assert_eq!(bench(folder.path(), &["clean", "--remove", "records"]).status.code(), Some(2));
}

/// What a training goes on from stays as long as the training lives, whatever that is known by.
#[cfg(unix)]
#[test]
fn a_checkpoint_of_a_living_training_stays() {
    for proof in [&[][..], &["--lease", "2"]] {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 5000");
        let configs = configs.to_str().unwrap();
        let toy = ["run", "tiny", "--task", "toy", "--quiet", "--configs", configs];
        assert_eq!(bench(folder.path(), &toy).status.code(), Some(0));
        let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(["run", "tiny", "--task", "small", "--jobs", "1", "--replicas", "6"])
            .args(["--checkpoint-every", "0", "--configs", configs])
            .args(proof)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let checkpoint = || common::checkpoint(folder.path());
        while checkpoint().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let kept = bench(folder.path(), &["clean", "--remove", "all"]);
        let is_there = checkpoint().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let text = stdout(&kept);
        assert_eq!(kept.status.code(), Some(0), "{}", stderr(&kept));
        assert!(is_there && text.contains(".checkpoint stays: another process trains small/"), "{text}");
        assert!(text.contains("Another process works on this store."), "{text}");

        // Dead, what it left behind goes; its checkpoint, from which another could go on, only when that is asked for.
        assert_eq!(bench(folder.path(), &["clean"]).status.code(), Some(0));
        assert!(checkpoint().is_some());
        assert_eq!(
            folder.path().join("store/.sessions").exists(),
            !proof.is_empty(),
            "a lease takes its time"
        );
        let gone = bench(folder.path(), &["clean", "--remove", "checkpoints"]);
        let text = stdout(&gone);
        assert!(text.lines().any(|row| row.starts_with("checkpoints") && row.ends_with("removed")), "{text}");
        assert!(checkpoint().is_none() && !folder.path().join("store/.sessions").exists());
        assert_eq!(stderr(&gone).contains("Waiting to know"), !proof.is_empty(), "{}", stderr(&gone));
        assert_eq!(fingerprints(&folder.path().join("store")).len(), 1, "the record is there");
    }
}
