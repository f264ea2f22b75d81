//! A diverged run ranks below every finished one: in claims, selections, comparisons, scores and figures. Numbers computed by
//! hand.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::given;
use common::paper::{claim, comparison};
use common::{made, name, read, words};
use records::*;
use reports::drawing::Plot;
use reports::view::{EvidenceView, PaperView};
use reports::{Report, terminal_table};

const NAN: f64 = f64::NAN;
const DEAD: [f64; 6] = [NAN; 6];
/// Finished, though above the loss of guessing, ln 10 = 2.303.
const POOR: [f64; 6] = [2.31, 2.32, 2.33, 2.34, 2.35, 2.36];
const LOW: [f64; 6] = [0.04; 6];

fn report(study: &Manifest, records: &[Record]) -> Report {
    made(study, records).0.report
}

fn paper(mut study: Manifest, records: &[Record], claims: Vec<Claim>) -> PaperView {
    study.claims = Some(Claims { source: "a paper".into(), claims, errata: vec![] });
    report(&study, records).paper.unwrap()
}

/// What one comparison of two entries comes to.
fn one(values: &[(&str, &[f64], &[f64])], asked: Comparison) -> EvidenceView {
    let (study, records) = given(values);
    let claims = vec![claim("c", &["cifar10"], Quantifier::All, vec![asked])];
    paper(study, &records, claims).claims[0].tasks[0].evidence[0].clone()
}

#[test]
fn a_claim_is_won_by_the_side_that_finished() {
    let values: [(&str, &[f64], &[f64]); 2] = [("wild", &DEAD, &LOW), ("slow", &POOR, &LOW)];
    for metric in ["train_loss", "train_loss_running", "test_loss"] {
        let ask = |first: &str, is: Relation, second: &str| {
            one(&values, comparison(metric, &[1.0], first, is, second))
        };
        let e = ask("wild", Relation::Lower, "slow");
        // 2 of the 924 ways to divide twelve runs: p = 0.0022.
        assert_eq!(e.verdict, "contradicted", "{metric}");
        assert_eq!((e.n, e.mean, e.difference, e.interval), (Some(6), None, None, None));
        let said = "diverged, worse than every finished run, so there is no mean difference and ranks decide: \
                    6 of the first, 0 of the second";
        assert_eq!(e.remark.as_deref(), Some(said));
        assert_eq!(ask("slow", Relation::Lower, "wild").verdict, "supported", "{metric}");
        assert_eq!(ask("wild", Relation::Higher, "slow").verdict, "supported", "{metric}");
        assert_eq!(ask("wild", Relation::Equivalent, "slow").verdict, "undecided", "{metric}");
    }
    // Accuracies of 0.04 are below guessing, and above nothing.
    let ask = |first: &str, is: Relation, second: &str| {
        one(&values, comparison("test_accuracy", &[1.0], first, is, second)).verdict
    };
    assert_eq!(ask("slow", Relation::Higher, "wild"), "supported");
    assert_eq!(ask("wild", Relation::Higher, "slow"), "contradicted");
}

/// Eleven runs that are better by far, and one that diverged: ranks alone would decide for it.
#[test]
fn no_claim_is_supported_by_an_entry_of_which_runs_diverged() {
    let mut losses = [0.1; 12];
    losses[3] = NAN;
    let accuracies: Vec<f64> = (0..12).map(|k| 0.9 + 0.001 * f64::from(k)).collect();
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &losses, &accuracies), ("b", &[1.0; 12], &[0.5; 12])];
    for (metric, better, worse) in [
        ("train_loss", Relation::Lower, Relation::Higher),
        ("test_accuracy", Relation::Higher, Relation::Lower),
    ] {
        for (first, is, second) in
            [("a", better, "b"), ("b", worse, "a"), ("a", worse, "b"), ("b", better, "a")]
        {
            let e = one(&values, comparison(metric, &[1.0], first, is, second));
            assert_eq!(e.verdict, "undecided", "{metric} {first} {is:?}");
            let remark = e.remark.unwrap();
            assert!(
                remark.contains("an entry of which runs diverged is not ahead of one of which none did"),
                "{remark}"
            );
        }
    }
    // Where both diverged, ranks decide: one of twelve against six.
    let mut often = [1.0; 12];
    often[..6].fill(NAN);
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &losses, &[0.5; 12]), ("b", &often, &[0.5; 12])];
    assert_eq!(
        one(&values, comparison("train_loss", &[1.0], "a", Relation::Lower, "b")).verdict,
        "supported"
    );
}

