//! What `verify` says of two records of one run.

use crate::{Repeated, compare};
use records::{
    Curve, EpochRow, FORMAT, Machine, OptimizerChoice, Outcome, Provenance, Record, Specification,
};
use serde_json::Value;

fn record() -> Record {
    let row = |epoch: u32| EpochRow {
        epoch,
        step: u64::from(epoch),
        elapsed_s: 0.0,
        learning_rate: None,
        train_loss_running: Some(1.0 / f64::from(epoch + 1)),
        train_loss: 1.0,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: 1.0,
        test_accuracy: 0.5,
    };
    Record {
        format: FORMAT,
        id: "sgd-r0-0".into(),
        specification: Specification {
            task: "t".into(),
            task_settings: Value::Null,
            data_digest: String::new(),
            optimizer: OptimizerChoice { name: "sgd".into(), hyper: Value::Null },
            master_seed: 1,
            repetition: 0,
        },
        outcome: Outcome::Finished,
        fingerprint: "a".into(),
        provenance: Provenance {
            suite_version: "1".into(),
            code_digest: "c".into(),
            compiler: "r".into(),
            machine: Machine { cpu: "x".into(), cores: 1, features: String::new(), system: String::new() },
            device: "cpu".into(),
            accelerator: None,
            precision: "f32".into(),
            threads: 1,
            jobs: 1,
            started_unix_s: 0,
            training_s: 1.0,
            evaluation_s: 1.0,
            population: 1,
            resumptions: 0,
            state_bytes: 0,
            parameters: 1,
        },
        curve: Curve::Epochs((0..5).map(row).collect()),
    }
}

#[test]
fn times_do_not_matter_and_the_first_different_epoch_is_named() {
    let stored = record();
    let mut again = record();
    again.provenance.training_s = 9.0;
    assert_eq!(compare(&stored, &again), Repeated::Same);

    again.fingerprint = "b".into();
    again.provenance.machine.cpu = "y".into();
    let Curve::Epochs(rows) = &mut again.curve else { unreachable!() };
    rows[3].train_loss_running = Some(0.26);
    rows[4].test_loss = 2.0;
    let expected =
        Repeated::Differs { from: Some("epoch 3".into()), circumstances: vec!["processor".into()] };
    assert_eq!(compare(&stored, &again), expected);

    // One of them diverged.
    let mut short = Record { fingerprint: "b".into(), ..record() };
    let Curve::Epochs(rows) = &mut short.curve else { unreachable!() };
    rows.truncate(2);
    assert_eq!(
        compare(&stored, &short),
        Repeated::Differs { from: Some("epoch 2".into()), circumstances: Vec::new() }
    );

    // Only what the curves do not show.
    let hidden = Record { fingerprint: "b".into(), ..record() };
    assert_eq!(compare(&stored, &hidden), Repeated::Differs { from: None, circumstances: Vec::new() });
}
