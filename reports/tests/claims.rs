//! Claims decided from runs: numbers computed by hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::{given, thrice};
use common::paper::{claim, comparison};
use common::{entry, made};
use records::*;
use reports::view::{ClaimView, EvidenceView};

fn decided(mut study: Manifest, records: &[Record], claims: Vec<Claim>) -> Vec<ClaimView> {
    study.claims = Some(Claims { source: "a paper".into(), claims, errata: vec![] });
    made(&study, records).0.report.paper.unwrap().claims
}

/// The evidence of the first comparison of a single claim on the only task.
fn single(values: &[(&str, &[f64], &[f64])], comparison: Comparison) -> EvidenceView {
    let (study, records) = given(values);
    let claims = decided(study, &records, vec![claim("c", &["cifar10"], Quantifier::All, vec![comparison])]);
    claims[0].tasks[0].evidence[0].clone()
}

const CHANCE: [f64; 5] = [0.1; 5];

/// log10 of the losses differ by 0.1, 0.2, 0.3, 0.4, 0.5: mean 0.3, half width 0.1963243.
fn five_tenths() -> [f64; 5] {
    [0.1, 0.2, 0.3, 0.4, 0.5].map(|d: f64| 10_f64.powf(-d))
}

#[test]
fn losses_are_compared_by_their_logarithm() {
    let values: [(&str, &[f64], &[f64]); 2] =
        [("inna", &five_tenths(), &CHANCE), ("sgd", &[1.0; 5], &CHANCE)];
    let e = single(&values, comparison("train_loss", &[1.0], "inna", Relation::Lower, "sgd"));
    assert_eq!((e.n, e.verdict, e.remark), (Some(5), "supported", None));
    assert!((e.mean.unwrap() + 0.3).abs() < 1e-12);
    assert_eq!(e.difference.as_deref(), Some("\u{2212}0.300"));
    assert_eq!(e.interval, Some(["\u{2212}0.496".to_string(), "\u{2212}0.104".to_string()]));
    assert!(e.text.contains("training loss, at the end (epoch 10): inna lower than sgd"), "{}", e.text);
    let e = single(&values, comparison("train_loss", &[1.0], "inna", Relation::Higher, "sgd"));
    assert_eq!(e.verdict, "contradicted");
}

/// 0.25 of ten epochs is as near to epoch 2 as to epoch 3, and then it is the later; 0.22 is epoch 2; a share below one epoch is epoch
/// 1; a range is the mean of log10 epoch by epoch.
#[test]
fn places_in_the_budget() {
    let values: [(&str, &[f64], &[f64]); 2] =
        [("inna", &[0.5; 5], &[0.6; 5]), ("sgd", &[1.5; 5], &[0.1, 0.2, 0.3, 0.4, 0.5])];
    let at = |at: &[f64]| single(&values, comparison("train_loss", at, "inna", Relation::Lower, "sgd"));
    // Epoch 3: 2.5 − 0.6 = 1.9 against 2.5 − 0.3 = 2.2; epoch 2: 2.1 against 2.3.
    assert!((at(&[0.25]).mean.unwrap() - (1.9_f64 / 2.2).log10()).abs() < 1e-12);
    assert!((at(&[0.22]).mean.unwrap() - (2.1_f64 / 2.3).log10()).abs() < 1e-12);
    assert!(
        at(&[0.22]).text.contains("at 20 % of the budget (epoch 2, the nearest to 22 %)"),
        "{}",
        at(&[0.22]).text
    );
    assert!(at(&[0.2]).text.contains("at 20 % of the budget (epoch 2)"), "{}", at(&[0.2]).text);
    assert!((at(&[0.0]).mean.unwrap() - (2.3_f64 / 2.4).log10()).abs() < 1e-12);
    let both = [9.0, 10.0].map(|k: f64| ((2.5 - 0.2 * k) / (2.5 - 0.1 * k)).log10());
    assert!((at(&[0.85, 1.0]).mean.unwrap() - 0.5 * (both[0] + both[1])).abs() < 1e-12);
    assert!(at(&[0.85, 1.0]).text.contains("(epochs 9 to 10)"));
    // Differences of accuracy 0.5, 0.4, 0.3, 0.2, 0.1: 30 points.
    let e = single(&values, comparison("test_accuracy", &[1.0], "inna", Relation::Higher, "sgd"));
    assert_eq!((e.difference.as_deref(), e.unit, e.verdict), (Some("+30.00"), "points", "supported"));
    assert_eq!(e.interval, Some(["+10.37".to_string(), "+49.63".to_string()]));
}

