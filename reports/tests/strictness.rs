//! What a claim is held to beyond a comparison at 95 %: diverged runs, dead runs, luck among candidates or tasks. Numbers
//! computed by hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::{given, thrice};
use common::made;
use common::paper::{claim, comparison};
use records::*;
use reports::view::{EvidenceView, PaperView};

fn paper(mut study: Manifest, records: &[Record], claims: Vec<Claim>) -> PaperView {
    study.claims = Some(Claims { source: "a paper".into(), claims, errata: vec![] });
    made(&study, records).0.report.paper.unwrap()
}

/// The evidence of one comparison on CIFAR-10.
fn one(study: &Manifest, records: &[Record], asked: Comparison) -> EvidenceView {
    let claims = vec![claim("c", &["cifar10"], Quantifier::All, vec![asked])];
    paper(study.clone(), records, claims).claims[0].tasks[0].evidence[0].clone()
}

const CHANCE: [f64; 5] = [0.1; 5];

/// Losses whose log10 are below 0 by this, in the mean, with steps of 0.1: half the interval is t √(0.025 / 5).
fn below(mean: f64) -> [f64; 5] {
    [-0.2, -0.1, 0.0, 0.1, 0.2].map(|step: f64| 10_f64.powf(-mean - step))
}

/// The last run of `a` has measured epochs 0 to 4 and diverged in the fifth.
#[test]
fn a_diverged_run_keeps_what_it_measured() {
    let losses = [0.5; 5];
    let (study, mut records) = given(&[("a", &losses, &[0.6; 5]), ("b", &[1.0; 5], &CHANCE)]);
    let last = records.iter_mut().find(|r| r.specification.repetition == 4).unwrap();
    last.outcome = Outcome::Diverged { step: 5, reason: "training loss is NaN".into() };
    let Curve::Epochs(rows) = &mut last.curve else { panic!() };
    rows.truncate(5);
    let ask =
        |metric: &str, at: &[f64]| one(&study, &records, comparison(metric, at, "a", Relation::Lower, "b"));
    // The straight lines from 2.5 to 0.5 and to 1 are at 2.5 − 0.2 k and 2.5 − 0.15 k after k of ten epochs.
    let apart = |k: f64| ((2.5 - 0.2 * k) / (2.5 - 0.15 * k)).log10();
    let e = ask("train_loss", &[0.4]);
    assert!((e.mean.unwrap() - apart(4.0)).abs() < 1e-12);
    assert_eq!((e.n, e.remark), (Some(5), None));
    let e = ask("train_loss", &[0.2, 0.4]);
    assert!((e.mean.unwrap() - (apart(2.0) + apart(3.0) + apart(4.0)) / 3.0).abs() < 1e-12);
    // Epoch 5 is beyond: a loss without a size has no difference. So is a range that ends there, the whole of it.
    // Ranks would put a ahead, 12 of 252 ways being as far apart, ties counted: p = 0.048.
    let said = "an entry of which runs diverged is not ahead of one of which none did; diverged, worse than every finished run, so there is no mean difference and ranks decide: \
                1 of the first, 0 of the second";
    for at in [&[0.5][..], &[0.4, 0.5]] {
        let e = ask("train_loss", at);
        assert_eq!((e.mean, e.interval, e.verdict), (None, None, "undecided"));
        assert_eq!(e.remark.as_deref(), Some(said));
    }
    // Accuracies 0.1 + 0.05 k against 0.1.
    let e = ask("test_accuracy", &[0.4]);
    assert!((e.mean.unwrap() - 0.2).abs() < 1e-12);
    let e = ask("test_accuracy", &[0.5]);
    assert!((e.mean.unwrap() - (4.0 * 0.25 - 0.1) / 5.0).abs() < 1e-12);
}

/// The differences are 0.001, 0.002, 0.003, 0.004 and exactly 0, inside a margin of 0.01 by far.
#[test]
fn two_runs_that_diverged_do_not_agree() {
    let (losses, accuracies) = ([1.0, 1.0, 1.0, 1.0, f64::NAN], [0.501, 0.502, 0.503, 0.504, 0.5]);
    let equivalent = || comparison("test_accuracy", &[1.0], "a", Relation::Equivalent, "b");
    let (study, records) = given(&[("a", &losses, &accuracies), ("b", &losses, &[0.5; 5])]);
    let e = one(&study, &records, equivalent());
    assert_eq!((e.n, e.verdict), (Some(5), "undecided"));
    assert_eq!(
        e.remark.as_deref(),
        Some(
            "a diverged run agrees with nothing; \
             diverged, counted as accuracy 0: 1 of the first, 1 of the second"
        )
    );
    // With the last pair finished, the same differences are agreement.
    let (study, records) = given(&[("a", &[1.0; 5], &accuracies), ("b", &[1.0; 5], &[0.5; 5])]);
    let e = one(&study, &records, equivalent());
    assert_eq!((e.verdict, e.remark), ("supported", None));
}