#[test]
fn two_that_diverged_are_not_told_apart() {
    let values: [(&str, &[f64], &[f64]); 2] = [("a", &DEAD, &LOW), ("b", &DEAD, &LOW)];
    for metric in ["train_loss", "test_accuracy"] {
        for is in [Relation::Lower, Relation::Higher, Relation::Equivalent] {
            assert_eq!(
                one(&values, comparison(metric, &[1.0], "a", is, "b")).verdict,
                "undecided",
                "{metric} {is:?}"
            );
        }
    }
}

fn selected(values: &[(&str, &[f64], &[f64])], lowest: &str) -> (PaperView, String) {
    let (mut study, records) = given(values);
    let of = values.iter().map(|(key, ..)| key.to_string()).collect();
    study.tasks[0].selections = vec![Selection { name: "best".into(), of, lowest: lowest.into() }];
    let asked = vec![comparison("train_loss", &[1.0], "best", Relation::Lower, "slow")];
    study.claims = Some(Claims {
        source: "a paper".into(),
        claims: vec![claim("c", &["cifar10"], Quantifier::All, asked)],
        errata: vec![],
    });
    let (built, folder) = made(&study, &records);
    (built.report.paper.unwrap(), read(&folder, "paper.html"))
}

#[test]
fn what_diverged_is_not_chosen() {
    let (view, _) = selected(&[("wild", &DEAD, &LOW), ("slow", &POOR, &LOW)], "train_loss_running");
    assert_eq!(view.selections[0].chosen.as_deref(), Some("slow"));
    let shown: Vec<_> =
        view.selections[0].candidates.iter().map(|c| (c.mean.as_deref(), c.n, c.diverged)).collect();
    assert_eq!(shown, [(None, 6, 6), (Some("2.335"), 6, 0)]);
    // One of which one diverged is not chosen before one of which none did, and before one of which two did.
    let once = [0.1, 0.1, 0.1, 0.1, 0.1, NAN];
    let twice = [0.01, 0.01, 0.01, 0.01, NAN, NAN];
    let of =
        |values: &[(&str, &[f64], &[f64])]| selected(values, "train_loss").0.selections[0].chosen.clone();
    assert_eq!(of(&[("once", &once, &LOW), ("slow", &POOR, &LOW)]).as_deref(), Some("slow"));
    assert_eq!(of(&[("twice", &twice, &LOW), ("slow", &once, &LOW)]).as_deref(), Some("slow"));
}

#[test]
fn nobody_is_chosen_from_nothing_and_it_is_said() {
    let (view, page) = selected(&[("wild", &DEAD, &LOW), ("slow", &DEAD, &LOW)], "train_loss");
    assert_eq!(view.selections[0].chosen, None);
    assert_eq!(view.selections[0].nobody.as_deref(), Some("every run of every candidate diverged"));
    assert_eq!(view.claims[0].verdict, "no data");
    assert!(page.contains("every run of every candidate diverged"));
    // The task has no validation images.
    let (view, page) = selected(&[("wild", &DEAD, &LOW), ("slow", &POOR, &LOW)], "validation_loss");
    assert_eq!(view.selections[0].chosen, None);
    let nobody = "no finished run has a value of it, so nobody is chosen";
    assert_eq!(view.selections[0].nobody.as_deref(), Some(nobody));
    assert!(page.contains(nobody));
    let remark = view.claims[0].tasks[0].evidence[0].remark.clone().unwrap();
    assert_eq!(remark, format!("best stands for no entry: {nobody}"));
}