/// Five differences 0.001 to 0.005: interval 0.0010 to 0.0050, inside a margin of 0.01.
#[test]
fn equivalent_means_inside_the_margin() {
    let close = [0.501, 0.502, 0.503, 0.504, 0.505];
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &[1.0; 5], &close), ("b", &[1.0; 5], &[0.5; 5])];
    let ask = |values: &[(&str, &[f64], &[f64])], metric: &str| {
        single(values, comparison(metric, &[1.0], "a", Relation::Equivalent, "b"))
    };
    assert_eq!(ask(&values, "test_accuracy").verdict, "supported");
    let far = close.map(|x| x + 0.1);
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &[1.0; 5], &far), ("b", &[1.0; 5], &[0.5; 5])];
    assert_eq!(ask(&values, "test_accuracy").verdict, "contradicted");
    let loss = ask(&values, "train_loss");
    assert_eq!(
        (loss.verdict, loss.remark.as_deref()),
        ("undecided", Some("the task has no margin for losses"))
    );
}

/// The loss of guessing among ten classes is ln 10 = 2.3026, its accuracy 0.1.
#[test]
fn nothing_is_decided_between_those_that_guess() {
    let ask = |first: f64, second: f64, accuracies: [f64; 2], metric: &str, is: Relation| {
        let losses = |at: f64| [0.0, 0.001, 0.002, 0.003, 0.004].map(|d| at + d);
        let (a, b) = (losses(first), [second; 5]);
        let values: [(&str, &[f64], &[f64]); 2] =
            [("a", &a, &[accuracies[0]; 5]), ("b", &b, &[accuracies[1]; 5])];
        single(&values, comparison(metric, &[1.0], "a", is, "b"))
    };
    let e = ask(2.31, 2.32, [0.1; 2], "train_loss", Relation::Lower);
    assert_eq!(
        (e.verdict, e.remark.as_deref()),
        ("undecided", Some("no verdict: neither is better than guessing, 0.362 log₁₀"))
    );
    assert_eq!(ask(2.31, 2.32, [0.1; 2], "train_loss", Relation::Higher).verdict, "undecided");
    assert_eq!(ask(2.29, 2.32, [0.1; 2], "train_loss", Relation::Lower).verdict, "supported");
    assert_eq!(ask(2.31, 2.29, [0.1; 2], "train_loss", Relation::Lower).verdict, "contradicted");
}

/// Three settings in the same order on all of five seeds: of 3!⁴ = 1296 arrangements one is as extreme. Two of them alone that come in
/// no order: most are.
#[test]
fn that_a_setting_matters_is_asked_of_all_settings() {
    let values: [(&str, &[f64], &[f64]); 4] = [
        ("a", &[1.0, 1.1, 1.2, 1.3, 1.4], &CHANCE),
        ("b", &[1.01, 1.11, 1.21, 1.31, 1.41], &CHANCE),
        ("c", &[1.02, 1.12, 1.22, 1.32, 1.42], &CHANCE),
        ("d", &[1.01, 1.09, 1.21, 1.29, 1.4], &CHANCE),
    ];
    let (study, records) = given(&values);
    let ask = |entries: &[&str], tasks: &[&str]| {
        let entries = entries.iter().map(|key| (*key).to_owned()).collect();
        let factors = vec![Factor { metric: "train_loss".into(), at: vec![1.0], entries }];
        let asked = Claim { factors, ..claim("c", tasks, Quantifier::All, vec![]) };
        decided(study.clone(), &records, vec![asked]).remove(0)
    };
    let claim = ask(&["a", "b", "c"], &["cifar10"]);
    let e = &claim.tasks[0].evidence[0];
    assert_eq!((claim.verdict, e.verdict, e.n), ("supported", "supported", Some(5)));
    assert_eq!(e.remark.as_deref(), Some("exchanged within seeds, p\u{a0}<\u{a0}0.001"));
    assert!(e.text.ends_with("at the end (epoch 10): not the same for a, b, c"), "{}", e.text);
    assert_eq!(ask(&["a", "d"], &["cifar10"]).verdict, "undecided");
    assert_eq!(ask(&["a", "b", "c"], &["cifar10", "imagenet"]).verdict, "undecided");
    assert_eq!(ask(&["a", "x"], &["cifar10"]).verdict, "no data");
}

