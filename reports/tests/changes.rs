//! What changed between two reports: changes made by hand, and what is said of them.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::{given, thrice};
use common::{made, manifest, read, records, words};
use records::{Claim, Claims, Comparison, Curve, Manifest, Outcome, Quantifier, Record, Relation};
use reports::{Built, ChangesView, Earlier, Options, build, build_with, terminal_changes};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn compared(before: &(Manifest, Vec<Record>), after: &(Manifest, Vec<Record>)) -> (Built, TempDir) {
    common::compared((&before.0, &before.1), (&after.0, &after.1))
}

fn changes(before: &(Manifest, Vec<Record>), after: &(Manifest, Vec<Record>)) -> ChangesView {
    compared(before, after).0.report.changes.unwrap()
}

/// Twenty planned runs of which nineteen are made.
fn study() -> (Manifest, Vec<Record>) {
    let study = manifest(5);
    let records = records(&study);
    (study, records)
}

/// The record of an entry and a repetition.
fn of<'a>(records: &'a mut [Record], optimizer: &str, repetition: u64) -> &'a mut Record {
    let found = records.iter_mut().find(|r| {
        let s = &r.specification;
        s.task == "nin-shapes" && s.optimizer.name == optimizer && s.repetition == repetition
    });
    found.unwrap()
}

fn set_accuracy(record: &mut Record, accuracy: f64) {
    let Curve::Epochs(rows) = &mut record.curve else { panic!("no epochs") };
    rows.last_mut().unwrap().test_accuracy = Some(accuracy);
}

#[test]
fn nothing_changed() {
    let (built, folder) = compared(&study(), &study());
    let changes = built.report.changes.unwrap();
    assert!(changes.identical);
    assert_eq!(
        changes.summary,
        "Nothing changed: all 19 runs are the same bit for bit, and so is everything computed from them."
    );
    assert_eq!((changes.rest.as_str(), changes.runs.len(), changes.counts.same), ("", 0, 19));
    assert_eq!((changes.verdicts.len(), changes.verdicts_same), (0, 2));
    assert!(read(&folder, "index.html").contains("<a href=\"changes.html\">Changes</a>"));
    assert!(words(&read(&folder, "changes.html")).contains("Nothing changed: all 19 runs"));
}

#[test]
fn without_a_report_to_compare_with_there_is_no_page() {
    let (study, records) = study();
    let (built, folder) = made(&study, &records);
    assert_eq!(built.report.changes, None);
    assert!(!folder.path().join("changes.html").exists());
    assert!(!read(&folder, "index.html").contains("changes.html"));
}

