//! Stores merged.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, fingerprints, forge, runs, stderr, stdout, tiny, tree};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts of a study that were trained apart, some of them twice, are the study.
#[test]
fn parts_of_a_study_from_several_stores_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    for more in [
        &["--store", "whole"][..],
        &["--store", "a", "--task", "toy"],
        &["--store", "b", "--task", "small", "--seeds", "1"],
        &["--store", "c", "--task", "small"],
    ] {
        let run = tiny(folder.path(), "run", &[&["--quiet"], more].concat());
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    }
    let sources = ["a", "b", "c"].map(|name| tree(&folder.path().join(name)));
    let merge =
        |more: &[&str]| bench(folder.path(), &[&["merge", "a", "b", "c", "--store", "all"], more].concat());

    let dry = merge(&["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    assert!(
        stdout(&dry).contains("all: 7 runs would be stored, 3 were there with the same bits, 0 with others"),
        "{}",
        stdout(&dry)
    );
    assert!(!folder.path().join("all").exists());

    let merged = merge(&[]);
    assert_eq!(merged.status.code(), Some(0), "{}", stderr(&merged));
    let sentence = "all: 7 runs stored, 3 were there with the same bits, 0 with others, 0 cannot be used.";
    assert!(stdout(&merged).contains(sentence), "{}", stdout(&merged));
    let before = tree(&folder.path().join("all"));
    let again: serde_json::Value = serde_json::from_slice(&merge(&["--json"]).stdout).unwrap();
    let counts = |key: &str| -> Vec<u64> {
        again["sources"].as_array().unwrap().iter().map(|source| source[key].as_u64().unwrap()).collect()
    };
    assert_eq!((counts("new"), counts("equal")), (vec![0, 0, 0], vec![1, 3, 6]));
    assert_eq!(tree(&folder.path().join("all")), before);
    assert_eq!(["a", "b", "c"].map(|name| tree(&folder.path().join(name))), sources);

    let plan = tiny(folder.path(), "plan", &["--store", "all"]);
    assert!(stdout(&plan).contains("All 7 runs are in all: nothing to train."), "{}", stdout(&plan));
    assert_eq!(tiny(folder.path(), "report", &["--store", "whole", "-o", "w"]).status.code(), Some(0));
    let report = tiny(folder.path(), "report", &["--store", "all", "-o", "p", "--compare", "w"]);
    let same = "\n7 runs are the same bit for bit.\n";
    assert!(stdout(&report).contains(same), "{}", stdout(&report));

    // A store that is merged into nothing has the bytes that it had.
    let copy = bench(folder.path(), &["merge", "whole", "--store", "copy"]);
    assert_eq!(copy.status.code(), Some(0), "{}", stderr(&copy));
    assert_eq!(tree(&folder.path().join("copy")), tree(&folder.path().join("whole")));
}

/// Two records of a run with other bits are both kept, one of them apart, however often they meet.
#[test]
fn what_differs_is_kept_apart_once_and_said_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(bench(folder.path(), &["merge", "store", "--store", "other"]).status.code(), Some(0));
    let forged = runs(&path("other"), "small").remove(0);
    forge(&forged);
    let missing = runs(&path("store"), "toy").remove(0);
    std::fs::remove_dir_all(&missing).unwrap();
    let (mine, theirs) = (fingerprints(&path("store")), tree(&path("other")));
    let id = forged.file_name().unwrap().to_str().unwrap().to_owned();

    let before = tree(folder.path());
    let dry = bench(folder.path(), &["merge", "other", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(1));
    assert!(stdout(&dry).contains("it would be kept apart"), "{}", stdout(&dry));
    assert_eq!(tree(folder.path()), before);

    for (round, place) in
        ["; kept apart in store/conflicts/", "; it is kept apart already, in store/conflicts/"]
            .iter()
            .enumerate()
    {
        let merged = bench(folder.path(), &["merge", "other"]);
        assert_eq!(merged.status.code(), Some(1), "{}", stderr(&merged));
        let text = stdout(&merged);
        let words = format!(
            "small/{id} of other is DIFFERENT in what the curves do not show, made with the same sources"
        );
        assert!(text.contains(&words) && text.contains(place), "{text}");
        let counts = format!(
            "store: {} runs stored, {} were there with the same bits, 1 with others",
            1 - round,
            5 + round
        );
        assert!(text.contains(&counts), "the rest is merged: {text}");
        assert_eq!(std::fs::read_dir(path("store/conflicts")).unwrap().count(), 2, "a record and its reason");
    }
    assert_eq!(tree(&path("other")), theirs);
    let mut now = fingerprints(&path("store"));
    now.retain(|run, _| mine.contains_key(run));
    assert_eq!(now, mine, "what was there stays");
    let kept = std::fs::read_dir(path("store/conflicts")).unwrap().flatten().map(|entry| entry.path());
    let (records, reasons): (Vec<PathBuf>, Vec<PathBuf>) = kept.partition(|path| path.is_dir());
    for file in ["run.json", "epochs.csv"] {
        assert_eq!(std::fs::read(records[0].join(file)).unwrap(), std::fs::read(forged.join(file)).unwrap());
    }
    let reason = std::fs::read_to_string(&reasons[0]).unwrap();
    let other = std::fs::canonicalize(path("other")).unwrap();
    assert!(
        reason.contains(other.to_str().unwrap()) && reason.contains("in what the curves do not show"),
        "{reason}"
    );

    // It is no run: nothing counts it.
    let plan = tiny(folder.path(), "plan", &[]);
    assert!(stdout(&plan).contains("All 7 runs are in store: nothing to train."), "{}", stdout(&plan));
    let value: serde_json::Value =
        serde_json::from_slice(&bench(folder.path(), &["merge", "other", "--json"]).stdout).unwrap();
    let conflict = &value["sources"][0]["conflicts"][0];
    assert_eq!((conflict["id"].as_str(), conflict["known"].as_bool()), (Some(id.as_str()), Some(true)));
}

