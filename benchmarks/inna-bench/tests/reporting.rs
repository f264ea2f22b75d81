//! Reports of the binary: what changed since another, and the table inside another file.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, forge, spoiled, stderr, tiny};
use std::path::PathBuf;
use std::process::Output;

/// What `report --compare` says of a study, by its words on the terminal and as data.
#[test]
fn a_report_says_what_changed_since_another() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "report", &[]).status.code(), Some(0));
    let stdout = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();

    // With the report that lies where the new one goes.
    let same = tiny(folder.path(), "report", &["--compare", "reports/out/tiny"]);
    assert_eq!(same.status.code(), Some(0), "{}", stderr(&same));
    assert!(
        stdout(&same).contains("Nothing changed: all 7 runs are the same bit for bit"),
        "{}",
        stdout(&same)
    );
    let old = folder.path().join("old.json");
    std::fs::rename(folder.path().join("reports/out/tiny/report.json"), &old).unwrap();

    // Another bit in one run, another run lost, another step size for a third and fourth.
    let runs = |optimizer: &str| {
        let mut found: Vec<PathBuf> = std::fs::read_dir(folder.path().join("store/small"))
            .unwrap()
            .flatten()
            .map(|run| run.path())
            .filter(|run| run.file_name().unwrap().to_string_lossy().starts_with(optimizer))
            .collect();
        found.sort();
        found
    };
    let [first, second] = &runs("inna")[..] else { panic!("two repetitions") };
    forge(first);
    std::fs::remove_dir_all(second).unwrap();
    let configs =
        spoiled(folder.path(), "studies/tiny.yaml", "{learning_rate: 0.05, m", "{learning_rate: 0.04, m");
    let configs = configs.to_str().unwrap();
    // Trained away from the run that is lost, then put beside the others.
    let train = ["run", "tiny", "--configs", configs, "--quiet", "--store", "other"];
    assert_eq!(bench(folder.path(), &train).status.code(), Some(0));
    for run in std::fs::read_dir(folder.path().join("other/small")).unwrap().flatten() {
        let place = folder.path().join("store/small").join(run.file_name());
        let name = run.file_name().to_string_lossy().into_owned();
        if name.starts_with("sgd") && !place.exists() {
            std::fs::rename(run.path(), place).unwrap();
        }
    }
    let arguments = ["report", "tiny", "--configs", configs, "--compare", "old.json"];
    let changed = bench(folder.path(), &arguments);
    let text = stdout(&changed);
    assert_eq!(changed.status.code(), Some(0), "{}", stderr(&changed));
    let sentence =
        "3 runs are the same bit for bit, 1 has another result, 2 have other settings and 1 is gone.";
    assert!(text.contains(sentence), "{text}");
    assert!(text.contains("learning_rate: 0.05 → 0.04"), "{text}");
    assert!(text.contains("small, inna, repetition 0: another result"), "{text}");
    let page = std::fs::read_to_string(folder.path().join("reports/out/tiny/changes.html")).unwrap();
    assert!(page.contains(sentence) && page.contains("another result"), "{page}");

    let json = bench(folder.path(), &[&arguments[..], &["--json"]].concat());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["changes"]["counts"]["same"], 3);
    assert_eq!(value["changes"]["runs"].as_array().unwrap().len(), 4);
    assert!(
        value["files"]
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f["path"].as_str().unwrap().ends_with("changes.html"))
    );

    // What is no report is refused before anything is written.
    let bad = tiny(folder.path(), "report", &["--compare", "store", "-o", "unmade"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("report.json") && stderr(&bad).contains("format"), "{}", stderr(&bad));
    assert!(!folder.path().join("unmade").exists());
}

/// The shell limits the size of a file, so that writing a page fails as it does on a full disk.
#[cfg(unix)]
#[test]
fn the_general_table_goes_where_a_file_has_a_place_for_it() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let readme = folder.path().join("README.md");
    std::fs::write(&readme, "# A\n\n<!-- begin table -->\nold\n<!-- end table -->\n\nThe end.\n").unwrap();
    for _ in 0..2 {
        let spliced = tiny(folder.path(), "report", &["--splice", "README.md"]);
        assert_eq!(spliced.status.code(), Some(0), "{}", stderr(&spliced));
        let text = std::fs::read_to_string(&readme).unwrap();
        assert!(text.starts_with("# A\n\n<!-- begin table -->\n```\n$ inna-bench report tiny\n"), "{text}");
        assert!(text.ends_with("\n```\n<!-- end table -->\n\nThe end.\n"), "{text}");
        assert!(text.contains("5 of 7 runs done, 2 diverged, 0 missing.") && !text.contains("old"), "{text}");
    }
    std::fs::write(&readme, "# No place\n").unwrap();
    let refused = tiny(folder.path(), "report", &["--splice", "README.md"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("<!-- begin table -->"), "{}", stderr(&refused));
    assert_eq!(std::fs::read_to_string(&readme).unwrap(), "# No place\n");
}

#[test]
fn the_general_table_is_written_for_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    for (name, begin) in
        [("b.md", "|  |"), ("b.csv", "rank,entry,"), ("b.json", "{\n"), ("b.arrow", "ARROW1")]
    {
        let written = tiny(folder.path(), "report", &["--leaderboard", name]);
        assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.starts_with(begin.as_bytes()), "{name}: {}", String::from_utf8_lossy(&bytes));
    }
    // Before any page is made.
    let refused = tiny(folder.path(), "report", &["--leaderboard", "board.parquet", "-o", "other"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains(".md, .csv, .json and .arrow"), "{}", stderr(&refused));
    assert!(!folder.path().join("other").exists());
}

