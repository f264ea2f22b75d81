//! Searches over several hyper-parameters at once.
#![allow(clippy::unwrap_used)]

mod common;

use common::searched::Searched;
use common::{bench, stderr};
use serde_json::{Value, json};
use std::fs;

const GRID: &str = "repetitions: 1}";
const SPACE: &str = "repetitions: 1, trials: 8,
             space: {schedule: {values: [{kind: constant}, {kind: cosine}], reason: with and without an end}}}";

/// The study `searched`, whose entry leaves its schedule open too.
fn searched(tuning: &str) -> Searched {
    let place = Searched::new();
    place.edit("optimizers/adagrad.yaml", "[0.001, 0.003, 0.01]", "[0.003, 0.03, 0.3]");
    place.edit("studies/searched.yaml", "{learning_rate: tuned}", "{learning_rate: tuned, schedule: tuned}");
    place.edit("studies/searched.yaml", GRID, tuning);
    place
}

#[test]
fn points_are_drawn_the_best_is_taken_and_the_page_says_so() {
    let place = searched(SPACE);
    // Long enough to be better than guessing.
    place.edit("studies/searched.yaml", "epochs: 3", "epochs: 12");
    place.edit("studies/searched.yaml", "epochs: 1,", "epochs: 12,");
    let said = place.done("tune", &[]);
    assert!(said.contains("8 of 8 runs to train") && said.contains(", schedule "), "{said}");
    let file: Value = serde_yaml::from_str(&place.found()).unwrap();
    let (tuning, search) = (&file["small"], &file["small"]["searches"][0]);
    assert_eq!((&tuning["drawn"], &search["hyper"]), (&json!(8), &json!("learning_rate")));
    let trials = search["trials"].as_array().unwrap();
    // Of the first eight points of the sequence half have either schedule, and all lie between the ends.
    let first = &trials[..8];
    let of = |kind: &str| first.iter().filter(|it| it["others"]["schedule"]["kind"] == kind).count();
    assert_eq!((of("constant"), of("cosine")), (4, 4));
    assert!(first.iter().all(|it| (0.003..=0.3).contains(&it["value"].as_f64().unwrap())), "{first:?}");
    let score = |it: &&Value| it["score"].as_f64().unwrap_or(f64::INFINITY);
    let best = trials.iter().min_by(|a, b| score(a).total_cmp(&score(b))).unwrap();
    assert_eq!((&search["chosen"], &search["others"]), (&best["value"], &best["others"]));
    assert!(search["reason"].as_str().unwrap().ends_with("; with and without an end"), "{search}");

    place.done("run", &[]);
    let run = common::runs(&place.folder.path().join("store"), "small")
        .into_iter()
        .map(|run| serde_json::from_slice::<Value>(&fs::read(run.join("run.json")).unwrap()).unwrap())
        .find(|record| record["specification"]["repetition"] == 0)
        .unwrap();
    let hyper = &run["specification"]["optimizer"]["hyper"];
    assert_eq!((&hyper["learning_rate"], &hyper["schedule"]), (&best["value"], &best["others"]["schedule"]));

    // Steps are timed with what was found.
    let configs = place.configs.to_str().unwrap();
    let timed = ["time", "study", "searched", "--configs", configs, "--busy", "--rounds", "1"];
    let timed = bench(place.folder.path(), &timed);
    assert_eq!(timed.status.code(), Some(0), "{}", stderr(&timed));
    place.done("report", &["-o", "pages"]);
    let page = fs::read_to_string(place.folder.path().join("pages/tuning.html")).unwrap();
    assert!(page.contains("Every entry drew 8 points.") && page.contains("of the points</span>"), "{page}");

    // Another number of points is another search.
    place.edit("studies/searched.yaml", "trials: 8", "trials: 16");
    let stale = place.call("run", &[]);
    assert_eq!(stale.status.code(), Some(2));
    let said = stderr(&stale);
    assert!(said.contains("was searched for with 8 points, and the study asks for 16"), "{said}");
    assert!(said.contains("inna-bench tune searched"), "{said}");
    // And so is another space.
    place.edit("studies/searched.yaml", "trials: 16", "trials: 8");
    place.done("plan", &[]);
    place.edit("studies/searched.yaml", "{kind: cosine}", "{kind: linear}");
    let stale = place.call("run", &[]);
    assert!(stderr(&stale).contains("has no value for these settings"), "{}", stderr(&stale));
}