/// Six runs of a function diverge on both sides.
#[test]
fn functions_that_diverged_are_not_told_apart() {
    let mut study = common::manifest(0);
    study.tasks.remove(0);
    study.runs.retain(|run| run.task == "toy");
    let mut records = common::records(&study);
    for record in &mut records {
        record.outcome = Outcome::Diverged { step: 5, reason: "the value is NaN".into() };
    }
    study.tasks[0].role = "toy".into();
    for is in [Relation::Lower, Relation::Higher, Relation::Equivalent] {
        let asked = vec![comparison("log10_value", &[1.0], "inna-a", is, "inna-b")];
        let view = paper(study.clone(), &records, vec![claim("c", &["toy"], Quantifier::All, asked)]);
        let e = &view.claims[0].tasks[0].evidence[0];
        assert_eq!((e.verdict, e.remark.as_deref()), ("no data", Some("both diverged: neither is ahead")));
    }
}

/// Finished runs of 4 % are worse than guessing, 10 %, and better than none.
#[test]
fn comparisons_and_scores_put_it_last() {
    let (study, records) = given(&[("slow", &POOR, &LOW), ("wild", &DEAD, &[0.9; 6])]);
    let built = report(&study, &records);
    let met = &built.tasks[0].comparisons[0];
    assert_eq!(
        (met.names[0].as_str(), met.difference.as_str(), met.won.as_str()),
        ("wild", "\u{2212}4.00", "0 %")
    );
    let score = |key: &str| {
        let rows = &built.standings.as_ref().unwrap().rows;
        rows.iter().find(|row| row.key == key).unwrap().score.as_ref().unwrap().iqm
    };
    // (0.04 − 0.1) / 0.6 and (0 − 0.1) / 0.6.
    assert!((score("slow") + 0.1).abs() < 1e-12 && (score("wild") + 1.0 / 6.0).abs() < 1e-12);
}

/// One of eight diverged; the mean is ahead all the same, by 0.875 · 0.9 − 0.5.
#[test]
fn an_entry_of_which_a_run_diverged_is_neither_better_nor_the_best() {
    let mut losses = [0.1; 12];
    losses[5] = NAN;
    let good: Vec<f64> = (0..12).map(|k| 0.9 + 0.001 * f64::from(k)).collect();
    let plain: Vec<f64> = (0..12).map(|k| 0.3 + 0.001 * f64::from(k * k % 7)).collect();
    for (first, second) in [("ours", "theirs"), ("theirs", "ours")] {
        let row = |key: &'static str| -> (&'static str, &[f64], &[f64]) {
            if key == "ours" { (key, &losses, &good) } else { (key, &[1.0; 12], &plain) }
        };
        let (study, records) = given(&[row(first), row(second)]);
        let built = report(&study, &records);
        let met = &built.tasks[0].comparisons[0];
        assert_eq!((met.verdict, met.won_verdict, met.seeds_to_settle), ("undecided", None, None));
        let sentence = met.sentence.clone().unwrap();
        assert!(sentence.contains("is undecided: runs diverged"), "{sentence}");
        assert!(built.tasks[0].entries.iter().all(|entry| !entry.best));
        assert!(built.findings.iter().all(|sentence| !sentence.contains("better")), "{:?}", built.findings);
    }
    // With every run finished it is both.
    let (study, records) = given(&[("theirs", &[1.0; 12], &plain), ("ours", &[0.1; 12], &good)]);
    let built = report(&study, &records);
    assert_eq!(built.tasks[0].comparisons[0].verdict, "better");
    assert!(built.tasks[0].entries[1].best);
}

