//! Heat maps, crowded curves, searches and computed pictures.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::given;
use common::paper::study;
use common::{made, read};
use reports::drawing::Plot;
use serde_json::json;

/// Nine entries over three α and three β; all runs of the last diverged, one run of the first.
#[test]
fn a_grid_of_alpha_and_beta_is_a_heat_map() {
    let keys: Vec<String> = (0..9).map(|k| format!("p{k}")).collect();
    let fine = [1.0, 1.0];
    let (one, none) = ([1.0, f64::NAN], [f64::NAN, f64::NAN]);
    let accuracies: Vec<[f64; 2]> =
        (0..9).map(|k| [0.5 + 0.01 * f64::from(k), 0.52 + 0.01 * f64::from(k)]).collect();
    let values: Vec<(&str, &[f64], &[f64])> = keys
        .iter()
        .enumerate()
        .map(|(k, key)| {
            let losses: &[f64] = if k == 8 {
                &none
            } else if k == 0 {
                &one
            } else {
                &fine
            };
            (key.as_str(), losses, &accuracies[k][..])
        })
        .collect();
    let (mut study, records) = given(&values);
    let levels = [0.1, 0.5, 2.0];
    for (k, e) in study.tasks[0].entries.iter_mut().enumerate() {
        e.optimizer = "innaprop".into();
        e.hyper = json!({"alpha": levels[k % 3], "beta": levels[k / 3], "learning_rate": 0.01});
    }
    let (built, folder) = made(&study, &records);
    let group = &built.report.tasks[0].figures[0];
    assert_eq!(group.heading, "innaprop: final test accuracy over α and β");
    assert!(group.caption.contains("n = 0 to 2 finished runs in a cell"), "{}", group.caption);
    let Plot::Chart(chart) = &group.figures[0].plot else { panic!() };
    let Some(reports::drawing::Ground::Cells(map)) = &chart.ground else { panic!() };
    // The first cell has its finished run alone, 50 %; the others the mean of two.
    assert_eq!((map.texts[0].as_str(), map.texts[1].as_str(), map.values[8]), ("50.00", "52.00", None));
    assert_eq!((map.marked.as_slice(), map.columns.as_slice()), (&[0][..], &[-0.5, 0.5, 1.5, 2.5][..]));
    assert!(read(&folder, "figures/nin-shapes-innaprop-alpha-beta.svg").contains("no finished run"));
    // Another learning rate somewhere: no longer a grid of these two.
    study.tasks[0].entries[4].hyper["learning_rate"] = json!(0.02);
    let (built, _folder) = made(&study, &records);
    assert_eq!(built.report.tasks[0].figures.len(), 2);
}

#[test]
fn thirteen_entries_are_drawn_by_their_best_six() {
    let keys: Vec<String> = (0..13).map(|k| format!("e{k}")).collect();
    let accuracies: Vec<[f64; 1]> = (0..13).map(|k| [0.2 + 0.01 * f64::from(k)]).collect();
    let values: Vec<(&str, &[f64], &[f64])> =
        keys.iter().zip(&accuracies).map(|(k, a)| (k.as_str(), &[1.0][..], &a[..])).collect();
    let (study, records) = given(&values);
    let (built, _folder) = made(&study, &records);
    let group = &built.report.tasks[0].figures[0];
    let Plot::Curves(plot) = &group.figures[0].plot else { panic!() };
    let drawn: Vec<&str> = plot.series.iter().map(|s| s.label.as_str()).collect();
    assert_eq!(drawn, ["e12", "e11", "e10", "e9", "e8", "e7"]);
    assert!(group.caption.contains("Only the 6 entries of highest final test accuracy are drawn, of 13"));
}

/// Means by value for SGD: (1 + 1.01)/2 + 0.5 … at the chosen 0.1 only one of two trials finished.
#[test]
fn trials_and_what_was_chosen() {
    let full = study(2);
    let (built, _folder) = made(&full, &[]);
    let tuning = &built.report.tuning[0];
    assert_eq!((tuning.trials, tuning.diverged, tuning.criterion.as_str()), (18, 2, "training loss"));
    assert!(tuning.fresh);
    let sgd = &tuning.searches[0];
    assert_eq!((sgd.chosen.as_str(), sgd.on_edge, sgd.extensions, sgd.diverged), ("0.1", true, 1, 1));
    assert_eq!(sgd.rows[1].scores, ["1.500", "1.510"]);
    assert_eq!((sgd.rows[1].mean.as_deref(), sgd.rows[1].n), (Some("1.505"), 2));
    assert_eq!((&sgd.rows[2].scores[..], sgd.rows[2].n), (&["0.5000".to_string(), "diverged".into()][..], 1));
    assert_eq!(sgd.rows.iter().map(|r| r.chosen).collect::<Vec<_>>(), [false, false, true]);
}

/// The line of the second panel breaks where a point is not a number; its first cell map has one hole.
#[test]
fn pictures_break_where_there_is_nothing() {
    let full = study(2);
    let (built, _folder) = made(&full, &[]);
    let panels = &built.report.theory[0].panels;
    let Plot::Chart(chart) = &panels[1].plot else { panic!() };
    assert_eq!(chart.lines[1].pieces, [vec![[0.0, 0.0], [1.0, -1.0]], vec![[2.0, -2.0], [3.0, -3.0]]]);
    assert_eq!((chart.x.low, chart.x.high), (0.0, 3.0));
    let Plot::Chart(chart) = &panels[0].plot else { panic!() };
    let Some(reports::drawing::Ground::Cells(map)) = &chart.ground else { panic!() };
    assert_eq!(map.columns, [-3.5, -2.5, -1.5, -0.5]);
    assert_eq!((map.values[0], map.values[8], map.texts[0].as_str()), (Some(-1.0), None, "\u{2212}1.00"));
    // Two thousand points of a spiral are thinned.
    let Plot::Chart(chart) = &built.report.theory[1].panels[0].plot else { panic!() };
    assert!(chart.lines[0].pieces[0].len() <= 600, "{}", chart.lines[0].pieces[0].len());
}

/// Three in a row are drawn for less room, in quarter pixels 4 · 380 wide; two or one in a row 4 · 500.
#[test]
fn figures_have_two_sizes() {
    let mut full = study(2);
    let (_, folder) = made(&full, &[]);
    assert!(read(&folder, "figures/theory-stability-1.svg").contains("viewBox=\"0 0 2000 "));
    full.exhibits[0].columns = 3;
    let (_, folder) = made(&full, &[]);
    assert!(read(&folder, "figures/theory-stability-1.svg").contains("viewBox=\"0 0 1520 "));
    assert!(read(&folder, "theory.html").contains("class=\"panels columns-3 narrow\""));
}