/// A rehearsal takes something in the middle of what nobody has searched for.
#[test]
fn a_rehearsal_needs_no_search() {
    let place = searched(SPACE);
    let said = place.done("plan", &["--epochs", "1"]);
    assert!(said.contains("\"learning_rate\":0.03") && said.contains("\"kind\":\"cosine\""), "{said}");
    place.done("tune", &["--epochs", "1", "--quiet"]);
    assert!(!place.configs.join("tuned").exists());
}

/// Stopped after every population, and where everything tried lies too low: the same points, the same choice.
#[test]
fn a_search_that_is_cut_off_or_extended_finds_the_same() {
    let low = |place: &Searched| {
        place.edit("optimizers/adagrad.yaml", "[0.003, 0.03, 0.3]", "[0.0001, 0.0003, 0.001]")
    };
    let whole = searched(SPACE);
    low(&whole);
    let said = whole.done("tune", &[]);
    assert!(
        said.contains("the best learning_rate of the points") && said.contains("lies on its edge"),
        "{said}"
    );
    let file: Value = serde_yaml::from_str(&whole.found()).unwrap();
    let search = &file["small"]["searches"][0];
    let values: Vec<f64> =
        search["trials"].as_array().unwrap().iter().map(|it| it["value"].as_f64().unwrap()).collect();
    // Two points in the decade above, twice at most.
    let extensions = search["extensions"].as_u64().unwrap() as usize;
    assert!((1..=2).contains(&extensions) && values.len() == 8 + 2 * extensions, "{values:?}");
    assert!(values[8..10].iter().all(|value| (0.001..=0.01).contains(value)), "{values:?}");
    let cut = searched(SPACE);
    low(&cut);
    let mut calls = 0;
    while !cut.configs.join("tuned").exists() {
        cut.done("tune", &["--populations", "3"]);
        calls += 1;
        assert!(calls < 20);
    }
    assert!(calls > 2);
    assert_eq!(cut.found(), whole.found());
}

#[test]
fn what_cannot_be_drawn_is_said_before_anything_is_trained() {
    let refused = |tuning: &str, expected: &str| {
        let output = searched(tuning).call("tune", &[]);
        assert_eq!(output.status.code(), Some(2), "{tuning}");
        assert!(stderr(&output).contains(expected), "{tuning}: {}", stderr(&output));
    };
    refused(
        GRID,
        "schedule are `tuned` there beside learning_rate; say with tuning.trials how many points are to be drawn",
    );
    refused("repetitions: 1, trials: 3}", "tuning.trials: 3 is out of range; 4 to 1024 is accepted");
    refused("repetitions: 1, trials: 8, refine: 2}", "tuning.refine: refines a grid");
    refused(
        "repetitions: 1, space: {schedule: {values: [1, 2], reason: r}}}",
        "tuning.space: is what points are drawn from",
    );
    refused(
        "repetitions: 1, trials: 8}",
        "fewer than 2 values of schedule are listed: give it a `space` in the study",
    );
    let twice = "repetitions: 1, trials: 8, space: {schedule: {values: [{kind: constant}, {kind: constant}], reason: r}}}";
    refused(twice, "is listed twice; keep one");
    let wrong = "repetitions: 1, trials: 8, space: {schedule: {values: [{kind: constant}, {kind: steep}], reason: r}}}";
    refused(wrong, "is not a schedule: {kind: constant}");
    let long = "repetitions: 1, trials: 8, \
                space: {schedule: {values: [{kind: constant}, {kind: warmup, steps: 500, then: {kind: cosine}}], reason: r}}}";
    refused(long, "fewer than the training's");
    let unknown = "repetitions: 1, trials: 8, space: {shedule: {values: [1, 2], reason: r}}}";
    refused(unknown, "tuning.space.shedule: no entry leaves shedule open");
}
