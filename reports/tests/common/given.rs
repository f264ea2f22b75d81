//! A study whose results are given number by number.

use super::*;
use std::collections::BTreeMap;

/// A study of one task whose final losses and accuracies are given run by run: entry, then values by repetition;
/// NaN is a run that diverged. The loss falls along a straight line from 2.5 over ten epochs; accuracy rises likewise.
pub fn given(values: &[(&str, &[f64], &[f64])]) -> (Manifest, Vec<Record>) {
    let mut study = manifest(0);
    study.tasks.truncate(1);
    let task = &mut study.tasks[0];
    task.role = "cifar10".into();
    task.kind = TaskKind::Training {
        classes: 10,
        train_examples: 100,
        validation_examples: 0,
        test_examples: 100,
        example: "image".into(),
        loss_unit: "nats".into(),
        classifies: true,
        measure: None,
        epochs: 10,
        batch_size: 10,
        parameters: 10,
        margin: 0.01,
    };
    task.entries = values.iter().map(|(key, ..)| entry(key, key, "#0072b2", "solid", None)).collect();
    study.runs.clear();
    let mut records = Vec::new();
    let cards: BTreeMap<String, Entry> =
        study.tasks[0].entries.iter().map(|e| (e.key.clone(), e.clone())).collect();
    for (key, losses, accuracies) in values {
        for (r, (loss, accuracy)) in losses.iter().zip(*accuracies).enumerate() {
            let e = &cards[*key];
            let diverged = loss.is_nan();
            let last = if diverged { 0 } else { 10 };
            let row = |epoch: u32| {
                let share = f64::from(epoch) / 10.0;
                let loss = if diverged { 2.5 } else { 2.5 + (loss - 2.5) * share };
                EpochRow {
                    epoch,
                    step: 10 * u64::from(epoch),
                    elapsed_s: share,
                    learning_rate: None,
                    train_loss_running: (epoch > 0).then_some(loss),
                    train_loss: loss,
                    validation_loss: None,
                    validation_accuracy: None,
                    test_loss: loss,
                    test_accuracy: Some(0.1 + (accuracy - 0.1) * share),
                }
            };
            let record =
                record("nin-shapes", e, r as u64, diverged, Curve::Epochs((0..=last).map(row).collect()));
            study.runs.push(PlannedRun {
                id: record.id.clone(),
                task: name("nin-shapes"),
                entry: key.to_string(),
                repetition: r as u64,
            });
            records.push(record);
        }
    }
    (study, records)
}

/// The same on three tasks, CIFAR-10, CIFAR-100 and MNIST; on the last, runs of the first two entries may be swapped.
pub fn thrice(values: &[(&str, &[f64], &[f64])], swap: bool) -> (Manifest, Vec<Record>) {
    let (mut study, mut records) = given(values);
    let first: Vec<(PlannedRun, Record)> = study
        .runs
        .iter()
        .map(|r| (r.clone(), records.iter().find(|x| x.id == r.id).unwrap().clone()))
        .collect();
    for (own, role, swapped) in [("second", "cifar100", false), ("third", "mnist", swap)] {
        let mut task = study.tasks[0].clone();
        task.name = own.into();
        task.role = role.into();
        study.tasks.push(task);
        for (mut run, mut record) in first.clone() {
            run.task = name(own);
            record.specification.task = name(own);
            if swapped {
                let other = usize::from(run.entry == values[0].0);
                run.entry = values[other].0.into();
            }
            study.runs.push(run);
            records.push(record);
        }
    }
    (study, records)
}