/// Five of six diverge, four epochs in: the mean is that of all six, to there, and the drawing says so.
#[test]
fn the_thick_line_ends_where_the_first_run_does() {
    let (study, mut records) = given(&[("wild", &[0.5; 6], &[0.5; 6]), ("calm", &[1.0; 6], &[0.5; 6])]);
    for record in records
        .iter_mut()
        .filter(|r| r.specification.optimizer.name == "wild" && r.specification.repetition > 0)
    {
        record.outcome = Outcome::Diverged { step: 5, reason: "training loss is NaN".into() };
        let Curve::Epochs(rows) = &mut record.curve else { panic!() };
        rows.truncate(4 + record.specification.repetition as usize);
    }
    // One run of the other was never made.
    records.retain(|r| !(r.specification.optimizer.name == "calm" && r.specification.repetition == 5));
    let (built, folder) = made(&study, &records);
    let figure = &built.report.tasks[0].figures[0].figures[0];
    let Plot::Curves(plot) = &figure.plot else { panic!() };
    let [wild, calm] = &plot.series[..] else { panic!() };
    assert_eq!((wild.mean.len(), wild.mean[4][0], calm.mean.len()), (5, 4.0, 11));
    assert_eq!(wild.remark.as_deref(), Some("n = 6, 5 diverged"));
    assert_eq!(calm.remark.as_deref(), Some("n = 5 of 6"));
    // All see the same start.
    assert_eq!(wild.mean[0], calm.mean[0]);
    assert_eq!(wild.runs.iter().map(|run| run.points.len()).collect::<Vec<_>>(), [11, 5, 6, 7, 8, 9]);
    let svg = read(&folder, "figures/nin-shapes-train_loss.svg");
    assert!(svg.contains("n = 6, 5 diverged") && svg.contains("n = 5 of 6"));
    let csv = read(&folder, "figures/nin-shapes-train_loss.csv");
    let means: Vec<&str> = csv.lines().filter(|line| line.starts_with("wild,wild,mean,")).collect();
    assert_eq!(means.len(), 5);
    assert!(means.iter().all(|line| line.ends_with(",6")), "{means:?}");
    assert!(read(&folder, "task-nin-shapes.html").contains("as far as each of them has a value"));
}

#[test]
fn the_same_runs_under_two_names_are_not_compared() {
    let (study, mut records) = given(&[("a", &POOR, &LOW), ("b", &POOR, &LOW), ("c", &POOR, &LOW)]);
    let prints: Vec<String> = (0..6).map(|r| format!("print {r}")).collect();
    for record in records.iter_mut().filter(|r| r.specification.optimizer.name != "c") {
        record.fingerprint = prints[record.specification.repetition as usize].clone();
    }
    let (built, folder) = made(&study, &records);
    let note = "a and b are the same runs under 2 names: the fingerprints of all 6 repetitions are equal";
    let task = &built.report.tasks[0];
    assert!(task.same.len() == 1 && task.same[0].starts_with(note), "{:?}", task.same);
    assert!(
        built.report.findings.iter().any(|sentence| sentence.contains(note)),
        "{:?}",
        built.report.findings
    );
    let met = &task.comparisons[0];
    assert_eq!((met.verdict, met.sentence.as_deref(), met.same_runs), ("the same runs", None, true));
    assert_eq!((task.comparisons[1].same_runs, task.comparisons[1].verdict), (false, "undecided"));
    for sentence in built.report.findings.iter().chain(&task.findings) {
        assert!(!sentence.contains("exploratory"), "{sentence}");
    }
    assert!(words(&read(&folder, "comparisons.html")).contains("the same runs under two names"));
    // One other run, and they are two.
    records[0].fingerprint = "another".into();
    let built = report(&study, &records);
    assert!(built.tasks[0].same.is_empty() && !built.tasks[0].comparisons[0].same_runs);
}

