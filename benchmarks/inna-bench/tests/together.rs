//! Several studies in one report, and a report in one file, through the binary.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, configs, spoiled, stderr, stdout, tiny, tree};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The small configurations with a second study on the small task: one entry is that of the first study under another name, one has its
/// key and other settings, one is new, and one of the repetitions is a further one.
const OTHER: &str = "\
title: Another study
question: What else is there?
master_seed: 1
tasks:
  - task: small
    repetitions: 2
    first_repetition: 1
    entries:
      - {optimizer: inna, key: mine, hyper: {learning_rate: 0.05}}
      - {optimizer: sgd, hyper: {learning_rate: 0.02, momentum: 0.9}}
      - {optimizer: adam, hyper: {learning_rate: 0.01}}
";

fn with_other(folder: &Path, text: &str) -> PathBuf {
    let configs = configs(folder);
    std::fs::create_dir_all(configs.join("studies/more")).unwrap();
    std::fs::write(configs.join("studies/more/other.yaml"), text).unwrap();
    configs
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// Score of every run of the small task by its name.
fn scores(report: &Value) -> std::collections::BTreeMap<String, f64> {
    let runs = report["provenance"]["runs"].as_array().unwrap().iter();
    let small = runs.filter(|run| run["task"] == "small" && !run["score"].is_null());
    small.map(|run| (run["id"].as_str().unwrap().to_owned(), run["score"].as_f64().unwrap())).collect()
}

#[test]
fn two_studies_are_one_report_of_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let configs = with_other(folder.path(), OTHER);
    let with =
        |words: &[&str]| bench(folder.path(), &[words, &["--configs", configs.to_str().unwrap()]].concat());
    for study in ["tiny", "more/other"] {
        assert_eq!(with(&["run", study, "--quiet"]).status.code(), Some(0));
        assert_eq!(with(&["report", study]).status.code(), Some(0));
    }
    let both = ["report", "tiny", "more/other", "--together"];
    let made = with(&both);
    let (said, printed) = (stderr(&made), stdout(&made));
    assert_eq!(made.status.code(), Some(0), "{said}");
    for sentence in [
        "Entries of tiny and more/other, put together on the task that they share.",
        "Small: the reference is INNA, as in tiny",
        "Small: `sgd` has other settings in tiny and more/other (learning_rate: 0.05 and 0.02): an entry each.",
        "Left out: only tiny has `toy`.",
    ] {
        assert!(said.contains(sentence), "{sentence} not in {said}");
    }
    assert!(printed.contains("Pages: reports/out/tiny+more-other/index.html"), "{printed}");
    let report = |study: &str| -> Value {
        serde_json::from_str(&read(folder.path(), &format!("reports/out/{study}/report.json"))).unwrap()
    };
    let (one, other, joint) = (report("tiny"), report("more/other"), report("tiny+more-other"));
    let keys: Vec<&str> = joint["tasks"][0]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["inna", "sgd-tiny", "sgd-wild", "sgd-more-other", "adam"]);
    // Every run of both is there, once, and with the number that it has in its own report.
    let mut expected = scores(&one);
    expected.extend(scores(&other));
    assert_eq!(expected.len(), 6 + 6 - 1);
    assert_eq!(scores(&joint), expected);
    assert_eq!(joint["progress"]["planned"], 11);
    // The entry that both have has the repetitions of both.
    assert_eq!(joint["tasks"][0]["entries"][0]["planned"], 3);
    let title = |entry: usize| joint["tasks"][0]["entries"][entry]["title"].as_str().unwrap();
    assert_eq!((title(1), title(3)), ("SGD, learning_rate 0.05, momentum 0.9 (tiny)", "SGD (more/other)"));
    let page = read(folder.path(), "reports/out/tiny+more-other/index.html");
    for part in ["inna-bench report tiny more/other --together", "inna-bench verify more/other"] {
        let provenance = read(folder.path(), "reports/out/tiny+more-other/provenance.html");
        assert!(provenance.contains(&part.replace('/', "&#x2f;")) || provenance.contains(part), "{part}");
    }
    assert!(page.contains("only tiny has `toy`"));
    // No command on any page names the studies as one: none is called that. A run's names the study that has it.
    for (path, bytes) in tree(&folder.path().join("reports/out/tiny+more-other")) {
        if path.extension().is_some_and(|it| it == "html") {
            let html = String::from_utf8(bytes).unwrap();
            let commands = html.split("inna-bench ").skip(1).filter_map(|text| text.split('<').next());
            for command in commands {
                assert!(!command.contains("tiny+more"), "{}: {command}", path.display());
            }
        }
    }
    let commands = |study: &str| -> std::collections::BTreeSet<String> {
        let report = report(study);
        let runs = report["provenance"]["runs"].as_array().unwrap().iter();
        runs.filter_map(|run| run["repeat"].as_str().map(str::to_owned)).collect()
    };
    let either: std::collections::BTreeSet<String> =
        commands("tiny").union(&commands("more/other")).cloned().collect();
    assert!(!commands("tiny+more-other").is_empty() && commands("tiny+more-other").is_subset(&either));

    // What changed since one of the two: the runs of the entries that kept their keys are the same.
    let compared =
        with(&[&both[..], &["--compare", "reports/out/tiny", "--json", "-o", "compared"]].concat());
    let value: Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert_eq!(value["changes"]["counts"]["same"].as_u64(), Some(4), "{}", value["changes"]["counts"]);
    // The manifest that it leaves is that of a report like any other, an archive of it too.
    let own = "reports/out/tiny+more-other/manifest.json";
    let before = read(folder.path(), "reports/out/tiny+more-other/task-small.html");
    let again = bench(folder.path(), &["report", own, "--store", "store", "-o", "again"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(read(folder.path(), "again/task-small.html"), before);
    assert_eq!(bench(folder.path(), &["archive", own, "--store", "store"]).status.code(), Some(0));
    let unpacked = bench(folder.path(), &["report", "tiny-more-other.tar.gz", "-o", "third"]);
    assert_eq!(unpacked.status.code(), Some(0), "{}", stderr(&unpacked));
    assert_eq!(read(folder.path(), "third/task-small.html"), before);
    // A manifest and a study are put together alike.
    let mixed = with(&[
        "report",
        "reports/out/tiny/manifest.json",
        "more/other",
        "--together",
        "--store",
        "store",
        "-o",
        "mixed",
    ]);
    assert_eq!(mixed.status.code(), Some(0), "{}", stderr(&mixed));
    assert_eq!(read(folder.path(), "mixed/task-small.html"), before);
}

#[test]
fn studies_that_share_nothing_are_refused_with_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let other = OTHER.replace("    repetitions: 2\n", "    repetitions: 2\n    epochs: 3\n");
    let configs = with_other(folder.path(), &other);
    std::fs::create_dir(folder.path().join("store")).unwrap();
    let report = |words: &[&str]| {
        bench(folder.path(), &[&["report", "--configs", configs.to_str().unwrap()], words].concat())
    };
    let refused = report(&["tiny", "more/other", "--together"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = stderr(&refused);
    assert!(said.contains("tiny and more/other share no task: "), "{said}");
    assert!(
        said.contains("epochs: 2 in tiny, 3 in more/other") && said.contains("only tiny has `toy`"),
        "{said}"
    );
    for (words, reason) in [
        (&["tiny", "more/other"][..], "`inna-bench report tiny more/other --together`"),
        (&["tiny", "--together"], "name two or more"),
        (&["tiny", "tiny", "--together"], "two of the studies are called `tiny`"),
        (&[], "STUDY"),
    ] {
        let refused = report(words);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(reason), "{}", stderr(&refused));
    }
    assert!(!folder.path().join("reports").exists());
}

#[test]
fn a_report_is_one_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let temporary = folder.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let before = tree(folder.path());
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .env("TMPDIR", &temporary)
        .args(["report", "tiny", "--configs", common::CONFIGS, "--single-file", "--json"])
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let listed: Value = serde_json::from_slice(&made.stdout).unwrap();
    let file = folder.path().join("reports/out/tiny.html");
    let html = std::fs::read_to_string(&file).unwrap();
    assert_eq!(listed, serde_json::json!([{"path": "reports/out/tiny.html", "bytes": html.len()}]));
    let mut after = tree(folder.path());
    after.remove(Path::new("reports/out/tiny.html")).unwrap();
    assert_eq!(after, before);
    // The words are those of the pages.
    assert_eq!(tiny(folder.path(), "report", &["-o", "pages"]).status.code(), Some(0));
    for page in ["index", "task-small", "task-toy", "optimizer-inna", "comparisons", "method", "provenance"] {
        let own = read(folder.path(), &format!("pages/{page}.html"));
        let heading = own.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        let section = html.split(&format!("id=\"/{page}\"")).nth(1).unwrap_or_else(|| panic!("{page}"));
        assert!(
            section.split("</section>").next().unwrap().contains(&format!("<h1>{heading}</h1>")),
            "{page}"
        );
    }
    let named = tiny(folder.path(), "report", &["--single-file", "-o", "deep/a.html", "--compare", "pages"]);
    assert_eq!(named.status.code(), Some(0), "{}", stderr(&named));
    assert!(stdout(&named).contains("Pages: deep/a.html"));
    assert!(read(folder.path(), "deep/a.html").contains("id=\"/changes\""));
    for (words, reason) in
        [(&["-o", "pages"][..], "pages does not end in .html"), (&["--records"], "--records")]
    {
        let refused = tiny(folder.path(), "report", &[&["--single-file"], words].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(reason), "{}", stderr(&refused));
    }
    // A study may be called as the list of reports is.
    let configs = spoiled(folder.path(), "studies/tiny.yaml", "title", "title");
    std::fs::copy(configs.join("studies/tiny.yaml"), configs.join("studies/index.yaml")).unwrap();
    let refused =
        bench(folder.path(), &["report", "index", "--configs", configs.to_str().unwrap(), "--single-file"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("name another file with -o"), "{}", stderr(&refused));
}
