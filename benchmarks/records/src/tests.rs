use crate::shape::contradiction;
use crate::*;
use serde_json::json;
use std::collections::BTreeMap;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn record(curve: Curve) -> Record {
    let specification = Specification {
        task: name("t"),
        task_settings: json!({"epochs": 2}),
        data_digest: String::new(),
        optimizer: OptimizerChoice { name: "sgd".into(), hyper: json!({"learning_rate": 0.1}) },
        master_seed: 1,
        repetition: 3,
    };
    Record {
        format: FORMAT,
        id: specification.id().unwrap(),
        specification,
        outcome: Outcome::Diverged { step: 7, reason: "training loss is NaN".into() },
        fingerprint: "f".into(),
        provenance: Provenance {
            suite_version: "0".into(),
            code_digest: "c".into(),
            code: BTreeMap::from([("adam".to_owned(), "a1".to_owned())]),
            compiler: "rustc".into(),
            machine: Machine { cpu: "x".into(), cores: 2, features: "avx2".into(), system: "linux".into() },
            device: "cpu".into(),
            accelerator: None,
            precision: "f32".into(),
            threads: 1,
            jobs: 2,
            started_unix_s: 0,
            training_s: 0.25,
            evaluation_s: 0.5,
            population: 1,
            resumptions: 0,
            state_bytes: 8,
            parameters: 2,
        },
        curve,
    }
}

pub(crate) fn epoch(epoch: u32) -> EpochRow {
    EpochRow {
        epoch,
        step: 10 * u64::from(epoch),
        elapsed_s: 0.1 + 0.2,
        learning_rate: (epoch > 0).then_some(1.0 / 3.0),
        train_loss_running: (epoch > 0).then_some(f64::MIN_POSITIVE),
        train_loss: std::f64::consts::LN_10,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: f64::NAN,
        test_accuracy: Some(0.1),
    }
}

/// Of two entries that differ in a hyper-parameter; the task's name has a dot.
pub(crate) fn timing() -> Timing {
    let entry = |rate: f64, [smallest_ms, median_ms, largest_ms]: [f64; 3]| StepTime {
        optimizer: "sgd".into(),
        hyper: json!({"learning_rate": rate, "momentum": 0.9}),
        median_ms,
        smallest_ms,
        largest_ms,
    };
    Timing {
        format: TIMING_FORMAT,
        task: name("small.v2"),
        device: name("cpu"),
        accelerator: None,
        threads: 1,
        machine: Machine { cpu: "x".into(), cores: 2, features: "avx2".into(), system: "linux".into() },
        others_cores: Some(0.01),
        busy: false,
        started_unix_s: 1_700_000_000,
        data: "shapes".into(),
        input: [32, 32, 3],
        classes: 10,
        model: json!({"name": "nin", "width": 0.25, "dropout": 0.5}),
        parameters: 1000,
        batch_size: 32,
        precision: "f32".into(),
        rounds: 7,
        steps: 12,
        entries: vec![entry(0.1, [3.5, 4.0, 5.25]), entry(0.01, [3.4, 4.1, 4.2])],
        suite_version: "0".into(),
        code_digest: "c".into(),
        code: BTreeMap::from([("sgd".to_owned(), "a1".to_owned())]),
        compiler: "rustc".into(),
    }
}

#[test]
fn a_record_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let rows = vec![TrajectoryRow { step: 0, theta1: -1.0, theta2: 1.5, value: 0.1 + 0.2 }];
    let written = record(Curve::Trajectory(rows));
    assert!(store.read(&name("t"), &written.id).unwrap().is_none());
    store.write(&written).unwrap();
    assert_eq!(store.read(&name("t"), &written.id).unwrap().unwrap(), written);
    // Nothing but the run is left beside it, and of the session nothing.
    assert_eq!(std::fs::read_dir(folder.path().join("t")).unwrap().count(), 1);
    drop(store);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn epochs_survive_csv_even_when_not_finite() {
    let text = Curve::Epochs(vec![epoch(0), epoch(1)]).to_csv();
    let Curve::Epochs(rows) = Curve::from_csv(&text, "x".as_ref()).unwrap() else { panic!() };
    assert_eq!(rows[1].elapsed_s, 0.1 + 0.2);
    assert_eq!(rows[1].learning_rate, Some(1.0 / 3.0));
    assert_eq!(rows[0].learning_rate, None);
    assert!(rows[0].test_loss.is_nan());
}