/// One run with other bits, one gone, one new, one with another hyper-parameter: each is found, nothing else is.
#[test]
fn every_kind_of_change_is_found_run_by_run() {
    let before = study();
    let mut after = study();
    // Another result: 60.06 % becomes 61.0625 %.
    let run = of(&mut after.1, "sgd", 1);
    run.fingerprint = "f".repeat(32);
    set_accuracy(run, 0.610_625);
    // Gone: INNA's first.
    let lost = of(&mut after.1, "inna", 0).id.clone();
    after.1.retain(|r| r.id != lost);
    // New: Adam's last, which was missing.
    let adam = after.0.tasks[0].entries[1].clone();
    let Curve::Epochs(rows) = of(&mut after.1, "adam", 0).curve.clone() else { panic!("no epochs") };
    let new = common::record("nin-shapes", &adam, 4, false, Curve::Epochs(rows));
    after.1.push(new.clone());
    // Other settings: INNA's second has another step size, hence another name.
    let entry = &mut after.0.tasks[0].entries[2];
    entry.hyper = json!({"learning_rate": 0.02, "alpha": 0.5});
    let entry = entry.clone();
    let (old, curve) = {
        let run = of(&mut after.1, "inna", 1);
        (run.id.clone(), run.curve.clone())
    };
    let other = common::record("nin-shapes", &entry, 1, false, curve);
    assert_ne!(other.id, old);
    for run in after.0.runs.iter_mut().filter(|r| r.id == old) {
        run.id = other.id.clone();
    }
    *of(&mut after.1, "inna", 1) = other.clone();
    // Diverged now: SGD's third.
    of(&mut after.1, "sgd", 2).outcome = Outcome::Diverged { step: 9, reason: "training loss is NaN".into() };

    let (built, folder) = compared(&before, &after);
    let changes = built.report.changes.unwrap();
    assert_eq!(
        changes.summary,
        "15 runs are the same bit for bit, 2 have other results, 1 has other settings, 1 is new and 1 is gone."
    );
    let found: Vec<(&str, u64, &str)> =
        changes.runs.iter().map(|r| (r.entry.as_str(), r.repetition, r.kind)).collect();
    assert_eq!(
        found,
        [
            ("adam", 4, "only here"),
            ("inna", 0, "only there"),
            ("inna", 1, "other settings"),
            ("sgd", 1, "another result"),
            ("sgd", 2, "diverged now"),
        ]
    );
    let [new_run, gone, _, changed, diverged] = &changes.runs[..] else { panic!("five") };
    // Both are planned on both sides.
    assert_eq!(
        (new_run.id_after.as_deref(), new_run.before_text.as_str()),
        (Some(new.id.as_str()), "missing")
    );
    assert_eq!((gone.id_before.as_deref(), gone.after_text.as_str()), (Some(lost.as_str()), "missing"));
    assert_eq!((new_run.before, gone.after, gone.difference), (None, None, None));
    // Of SGD's second: epoch 12 is at 0.1 + 0.52 (1 − exp(−1.4 · 0.16 · 12)) + 0.004 · 4 before.
    let accuracy = 0.1 + 0.52 * (1.0 - (-1.4_f64 * 0.16 * 12.0).exp()) + 0.016;
    assert!((changed.before.unwrap() - accuracy).abs() < 1e-15, "{:?}", changed.before);
    assert_eq!(changed.after, Some(0.610_625));
    assert_eq!((changed.before_text.as_str(), changed.after_text.as_str()), ("60.06", "61.06"));
    assert!((changed.difference.unwrap() - (0.610_625 - accuracy)).abs() < 1e-15);
    assert_eq!((diverged.after, diverged.after_text.as_str()), (Some(0.0), "diverged"));
    // The settings by name, old and new.
    let settings: Vec<_> = changes.settings.iter().map(|s| (s.name.as_str(), &s.before, &s.after)).collect();
    assert_eq!(settings, [("learning_rate", &Some("0.01".to_string()), &Some("0.02".to_string()))]);
    assert_eq!(changes.settings[0].entry.as_deref(), Some("INNA (0.5, 0.1)"));
    assert!(changes.circumstances.is_empty());
    // Means of all three entries changed, those of the function did not.
    let moved = |k: usize| changes.tasks[k].entries.iter().filter(|e| e.changed).count();
    assert_eq!((moved(0), moved(1)), (3, 0));
    let page = words(&read(&folder, "changes.html"));
    for text in ["another result", "only there", "diverged now", "learning_rate", &new.id, "60.06"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let text = terminal_changes(&changes);
    assert!(text.contains("nin-shapes, sgd, repetition 1: another result, 60.06 → 61.06 (+0.999)"), "{text}");
    assert!(text.contains("Shapes, INNA (0.5, 0.1), learning_rate: 0.01 → 0.02"), "{text}");
}

/// A fingerprint says that a run is another even where its score is the same.
#[test]
fn other_bits_with_the_same_score_are_another_result() {
    let (before, mut after) = (study(), study());
    after.1[0].fingerprint = "f".repeat(32);
    let changes = changes(&before, &after);
    assert_eq!(changes.summary, "18 runs are the same bit for bit and 1 has another result.");
    assert_eq!(changes.rest, "No estimate, verdict, setting or circumstance differs.");
    assert_eq!(changes.runs[0].difference, Some(0.0));
    assert!(!changes.identical);
}

/// Ten seeds, all differences of one sign: better. Without a difference: equivalent.
#[test]
fn a_verdict_and_a_claim_that_flip_are_told() {
    let losses = [0.5; 10];
    let high: Vec<f64> = (0..10).map(|k| 0.7 + 0.001 * f64::from(k)).collect();
    let low: Vec<f64> = (0..10).map(|k| 0.6 + 0.0011 * f64::from(k)).collect();
    let with_claim = |mut set: (Manifest, Vec<Record>)| {
        set.0.claims = Some(Claims {
            source: "A paper".into(),
            claims: vec![Claim {
                source: None,
                name: "b-wins".into(),
                statement: "B is <better> than A.".into(),
                section: "1".into(),
                figure: "Figure 1".into(),
                tasks: vec!["cifar10".into()],
                on: Quantifier::All,
                factors: Vec::new(),
                comparisons: vec![Comparison {
                    metric: "test_accuracy".into(),
                    at: vec![1.0],
                    entry: "b".into(),
                    is: Relation::Higher,
                    than: "a".into(),
                }],
            }],
            errata: vec![],
        });
        set
    };
    let before = with_claim(given(&[("a", &losses, &low), ("b", &losses, &high)]));
    let after = with_claim(given(&[("a", &losses, &high), ("b", &losses, &low)]));
    let (built, folder) = compared(&before, &after);
    let changes = built.report.changes.unwrap();
    let [verdict] = &changes.verdicts[..] else { panic!("{:?}", changes.verdicts) };
    assert_eq!(
        (verdict.before.as_deref(), verdict.after.as_deref()),
        (Some("better (against a)"), Some("worse (against a)"))
    );
    let [claim] = &changes.claims[..] else { panic!("{:?}", changes.claims) };
    assert_eq!((claim.before.as_deref(), claim.after.as_deref()), (Some("supported"), Some("contradicted")));
    // Fingerprints come from names alone here: the runs are "the same" with another score, which is not passed over.
    assert!(changes.runs.iter().all(|r| r.kind == "another score"), "{:?}", changes.runs[0]);
    assert_eq!(changes.counts.other_results, 20);
    let page = read(&folder, "changes.html");
    assert!(page.contains("B is &lt;better&gt; than A.") && !page.contains("<better>"));
}

#[test]
fn tasks_and_circumstances_that_only_one_side_has() {
    let losses = [0.5; 5];
    let values = [0.6, 0.61, 0.62, 0.63, 0.64];
    let before = thrice(&[("a", &losses, &values), ("b", &losses, &values)], false);
    let mut after = given(&[("a", &losses, &values), ("c", &losses, &values)]);
    after.0.tasks[0].name = "nin-shapes".into();
    for record in &mut after.1 {
        record.provenance.compiler = "rustc 1.96.0".into();
    }
    let changes = changes(&before, &after);
    let on: Vec<(&str, &str)> = changes.tasks.iter().map(|t| (t.name.as_str(), t.on)).collect();
    assert_eq!(on, [("nin-shapes", "both"), ("second", "there"), ("third", "there")]);
    let sides: Vec<(&str, bool, bool)> = changes.tasks[0]
        .entries
        .iter()
        .map(|e| (e.key.as_str(), e.before.is_some(), e.after.is_some()))
        .collect();
    assert_eq!(sides, [("a", true, true), ("c", false, true), ("b", true, false)]);
    let compiler = changes.circumstances.iter().find(|c| c.name == "compiler").unwrap();
    assert_eq!(
        (compiler.before.as_deref(), compiler.after.as_deref()),
        (Some("rustc 1.95.0"), Some("rustc 1.96.0"))
    );
    assert_eq!((changes.counts.same, changes.counts.new, changes.counts.gone), (5, 5, 25));
}

/// A report from before single runs had scores: values of an entry stand in for them; fields of tomorrow are passed over.
#[test]
fn older_and_newer_reports_are_read() {
    let (study, records) = study();
    let (_, folder) = made(&study, &records);
    let mut report: Value = serde_json::from_str(&read(&folder, "report.json")).unwrap();
    for run in report["provenance"]["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("score").unwrap();
        run["tomorrow"] = json!([1, 2]);
    }
    report.as_object_mut().unwrap().remove("changes");
    report["tomorrow"] = json!({"a": 1});
    let file = folder.path().join("old.json");
    fs::write(&file, report.to_string()).unwrap();
    let earlier = Earlier::read(&file).unwrap();
    let mut again = records.clone();
    set_accuracy(of(&mut again, "inna", 3), 0.7);
    of(&mut again, "inna", 3).fingerprint = "f".repeat(32);
    let out = tempfile::tempdir().unwrap();
    let options = Options { earlier: Some(&earlier), ..Options::default() };
    let changes = build_with(&study, again, out.path(), options).unwrap().report.changes.unwrap();
    let [run] = &changes.runs[..] else { panic!("{:?}", changes.runs) };
    // Repetition 3 of INNA: wobble 0.004 · ((21 + 6 + 12) mod 5) = 0.016 at 12 epochs.
    let before = 0.1 + 0.625 * (1.0 - (-1.4_f64 * 0.27 * 12.0).exp()) + 0.016;
    assert!((run.before.unwrap() - before).abs() < 1e-15, "{run:?}");
    assert_eq!(run.after, Some(0.7));

    // The least that is a report.
    fs::write(&file, "{\"format\": 1}").unwrap();
    let earlier = Earlier::read(&file).unwrap();
    let options = Options { earlier: Some(&earlier), ..Options::default() };
    let changes = build_with(&study, records, out.path(), options).unwrap().report.changes.unwrap();
    assert_eq!((changes.counts.new, changes.counts.gone), (19, 0));
}

#[test]
fn what_is_no_report_is_refused_with_its_name_and_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| Earlier::read(path).unwrap_err().to_string();
    let absent = refusal(folder.path());
    assert!(absent.contains("report.json: it cannot be read"), "{absent}");
    let file = folder.path().join("report.json");
    for (text, reason) in [
        ("{\"format\": 99}", "its format is 99"),
        ("{\"format\": 18446744073709551615}", "its format is 18446744073709551615"),
        ("{\"study\": \"x\"}", "it has no `format`"),
        ("{\"format\": 1, \"tasks\": 3}", "it is not the JSON of a report"),
        ("<html>", "it is not the JSON of a report"),
    ] {
        fs::write(&file, text).unwrap();
        let message = refusal(&file);
        assert!(message.contains("report.json") && message.contains(reason), "{message}");
        assert!(message.contains("format") && message.contains("folder of a report"), "{message}");
    }
}

