use crate::*;
use serde_json::json;

fn record(curve: Curve) -> Record {
    let specification = Specification {
        task: "t".into(),
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

fn epoch(epoch: u32) -> EpochRow {
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
        test_accuracy: 0.1,
    }
}

#[test]
fn a_record_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let rows = vec![TrajectoryRow { step: 0, theta1: -1.0, theta2: 1.5, value: 0.1 + 0.2 }];
    let written = record(Curve::Trajectory(rows));
    assert!(store.read("t", &written.id).unwrap().is_none());
    store.write(&written).unwrap();
    assert_eq!(store.read("t", &written.id).unwrap().unwrap(), written);
    // Nothing but the run is left beside it.
    assert_eq!(std::fs::read_dir(folder.path().join("t")).unwrap().count(), 1);
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

#[test]
fn a_damaged_record_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let written = record(Curve::Epochs(vec![epoch(0)]));
    store.write(&written).unwrap();
    let place = store.folder("t", &written.id);
    std::fs::write(place.join("epochs.csv"), "epoch,step").unwrap();
    let message = store.read("t", &written.id).unwrap_err().to_string();
    assert!(message.contains("epochs.csv") && message.contains("Remove that run's folder"), "{message}");
    std::fs::write(place.join("run.json"), "{").unwrap();
    assert!(store.read("t", &written.id).unwrap_err().to_string().contains("run.json"));
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
fn many_runs_are_read_in_their_order_and_the_first_damage_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut planned = Vec::new();
    // Twice as many as a thread is worth, and the last is not there.
    for k in 0..201_u64 {
        let mut one = record(Curve::Epochs(vec![epoch(0)]));
        one.specification.repetition = 200 - k;
        one.id = one.specification.id().unwrap();
        let run = PlannedRun { id: one.id.clone(), task: "t".into(), entry: "e".into(), repetition: 200 - k };
        planned.push(run);
        if k < 200 {
            store.write(&one).unwrap();
        }
    }
    let found = store.read_all(&planned).unwrap();
    assert_eq!(found.len(), 200);
    assert!(found.iter().zip(&planned).all(|(record, run)| record.id == run.id));
    for k in [180, 90] {
        std::fs::write(store.folder("t", &planned[k].id).join("run.json"), "{").unwrap();
    }
    let message = store.read_all(&planned).unwrap_err().to_string();
    assert!(message.contains(&planned[90].id), "{message}");
}

#[test]
fn a_curve_keeps_its_end() {
    let mut curve = Curve::Epochs(vec![epoch(0), epoch(1), epoch(2)]);
    curve.keep_last();
    assert_eq!(curve.steps(), 20);
    let Curve::Epochs(rows) = curve else { panic!() };
    assert_eq!(rows.len(), 1);
}

/// Neither an encoder's failure nor the disk's leaves a part behind, and the disk's says what to do.
#[test]
fn what_is_written_bit_by_bit_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/file");
    let size = write_atomically_with(&path, |file| {
        (0..1000).for_each(|k| writeln!(file, "{k:09}").unwrap());
        Ok::<_, StoreError>(())
    });
    assert_eq!(size.unwrap(), 10_000);
    let before = std::fs::read(&path).unwrap();

    /// An encoder's error, which hides the disk's.
    #[derive(Debug)]
    enum Failure {
        Encoding,
        Store(String),
    }
    impl From<StoreError> for Failure {
        fn from(error: StoreError) -> Self {
            Self::Store(error.to_string())
        }
    }
    let result = write_atomically_with(&path, |file| {
        file.write_all(b"half").unwrap();
        Err(Failure::Encoding)
    });
    assert!(matches!(result, Err(Failure::Encoding)));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    // A folder in place of the file: it cannot be named so.
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    let result = write_atomically_with(&folder.path().join("taken"), |_| Ok::<_, Failure>(()));
    assert!(matches!(result, Err(Failure::Store(text)) if text.contains("taken")));
    // Linux' full disk.
    let full = std::path::Path::new("/dev/full");
    if full.exists() {
        let long = [0_u8; 100_000];
        let result = store::fill(full, |file| file.write_all(&long).map_err(|_| Failure::Encoding));
        assert!(matches!(result, Err(Failure::Store(text)) if text.contains("disk is full")));
    }
}
