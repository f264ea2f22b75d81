//! The tables as they are written: read back with polars.

#![allow(clippy::unwrap_used)]

mod common;

use common::{manifest, records};
use polars::prelude::DataFrame;
use polars_io::prelude::{IpcReader, SerReader};
use reports::tables::{Tables, schema};
use std::path::Path;

#[test]
fn one_row_per_planned_run_survives_the_arrow_file() {
    let study = manifest(5);
    let tables = Tables::new(&study, &records(&study)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = tables.write(folder.path()).unwrap();
    let names: Vec<_> = files.iter().map(|(path, _)| path.strip_prefix(folder.path()).unwrap()).collect();
    assert_eq!(names, ["curves.arrow", "curves.csv", "runs.arrow", "runs.csv"].map(Path::new));
    for (path, size) in &files {
        assert_eq!(std::fs::metadata(path).unwrap().len(), *size, "{}", path.display());
    }
    let runs = IpcReader::new(std::fs::File::open(&files[2].0).unwrap()).finish().unwrap();
    assert_eq!(runs.height(), 20);
    assert!(runs.equals_missing(&tables.runs));
    let status = runs.column(schema::STATUS).unwrap().str().unwrap();
    let count = |word: &str| status.iter().filter(|s| *s == Some(word)).count();
    assert_eq!((count(schema::DONE), count(schema::DIVERGED), count(schema::MISSING)), (18, 1, 1));
}

/// 13 runs of 13 rows, one of 5, and five trajectories of 89.
#[test]
fn one_row_per_measurement_in_the_csv_file() {
    let study = manifest(5);
    let folder = tempfile::tempdir().unwrap();
    Tables::new(&study, &records(&study)).unwrap().write(folder.path()).unwrap();
    let csv = std::fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 13 * 13 + 5 + 5 * 89);
    assert!(csv.starts_with("task,entry,repetition,status,epoch,step,elapsed_s,"), "{}", &csv[..80]);
}

#[test]
fn summaries_are_over_finished_runs() {
    let study = manifest(5);
    let tables = Tables::new(&study, &records(&study)).unwrap();
    let curve = tables.summary("nin-shapes", schema::curves::EPOCH, schema::curves::TRAIN_LOSS).unwrap();
    let start = &curve["sgd"][0];
    // At epoch 0 the loss of run r is 2.302 (1 + 0.016 (7r mod 5)); r = 0..3 give 0, 2, 4, 1: mean factor 1.028.
    assert_eq!((start.x, start.n), (0.0, 4));
    assert!((start.mean - 2.302 * 1.028).abs() < 1e-12, "{}", start.mean);
    assert!((start.high - 2.302 * 1.064).abs() < 1e-12 && start.low == 2.302);
    assert_eq!(curve["sgd"].len(), 13);
    let lines = tables.lines("nin-shapes", schema::curves::EPOCH, schema::curves::TRAIN_LOSS).unwrap();
    let diverged = &lines[&("sgd".to_string(), 4)];
    assert!(diverged.diverged && diverged.points.len() == 5);
}

/// What the documentation draws figures from is there: every name in quotes in its programs, but words and files, is a column.
#[test]
fn the_programs_of_the_documentation_name_columns_that_are_there() {
    let study = manifest(5);
    let tables = Tables::new(&study, &records(&study)).unwrap();
    let columns = |frame: &DataFrame| -> Vec<String> {
        frame.get_column_names().iter().map(|name| name.to_string()).collect()
    };
    let (built, _folder) = common::made(&study, &records(&study));
    let board = reports::leaderboard(&built.report, reports::LeaderboardFormat::Csv).unwrap().unwrap();
    let board =
        String::from_utf8(board).unwrap().lines().next().unwrap().split(',').map(String::from).collect();
    let known = [columns(&tables.runs), columns(&tables.curves), board].concat();
    assert!(known.contains(&"hyper.learning_rate".to_owned()), "{known:?}");
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/FORMAT.md")).unwrap();
    let programs: Vec<&str> =
        text.split("```python\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    assert_eq!(programs.len(), 3);
    // Values, files and words of the libraries; α and β are INNAprop's, which the fixture has not.
    let others = ["nin-shapes", "done", "innaprop", "mean", "test accuracy", "hyper.alpha", "hyper.beta"];
    let mut named = 0;
    for quoted in programs.iter().flat_map(|program| program.split('"').skip(1).step_by(2)) {
        if let Some(part) = quoted.strip_prefix(r"^.*\.") {
            let ending = format!(".{}", part.trim_end_matches('$'));
            assert!(known.iter().any(|column| column.ends_with(&ending)), "{quoted}");
        } else if !others.contains(&quoted) && !quoted.starts_with("tables/") && quoted != "leaderboard.csv" {
            assert!(known.contains(&quoted.to_owned()), "{quoted}");
            named += 1;
        }
    }
    assert!(named >= 10, "{named}");
}

/// A hyper-parameter is a number where all have numbers, and the text of what has parts.
#[test]
fn every_hyper_parameter_has_a_column() {
    let mut study = manifest(2);
    study.tasks[0].entries[0].hyper =
        serde_json::json!({ "learning_rate": 0.5, "momentum": 0.9, "start": "beta" });
    study.tasks[0].entries[1].hyper =
        serde_json::json!({ "learning_rate": 1, "schedule": { "kind": "cosine" }, "start": 0.1 });
    let records = records(&study);
    let runs = Tables::new(&study, &records).unwrap().runs;
    let own = |entry: &str, column: &str| {
        let entries = runs.column("entry").unwrap().str().unwrap();
        let row = entries.iter().position(|e| e == Some(entry)).unwrap();
        runs.column(column).unwrap().get(row).unwrap().to_string()
    };
    let [first, second] = [0, 1].map(|k| study.tasks[0].entries[k].key.clone());
    assert_eq!(
        (own(&first, "hyper.learning_rate"), own(&second, "hyper.learning_rate")),
        ("0.5".into(), "1.0".into())
    );
    assert_eq!(
        (own(&first, "hyper.momentum"), own(&second, "hyper.momentum")),
        ("0.9".into(), "null".into())
    );
    assert!(own(&second, "hyper.schedule").contains("cosine") && own(&first, "hyper.start").contains("beta"));
    assert!(own(&second, "hyper.start").contains("0.1"), "{}", own(&second, "hyper.start"));
    assert_eq!(own(&first, "title"), format!("\"{}\"", study.tasks[0].entries[0].title));
}