#[test]
fn dead_runs_do_not_agree() {
    let ask = |second: f64| {
        let (study, records) = given(&[("a", &[2.3; 5], &[0.1; 5]), ("b", &[2.3; 5], &[second; 5])]);
        let e = one(&study, &records, comparison("test_accuracy", &[1.0], "a", Relation::Equivalent, "b"));
        (e.verdict, e.remark.unwrap())
    };
    let exactly = "all differences are exactly 0: dead runs, not agreement".to_string();
    assert_eq!(ask(0.1), ("undecided", exactly));
    assert_eq!(ask(0.4), ("undecided", "all differences are exactly equal: dead runs".to_string()));
}

/// Half the interval of five differences in steps of 0.1 is 0.1963 at 1 − 0.05 and 0.2472 at 1 − 0.05 / 2; the mean is
/// 0.22. Of three tasks any two will do: d = 2.
#[test]
fn most_of_the_tasks_needs_more_on_each() {
    let (study, records) = thrice(&[("a", &below(0.22), &CHANCE), ("b", &[1.0; 5], &CHANCE)], false);
    let lower = || vec![comparison("train_loss", &[1.0], "a", Relation::Lower, "b")];
    let three = ["cifar10", "cifar100", "mnist"];
    let claims = vec![
        claim("all", &three, Quantifier::All, lower()),
        claim("most", &three, Quantifier::Most, lower()),
        claim("absent", &["cifar10", "cifar100", "imagenet"], Quantifier::Most, lower()),
        claim("two", &three[..2], Quantifier::Most, lower()),
    ];
    let decided = paper(study, &records, claims).claims;
    let verdicts: Vec<&str> = decided.iter().map(|c| c.verdict).collect();
    assert_eq!(verdicts, ["supported", "undecided", "undecided", "supported"]);
    let remark = |claim: usize| decided[claim].tasks[0].evidence[0].remark.clone();
    let why = Some("support needs the level 1 − 0.05 / 2: any 2 of 3 tasks will do".to_string());
    assert_eq!([remark(0), remark(1), remark(2), remark(3)], [None, why.clone(), why, None]);
}

/// Half the interval is 0.2801 at 1 − 0.05 / 3 and 0.3051 at 1 − 0.05 / 4; the mean is 0.3. What a claim has on tasks
/// that are not here makes it as strict as if they were.
#[test]
fn absent_tasks_do_not_make_a_contradiction_easier() {
    let (study, records) = thrice(&[("a", &below(0.3), &CHANCE), ("sgd", &[1.0; 5], &CHANCE)], false);
    let higher = || vec![comparison("train_loss", &[1.0], "a", Relation::Higher, "sgd")];
    let claims = vec![
        claim("three", &["cifar10", "x", "y"], Quantifier::All, higher()),
        claim("four", &["cifar10", "x", "y", "z"], Quantifier::All, higher()),
    ];
    let verdicts: Vec<&str> = paper(study, &records, claims).claims.iter().map(|c| c.verdict).collect();
    assert_eq!(verdicts, ["contradicted", "undecided"]);
}

/// Half the interval is 0.2801 at 1 − 0.05 / 3 and 0.3051 at 1 − 0.05 / 4; the mean is 0.3.
#[test]
fn the_best_of_several_needs_more() {
    let (mut study, records) = thrice(
        &[
            ("a", &below(0.3), &CHANCE),
            ("x", &[0.9; 5], &CHANCE),
            ("y", &[0.9; 5], &CHANCE),
            ("z", &[0.9; 5], &CHANCE),
            ("sgd", &[1.0; 5], &CHANCE),
        ],
        false,
    );
    let mut ask_whether = |is: Relation, of: &[&str], tasks: &[&str], on: Quantifier| {
        for task in &mut study.tasks {
            let of = of.iter().map(|k| k.to_string()).collect();
            task.selections = vec![Selection { name: "best".into(), of, lowest: "train_loss".into() }];
        }
        let asked = vec![comparison("train_loss", &[1.0], "best", is, "sgd")];
        let claims = paper(study.clone(), &records, vec![claim("c", tasks, on, asked)]).claims;
        (claims[0].verdict, claims[0].tasks[0].evidence[0].remark.clone().unwrap_or_default())
    };
    let (one, three) = (["cifar10"], ["cifar10", "cifar100", "mnist"]);
    // The other way round, the same strictness.
    assert_eq!(ask_whether(Relation::Higher, &["a", "x", "y"], &one, Quantifier::All).0, "contradicted");
    assert_eq!(ask_whether(Relation::Higher, &["a", "x", "y", "z"], &one, Quantifier::All).0, "undecided");
    let mut ask = |of: &[&str], tasks: &[&str], on: Quantifier| ask_whether(Relation::Lower, of, tasks, on);
    assert_eq!(ask(&["a"], &one, Quantifier::All), ("supported", String::new()));
    assert_eq!(
        ask(&["a", "x", "y"], &one, Quantifier::All),
        ("supported", "support needs the level 1 − 0.05 / 3: a is the best of 3".to_string())
    );
    assert_eq!(
        ask(&["a", "x", "y", "z"], &one, Quantifier::All),
        ("undecided", "support needs the level 1 − 0.05 / 4: a is the best of 4".to_string())
    );
    assert_eq!(ask(&["a", "x"], &one, Quantifier::All).0, "supported");
    assert_eq!(
        ask(&["a", "x"], &three, Quantifier::Most),
        (
            "undecided",
            "support needs the level 1 − 0.05 / 4: a is the best of 2, any 2 of 3 tasks will do".to_string()
        )
    );
}

