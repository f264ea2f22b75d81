use crate::tuned::{Sought, Tuned, Values};
use crate::{Configs, EntrySettings};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn configs() -> Configs {
    Configs::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")).unwrap()
}

#[test]
fn a_grid_stands_for_every_combination() {
    let entry = EntrySettings {
        optimizer: "inna".into(),
        hyper: BTreeMap::from([("weight_decay".into(), json!(0.1))]),
        grid: BTreeMap::from([
            ("alpha".into(), vec![json!(0.1), json!(0.5)]),
            ("beta".into(), vec![json!(0.1), json!(1.0), json!(2.0)]),
        ]),
        ..EntrySettings::default()
    };
    let entries = entry.expand();
    let keys: BTreeSet<_> = entries.iter().filter_map(|e| e.key.clone()).collect();
    assert_eq!(keys.len(), 6);
    assert!(keys.contains("inna-alpha-0.5-beta-2.0"), "{keys:?}");
    assert!(entries.iter().all(|e| e.hyper["weight_decay"] == json!(0.1) && e.grid.is_empty()));
}

#[test]
fn every_shipped_configuration_is_accepted() {
    let configs = configs();
    for name in configs.names("studies") {
        let (_, study, _) = configs.assembled(&name).unwrap();
        let tuned = Tuned::read(&configs, study.tuned.as_deref().unwrap_or("none")).unwrap();
        for task in &study.tasks {
            configs.task(&task.task).unwrap();
            for entry in task.entries.iter().flat_map(EntrySettings::expand) {
                let shared = configs.optimizer(&entry.optimizer).unwrap();
                let sought = Sought {
                    study: &name,
                    task: &task.task,
                    tuning: task.tuning.as_ref(),
                    problem: "",
                    values: Values::FoundOrMiddle,
                };
                let entry = tuned.fill(sought, &entry, &shared).unwrap().entry;
                catalogue::parse(&entry.optimizer, &crate::config::overlay(&shared.defaults, &entry.hyper))
                    .unwrap();
            }
        }
    }
    for optimizer in configs.names("optimizers") {
        assert!(catalogue::names().contains(&optimizer.as_str()), "{optimizer}.yaml has no optimizer");
    }
}

/// Every pair of dampings is one entry with a key of its own, and each value is one of the authors' heat maps.
#[test]
fn the_map_of_innaprop_has_a_cell_per_pair() {
    let map = configs().study("innaprop-map").unwrap().1;
    let cells: Vec<_> = map.tasks[0].entries.iter().flat_map(EntrySettings::expand).collect();
    let keys: BTreeSet<_> = cells.iter().filter_map(|cell| cell.key.clone()).collect();
    assert_eq!((map.tasks.len(), cells.len(), keys.len()), (1, 36, 36));
    let published = [0.1, 0.5, 0.9, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0];
    for cell in &cells {
        for damping in ["alpha", "beta"] {
            let value = cell.hyper[damping].as_f64().unwrap();
            assert!(published.contains(&value), "{damping} {value}");
        }
    }
}

/// The blocks of the search are not those of the report, and the report uses what the search found.
#[test]
fn the_quick_study_uses_the_winners_of_its_search() {
    let configs = configs();
    let task = |study: &str| {
        let study = configs.study(study).unwrap().1;
        study.tasks.into_iter().find(|task| task.task == "nin-shapes").unwrap()
    };
    let (quick, search) = (task("quick"), task("quick-search"));
    assert!(quick.first_repetition + quick.repetitions <= search.first_repetition);

    // (optimizer, learning rate) -> validation accuracies of its trials
    let mut trials: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    let (_, text) = configs.published("quick-search.csv").unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header = "optimizer,learning_rate,repetition,outcome,train_loss,validation_accuracy";
    assert_eq!(lines.next(), Some(header));
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        // A diverged trial has no accuracy and counts as none right.
        let accuracy = if cells[3] == "diverged" { 0.0 } else { cells[5].parse().unwrap() };
        trials.entry((cells[0].into(), cells[1].into())).or_default().push(accuracy);
    }
    let planned = search.entries.iter().flat_map(|entry| {
        entry.grid["learning_rate"].iter().map(|rate| (entry.optimizer.clone(), rate.to_string()))
    });
    assert_eq!(trials.keys().cloned().collect::<BTreeSet<_>>(), planned.collect());
    assert!(trials.values().all(|trial| trial.len() as u64 == search.repetitions));

    let mut best: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for ((optimizer, rate), accuracies) in trials {
        let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
        let leader = best.entry(optimizer).or_insert((-1.0, 0.0));
        if mean > leader.0 {
            *leader = (mean, rate.parse().unwrap());
        }
    }
    assert_eq!(quick.entries.len(), best.len());
    for entry in &quick.entries {
        let found = best[&entry.optimizer].1;
        assert_eq!(entry.hyper["learning_rate"].as_f64(), Some(found), "{}", entry.optimizer);
    }
}

mod reproduction;
mod verification;
