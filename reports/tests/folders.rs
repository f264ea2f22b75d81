//! The folder of a report: names that nothing shares, and what an earlier report left there.

#![allow(clippy::unwrap_used)]

mod common;

use ::records::{Manifest, Name, PlannedRun, Record};
use common::{made, manifest, paper, read, records};
use reports::{Beside, Options, build, build_with, put_beside, terminal_table};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

/// The study with its network task under other names, and the runs of each that has a name of which there can be runs.
fn renamed(study: &Manifest, names: &[&str]) -> (Manifest, Vec<Record>) {
    let mut new = study.clone();
    let task = new.tasks.remove(0);
    let runs: Vec<PlannedRun> = new.runs.iter().filter(|run| run.task == task.name).cloned().collect();
    new.runs.retain(|run| run.task != task.name);
    let mut all = Vec::new();
    for (k, own) in names.iter().enumerate() {
        let mut card = task.clone();
        card.name = own.to_string();
        card.title = format!("Title {k}");
        card.description = format!("Description {k}.");
        new.tasks.insert(k, card);
        let Ok(own) = Name::new(*own) else { continue };
        for mut record in records(study).into_iter().filter(|r| r.specification.task == task.name) {
            record.specification.task = own.clone();
            all.push(record);
        }
        new.runs.extend(runs.iter().cloned().map(|run| PlannedRun { task: own.clone(), ..run }));
    }
    (new, all)
}

#[test]
fn no_two_tasks_share_a_page_or_a_drawing() {
    for names in [["a b", "a-b"], ["ü", "ö"], ["a-b", "A-B"], ["x", "x-2"]] {
        let (study, records) = renamed(&manifest(2), &names);
        let (built, folder) = made(&study, &records);
        let all: Vec<String> = files(folder.path()).into_iter().collect();
        let folded: BTreeSet<String> = all.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), all.len(), "{names:?}");
        let index = read(&folder, "index.html");
        for k in 0..2 {
            let task = &built.report.tasks[k];
            assert!(
                read(&folder, &task.page).contains(&format!("Description {k}.")),
                "{names:?}: {}",
                task.page
            );
            assert!(
                index.contains(&format!("<a href=\"{}\">Title {k}</a>", task.page)),
                "{names:?}: {}",
                task.page
            );
            let Some(group) = task.figures.first() else { continue };
            let drawn = &group.figures[0].name;
            assert!(
                read(&folder, &format!("figures/{drawn}.svg")).contains(&format!("Title {k}")),
                "{drawn}"
            );
        }
        assert_ne!(built.report.tasks[0].page.to_lowercase(), built.report.tasks[1].page.to_lowercase());
    }
    // Whoever shares its name with nobody keeps it.
    let (study, records) = renamed(&manifest(1), &["nin-shapes", "other"]);
    let (built, _folder) = made(&study, &records);
    assert_eq!(built.report.tasks[0].page, "task-nin-shapes.html");
    assert_eq!(built.report.tasks[1].figures[0].figures[0].name, "other-train_loss");
}

#[test]
fn what_no_report_writes_any_more_goes_and_the_rest_stays() {
    let full = paper::study(2);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    build(&full, &records(&full), &out).unwrap();
    for (name, text) in [("notes.html", "mine"), ("figures/mine.svg", "mine"), ("CNAME", "mine")] {
        fs::write(out.join(name), text).unwrap();
    }
    let mut small = manifest(2);
    small.tasks.truncate(1);
    small.tasks[0].entries.retain(|entry| entry.key != "adam");
    small.optimizers.retain(|card| card.name != "adam");
    small.runs.retain(|run| run.task == small.tasks[0].name && run.entry != "adam");
    build(&small, &records(&small), &out).unwrap();
    let (built, fresh) = made(&small, &records(&small));
    let mut expected = files(fresh.path());
    expected.extend(["notes.html", "figures/mine.svg", "CNAME"].map(String::from));
    assert_eq!(files(&out), expected);
    assert!(!out.join("paper.html").exists() && !out.join("optimizer-adam.html").exists());
    // The list says what there is, itself left out.
    let list: Value = serde_json::from_str(&read(&fresh, "files.json")).unwrap();
    let listed: BTreeSet<String> =
        list["files"].as_array().unwrap().iter().map(|f| f.as_str().unwrap().into()).collect();
    let mut own = files(fresh.path());
    own.remove("files.json");
    assert_eq!(listed, own);
    assert!(built.files.iter().any(|(path, _)| path.ends_with("files.json")));
}