#[test]
fn one_problem_under_two_names_is_said() {
    let (mut study, mut records) = given(&[("a", &POOR, &LOW)]);
    let mut second = study.tasks[0].clone();
    second.name = "second".into();
    second.title = "Second".into();
    study.tasks.push(second);
    let runs: Vec<PlannedRun> =
        study.runs.iter().map(|run| PlannedRun { task: name("second"), ..run.clone() }).collect();
    study.runs.extend(runs);
    let more: Vec<Record> = records.to_vec();
    records.extend(more.into_iter().map(|mut record| {
        record.specification.task = name("second");
        record
    }));
    let note = "Shapes and Second are one problem under 2 names";
    let has = |built: Report| built.findings.iter().any(|sentence| sentence.starts_with(note));
    assert!(has(report(&study, &records)));
    // Other images, or other settings, and it is another.
    let mut other = records.clone();
    other
        .iter_mut()
        .filter(|r| r.specification.task == "second")
        .for_each(|r| r.specification.data_digest += "x");
    assert!(!has(report(&study, &other)));
    study.tasks[1].settings = serde_json::json!({"epochs": 3});
    assert!(!has(report(&study, &records)));
}

/// The value is exactly 0 from the first step on, in one entry; below 0 in another; and nothing but 0 in the third.
#[test]
fn what_has_no_logarithm_lies_on_the_edge_and_it_is_said() {
    let mut study = common::manifest(0);
    study.tasks.remove(0);
    study.runs.retain(|run| run.task == "toy");
    let edge = "What is not above 0 has no logarithm and is drawn along the lower edge.";
    let drawn = |value: &dyn Fn(u64) -> f64| {
        let mut records = common::records(&study);
        for record in &mut records {
            let Curve::Trajectory(rows) = &mut record.curve else { panic!() };
            rows.iter_mut().for_each(|row| row.value = value(row.step));
        }
        let (built, folder) = made(&study, &records);
        let group = &built.report.tasks[0].figures[0];
        let figure = group.figures.iter().find(|figure| figure.name == "toy-values").unwrap();
        let Plot::Curves(plot) = &figure.plot else { panic!() };
        assert!(!terminal_table(&built.report).contains("inf"));
        assert!(!read(&folder, "figures/toy-values.csv").contains("inf"));
        (plot.y.clone(), plot.series[0].mean.clone(), group.caption.contains(edge))
    };
    let (y, mean, said) = drawn(&|_| 0.0);
    assert!(said && mean.len() > 1 && mean.iter().all(|p| p[1] == y.low), "{mean:?}");
    let (y, mean, said) = drawn(&|step| if step == 0 { 1.0 } else { -1.0 });
    assert!(said && mean[0][1] == 0.0 && mean[1..].iter().all(|p| p[1] == y.low), "{mean:?}");
    let (_, _, said) = drawn(&|_| 0.5);
    assert!(!said);
}

#[test]
fn a_loss_of_zero_lies_on_the_edge_too() {
    let zero = |losses: &[f64]| {
        let (study, mut records) = given(&[("a", losses, &[0.5; 2])]);
        for record in &mut records {
            let Curve::Epochs(rows) = &mut record.curve else { panic!() };
            rows.iter_mut().filter(|row| row.train_loss < 0.3).for_each(|row| row.train_loss = 0.0);
        }
        let (built, folder) = made(&study, &records);
        let figures = &built.report.tasks[0].figures[0];
        let Plot::Curves(plot) = figures.figures[0].plot.clone() else { panic!() };
        assert!(roxmltree::Document::parse(&read(&folder, "figures/nin-shapes-train_loss.svg")).is_ok());
        (
            plot.y,
            plot.series[0].mean.clone(),
            figures.caption.contains("what is not above 0 has no logarithm"),
        )
    };
    let (y, mean, said) = zero(&[0.0, 0.0]);
    assert!(said && mean.len() == 11, "{mean:?}");
    let last = mean.last().unwrap()[1];
    assert!((last - y.low).abs() < 1e-3 && mean[0][1] > y.low, "{mean:?} {y:?}");
    assert!(!zero(&[0.5, 0.5]).2);
}