/// A finished run of two epochs in a store of its own.
fn stored() -> (tempfile::TempDir, Store, Record) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store"));
    let mut written = record(Curve::Epochs(vec![epoch(0), epoch(1), epoch(2)]));
    written.outcome = Outcome::Finished;
    assert_eq!(store.write(&written).unwrap(), Stored::New);
    (folder, store, written)
}

fn damage(store: &Store, record: &Record) -> Option<String> {
    match store.read(&record.specification.task, &record.id) {
        Ok(_) => None,
        Err(error @ StoreError::Damaged { .. }) => Some(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

/// A bit of every byte of both files, and lengths; every bit of `run.json` is a test beside its format.
#[test]
fn any_flipped_bit_and_any_truncation_is_noticed() {
    let (_folder, store, written) = stored();
    for file in ["run.json", "epochs.csv"] {
        let path = store.folder(&written.specification.task, &written.id).join(file);
        let whole = std::fs::read(&path).unwrap();
        for bit in (0..8 * whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bytes).unwrap();
            let message = damage(&store, &written);
            assert!(message.is_some_and(|m| m.contains(file)), "bit {bit} of {file}");
        }
        for length in
            (0..whole.len()).rev().enumerate().filter(|(i, n)| *i < 80 || n % 11 == 0).map(|(_, n)| n)
        {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(damage(&store, &written).is_some(), "{file} cut to {length}");
        }
        std::fs::write(&path, [&whole[..], b"\n"].concat()).unwrap();
        assert!(damage(&store, &written).is_some(), "{file} with a byte more");
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(damage(&store, &written), None);
    }
}

/// Changes that keep the format's digests right, as an editor of records could make them, but not its sense.
#[test]
fn a_record_that_contradicts_itself_is_refused() {
    let refused = |change: &dyn Fn(&mut Record), why: &str| {
        let (_folder, store, written) = stored();
        let mut changed = written.clone();
        change(&mut changed);
        let (task, id) = (written.specification.task.clone(), written.id.clone());
        std::fs::remove_dir_all(store.folder(&task, &id)).unwrap();
        // Under the name of the run that it was.
        store.write(&changed).unwrap();
        let (from, to) = (store.folder(&changed.specification.task, &changed.id), store.folder(&task, &id));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(from, to).unwrap();
        let message = damage(&store, &written).unwrap_or_default();
        assert!(message.contains(why), "{why}: {message}");
    };
    refused(&|r| r.id = name("photos"), "says it is run `photos`");
    refused(&|r| r.specification.repetition = 4, "but its specification is that of");
    refused(&|r| r.specification.task = name("other"), "of task `other`");
    refused(
        &|r| r.specification.optimizer.hyper = json!({"learning_rate": 0.2}),
        "but its specification is that of",
    );
    refused(&|r| r.curve = Curve::Epochs(vec![epoch(0), epoch(1)]), "2 rows, expected 3");
    refused(
        &|r| r.curve = Curve::Epochs(vec![epoch(1), epoch(2), epoch(3)]),
        "row 1 of its curve is epoch 1",
    );
    refused(
        &|r| r.curve = Curve::Epochs(vec![epoch(0), epoch(2), epoch(1)]),
        "row 2 of its curve is epoch 2",
    );
    let accuracy =
        |x: f64| Curve::Epochs((0..3).map(|k| EpochRow { test_accuracy: Some(x), ..epoch(k) }).collect());
    refused(&|r| r.curve = accuracy(1.5), "no share");
    let diverged = Outcome::Diverged { step: 1, reason: String::new() };
    refused(&|r| (r.outcome, r.curve) = (diverged.clone(), Curve::Epochs(Vec::new())), "has no rows");
    refused(
        &|r| (r.outcome, r.curve) = (diverged.clone(), Curve::Epochs((0..5).map(epoch).collect())),
        "more than the 3",
    );
}

/// Evaluated every second epoch of three, a run has the rows 0, 2 and, at its end, 3.
#[test]
fn rows_are_of_the_epochs_that_are_evaluated() {
    let with = |epochs: &[u32]| {
        let mut changed = record(Curve::Epochs(epochs.iter().map(|&k| epoch(k)).collect()));
        changed.outcome = Outcome::Finished;
        changed.specification.task_settings["epochs"] = json!(3);
        changed.specification.task_settings["evaluate_every"] = json!(2);
        changed.id = changed.specification.id().unwrap();
        contradiction(&changed)
    };
    assert_eq!(with(&[0, 2, 3]), None);
    assert!(with(&[0, 1, 2, 3]).unwrap().contains("row 2 of its curve is epoch 1, expected 2"));
    assert!(with(&[0, 2]).unwrap().contains("2 rows, expected 3"));
    assert!(with(&[0, 2, 4]).unwrap().contains("row 3 of its curve is epoch 4, expected 3"));
}

/// A later format has other members; under a right digest it is not damaged, but not for this program.
#[test]
fn a_later_format_is_told_from_damage() {
    let (_folder, store, written) = stored();
    let path = store.folder(&written.specification.task, &written.id).join("run.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let later = text.replace("\"format\": 2", "\"format\": 3").replace("\"finished\"", "\"interrupted\"");
    std::fs::write(&path, &later).unwrap();
    assert!(damage(&store, &written).is_some(), "its digest is that of another text");
    let before = &later[..later.len() - 64 - "\"\n}\n".len()];
    std::fs::write(&path, format!("{before}{}\"\n}}\n", blake3::hash(before.as_bytes()).to_hex())).unwrap();
    let (task, id) = (&written.specification.task, &written.id);
    assert!(matches!(store.read(task, id), Err(StoreError::Newer { format: 3, .. })));
    assert!(matches!(store.write(&written), Err(StoreError::Newer { .. })), "and it stays");
    assert_eq!(std::fs::read_to_string(&path).unwrap().len(), later.len());
}

/// What a program does not know of a record, because a later one has added it, is part of it all the same.
#[test]
fn a_copy_has_the_very_bytes() {
    let (_folder, store, written) = stored();
    let (task, id) = (&written.specification.task, &written.id);
    let place = store.folder(task, id);
    let text = std::fs::read_to_string(place.join("run.json")).unwrap();
    let more = text.replace("\"device\": \"cpu\",", "\"device\": \"cpu\",\n    \"weather\": \"fine\",");
    let before = &more[..more.len() - 64 - "\"\n}\n".len()];
    let more = format!("{before}{}\"\n}}\n", blake3::hash(before.as_bytes()).to_hex());
    std::fs::write(place.join("run.json"), &more).unwrap();
    let other = Store::open(store.root().join("../other"));
    assert_eq!(other.copy(&place, task, id).unwrap(), Stored::New);
    assert_eq!(other.copy(&place, task, id).unwrap(), Stored::Kept);
    let apart = other.keep_apart(Aside::Conflicting, &place, (task, id), "why").unwrap();
    for folder in [other.folder(task, id), apart] {
        assert_eq!(std::fs::read_to_string(folder.join("run.json")).unwrap(), more);
        assert!(folder.join("epochs.csv").is_file());
    }
    std::fs::write(place.join("epochs.csv"), "").unwrap();
    let third = Store::open(store.root().join("../third"));
    assert!(matches!(third.copy(&place, task, id), Err(StoreError::Damaged { .. })));
    assert!(third.list().is_empty());
}

/// A process that slept for longer than its lease was swept by another; it goes on as one that lives.
#[test]
fn a_session_that_was_swept_begins_again() {
    let (_folder, store, written) = stored();
    let (task, id) = (&written.specification.task, &written.id);
    let claim = store.claim(task, id).unwrap();
    let own = store.session().unwrap().name().to_owned();
    std::fs::remove_dir_all(store.root().join(".sessions")).unwrap();
    drop(claim);
    let other = Store::open(store.root());
    let claim = store.claim(task, id).unwrap();
    assert!(claim.is_some() && store.session().unwrap().name() != own);
    assert!(other.claim(task, id).unwrap().is_none(), "others see that it lives");
}

#[test]
fn records_of_the_former_format_are_read_and_sealed() {
    let (_folder, store, written) = stored();
    let path = store.folder(&written.specification.task, &written.id).join("run.json");
    let former = Record { format: UNPROTECTED, ..written.clone() };
    std::fs::write(&path, serde_json::to_string_pretty(&former).unwrap() + "\n").unwrap();
    let (task, id) = (&written.specification.task, &written.id);
    let read = store.read(task, id).unwrap().unwrap();
    assert!(!read.is_protected());
    assert_eq!(store.list(), [(task.clone(), id.clone())]);
    assert!(store.seal(task, id).unwrap());
    assert!(!store.seal(task, id).unwrap());
    assert!(store.read(task, id).unwrap().unwrap().is_protected());
    let files = std::fs::read_dir(store.folder(task, id)).unwrap().count();
    assert_eq!((files, std::fs::read_dir(store.session().unwrap().folder()).unwrap().count()), (2, 1));
    // What contradicts itself gets no digests that say it is whole.
    let text =
        serde_json::to_string_pretty(&former).unwrap().replace("\"repetition\": 3", "\"repetition\": 5");
    std::fs::write(&path, text).unwrap();
    assert!(matches!(store.seal(task, id), Err(StoreError::Damaged { .. })));
}

#[test]
fn what_is_there_is_never_replaced() {
    let (_folder, store, written) = stored();
    let place = store.folder(&written.specification.task, &written.id);
    let before = std::fs::metadata(place.join("run.json")).unwrap().modified().unwrap();
    let again = Record { fingerprint: "other".into(), ..written.clone() };
    assert_eq!(store.write(&again).unwrap(), Stored::Kept);
    assert_eq!(std::fs::metadata(place.join("run.json")).unwrap().modified().unwrap(), before);
    // A damaged record makes way, and nothing of it is lost.
    std::fs::write(place.join("epochs.csv"), "epoch,step").unwrap();
    assert_eq!(store.write(&again).unwrap(), Stored::New);
    let kept: Vec<_> =
        std::fs::read_dir(store.root().join(Aside::Damaged.folder())).unwrap().flatten().collect();
    let folder = kept.iter().find(|entry| entry.path().is_dir()).unwrap().path();
    assert_eq!(std::fs::read_to_string(folder.join("epochs.csv")).unwrap(), "epoch,step");
    let reason = kept.iter().find(|entry| entry.path().is_file()).unwrap().path();
    assert!(std::fs::read_to_string(reason).unwrap().contains("epochs.csv is damaged"));
    // So it does with what a file manager has left in it.
    std::fs::write(place.join("epochs.csv"), "epoch,step").unwrap();
    std::fs::write(place.join(".DS_Store"), "").unwrap();
    assert!(store.obstacle(&written.specification.task, &written.id).is_none());
    assert_eq!(store.write(&again).unwrap(), Stored::New);
    // What is no record stays where it is.
    std::fs::remove_dir_all(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("photo"), "of a cat").unwrap();
    assert!(matches!(store.write(&written), Err(StoreError::InTheWay { .. })));
    assert_eq!(std::fs::read_to_string(place.join("photo")).unwrap(), "of a cat");
    #[cfg(unix)]
    {
        std::fs::remove_dir_all(&place).unwrap();
        std::os::unix::fs::symlink("nowhere", &place).unwrap();
        assert!(store.write(&written).is_err());
        assert!(std::fs::symlink_metadata(&place).unwrap().is_symlink());
    }
    drop(store);
}

#[test]
fn what_is_superseded_is_kept_and_at_no_moment_is_there_nothing() {
    let (_folder, store, first) = stored();
    let (task, id) = (first.specification.task.clone(), first.id.clone());
    let done = std::sync::atomic::AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(store.read(&task, &id).unwrap().is_some());
                looks += 1;
            }
            looks
        });
        for k in 0..50 {
            let record = Record { fingerprint: format!("{k}"), ..first.clone() };
            store.supersede(&record, "other code").unwrap();
            assert_eq!(store.read(&task, &id).unwrap().unwrap().fingerprint, record.fingerprint);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(looks > 50, "{looks}");
    let mut kept: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(store.root().join(Aside::Superseded.folder())).unwrap().flatten() {
        match std::fs::read_to_string(entry.path().join("run.json")) {
            Ok(text) => kept.push(serde_json::from_str::<Record>(&text).unwrap().fingerprint),
            Err(_) => assert_eq!(std::fs::read_to_string(entry.path()).unwrap(), "other code\n"),
        }
    }
    let mut all: Vec<String> = (0..49).map(|k| format!("{k}")).chain([first.fingerprint.clone()]).collect();
    kept.sort();
    all.sort();
    assert_eq!(kept, all);
    // Where nothing is, there is nothing to supersede.
    std::fs::remove_dir_all(store.folder(&task, &id)).unwrap();
    store.supersede(&first, "other code").unwrap();
    assert_eq!(store.read(&task, &id).unwrap().unwrap().fingerprint, first.fingerprint);
}

