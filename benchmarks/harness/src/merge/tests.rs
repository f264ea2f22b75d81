use super::*;
use records::{
    Curve, EpochRow, FORMAT, Machine, OptimizerChoice, Outcome, Specification, StepTime, TIMING_FORMAT,
    UNPROTECTED,
};
use serde_json::json;
use std::fs;

fn record(repetition: u64, loss: f64) -> Record {
    let specification = Specification {
        task: Name::new("t").unwrap(),
        task_settings: json!({"epochs": 1}),
        data_digest: String::new(),
        optimizer: OptimizerChoice { name: "sgd".into(), hyper: json!({"learning_rate": 0.1}) },
        master_seed: 1,
        repetition,
    };
    let row = |epoch: u32| EpochRow {
        epoch,
        step: u64::from(epoch),
        elapsed_s: 0.5,
        learning_rate: None,
        train_loss_running: None,
        train_loss: if epoch == 0 { 2.0 } else { loss },
        validation_loss: None,
        validation_accuracy: None,
        test_loss: f64::NAN,
        test_accuracy: Some(0.5),
    };
    Record {
        format: FORMAT,
        id: specification.id().unwrap(),
        specification,
        outcome: Outcome::Finished,
        fingerprint: format!("{loss}"),
        provenance: Provenance {
            suite_version: "0".into(),
            code_digest: "c".into(),
            code: BTreeMap::new(),
            compiler: "rustc".into(),
            machine: Machine { cpu: "x".into(), cores: 1, features: "none".into(), system: "linux".into() },
            device: "cpu".into(),
            accelerator: None,
            precision: "f32".into(),
            threads: 1,
            jobs: 1,
            started_unix_s: 7,
            training_s: 1.0 / 3.0,
            evaluation_s: 0.5,
            population: 1,
            resumptions: 0,
            state_bytes: 0,
            parameters: 1,
        },
        curve: Curve::Epochs(vec![row(0), row(1)]),
    }
}

/// Every file below a folder with its content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match fs::read(entry.path()) {
            Ok(bytes) => drop(found.insert(entry.path(), bytes)),
            Err(_) => found.extend(tree(&entry.path())),
        }
    }
    found
}

fn store(folder: &Path, name: &str, records: &[Record]) -> Source {
    let store = Store::open(folder.join(name));
    for record in records {
        store.write(record).unwrap();
    }
    drop(store);
    Source::open(&folder.join(name), &Store::open(folder.join("d"))).unwrap()
}

#[test]
fn what_is_lacking_is_stored_what_is_equal_stays_and_what_differs_is_kept_apart_once() {
    let folder = tempfile::tempdir().unwrap();
    let other_times = |mut record: Record| {
        record.provenance.training_s = 9.0;
        record.provenance.compiler = "rustc, another".into();
        record
    };
    let a = store(folder.path(), "a", &[record(0, 1.0), record(1, 1.0)]);
    let b = store(
        folder.path(),
        "b",
        &[other_times(record(1, 1.0)), other_times(record(0, 1.5)), record(2, 1.0)],
    );
    let c = store(folder.path(), "c", &[record(0, 1.5)]);
    let destination = Store::open(folder.path().join("d"));

    // First what would happen, with the same counts, and nothing on the disk.
    let sources = tree(folder.path());
    let mut counts = Vec::new();
    for dry in [true, false, false] {
        let mut merge = Merge::into(&destination, dry).unwrap();
        let merged: Vec<Merged> = [&a, &b, &c].map(|source| merge.take(source).unwrap()).into();
        counts.push(merged.iter().map(|m| (m.new, m.equal, m.conflicts.len())).collect::<Vec<_>>());
        let known: Vec<bool> = merged.iter().flat_map(|m| &m.conflicts).map(|c| c.is_known).collect();
        if dry {
            assert_eq!(tree(folder.path()), sources);
            assert!(!folder.path().join("d").exists());
            assert!(merged.iter().flat_map(|m| &m.conflicts).all(|c| c.kept.is_none()));
        }
        // The same bits from a third store are the same conflict.
        assert_eq!(known, [counts.len() == 3, true]);
        let Conflict { what, circumstances, .. } = &merged[1].conflicts[0];
        assert_eq!(
            (what, circumstances),
            (&vec!["from epoch 1 on".to_owned()], &vec!["compiler".to_owned()])
        );
    }
    assert_eq!(counts[0], [(2, 0, 0), (1, 1, 1), (0, 0, 1)]);
    assert_eq!(counts[1], counts[0]);
    assert_eq!(counts[2], [(0, 2, 0), (0, 2, 1), (0, 0, 1)]);

    let after = tree(folder.path());
    assert!(sources.iter().all(|(path, bytes)| after[path] == *bytes));
    // What was stored has the bytes that it has in its source; of the conflict there is one record and its reason.
    let there = |k: u64| destination.folder(&Name::new("t").unwrap(), &record(k, 1.0).id);
    for (k, from) in [(0, "a"), (1, "a"), (2, "b")] {
        let path = there(k).join("run.json");
        let inside = path.strip_prefix(folder.path().join("d")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), fs::read(folder.path().join(from).join(inside)).unwrap());
    }
    let apart = destination.apart(Aside::Conflicting).unwrap();
    let [(_, place)] = &apart[..] else { panic!("{apart:?}") };
    let reason = fs::read_to_string(format!("{}.reason.txt", place.display())).unwrap();
    let from = folder.path().join("b");
    for word in [from.to_str().unwrap(), "from epoch 1 on", "another compiler", "rustc, another", "sources c"]
    {
        assert!(reason.contains(word), "{word}: {reason}");
    }
    let kept = destination.read_apart(place, &Name::new("t").unwrap(), &record(0, 1.0).id);
    assert_eq!(kept.unwrap().unwrap().fingerprint, "1.5");
}