/// A link, permissions and line ends are the reader's; what may not be written to is not.
#[cfg(unix)]
#[test]
fn a_file_stays_what_it_is_when_the_table_is_put_into_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("store")).unwrap();
    let splice = |name: &str| tiny(folder.path(), "report", &["--splice", name]);
    let mode = |name: &str| std::fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    let text = "# A\r\n<!-- begin table -->\r\n<!-- end table -->\r\nThe end.\r\n";
    std::fs::create_dir(path("docs")).unwrap();
    std::fs::write(path("docs/real.md"), text).unwrap();
    std::fs::set_permissions(path("docs/real.md"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("docs/real.md", path("link.md")).unwrap();
    let spliced = splice("link.md");
    assert_eq!(spliced.status.code(), Some(0), "{}", stderr(&spliced));
    assert!(path("link.md").is_symlink());
    let new = std::fs::read_to_string(path("docs/real.md")).unwrap();
    assert!(new.contains("runs done") && new.ends_with("<!-- end table -->\r\nThe end.\r\n"), "{new}");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
    assert_eq!(mode("docs/real.md"), 0o600);
    let left: Vec<_> =
        std::fs::read_dir(path("docs")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["real.md"]);

    std::fs::write(path("docs/real.md"), text).unwrap();
    std::fs::set_permissions(path("docs/real.md"), std::fs::Permissions::from_mode(0o440)).unwrap();
    for name in ["docs/real.md", "link.md"] {
        let refused = splice(name);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            stderr(&refused).contains(name) && stderr(&refused).contains("read-only"),
            "{}",
            stderr(&refused)
        );
    }
    assert_eq!(std::fs::read_to_string(path("docs/real.md")).unwrap(), text);
    assert_eq!(mode("docs/real.md"), 0o440);
}

/// The reports that nobody has named a folder for have a list above them; another file of that name stays.
#[test]
fn reports_are_listed_above_them() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "report", &["-o", "elsewhere"]).status.code(), Some(0));
    let list = folder.path().join("reports/out/index.html");
    assert!(!list.exists());
    assert_eq!(tiny(folder.path(), "report", &[]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "report", &["--epochs", "1"]).status.code(), Some(0));
    let text = std::fs::read_to_string(&list).unwrap();
    for part in [
        "href=\"tiny/index.html\"",
        "href=\"tiny-rehearsal/index.html\"",
        "7 of 7",
        "On Small, ",
        "A rehearsal, not a result",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("default-src &#x27;none&#x27;") && !text.contains("<script"));
    std::fs::write(&list, "mine").unwrap();
    let output = tiny(folder.path(), "report", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("index.html is not a list of reports"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&list).unwrap(), "mine");
}

/// Pages and records of what the study no longer has go; what the reader put there stays.
#[test]
fn what_a_study_no_longer_has_leaves_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("o");
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "report", &["-o", "o", "--records"]).status.code(), Some(0));
    assert!(out.join("task-toy.html").is_file() && out.join("store/toy").is_dir());
    std::fs::write(out.join("store/toy/notes.txt"), "mine").unwrap();
    std::fs::write(out.join("CNAME"), "mine").unwrap();
    let less = ["-o", "o", "--records", "--task", "small"];
    let output = tiny(folder.path(), "report", &less);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!out.join("task-toy.html").exists());
    let left: Vec<_> =
        std::fs::read_dir(out.join("store/toy")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
    assert!(out.join("CNAME").is_file() && out.join("task-small.html").is_file());
    // Made again from its own folder it keeps the records it is made from.
    let again = bench(folder.path(), &["report", "o/manifest.json"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(std::fs::read_dir(out.join("store/small")).unwrap().count() > 0);
}

/// A folder that cannot be written to is one of pages: the advice is about that.
#[test]
fn advice_about_the_pages_is_not_about_the_store() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    std::fs::create_dir(folder.path().join("store")).unwrap();
    for more in [&["-o", "file"][..], &["-o", "file", "--records"]] {
        let refused = tiny(folder.path(), "report", more);
        assert_eq!(refused.status.code(), Some(2));
        assert!(
            stderr(&refused).contains("-o") && !stderr(&refused).contains("--store"),
            "{}",
            stderr(&refused)
        );
    }
}

/// The store that a report reads may lie in the folder of its pages: nothing in it is the report's to remove.
#[test]
fn records_are_not_removed_from_the_store_that_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let there = || common::fingerprints(&folder.path().join("p/store")).len();
    assert_eq!(tiny(folder.path(), "run", &["--quiet", "--store", "p/store"]).status.code(), Some(0));
    let all = there();
    for more in [&[][..], &["--seeds", "1"][..], &["--task", "toy"][..]] {
        let words = [&["--store", "p/store", "-o", "p", "--records"][..], more].concat();
        assert_eq!(tiny(folder.path(), "report", &words).status.code(), Some(0));
        assert_eq!(there(), all, "{more:?}");
    }
    // Nor if a report put copies there before somebody began to train into it.
    std::fs::rename(folder.path().join("p/store"), folder.path().join("store")).unwrap();
    for more in [&[][..], &["--store", "p/store"][..], &["--store", "p/store", "--task", "toy"][..]] {
        let words = [&["-o", "p", "--records"][..], more].concat();
        assert_eq!(tiny(folder.path(), "report", &words).status.code(), Some(0));
        assert_eq!(there(), all, "{more:?}");
        let list = std::fs::read_to_string(folder.path().join("p/files.json")).unwrap();
        assert_eq!(list.contains("store/"), more.is_empty(), "{list}");
    }
}
