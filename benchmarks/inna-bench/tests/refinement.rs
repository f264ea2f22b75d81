//! A search that goes on between the values of its grid.
#![allow(clippy::unwrap_used)]

mod common;

use common::searched::Searched;
use common::{bench, stderr};
use serde_json::Value;

const GRID: &str = "repetitions: 1}";
const REFINED: &str = "repetitions: 1, refine: 3}";

/// The study `searched` with a second entry, its grids in the middle of what works.
fn searched() -> Searched {
    let place = Searched::new();
    place.edit("optimizers/adagrad.yaml", "[0.001, 0.003, 0.01]", "[0.003, 0.01, 0.03, 0.1, 0.3]");
    place.edit(
        "studies/searched.yaml",
        "- {optimizer: adagrad, hyper: {learning_rate: tuned}}",
        "- {optimizer: adagrad, hyper: {learning_rate: tuned}}\n      \
         - {optimizer: adagrad, key: slow, hyper: {learning_rate: tuned, lr_decay: 0.1}}",
    );
    place
}

/// (value, score, refined) of the trials of each search.
fn trials(text: &str) -> Vec<Vec<(f64, f64, bool)>> {
    let file: Value = serde_yaml::from_str(text).unwrap();
    let searches = file["small"]["searches"].as_array().unwrap();
    let trial = |it: &Value| {
        (it["value"].as_f64().unwrap(), it["score"].as_f64().unwrap_or(f64::INFINITY), it["refined"] == true)
    };
    searches.iter().map(|it| it["trials"].as_array().unwrap().iter().map(trial).collect()).collect()
}

#[test]
fn a_study_that_refines_asks_for_the_trials_that_an_older_search_lacks() {
    let place = searched();
    let said = place.done("tune", &[]);
    assert!(said.contains("10 of 10 runs to train") && !said.contains("refinement"), "{said}");
    let grid = place.found();
    assert!(!grid.contains("refine"), "{grid}");

    place.edit("studies/searched.yaml", GRID, REFINED);
    let stale = place.call("run", &[]);
    assert_eq!(stale.status.code(), Some(2));
    let said = stderr(&stale);
    assert!(said.contains("0 refined values, and tuning.refine asks for 3"), "{said}");
    assert!(said.contains("inna-bench tune searched"), "{said}");
    // Nor are steps timed with values that no run will have.
    let timed = ["time", "study", "searched", "--configs", place.configs.to_str().unwrap(), "--busy"];
    let timed = bench(place.folder.path(), &timed);
    assert_eq!(timed.status.code(), Some(2));
    assert!(stderr(&timed).contains("tuning.refine asks for 3"), "{}", stderr(&timed));

    // The grid is there; three values for each of two entries are not.
    let said = place.done("tune", &[]);
    assert!(said.contains("All 10 runs are in") && said.contains("6 trials of refinement follow"), "{said}");
    let text = place.found();
    assert!(text.contains("refine: 3"), "{text}");
    for (before, after) in trials(&grid).into_iter().zip(trials(&text)) {
        let (refined, listed): (Vec<_>, Vec<_>) = after.into_iter().partition(|trial| trial.2);
        assert_eq!((refined.len(), listed), (3, before.clone()));
        // The first two lie on both sides of the best of the grid: √(0.003 · 0.01) = 0.0055, √(0.01 · 0.03) = 0.0173, then 0.0548
        // and 0.173.
        let middles = [0.0055, 0.017, 0.055, 0.17];
        let best = (0..5).min_by(|a, b| before[*a].1.total_cmp(&before[*b].1)).unwrap();
        assert!((1..4).contains(&best), "{before:?}");
        for value in [middles[best - 1], middles[best]] {
            assert!(refined.iter().any(|trial| trial.0 == value), "{value}: {refined:?}");
        }
    }
    let planned = place.done("plan", &[]);
    assert!(planned.contains("the search behind it: 16 trials, 6 of them to refine it"), "{planned}");
    place.done("run", &[]);

    // What was refined is no file for who does not ask for it, and a file that lacks some is said.
    place.edit("studies/searched.yaml", REFINED, GRID);
    let other = place.call("run", &[]);
    assert!(stderr(&other).contains("3 refined values, and tuning.refine asks for 0"), "{}", stderr(&other));
    let path = place.configs.join("tuned/searched.yaml");
    std::fs::write(path, grid.replace("searches:", "refine: 3\n  searches:")).unwrap();
    let forged = place.call("run", &[]);
    assert_eq!(forged.status.code(), Some(2));
    assert!(stderr(&forged).contains("adagrad: 0 refined values were tried"), "{}", stderr(&forged));
}