#[test]
fn a_store_is_made_by_the_first_that_writes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("store");
    let message = Store::existing(&root).unwrap_err().to_string();
    assert!(message.contains("there is no store") && message.contains("--store"), "{message}");
    let store = Store::open(&root);
    assert_eq!((store.list(), store.read(&name("t"), &name("r")).unwrap()), (Vec::new(), None));
    assert!(!root.exists());
}

#[test]
fn the_identity_does_not_depend_on_the_order_of_keys() {
    let mut one = record(Curve::Epochs(vec![])).specification;
    let mut two = one.clone();
    one.task_settings = serde_json::from_str(r#"{"a":1,"b":{"x":1,"y":2}}"#).unwrap();
    two.task_settings = serde_json::from_str(r#"{"b":{"y":2,"x":1},"a":1}"#).unwrap();
    assert_eq!(one.id().unwrap(), two.id().unwrap());
    two.repetition = 4;
    assert_ne!(one.id().unwrap(), two.id().unwrap());
}

#[test]
fn many_runs_are_read_in_their_order_and_damage_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path());
    let mut planned = Vec::new();
    // Twice as many as a thread is worth, and the last is not there.
    for k in 0..201_u64 {
        let mut one = record(Curve::Epochs(vec![epoch(0)]));
        one.specification.repetition = 200 - k;
        one.id = one.specification.id().unwrap();
        let run = PlannedRun { id: one.id.clone(), task: name("t"), entry: "e".into(), repetition: 200 - k };
        planned.push(run);
        if k < 200 {
            store.write(&one).unwrap();
        }
    }
    let found = store.survey(&planned).unwrap();
    assert_eq!((found.records.len(), found.damaged.len()), (200, 0));
    assert!(found.records.iter().zip(&planned).all(|(record, run)| record.id == run.id));
    for k in [180, 90] {
        std::fs::write(store.folder(&name("t"), &planned[k].id).join("run.json"), "{").unwrap();
    }
    planned[7].repetition = 0;
    let found = store.survey_ends(&planned).unwrap();
    let damaged: Vec<&Name> = found.damaged.iter().map(|damage| &damage.run.id).collect();
    assert_eq!(damaged, [&planned[7].id, &planned[90].id, &planned[180].id]);
    assert!(found.damaged[1].reason.contains("run.json is damaged"), "{}", found.damaged[1].reason);
    assert_eq!((found.records.len(), found.unprotected()), (197, 0));
}

#[test]
fn a_curve_keeps_its_end() {
    let mut curve = Curve::Epochs(vec![epoch(0), epoch(1), epoch(2)]);
    curve.keep_last();
    assert_eq!(curve.steps(), 20);
    let Curve::Epochs(rows) = curve else { panic!() };
    assert_eq!(rows.len(), 1);
}
