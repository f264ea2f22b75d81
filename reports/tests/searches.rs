//! What the page of the tuning computes from the trials, by hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::given;
use common::{card, made};
use records::{Manifest, Record, Search, Trial, Tuning};
use reports::drawing::Plot;
use reports::view::{ResolutionView, TuningView};

/// A search over the learning rate: two trials a value, one of the largest diverged. Reported runs end at a mean
/// training loss of 1.0 with a standard deviation of √0.025 = 0.158.
fn searched() -> (Manifest, Vec<Record>) {
    let (mut study, records) = given(&[("adam", &[0.8, 0.9, 1.0, 1.1, 1.2], &[0.5; 5])]);
    study.tasks[0].entries[0].optimizer = "adam".into();
    study.optimizers = vec![card("adam")];
    let trial = |value: f64, repetition: u64, score: Option<f64>| Trial {
        value,
        others: std::collections::BTreeMap::new(),
        repetition,
        score,
        refined: false,
    };
    let scores = [
        (0.01, [Some(0.8), Some(1.0)]),
        (0.1, [Some(0.5), Some(0.7)]),
        (0.3, [Some(0.64), Some(0.64)]),
        (1.0, [Some(0.9), None]),
    ];
    let trials =
        scores.iter().flat_map(|(value, pair)| [trial(*value, 100, pair[0]), trial(*value, 101, pair[1])]);
    study.tasks[0].tuning = Some(Tuning {
        criterion: "train_loss".into(),
        epochs: 10,
        repetitions: vec![100, 101],
        problem: String::new(),
        refine: 0,
        drawn: 0,
        searches: vec![Search {
            entry: "adam".into(),
            hyper: "learning_rate".into(),
            settings: serde_json::Value::Null,
            reason: "decades".into(),
            chosen: 0.1,
            others: std::collections::BTreeMap::new(),
            space: std::collections::BTreeMap::new(),
            extensions: 0,
            on_edge: false,
            trials: trials.collect(),
        }],
    });
    (study, records)
}

fn view() -> TuningView {
    let (study, records) = searched();
    made(&study, &records).0.report.tuning.remove(0)
}

/// A tenth of the way from 0.6 to guessing, ln 10 = 2.3026, is 0.17: 0.64 is within it, 0.9 is not; log₁₀ (0.3 / 0.1) =
/// 0.48.
#[test]
fn how_carefully_the_value_has_to_be_chosen() {
    let tuning = view();
    let search = &tuning.searches[0];
    let width = search.width.as_ref().unwrap();
    assert_eq!((width.decades.as_str(), width.diverges_at.as_deref()), ("0.5", Some("1")));
    assert_eq!((width.ends[0].as_str(), width.ends[1].as_str()), ("0.1", "0.3"));
    assert!(!search.near_edge && tuning.tolerance.starts_with("a tenth of the way"));
    let default = search.default.as_ref().unwrap();
    assert_eq!((default.value.as_str(), default.decades.as_str()), ("0.1", "0.0"));
    assert_eq!(default.score.as_deref(), Some("0.6000"));
}

/// 1.0 − 0.6 = 0.4, 0.4 / 0.158 = 2.5 deviations; half the interval of the mean is 2.776 · 0.158 / √5 = 0.196.
#[test]
fn what_choosing_by_result_flattered() {
    let tuning = view();
    let optimism = tuning.searches[0].optimism.as_ref().unwrap();
    assert_eq!((optimism.selected.as_str(), optimism.fresh.as_str(), optimism.n), ("0.6000", "1.000", 5));
    assert_eq!((optimism.gap.as_str(), optimism.in_deviations.as_deref()), ("+0.40", Some("+2.5")));
    assert_eq!(optimism.interval, Some(["+0.20".into(), "+0.60".into()]));
}

/// A value with a diverged trial counts as the worst there is, here guessing, ln 10 = 2.3026; the others have 0.9, 0.6 and
/// 0.64. One value finds their mean, 1.11065; of two, the lowest is 0.6 in three pairs of six, 0.64 in two and 0.9 in one:
/// 0.66333; of three, 0.6 in three of four and 0.64 in one: 0.61; all four find 0.6. The default, 0.1, is on the grid.
#[test]
fn what_a_larger_search_would_find() {
    let tuning = view();
    let budget = tuning.figures.iter().find(|figure| figure.name == "budget-nin-shapes").unwrap();
    let Plot::Chart(chart) = &budget.plot else { panic!("{budget:?}") };
    let points = &chart.lines[0].pieces[0];
    let expected = [1.110_65, 0.663_33, 0.61, 0.6];
    let [point] = &chart.lines[1].pieces[0][..] else { panic!("{chart:?}") };
    assert!(point[0] == 0.0 && (10_f64.powf(point[1]) - 0.6).abs() < 2e-3, "{point:?}");
    assert_eq!(points.len(), expected.len());
    for (k, (point, expected)) in points.iter().zip(expected).enumerate() {
        assert_eq!(point[0], (k + 1) as f64);
        assert!((10_f64.powf(point[1]) - expected).abs() < 2e-3, "{k}: {point:?}");
    }
}

