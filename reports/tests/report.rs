//! The report of a small study: what it says, and that it says the same twice.

#![allow(clippy::unwrap_used)]

mod common;

use common::{made, manifest, read, records, runs_scripts, words};
use records::{Curve, EpochRow, Manifest, Outcome, TrajectoryRow};
use reports::{build, terminal_table};
use std::fs;

/// The first task alone, with two seeds: small enough to read.
fn small() -> Manifest {
    let mut small = manifest(2);
    small.tasks.truncate(1);
    small.runs.retain(|r| r.task == "nin-shapes");
    small
}

#[test]
fn the_report_as_data() {
    let (_, folder) = made(&small(), &records(&small()));
    insta::assert_snapshot!(read(&folder, "report.json"));
}

#[test]
fn a_figure() {
    let (_, folder) = made(&small(), &records(&small()));
    insta::assert_snapshot!(read(&folder, "figures/nin-shapes-test_accuracy.svg"));
}

#[test]
fn the_pages_in_words() {
    let study = manifest(5);
    let (_, folder) = made(&study, &records(&study));
    insta::assert_snapshot!("index", words(&read(&folder, "index.html")));
    insta::assert_snapshot!("task", words(&read(&folder, "task-nin-shapes.html")));
    insta::assert_snapshot!("function", words(&read(&folder, "task-toy.html")));
}

#[test]
fn the_same_records_give_the_same_bytes_in_any_order() {
    let study = manifest(5);
    let mut records = records(&study);
    let (one, first) = made(&study, &records);
    records.reverse();
    let (two, second) = made(&study, &records);
    assert_eq!(one.files.len(), two.files.len());
    assert!(one.files.len() >= 4 + 1 + 4 + 10, "{}", one.files.len());
    for (path, size) in &one.files {
        let name = path.strip_prefix(first.path()).unwrap();
        let bytes = fs::read(path).unwrap();
        assert_eq!(bytes.len() as u64, *size);
        assert_eq!(bytes, fs::read(second.path().join(name)).unwrap(), "{}", name.display());
    }
}

#[test]
fn pages_are_small_and_ask_the_network_for_nothing() {
    let study = manifest(5);
    let (built, folder) = made(&study, &records(&study));
    let pages = built.files.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "html"));
    let mut count = 0;
    for (path, size) in pages {
        count += 1;
        assert!(*size < 600_000, "{} has {size} bytes", path.display());
        let html = fs::read_to_string(path).unwrap();
        for attribute in ["src=\"", "href=\"", "url("] {
            for (at, _) in html.match_indices(attribute) {
                let end = if attribute == "url(" { ')' } else { '"' };
                let target = html[at + attribute.len()..].split(end).next().unwrap();
                assert!(!target.contains("//") && !target.starts_with("data:"), "{attribute}{target}");
                let file = target.split('#').next().unwrap();
                if file.is_empty() {
                    // What the script cuts lines with it makes itself.
                    assert!(
                        attribute == "url(" || html.contains(&format!("id=\"{}\"", &target[1..])),
                        "{target} is not there"
                    );
                    continue;
                }
                assert!(folder.path().join(file).is_file(), "{target} is not there");
            }
        }
        assert!(!html.contains("@import") && !runs_scripts(&html), "{}", path.display());
    }
    // Overview, comparisons, method, provenance, two tasks and their runs, three optimizers.
    assert_eq!(count, 11);
}

#[test]
fn text_of_the_study_stays_text() {
    let mut study = manifest(5);
    let evil = "<img src=x onerror=alert(1)>\"'&";
    study.question = evil.into();
    study.source = evil.into();
    for task in &mut study.tasks {
        task.description = evil.into();
        task.title = evil.into();
        for entry in &mut task.entries {
            entry.title = evil.into();
            entry.remark = Some(evil.into());
            entry.colour = "red\"/><script>".into();
            entry.states = vec![evil.into()];
            entry.formula.reference = evil.into();
        }
        for curve in &mut task.published {
            curve.source = evil.into();
        }
    }
    let mut records = records(&study);
    for record in &mut records {
        record.provenance.machine.cpu = evil.into();
        record.fingerprint = evil.into();
    }
    let (built, _folder) = made(&study, &records);
    for (path, _) in built.files.iter().filter(|(p, _)| !p.to_string_lossy().contains("tables")) {
        if path.extension().is_some_and(|e| e == "json" || e == "csv") {
            continue;
        }
        let html = fs::read_to_string(path).unwrap();
        assert!(!html.contains("<img") && !runs_scripts(&html), "{}", path.display());
        assert!(!html.contains("background:red"), "{}", path.display());
    }
}

#[test]
fn nothing_run_yet() {
    let study = manifest(5);
    let (built, folder) = made(&study, &[]);
    let index = words(&read(&folder, "index.html"));
    assert!(index.contains("none of the 20 planned runs has been made"), "{index}");
    assert!(index.contains("inna-bench run quick") && index.contains("no data"));
    assert!(read(&folder, "task-toy.html").contains("There is no data for this task yet"));
    assert!(terminal_table(&built.report).contains("0 of 20 runs done, 0 diverged, 20 missing."));
}