/// The committed reports can be compared with, and a report of their records has the same runs.
#[test]
fn published_reports_can_be_compared_with() {
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("published");
    let mut sets = 0;
    for set in fs::read_dir(published).unwrap().flatten().filter(|set| set.path().is_dir()) {
        sets += 1;
        let set = set.path();
        let earlier = Earlier::read(&set).unwrap();
        let manifest: Manifest =
            serde_json::from_str(&fs::read_to_string(set.join("manifest.json")).unwrap()).unwrap();
        let records = records::Store::open(set.join("store")).survey(&manifest.runs).unwrap().records;
        let made = records.len();
        let out = tempfile::tempdir().unwrap();
        let options = Options { earlier: Some(&earlier), ..Options::default() };
        let changes = build_with(&manifest, records, out.path(), options).unwrap().report.changes.unwrap();
        assert_eq!((changes.counts.same, changes.runs.len()), (made, 0), "{}", set.display());
        assert!(changes.settings.is_empty() && changes.claims.is_empty(), "{}", set.display());
        assert!(changes.tasks.iter().flat_map(|t| &t.entries).all(|e| !e.changed), "{}", set.display());
    }
    assert!(sets > 0);
}

#[test]
fn text_of_the_other_report_stays_text() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut before = study();
    before.0.study = evil.into();
    for entry in &mut before.0.tasks[0].entries {
        entry.title = evil.into();
        entry.hyper = json!({ evil: evil });
    }
    for record in &mut before.1 {
        record.provenance.machine.cpu = evil.into();
    }
    before.0.tasks[1].name = evil.into();
    let (_, folder) = compared(&before, &study());
    let page = read(&folder, "changes.html");
    assert!(page.contains("&lt;img") && !page.contains("<img"));
}