/// A share of images is not a logarithm; its tolerance is the margin of the task, a point here.
#[test]
fn an_error_is_compared_as_it_is() {
    let (mut study, records) = searched();
    let tuning = study.tasks[0].tuning.as_mut().unwrap();
    tuning.criterion = "validation_error".into();
    let (built, folder) = made(&study, &records);
    let search = &built.report.tuning[0].searches[0];
    let width = search.width.as_ref().unwrap();
    assert_eq!((width.ends[0].as_str(), width.ends[1].as_str()), ("0.1", "0.1"));
    assert!(common::read(&folder, "tuning.html").contains("the margin of 1.00 points"));
    // Nothing was held out: the reported runs have no such error.
    assert_eq!(search.optimism, None);
}

/// A reported run that diverged counts as a guess: (0.8 + 0.9 + 1.0 + 1.1 + ln 10) / 5 = 1.2205.
#[test]
fn a_reported_run_that_diverged_is_not_forgotten() {
    let (study, _) = searched();
    let (_, records) = given(&[("adam", &[0.8, 0.9, 1.0, 1.1, f64::NAN], &[0.5; 5])]);
    let tuning = made(&study, &records).0.report.tuning.remove(0);
    let optimism = tuning.searches[0].optimism.as_ref().unwrap();
    assert_eq!((optimism.fresh.as_str(), optimism.n), ("1.221", 5));
}

/// Values all of which learn next to nothing are not a wide range of good ones.
#[test]
fn learning_nothing_is_not_robust() {
    let (mut study, records) = searched();
    for trial in &mut study.tasks[0].tuning.as_mut().unwrap().searches[0].trials {
        trial.score = Some(2.303 + 0.001 * trial.value);
    }
    let search = made(&study, &records).0.report.tuning.remove(0).searches.remove(0);
    assert_eq!(search.width, None);
    assert_eq!(search.resolution.unwrap().words, "nothing trains");
}

/// Guessing is ln 10 = 2.3026, a tenth of the way from there to the best, 0.6, is 0.1703: what ends below 2.1323 trains.
#[test]
fn whether_the_neighbours_of_the_chosen_value_train() {
    let with = |neighbours: [Option<f64>; 2], refine: u32| {
        let (mut study, records) = searched();
        let tuning = study.tasks[0].tuning.as_mut().unwrap();
        tuning.refine = refine;
        for trial in &mut tuning.searches[0].trials {
            for (value, score) in [0.01, 0.3].iter().zip(neighbours) {
                if trial.value == *value {
                    (trial.score, trial.refined) = (score, refine > 0);
                }
            }
        }
        let (built, folder) = made(&study, &records);
        let view = built.report.tuning[0].searches[0].resolution.clone().unwrap();
        (view.words, view.sentence, common::read(&folder, "tuning.html"))
    };
    let (words, sentence, _) = with([Some(0.9), Some(0.64)], 0);
    assert_eq!((words.as_str(), sentence), ("resolved: 0.01 and 0.3 train too", None));
    let (words, sentence, _) = with([Some(2.14), Some(2.13)], 0);
    assert_eq!((words.as_str(), sentence), ("resolved: 0.3 trains too", None));
    let (words, sentence, page) = with([Some(2.14), None], 0);
    let expected = "the grid does not resolve: between 0.01 and 0.3 only 0.1 trains; declare `refine`";
    assert_eq!((words.as_str(), sentence.as_deref()), ("neither trains", Some(expected)));
    assert!(page.contains(expected) && !page.contains("After its grid"), "{page}");
    let (_, sentence, page) = with([Some(2.14), None], 2);
    let expected = "not resolved with 2 refined values either: between 0.01 and 0.3 only 0.1 trains";
    assert_eq!(sentence.as_deref(), Some(expected));
    assert!(page.contains("After its grid every entry had 2 more values"), "{page}");
    assert_eq!(page.matches(">refined<").count(), 2);
}

/// 2.14 does not train, as above.
#[test]
fn a_value_on_an_edge_has_one_neighbour() {
    let of = |kept: &[f64]| {
        let (study, _) = searched();
        let task = &study.tasks[0];
        let mut tuning = task.tuning.clone().unwrap();
        let trials = &mut tuning.searches[0].trials;
        trials.retain(|trial| kept.contains(&trial.value));
        for trial in trials.iter_mut().filter(|trial| trial.value != 0.1) {
            trial.score = Some(2.14);
        }
        let view = ResolutionView::of(task, &tuning, &tuning.searches[0]).unwrap();
        (view.words, view.sentence.unwrap())
    };
    let said = |words: &str, stretch: &str| {
        (words.to_owned(), format!("the grid does not resolve: {stretch}; declare `refine`"))
    };
    let beside =
        |other: &str| said("its neighbour does not", &format!("0.1 trains and {other} beside it does not"));
    assert_eq!(of(&[0.1, 0.3, 1.0]), beside("0.3"));
    assert_eq!(of(&[0.01, 0.1]), beside("0.01"));
    assert_eq!(of(&[0.1]), said("no other was tried", "only 0.1 was tried"));
}

/// The optimizer's own page shows the same search.
#[test]
fn the_page_of_the_optimizer_has_its_searches() {
    let (study, records) = searched();
    let (built, folder) = made(&study, &records);
    let optimizer = &built.report.optimizers[0];
    assert_eq!((optimizer.searches.len(), optimizer.figures.len()), (1, 2));
    assert_eq!(optimizer.figures[1].name, "budget-nin-shapes-adam");
    let html = common::read(&folder, "optimizer-adam.html");
    assert!(html.contains("1 of 2 checks passed") && html.contains("it flies"));
    assert!(html.contains("learning_rate, 8 trials"), "{html}");
}
