//! What `verify` says of two records of one run.

use crate::{Repeated, compare};
use records::{
    Curve, EpochRow, FORMAT, Machine, Name, OptimizerChoice, Outcome, Provenance, Record, Specification,
};
use serde_json::Value;
use std::collections::BTreeMap;

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
        test_accuracy: Some(0.5),
    };
    Record {
        format: FORMAT,
        id: Name::new("sgd-r0-0").unwrap(),
        specification: Specification {
            task: Name::new("t").unwrap(),
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
            code: BTreeMap::new(),
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

fn rows(record: &mut Record) -> &mut Vec<EpochRow> {
    let Curve::Epochs(rows) = &mut record.curve else { unreachable!() };
    rows
}

fn differs(again: &Record, epochs: Option<u32>) -> Vec<String> {
    match compare(&record(), again, epochs) {
        Repeated::Same => Vec::new(),
        Repeated::Differs { what, .. } => what,
    }
}

#[test]
fn times_do_not_matter_and_the_first_different_epoch_is_named() {
    let mut again = record();
    again.provenance.training_s = 9.0;
    rows(&mut again).iter_mut().for_each(|row| row.elapsed_s = 7.0);
    assert_eq!(compare(&record(), &again, None), Repeated::Same);

    again.fingerprint = "b".into();
    again.provenance.machine.cpu = "y".into();
    rows(&mut again)[3].train_loss_running = Some(0.26);
    rows(&mut again)[4].test_loss = 2.0;
    let expected =
        Repeated::Differs { what: vec!["from epoch 3 on".into()], circumstances: vec!["processor".into()] };
    assert_eq!(compare(&record(), &again, None), expected);

    // One of them diverged.
    let mut short = Record { fingerprint: "b".into(), ..record() };
    rows(&mut short).truncate(2);
    assert_eq!(differs(&short, None), ["from epoch 2 on"]);

    // Only what the curves do not show.
    let hidden = Record { fingerprint: "b".into(), ..record() };
    assert_eq!(differs(&hidden, None), ["in what the curves do not show"]);
}

/// A record whose fingerprint is that of the run, and nothing else need be.
#[test]
fn a_fingerprint_alone_is_no_proof() {
    let forged = |change: &dyn Fn(&mut Record)| {
        let mut again = record();
        change(&mut again);
        differs(&again, None)
    };
    assert_eq!(forged(&|r| rows(r)[4].test_accuracy = Some(0.91)), ["from epoch 4 on"]);
    assert_eq!(forged(&|r| rows(r)[0].validation_accuracy = Some(0.1)), ["from epoch 0 on"]);
    assert_eq!(forged(&|r| rows(r)[2].step = 7), ["from epoch 2 on"]);
    let diverged = Outcome::Diverged { step: 3, reason: "NaN".into() };
    assert_eq!(forged(&|r| r.outcome = diverged.clone()), ["in its outcome"]);
    assert_eq!(forged(&|r| r.specification.master_seed = 2), ["in its specification"]);
    assert_eq!(forged(&|r| r.specification.data_digest = "d".into()), ["in its specification"]);
    // Not a number is the same as itself.
    assert_eq!(forged(&|r| rows(r)[2].test_loss = f64::NAN), ["from epoch 2 on"]);
    let mut nan = record();
    rows(&mut nan)[2].test_loss = f64::NAN;
    let mut negative = nan.clone();
    rows(&mut negative)[2].test_loss = -f64::NAN;
    assert_eq!(compare(&nan, &negative, None), Repeated::Same);
}

/// Of a beginning everything that it has counts, and nothing that it cannot have.
#[test]
fn a_beginning_is_compared_as_far_as_it_goes() {
    let mut beginning = Record { fingerprint: "of the beginning".into(), ..record() };
    rows(&mut beginning).truncate(3);
    assert_eq!(differs(&beginning, Some(2)), [""; 0]);
    assert_eq!(differs(&beginning, None), ["from epoch 3 on"]);
    rows(&mut beginning)[2].test_accuracy = Some(0.6);
    assert_eq!(differs(&beginning, Some(2)), ["from epoch 2 on"]);
    // As much was asked for as there is: the whole run.
    let mut all = record();
    all.specification.task_settings = serde_json::json!({"epochs": 4});
    let forged = Record { fingerprint: "b".into(), ..all.clone() };
    assert_eq!(
        compare(&all, &forged, Some(4)),
        Repeated::Differs { what: vec!["in what the curves do not show".into()], circumstances: Vec::new() }
    );
}