/// To be lower than the lowest of four is no easier for its having been chosen: the same numbers as above, no correction.
#[test]
fn the_best_opponent_needs_no_more() {
    let (mut study, records) = thrice(
        &[
            ("adam", &below(0.3), &CHANCE),
            ("a", &[1.0; 5], &CHANCE),
            ("x", &[1.1; 5], &CHANCE),
            ("y", &[1.1; 5], &CHANCE),
            ("z", &[1.1; 5], &CHANCE),
        ],
        false,
    );
    for task in &mut study.tasks {
        let of = ["a", "x", "y", "z"].map(String::from).to_vec();
        task.selections = vec![Selection { name: "best".into(), of, lowest: "train_loss".into() }];
    }
    let ask = |is: Relation, swapped: bool| {
        let (first, second) = if swapped { ("best", "adam") } else { ("adam", "best") };
        let asked = vec![comparison("train_loss", &[1.0], first, is, second)];
        let claims =
            paper(study.clone(), &records, vec![claim("c", &["cifar10"], Quantifier::All, asked)]).claims;
        (claims[0].verdict, claims[0].tasks[0].evidence[0].remark.clone())
    };
    assert_eq!(ask(Relation::Lower, false), ("supported", None));
    assert_eq!(ask(Relation::Higher, true), ("supported", None), "the same the other way round");
    assert_eq!(ask(Relation::Higher, false).0, "contradicted");
    assert_eq!(ask(Relation::Lower, true).0, "contradicted");
}

/// `lucky` finished once with 0.1, and diverged four times. `few` has two runs of 0.01, the others five.
#[test]
fn neither_luck_nor_few_runs_win_a_selection() {
    let nan = f64::NAN;
    let (mut study, records) = given(&[
        ("lucky", &[0.1, nan, nan, nan, nan], &CHANCE),
        ("few", &[0.01; 2], &[0.9; 2]),
        ("steady", &[1.0; 5], &[0.5; 5]),
    ]);
    let of: Vec<String> = ["lucky", "few", "steady"].map(String::from).to_vec();
    study.tasks[0].selections = ["train_loss_running", "test_accuracy"]
        .map(|column| Selection { name: column.into(), of: of.clone(), lowest: column.into() })
        .to_vec();
    let selections = paper(study, &records, vec![]).selections;
    assert_eq!(selections[0].chosen.as_deref(), Some("steady"));
    let shown: Vec<_> = selections[0]
        .candidates
        .iter()
        .map(|c| (c.mean.clone().unwrap(), c.n, c.diverged, c.eligible, c.chosen))
        .collect();
    assert_eq!(
        shown,
        [
            ("0.1000".to_string(), 5, 4, true, false),
            ("0.01000".to_string(), 2, 0, false, false),
            ("1.000".to_string(), 5, 0, true, true),
        ]
    );
    // Of the one run that finished.
    assert_eq!(selections[1].candidates[0].mean.as_deref(), Some("10.00 %"));
}

/// Ten seeds, all differences of one sign: p = 2/1024. Of six entries the fifteen pairs leave 15 · 2/1024 = 0.029; of twelve the
/// 66 pairs make 0.129, though eleven comparisons with the best alone would make 0.021.
#[test]
fn the_best_is_held_against_every_pair() {
    let losses = [0.5; 10];
    let best = |count: usize| {
        let names: Vec<String> = (0..count).map(|k| format!("e{k:02}")).collect();
        let values: Vec<Vec<f64>> = (0..count)
            .map(|k| (0..10).map(|r| 0.4 + 0.01 * k as f64 + 0.0001 * f64::from(r)).collect())
            .collect();
        let rows: Vec<(&str, &[f64], &[f64])> =
            names.iter().zip(&values).map(|(name, v)| (name.as_str(), &losses[..], &v[..])).collect();
        let (study, records) = given(&rows);
        let (built, _folder) = made(&study, &records);
        built.report.tasks[0].entries.iter().filter(|e| e.best).map(|e| e.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(best(6), ["e05"]);
    assert!(best(12).is_empty());
    assert!(best(1).is_empty());
}
