use crate::tuned::{Sought, Tuned, Values};
use crate::{Configs, EntrySettings, OptimizerFiles, Plan, Scale};
use records::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn configs() -> Configs {
    Configs::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs"), catalogue::ALL).unwrap()
}

/// Names of the files of a kind, all of them usable.
fn names(configs: &Configs, kind: &str) -> Vec<String> {
    let listing = configs.listing(kind);
    listing.iter().for_each(|listed| assert_eq!(listed.problem, None, "{}", listed.name));
    listing.into_iter().map(|listed| listed.name).collect()
}

#[test]
fn every_shipped_configuration_is_accepted() {
    let configs = configs();
    let files = OptimizerFiles::read(&configs).unwrap();
    for name in names(&configs, "studies") {
        let (_, study, _) = configs.assembled(&name).unwrap();
        let none = Name::new("none").unwrap();
        let tuned = Tuned::read(&configs, study.tuned.as_ref().unwrap_or(&none)).unwrap();
        for task in &study.tasks {
            configs.task(&task.task).unwrap();
            for entry in task.entries.iter().flat_map(EntrySettings::expand) {
                let shared = files.of(&entry.optimizer);
                let sought = Sought {
                    study: &name,
                    task: &task.task,
                    tuning: task.tuning.as_ref(),
                    problems: &[String::new(), String::new()],
                    values: Values::FoundOrMiddle,
                };
                let entry = tuned.fill(sought, &entry, shared).unwrap().entry;
                crate::competitors::method(&entry, shared).unwrap();
            }
        }
    }
}

/// Every pair of dampings is one entry with a key of its own, and each value is one of the authors' heat maps.
#[test]
fn the_map_of_innaprop_has_a_cell_per_pair() {
    let map = configs().study("innaprop-map").unwrap().1;
    let cells: Vec<_> = map.tasks[0].entries.iter().flat_map(EntrySettings::expand).collect();
    let keys: BTreeSet<_> = cells.iter().map(EntrySettings::name).collect();
    assert_eq!((map.tasks.len(), cells.len(), keys.len()), (1, 36, 36));
    let published = [0.1, 0.5, 0.9, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0];
    for cell in &cells {
        for damping in ["alpha", "beta"] {
            let value = cell.hyper[damping].as_f64().unwrap();
            assert!(published.contains(&value), "{damping} {value}");
        }
    }
}

/// The blocks of the search are not those of the report, and the value chosen has the lowest mean of its grid.
#[test]
fn the_quick_study_uses_the_winners_of_its_search() {
    let configs = configs();
    let study = configs.study("quick").unwrap().1;
    let quick = study.tasks.into_iter().find(|task| task.task == "nin-shapes").unwrap();
    let text = std::fs::read_to_string(configs.root().join("tuned/quick.yaml")).unwrap();
    let tuned: BTreeMap<String, records::Tuning> = serde_yaml::from_str(&text).unwrap();
    let tuning = &tuned["nin-shapes"];
    let reported = quick.first_repetition..quick.first_repetition + quick.repetitions;
    assert!(tuning.repetitions.iter().all(|block| !reported.contains(block)));
    assert_eq!(tuning.searches.len(), quick.entries.len());

    for search in &tuning.searches {
        // Value -> scores of its trials; a diverged trial counts as none right.
        let mut trials: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for trial in &search.trials {
            trials.entry(trial.value.to_string()).or_default().push(trial.score.unwrap_or(1.0));
        }
        assert!(trials.len() >= 5, "{}", search.entry);
        assert!(trials.values().all(|scores| scores.len() == tuning.repetitions.len()));
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        let chosen = mean(&trials[&search.chosen.to_string()]);
        for (value, scores) in &trials {
            let better = *value == search.chosen.to_string() || mean(scores) > chosen;
            assert!(better, "{}: {value}", search.entry);
        }
    }
}

/// A map's settings look different; a study's optimizers look as their files say.
#[test]
fn settings_of_a_grid_can_be_told_apart() {
    let plan =
        |study: &str| Plan::new(&configs(), study, Path::new("data"), &Scale::default()).unwrap().manifest;
    let looks = |manifest: &records::Manifest, task: &str| -> BTreeSet<(String, String)> {
        let card = manifest.tasks.iter().find(|card| card.name == task).unwrap();
        card.entries.iter().map(|entry| (entry.colour.clone(), entry.dash.clone())).collect()
    };
    // Thirty-six settings, six by six: as many looks as there are dashes for each of six colours.
    let map = plan("innaprop-map");
    assert_eq!(looks(&map, &map.tasks[0].name).len(), 24);
    let quick = looks(&plan("quick"), "nin-shapes");
    assert!(quick.contains(&("#0072b2".into(), "solid".into())) && quick.len() == 4, "{quick:?}");
}

mod images;
mod known_minima;
mod quadratic;
mod reproduction;
mod strictness;
mod verification;