#[test]
fn three_pairs_decide_nothing_and_none_is_no_data() {
    let values: [(&str, &[f64], &[f64]); 2] =
        [("a", &[0.1, 0.2, 0.3], &CHANCE), ("b", &[1.0, 1.0, 1.0, 1.0, 1.0], &CHANCE)];
    let e = single(&values, comparison("train_loss", &[1.0], "a", Relation::Lower, "b"));
    assert_eq!((e.n, e.verdict, e.interval), (Some(3), "undecided", None));
    assert_eq!(e.remark.as_deref(), Some("n = 3, a verdict needs 5"));
    assert!(e.difference.is_some());
    let e = single(&values, comparison("train_loss", &[1.0], "a", Relation::Lower, "c"));
    assert_eq!((e.verdict, e.remark.as_deref()), ("no data", Some("c is no entry of this task")));
    let e = single(&values, comparison("nonsense", &[1.0], "a", Relation::Lower, "b"));
    assert_eq!(e.verdict, "no data");
    let (study, _) = given(&values);
    let asked = vec![comparison("train_loss", &[1.0], "a", Relation::Lower, "b")];
    let claims = decided(study, &[], vec![claim("c", &["cifar10"], Quantifier::All, asked)]);
    assert_eq!(claims[0].verdict, "no data");
}

/// The last of five runs diverged before its first epoch ended: its loss has no size and its accuracy is 0.
#[test]
fn a_diverged_run_is_worse_than_any_other() {
    let losses = [1.0, 1.0, 1.0, 1.0, f64::NAN];
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &losses, &[0.5; 5]), ("b", &[1.0; 5], &[0.5; 5])];
    let e = single(&values, comparison("train_loss_running", &[1.0], "a", Relation::Lower, "b"));
    assert_eq!((e.n, e.mean, e.verdict), (Some(5), None, "undecided"));
    let said = "diverged, worse than every finished run, so there is no mean difference and ranks decide: \
                1 of the first, 0 of the second";
    assert_eq!(e.remark.as_deref(), Some(said));
    let e = single(&values, comparison("test_accuracy", &[1.0], "a", Relation::Higher, "b"));
    assert!((e.mean.unwrap() + 0.5 / 5.0).abs() < 1e-12);
}

/// Absent tasks have no data: two of three may decide "most", nothing supports "all".
#[test]
fn tasks_that_are_not_here_count() {
    let (study, records) = thrice(&[("a", &five_tenths(), &CHANCE), ("b", &[1.0; 5], &CHANCE)], true);
    let lower = || vec![comparison("train_loss", &[1.0], "a", Relation::Lower, "b")];
    let ask = |tasks: &[&str], on: Quantifier| {
        let claims = decided(study.clone(), &records, vec![claim("c", tasks, on, lower())]);
        (claims[0].verdict, claims[0].here.clone().unwrap_or_default())
    };
    use Quantifier::{All, Most};
    let here = |text: &str| text.to_string();
    assert_eq!(
        ask(&["cifar10", "imagenet"], All),
        ("undecided", here("supported on the one task here; imagenet is not in this study"))
    );
    assert_eq!(
        ask(&["cifar10", "cifar100", "imagenet"], All),
        ("undecided", here("supported on the 2 tasks here; imagenet is not in this study"))
    );
    assert_eq!(
        ask(&["mnist", "imagenet"], All),
        ("contradicted", here("contradicted on the one task here; imagenet is not in this study"))
    );
    assert_eq!(
        ask(&["cifar10", "cifar100", "imagenet"], Most),
        ("supported", here("supported on the 2 tasks here; imagenet is not in this study"))
    );
    assert_eq!(
        ask(&["cifar10", "mnist", "imagenet"], Most),
        (
            "undecided",
            here("supported on 1, contradicted on 1 of the 2 tasks here; imagenet is not in this study")
        )
    );
    // One of three contradicts, two would be needed.
    assert_eq!(
        ask(&["mnist", "imagenet", "cifar1000"], Most),
        (
            "undecided",
            here("contradicted on the one task here; imagenet and CIFAR-1000 are not in this study")
        )
    );
    assert_eq!(ask(&["imagenet"], All), ("no data", here("")));
    assert_eq!(ask(&["cifar10", "cifar100"], All), ("supported", here("")));
}