#[test]
fn the_same_two_reports_give_the_same_bytes() {
    let (before, mut after) = (study(), study());
    after.1[0].fingerprint = "f".repeat(32);
    let (_, one) = compared(&before, &after);
    after.1.reverse();
    let (_, two) = compared(&before, &after);
    for name in ["changes.html", "report.json", "index.html"] {
        assert_eq!(read(&one, name), read(&two, name), "{name}");
    }
}

/// Six hundred other results: the page says that it shows the first five hundred, the data has all.
#[test]
fn a_long_list_is_cut_on_the_page_and_says_so() {
    let losses = [0.5; 300];
    let set = given(&[("a", &losses, &losses), ("b", &losses, &losses)]);
    let mut other = set.clone();
    other.1.iter_mut().for_each(|r| r.fingerprint = "f".repeat(32));
    let (built, folder) = compared(&set, &other);
    let changes = built.report.changes.unwrap();
    assert_eq!((changes.runs.len(), changes.shown), (600, 500));
    let page = read(&folder, "changes.html");
    assert_eq!(page.matches("another result</td>").count(), 500);
    assert!(page.contains("The first 500 of 600"));
    assert!(terminal_changes(&changes).contains("and 580 more, see changes.html"));
}

/// A page lists every run of a small study, and of a large one what did not end as planned and an example of each entry.
#[test]
fn the_page_of_very_many_runs_is_cut_and_says_so() {
    let study = manifest(400);
    let all = records(&study);
    let folder = tempfile::tempdir().unwrap();
    let built = build(&study, &all, folder.path()).unwrap();
    let runs = &built.report.provenance.runs;
    assert_eq!(runs.len(), 1205);
    let of = |task: &str| runs.iter().filter(|r| r.task == task).collect::<Vec<_>>();
    assert!(of("toy").iter().all(|r| r.listed));
    // One diverged, one missing, the first of each of three entries.
    let listed: Vec<_> = of("nin-shapes").into_iter().filter(|r| r.listed).collect();
    assert_eq!(listed.len(), 5);
    assert!(listed.iter().any(|r| r.status == "missing") && listed.iter().any(|r| r.status == "diverged"));
    let page = read(&folder, "runs-nin-shapes.html");
    assert!(page.contains("5 are listed here") && page.contains("href=\"tables/runs.csv\""), "{page}");
    let left_out = of("nin-shapes").into_iter().find(|r| !r.listed).unwrap();
    assert!(!page.contains(&left_out.id));

    let study = manifest(5);
    let (built, folder) = made(&study, &records(&study));
    assert!(built.report.runs.iter().all(|runs| runs.listing.is_none()));
    let pages = ["runs-nin-shapes.html", "runs-toy.html"].map(|page| read(&folder, page)).concat();
    assert!(built.report.provenance.runs.iter().all(|r| r.listed && pages.contains(&r.id)));
}
