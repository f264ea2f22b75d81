//! The tables as they are written: read back with polars.

mod common;

use common::{manifest, records};
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