#[test]
fn damage_is_named_and_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let a = store(folder.path(), "a", &[record(0, 1.0), record(1, 1.0), record(2, 1.0)]);
    let inside = |store: &str, k: u64| folder.path().join(store).join("t").join(record(k, 1.0).id);
    fs::write(inside("a", 0).join("epochs.csv"), "nothing").unwrap();
    fs::remove_file(inside("a", 1).join("run.json")).unwrap();
    // One that is damaged where it is to be stored is mended.
    let destination = Store::open(folder.path().join("d"));
    destination.write(&record(2, 1.0)).unwrap();
    fs::write(inside("d", 2).join("run.json"), "{").unwrap();
    let before = tree(&folder.path().join("a"));
    let merged = Merge::into(&destination, false).unwrap().take(&a).unwrap();
    assert_eq!((merged.new, merged.equal, merged.is_whole()), (1, 0, false));
    let id = record(0, 1.0).id;
    assert!(merged.refused.iter().any(|r| r.contains(&*id) && r.contains("epochs.csv is damaged")));
    assert!(merged.refused.iter().any(|r| r.contains("it has no run.json")), "{:?}", merged.refused);
    assert!(merged.mended[0].contains("run.json was damaged"), "{:?}", merged.mended);
    assert_eq!(tree(&folder.path().join("a")), before);
    assert_eq!(destination.list().len(), 1);
    assert_eq!(fs::read_dir(folder.path().join("d/quarantine")).unwrap().count(), 2);
}

#[test]
fn a_record_of_the_former_format_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let a = store(folder.path(), "a", &[Record { format: UNPROTECTED, ..record(0, 1.0) }]);
    let destination = Store::open(folder.path().join("d"));
    let merged = Merge::into(&destination, false).unwrap().take(&a).unwrap();
    assert_eq!((merged.new, merged.unprotected), (1, 1));
    let (task, id) = (Name::new("t").unwrap(), record(0, 1.0).id);
    assert_eq!(destination.read(&task, &id).unwrap().unwrap().format, UNPROTECTED);
    assert!(destination.seal(&task, &id).unwrap());
    // Sealed it is still the same run.
    assert_eq!(Merge::into(&destination, false).unwrap().take(&a).unwrap().equal, 1);
}

/// Steps of the task `t` on a CPU that take so long.
fn timing(ms: f64) -> Timing {
    let step = StepTime {
        optimizer: "sgd".into(),
        hyper: json!({"learning_rate": 0.1}),
        median_ms: ms,
        smallest_ms: ms,
        largest_ms: ms,
    };
    Timing {
        format: TIMING_FORMAT,
        task: Name::new("t").unwrap(),
        device: Name::new("cpu").unwrap(),
        accelerator: None,
        threads: 1,
        machine: Machine { cpu: "x".into(), cores: 1, features: "none".into(), system: "linux".into() },
        others_cores: None,
        busy: false,
        started_unix_s: 7,
        data: "shapes".into(),
        input: [32, 32, 3],
        classes: 10,
        model: json!({"name": "nin"}),
        parameters: 1,
        batch_size: 1,
        precision: "f32".into(),
        rounds: 1,
        steps: 1,
        entries: vec![step],
        suite_version: "0".into(),
        code_digest: "c".into(),
        code: BTreeMap::new(),
        compiler: "rustc".into(),
    }
}

/// The destination's own timing is damaged: the first source mends it, the second has another one, the third that of the first.
#[test]
fn a_dry_run_says_of_timings_what_a_real_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let destination = Store::open(folder.path().join("d"));
    let timed = |name: &str, ms: f64| {
        Store::open(folder.path().join(name)).write_timing(&timing(ms)).unwrap();
        Source::open(&folder.path().join(name), &destination).unwrap()
    };
    let sources = [timed("a", 1.0), timed("b", 2.0), timed("c", 1.0)];
    let file = destination.write_timing(&timing(9.0)).unwrap();
    fs::write(&file, "{}").unwrap();
    for dry in [true, false] {
        let mut merge = Merge::into(&destination, dry).unwrap();
        let merged = sources.each_ref().map(|source| merge.take(source).unwrap());
        let counts = merged.map(|m| (m.new_timings, m.mended.len(), m.kept_timings.len()));
        assert_eq!(counts, [(1, 1, 0), (0, 0, 1), (0, 0, 0)], "dry: {dry}");
    }
    assert_eq!(fs::read(&file).unwrap(), fs::read(sources[0].root().join("timings/t.cpu.json")).unwrap());
}

#[test]
fn what_is_no_source_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let a = store(folder.path(), "a", &[record(0, 1.0)]);
    let refused = |path: &str| {
        let destination = Store::open(a.root());
        Source::open(&folder.path().join(path), &destination).unwrap_err().to_string()
    };
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (path, why) in [
        ("none", "there is no store at"),
        ("empty", "holds no records"),
        ("a/t", "holds no records"),
        ("a", "is the store that others are merged into"),
        ("empty/../a/.", "is the store that others are merged into"),
    ] {
        let message = refused(path);
        assert!(message.contains(why) && message.contains("name "), "{message}");
    }
}