/// Stopped after every population, and with a process for each: the same trials, the same choice.
#[test]
fn a_refined_search_that_is_cut_off_finds_the_same() {
    let whole = searched();
    whole.edit("studies/searched.yaml", GRID, REFINED);
    let said = whole.done("tune", &[]);
    assert!(
        said.contains("10 of 10 runs to train") && said.contains("Then 6 trials of refinement"),
        "{said}"
    );
    let cut = searched();
    cut.edit("studies/searched.yaml", GRID, REFINED);
    let mut calls = 0;
    while !cut.configs.join("tuned").exists() {
        cut.done("tune", &["--populations", "3"]);
        calls += 1;
        assert!(calls < 20);
    }
    // Three populations a round: three calls train nine trials of the ten of grids; the fourth the tenth, and three of the four around
    // the best; the fifth the fourth of them, and the last two.
    assert_eq!(calls, 5);
    assert_eq!(cut.found(), whole.found());
    let apart = searched();
    apart.edit("studies/searched.yaml", GRID, REFINED);
    apart.done("tune", &["--isolate"]);
    assert_eq!(apart.found(), whole.found());
}

#[test]
fn what_cannot_be_refined_is_said_before_anything_is_trained() {
    let refused = |place: &Searched, expected: &[&str]| {
        let output = place.call("tune", &[]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        for part in expected {
            assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
        }
        assert!(!place.folder.path().join("store").exists(), "nothing was trained");
    };
    let place = searched();
    place.edit("studies/searched.yaml", GRID, "repetitions: 1, refine: 11}");
    refused(&place, &["tasks[0] (small).tuning.refine: 11", "1 to 10 is accepted"]);
    let place = searched();
    place.edit("studies/searched.yaml", GRID, REFINED);
    place.edit("optimizers/adagrad.yaml", "0.01, 0.03", "0.01, 0.0105, 0.03");
    refused(
        &place,
        &["entry `adagrad`", "search.learning_rate", "0.01 and 0.0105", "less than a tenth apart"],
    );
}

/// Ten classes: guessing has ln 10 = 2.3026. After 12 epochs 0.03 ends at 2.187 and 0.01 at 2.267, 0.003, 0.1 and 1 above 2.3026: two
/// neighbours of one grid train, and one value alone of another.
#[test]
fn the_terminal_says_whether_the_neighbours_train() {
    let said_with = |values: &str, tuning: &str| {
        let place = Searched::new();
        place.edit("optimizers/adagrad.yaml", "[0.001, 0.003, 0.01]", values);
        place.edit("studies/searched.yaml", "epochs: 3", "epochs: 12");
        place.edit("studies/searched.yaml", "epochs: 1,", "epochs: 12,");
        place.edit("studies/searched.yaml", GRID, tuning);
        place.done("tune", &[])
    };
    let resolved = said_with("[0.003, 0.01, 0.03, 0.1, 0.3]", GRID);
    assert!(resolved.contains("5 trials, 0 diverged; resolved: 0.01 trains too"), "{resolved}");
    let alone = said_with("[0.001, 0.01, 1]", GRID);
    let sentence = "the grid does not resolve: between 0.001 and 1 only 0.01 trains; declare `refine`";
    assert!(alone.contains(sentence), "{alone}");
    // √(0.01 · 1) = 0.1, which does not train.
    let refined = said_with("[0.001, 0.01, 1]", "repetitions: 1, refine: 1}");
    let sentence = "not resolved with 1 refined value either: between 0.001 and 0.1 only 0.01 trains";
    assert!(refined.contains(sentence), "{refined}");
}
