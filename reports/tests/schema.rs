//! `report.json` is what `report.schema.json` says.

#![allow(clippy::unwrap_used)]

mod common;
mod json_schema;

use common::{made, manifest, paper, read, records};
use json_schema::faults;
use serde_json::{Value, json};

#[test]
fn reports_fit_their_schema() {
    let (small, full) = (manifest(5), paper::study(5));
    for (study, records) in [(&small, records(&small)), (&full, records(&full)), (&small, Vec::new())] {
        let (_, folder) = made(study, &records);
        let report: Value = serde_json::from_str(&read(&folder, "report.json")).unwrap();
        let schema: Value = serde_json::from_str(&read(&folder, "report.schema.json")).unwrap();
        assert_eq!(faults(&report, &schema), Vec::<String>::new());
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let study = manifest(5);
    let (_, folder) = made(&study, &records(&study));
    let report: Value = serde_json::from_str(&read(&folder, "report.json")).unwrap();
    let schema: Value = serde_json::from_str(&read(&folder, "report.schema.json")).unwrap();
    for (place, value) in [
        ("/title", json!(3)),
        ("/progress/done", json!(-1)),
        ("/tasks/0/entries/0/stroke/colour", json!(null)),
        ("/tasks/0/figures/0/figures/0/plot/kind", json!("pie")),
        ("/standings/rows", json!({})),
    ] {
        let mut broken = report.clone();
        *broken.pointer_mut(place).unwrap() = value;
        assert!(!faults(&broken, &schema).is_empty(), "{place}");
    }
    let mut broken = report;
    broken.as_object_mut().unwrap().remove("format");
    assert!(!faults(&broken, &schema).is_empty());
}