/// A list that came from elsewhere names what it likes.
#[test]
fn a_foreign_list_removes_nothing_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("store/a/b")).unwrap();
    fs::create_dir_all(out.join("keep")).unwrap();
    let precious = [
        "../precious.html",
        "README.md",
        "keep/index.html",
        "store/a/b/notes.txt",
        ".git.html",
        "tables/x.csv",
    ];
    fs::create_dir_all(out.join("tables")).unwrap();
    for name in precious {
        fs::write(out.join(name), "x").unwrap();
    }
    fs::write(out.join("old.html"), "x").unwrap();
    let absolute = folder.path().join("precious.html").display().to_string();
    let listed: Vec<&str> =
        precious.iter().copied().chain([absolute.as_str(), "", ".", "..", "keep", "old.html"]).collect();
    let list = json!({"format": 1, "files": listed, "records": ["store/a/b", "../..", "keep", "/"]});
    fs::write(out.join("files.json"), list.to_string()).unwrap();
    let study = manifest(1);
    let none = Beside::default();
    let options = Options { records: Some(&none), ..Options::default() };
    build_with(&study, records(&study), &out, options).unwrap();
    for name in precious {
        assert!(out.join(name).is_file(), "{name}");
    }
    assert!(!out.join("old.html").exists());
    // What is no list is nobody's.
    for broken in ["", "[]", "{\"format\": 9, \"files\": [\"CNAME.html\"]}", "\u{0}"] {
        fs::write(out.join("CNAME.html"), "x").unwrap();
        fs::write(out.join("files.json"), broken).unwrap();
        build(&study, &[], &out).unwrap();
        assert!(out.join("CNAME.html").is_file(), "{broken}");
    }
}

#[test]
fn records_beside_the_pages_are_left_alone_unless_records_are_put_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let study = manifest(1);
    let put = |ids: &[&str]| -> Beside {
        let put = |id: &&str| {
            let place = Path::new("store/nin-shapes").join(id);
            fs::create_dir_all(out.join(&place)).unwrap();
            fs::write(out.join(&place).join("run.json"), "{}").unwrap();
            fs::write(out.join(&place).join("epochs.csv"), "").unwrap();
            place
        };
        let all: Vec<PathBuf> = ids.iter().map(put).collect();
        Beside { new: all.clone(), all, ..Beside::default() }
    };
    let report = |beside: Option<&Beside>| {
        build_with(&study, vec![], out, Options { records: beside, ..Options::default() }).unwrap();
    };
    report(Some(&put(&["a", "b"])));
    fs::create_dir_all(out.join("store/nin-shapes/mine")).unwrap();
    fs::write(out.join("store/nin-shapes/mine/run.json"), "{}").unwrap();
    report(None);
    assert!(out.join("store/nin-shapes/b/run.json").is_file());
    // What was there before the report belongs to whoever put it there, and what has been changed since to who changed it.
    let all = put(&["a", "b", "found", "changed"]).all;
    let found = Beside { all, new: put(&["changed"]).all, ..Beside::default() };
    report(Some(&found));
    fs::write(out.join("store/nin-shapes/changed/run.json"), "{ }").unwrap();
    // A report that still has it does not make it its own.
    report(Some(&Beside { new: Vec::new(), ..found }));
    report(Some(&put(&["a"])));
    assert!(out.join("store/nin-shapes/a/run.json").is_file());
    assert!(!out.join("store/nin-shapes/b").exists());
    assert!(out.join("store/nin-shapes/found/run.json").is_file());
    assert!(out.join("store/nin-shapes/changed/run.json").is_file());
    assert!(out.join("store/nin-shapes/mine/run.json").is_file());
}