/// Three tasks, on two of which the first is lower and on one higher.
#[test]
fn all_and_most_of_the_tasks() {
    let (study, records) = thrice(&[("a", &five_tenths(), &CHANCE), ("b", &[1.0; 5], &CHANCE)], true);
    let lower = || vec![comparison("train_loss", &[1.0], "a", Relation::Lower, "b")];
    let three = ["cifar10", "cifar100", "mnist"];
    let claims = decided(
        study,
        &records,
        vec![
            claim("all", &three, Quantifier::All, lower()),
            claim("most", &three, Quantifier::Most, lower()),
            claim("two", &three[..2], Quantifier::All, lower()),
            claim("half", &three[1..], Quantifier::Most, lower()),
            claim("absent", &["imagenet"], Quantifier::Most, lower()),
        ],
    );
    let verdicts: Vec<&str> = claims.iter().map(|c| c.verdict).collect();
    assert_eq!(verdicts, ["contradicted", "supported", "supported", "contradicted", "no data"]);
    assert_eq!(
        claims[0].tasks.iter().map(|t| t.verdict).collect::<Vec<_>>(),
        ["supported", "supported", "contradicted"]
    );
    assert_eq!((claims[0].comparisons, &claims[4].absent[..]), (3, &["imagenet".to_string()][..]));
}

/// θ₂ − |θ₁| changes sign twice and θ₁ turns twice for `a`; `b` does neither. The last values are 0.1 and 10.
#[test]
fn functions_are_compared_without_randomness() {
    let mut study = common::manifest(1);
    study.tasks.remove(0);
    study.tasks[0].role = "toy".into();
    study.tasks[0].entries = ["a", "b"].map(|k| entry(k, k, "#0072b2", "solid", None)).to_vec();
    study.runs.clear();
    let mut records = Vec::new();
    let paths: [[[f64; 3]; 6]; 2] = [
        [
            [-1.0, 1.5, 9.0],
            [-2.0, 1.0, 5.0],
            [-1.0, 1.0, 1.0],
            [2.0, 1.0, 1.0],
            [1.0, 2.0, 0.5],
            [1.0, 2.0, 0.1],
        ],
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|k| [k, k + 1.0, 10.0]),
    ];
    for (key, path) in study.tasks[0].entries.clone().iter().zip(paths) {
        let rows = path.iter().enumerate().map(|(k, [theta1, theta2, value])| TrajectoryRow {
            step: 17_600 * k as u64,
            theta1: *theta1,
            theta2: *theta2,
            value: *value,
        });
        let record = common::record("toy", key, 0, false, Curve::Trajectory(rows.collect()));
        study.runs.push(PlannedRun {
            id: record.id.clone(),
            task: common::name("toy"),
            entry: key.key.clone(),
            repetition: 0,
        });
        records.push(record);
    }
    let ask = |metric: &str, at: &[f64], is: Relation| {
        let claims = vec![claim("c", &["toy"], Quantifier::All, vec![comparison(metric, at, "a", is, "b")])];
        let found = decided(study.clone(), &records, claims)[0].tasks[0].evidence[0].clone();
        assert_eq!(found.remark.as_deref(), Some("deterministic"));
        (found.values.unwrap(), found.verdict)
    };
    let text = |a: &str, b: &str| [a.to_string(), b.to_string()];
    assert_eq!(ask("crossings", &[0.0, 1.0], Relation::Higher), (text("2", "0"), "supported"));
    assert_eq!(ask("turns", &[0.0, 1.0], Relation::Lower), (text("2", "0"), "contradicted"));
    // Up to a fifth of the steps: one point further, one crossing, no turn.
    assert_eq!(ask("crossings", &[0.0, 0.2], Relation::Higher), (text("1", "0"), "supported"));
    assert_eq!(ask("turns", &[0.0, 0.2], Relation::Equivalent), (text("0", "0"), "supported"));
    assert_eq!(ask("log10_value", &[1.0], Relation::Lower), (text("\u{2212}1.000", "1.000"), "supported"));
    // Steps 35 200 and 52 800, both 1: mean of the logarithm 0.
    assert_eq!(ask("log10_value", &[0.4, 0.6], Relation::Lower).0[0], "0.000");
}