#[test]
fn everything_diverged() {
    let study = manifest(5);
    let mut records = records(&study);
    for record in &mut records {
        record.outcome = Outcome::Diverged { step: 3, reason: "training loss is NaN".into() };
        match &mut record.curve {
            Curve::Epochs(rows) => {
                let last = EpochRow { train_loss: f64::NAN, test_loss: f64::INFINITY, ..rows[0].clone() };
                *rows = vec![rows[0].clone(), last];
            }
            Curve::Trajectory(rows) => {
                let last =
                    TrajectoryRow { step: 2, theta1: f64::INFINITY, theta2: f64::NAN, value: f64::NAN };
                *rows = vec![rows[0].clone(), last];
            }
        }
    }
    let (built, folder) = made(&study, &records);
    // Classifiers count as right about nothing; a function has no such value.
    assert_eq!(built.report.tasks[0].entries[0].estimate.mean, Some(0.0));
    assert_eq!(built.report.tasks[1].entries[0].estimate.mean, None);
    assert!(words(&read(&folder, "task-toy.html")).contains("<span class=\"diverged\">diverged</span>"));
    assert!(read(&folder, "runs-nin-shapes.html").contains("training loss is NaN at step 3"));
    assert!(terminal_table(&built.report).contains("0 of 20 runs done, 19 diverged, 1 missing."));
}

/// Four finished SGD runs end at 59.26, 60.06, 58.86 and 59.66 %, the diverged one counts 0: mean 47.568,
/// standard deviation 26.595, half interval 2.7764 · 26.595 / √5 = 33.02.
#[test]
fn estimates_count_diverged_runs_and_leave_missing_ones_out() {
    let study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    let entries = &built.report.tasks[0].entries;
    let sgd = &entries[0].estimate;
    assert_eq!((sgd.n, sgd.mean_text.as_deref(), sgd.around.as_deref()), (5, Some("47.57"), Some("± 33.02")));
    let texts: Vec<&str> = entries[0].runs.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(texts, ["59.26", "60.06", "58.86", "59.66", "diverged"]);
    // Adam misses a run: four are too few for an interval.
    assert_eq!((entries[1].estimate.n, entries[1].estimate.low), (4, None));
    assert_eq!(entries[1].runs[4].text, "missing");
    assert_eq!(entries[2].state_bytes.as_deref(), Some("4.0"));
}

#[test]
fn five_seeds_decide_nothing_and_ten_do() {
    let study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    let task = &built.report.tasks[0];
    let verdicts: Vec<&str> = task.comparisons.iter().map(|c| c.verdict).collect();
    // Adam misses a run and is planned all the same.
    assert_eq!((verdicts, task.family), (vec!["exploratory", "undecided"], 2));
    assert!(task.entries.iter().all(|e| !e.best));

    let study = manifest(10);
    let (built, _folder) = made(&study, &records(&study));
    let task = &built.report.tasks[0];
    assert_eq!(task.family, 2);
    // All ten differences have one sign: p = 2/1024, doubled for the family of two.
    assert_eq!(task.comparisons[1].adjusted_p.as_deref(), Some("0.004"));
    let sentence = task.comparisons[1].sentence.as_deref().unwrap();
    assert!(sentence.starts_with("INNA (0.5, 0.1) is better than SGD, by more than"), "{sentence}");
    let headline = built.report.headline.as_deref().unwrap();
    // Of SGD's ten runs the fifth diverged and counts as 0.
    let expected = "On Shapes, INNA (0.5, 0.1) ends highest, 72.6 ± 0.4 % (10 seeds); next Adam 71.6 ± 0.5 %, the reference SGD 53.4 ± 13.4 %; \
                    INNA (0.5, 0.1) is better than every other.";
    assert_eq!(headline, expected);
    let order: Vec<&str> =
        built.report.standings.as_ref().unwrap().rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(order, ["inna", "adam", "sgd"]);

    let study = manifest(3);
    let (built, _folder) = made(&study, &records(&study));
    assert!(built.report.tasks[0].comparisons.iter().all(|c| c.sentence.is_none() && c.interval.is_none()));
    let findings = built.report.findings.join(" ");
    assert!(findings.contains("Shapes: exploratory, n = 2;"), "{findings}");
}

#[test]
fn a_reference_may_be_named() {
    let mut study = manifest(5);
    study.tasks[0].reference = Some("inna".into());
    let (built, _folder) = made(&study, &records(&study));
    let task = &built.report.tasks[0];
    assert_eq!(task.reference.as_deref(), Some("INNA (0.5, 0.1)"));
    assert_eq!(task.comparisons.iter().map(|c| c.entry.as_str()).collect::<Vec<_>>(), ["sgd", "adam"]);
}

/// The published curve of the fixture is ours plus 0.001.
#[test]
fn reproduced_is_a_question_of_the_tolerance() {
    let mut study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    let published = &built.report.tasks[1].published[0];
    assert_eq!((published.verdict, published.points.as_str()), ("reproduced", "89 of 89"));
    assert_eq!(published.largest.as_deref(), Some("0.0010"));
    study.tasks[1].published[0].tolerance = 5e-4;
    let (built, _folder) = made(&study, &records(&study));
    assert_eq!(built.report.tasks[1].published[0].verdict, "not reproduced");
    study.tasks[1].published[0].x.iter_mut().for_each(|x| *x += 0.5);
    let (built, _folder) = made(&study, &records(&study));
    assert_eq!(built.report.tasks[1].published[0].verdict, "no data");
}

#[test]
fn runs_of_other_studies_are_left_out() {
    let study = manifest(5);
    let mut all = records(&study);
    let (before, _folder) = made(&study, &all);
    let stranger = common::record("nin-shapes", &study.tasks[0].entries[2], 99, false, Curve::Epochs(vec![]));
    all.push(stranger);
    let (after, _folder) = made(&study, &all);
    assert_eq!(before.report, after.report);
}

#[test]
fn runs_of_different_code_are_marked() {
    let study = manifest(5);
    let mut all = records(&study);
    all[0].provenance.code_digest = "fedcba9876543210".into();
    let (built, _folder) = made(&study, &all);
    assert!(built.report.provenance.warnings[0].contains("differ in code digest (2)"));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "").unwrap();
    let message = build(&small(), &[], &file).unwrap_err().to_string();
    assert!(message.contains("taken"), "{message}");
}