/// A report that is stopped once it has copied records leaves them to the next, which takes back those that are not its own, and
/// nothing that stands in their places.
#[test]
fn copies_of_a_report_that_was_stopped_are_known_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let study = manifest(1);
    let all = records(&study);
    let [first, second, third, ..] = &all[..] else { panic!("three records") };
    let at = |record: &Record| {
        out.join("store").join(&record.specification.task).join(&record.id).join("run.json")
    };
    put_beside(&[first.clone(), second.clone(), third.clone()], None, out).unwrap();
    let mut foreign = second.clone();
    foreign.provenance.compiler = "another".into();
    fs::remove_dir_all(at(second).parent().unwrap()).unwrap();
    ::records::Store::open(out.join("store")).write(&foreign).unwrap();

    let beside = put_beside(std::slice::from_ref(third), None, out).unwrap();
    assert!(beside.new.is_empty());
    let options = Options { records: Some(&beside), ..Options::default() };
    build_with(&study, vec![third.clone()], out, options).unwrap();
    assert!(!at(first).exists() && at(second).is_file() && at(third).is_file());
    let list: Value = serde_json::from_str(&fs::read_to_string(out.join("files.json")).unwrap()).unwrap();
    assert_eq!(list["records"].as_object().unwrap().len(), 1, "{list}");
    assert!(list.get("coming").is_none(), "{list}");
}

fn titled(study: &Manifest, titles: [&str; 3]) -> Manifest {
    let mut study = study.clone();
    for (entry, title) in study.tasks[0].entries.iter_mut().zip(titles) {
        entry.title = title.into();
    }
    study
}

#[test]
fn what_has_one_title_is_told_apart_by_its_key() {
    let study = titled(&manifest(2), ["SGD", "SGD", ""]);
    let (built, folder) = made(&study, &records(&study));
    let titles: Vec<&str> = built.report.tasks[0].entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["SGD (sgd)", "SGD (adam)", "inna"]);
    let printed = terminal_table(&built.report);
    assert!(titles.iter().all(|title| printed.contains(title)), "{printed}");
    for file in [
        "index.html",
        "task-nin-shapes.html",
        "figures/nin-shapes-train_loss.csv",
        "figures/nin-shapes-final.svg",
    ] {
        let text = read(&folder, file);
        assert!(text.contains("SGD (sgd)") && text.contains("SGD (adam)"), "{file}");
    }
    // The manifest is what was given.
    let kept: Manifest = serde_json::from_str(&read(&folder, "manifest.json")).unwrap();
    assert_eq!(kept, study);
    let (mut tasks, records) = renamed(&manifest(1), &["one", "two"]);
    tasks.tasks[1].title = tasks.tasks[0].title.clone();
    let (built, _folder) = made(&tasks, &records);
    let printed = terminal_table(&built.report);
    assert!(printed.contains("Title 0 (one)") && printed.contains("Title 0 (two)"), "{printed}");
}

/// Columns of a terminal: two for each of five signs, none for an accent, two for a family of joined emoji.
#[test]
fn columns_are_counted_as_a_terminal_shows_them() {
    let study = titled(&manifest(2), ["惯性牛顿法", "e\u{301}e\u{301}", "👩\u{200d}🔬 Lab\nline"]);
    let (built, _folder) = made(&study, &records(&study));
    let printed = terminal_table(&built.report);
    let width = unicode_width::UnicodeWidthStr::width;
    let head = printed.lines().find(|line| line.contains("Shapes")).unwrap();
    let column = width(&head[..head.find("Shapes").unwrap() + "Shapes".len()]);
    for (title, cell) in
        [("惯性牛顿法", "(n = 2)"), ("e\u{301}e\u{301}", "(n = 1)"), ("👩\u{200d}🔬 Lab line", "(n = 2)")]
    {
        let line = printed.lines().find(|line| line.contains(title)).unwrap();
        assert_eq!(width(&line[..line.find(cell).unwrap() + cell.len()]), column, "{printed}");
    }
}