/// Into a store that is being trained, by two processes at once.
#[test]
fn stores_are_merged_into_one_that_others_work_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tiny(folder.path(), "run", &["--quiet", "--seeds", "9", "--store", "whole"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let start = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
        command.current_dir(folder.path()).args(words).args(["--store", "live"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let train = ["run", "tiny", "--configs", CONFIGS, "--seeds", "9", "--jobs", "1", "--replicas", "1"];
    let trainer = start(&train);
    let first = folder.path().join("live/toy");
    while runs_so_far(&first) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mergers = [start(&["merge", "whole", "--json"]), start(&["merge", "whole", "--json"])];
    let mut stored = 0;
    for merger in mergers {
        let output = merger.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |key: &str| value["sources"][0][key].as_u64().unwrap();
        assert_eq!(count("new") + count("equal"), 36);
        stored += count("new");
    }
    let output = trainer.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let trained = stderr(&output).lines().filter(|line| line.starts_with('[')).count() as u64;
    // One that is trained while it is merged counts for both, and the first of them stays.
    assert!(trained + stored >= 36 && stored > 0 && trained > 0, "{trained} trained, {stored} merged");
    assert_eq!(fingerprints(&folder.path().join("live")), fingerprints(&folder.path().join("whole")));
    let left: Vec<PathBuf> = tree(&folder.path().join("live")).into_keys().collect();
    let there: Vec<PathBuf> = tree(&folder.path().join("whole")).into_keys().collect();
    assert_eq!(left, there);
}

/// Finished runs in the folder of a task, which may not be there yet.
fn runs_so_far(task: &Path) -> usize {
    std::fs::read_dir(task).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()).count()
}

#[test]
fn damage_in_a_source_is_named_and_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet", "--store", "a"]).status.code(), Some(0));
    let damaged = runs(&folder.path().join("a"), "small");
    std::fs::write(damaged[1].join("epochs.csv"), "nothing").unwrap();
    std::fs::remove_file(damaged[2].join("run.json")).unwrap();
    let before = tree(&folder.path().join("a"));
    let merged = bench(folder.path(), &["merge", "a"]);
    assert_eq!(merged.status.code(), Some(1), "{}", stderr(&merged));
    let text = stdout(&merged);
    for run in &damaged[1..3] {
        let name = run.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(text.contains("5 runs stored") && text.contains("2 cannot be used"), "{text}");
    assert_eq!(text.matches("it is not copied and stays where it is").count(), 2, "{text}");
    assert_eq!(tree(&folder.path().join("a")), before);
    assert_eq!(fingerprints(&folder.path().join("store")).len(), 5);
}

#[test]
fn what_is_no_store_to_merge_is_refused_before_anything_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let run = tiny(folder.path(), "run", &["--quiet", "--task", "toy", "--store", "a"]);
    assert_eq!(run.status.code(), Some(0));
    for (words, why) in [
        (&["merge", "a", "none"][..], "there is no store at none to merge"),
        (&["merge", "a", "empty"], "empty holds no records"),
        (&["merge", "a", "./a/../a", "--store", "a"], "a is the store that others are merged into"),
        (&["merge"], "STORE"),
    ] {
        let refused = bench(folder.path(), words);
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
        assert!(!folder.path().join("store").exists());
    }
}
