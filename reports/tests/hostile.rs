//! Foreign text, whatever it is: pages and drawings show it, and it does nothing there.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/html.rs"]
mod html;

use ::records::{Background, Curve, Manifest};
use common::{compared, made, paper, records};
use html::Page;
use proptest::prelude::*;
use reports::{Options, single_file, terminal_changes, terminal_table};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Members of a manifest that are text for reading, and lists of such.
const TEXTS: &[&str] = &[
    "title",
    "question",
    "label",
    "description",
    "source",
    "remark",
    "reference",
    "words",
    "meaning",
    "accepted",
    "reason",
    "detail",
    "statement",
    "section",
    "found",
    "printed",
    "place",
    "caption",
    "legend",
    "none",
    "method",
    "text",
    "rows",
    "formula",
    "incomparable",
    "mathml",
    "states",
    "value",
];

/// Puts the text behind (or in place of) every text for reading.
fn spoil(node: &mut Value, text: &str) {
    fn put(node: &mut Value, text: &str) {
        match node {
            Value::String(old) => *old = format!("{old}{text}"),
            Value::Array(list) => list.iter_mut().for_each(|child| put(child, text)),
            other => spoil(other, text),
        }
    }
    match node {
        Value::Object(map) => {
            for (key, child) in map {
                let is_text = TEXTS.contains(&key.as_str()) && (child.is_string() || child.is_array());
                if is_text { put(child, text) } else { spoil(child, text) }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|child| spoil(child, text)),
        _ => {}
    }
}

fn spoiled(study: &Manifest, text: &str) -> Manifest {
    // Their points may be no numbers, which JSON does not have.
    let mut exhibits = study.exhibits.clone();
    for exhibit in &mut exhibits {
        let add = |old: &mut String| old.push_str(text);
        for old in [&mut exhibit.title, &mut exhibit.source] {
            add(old);
        }
        exhibit.method.iter_mut().for_each(add);
        exhibit.findings.iter_mut().for_each(|finding| add(&mut finding.text));
        for panel in &mut exhibit.panels {
            for old in [&mut panel.title, &mut panel.description, &mut panel.x.label, &mut panel.y.label] {
                add(old);
            }
            panel.lines.iter_mut().for_each(|line| add(&mut line.label));
            if let Some(Background::Cells(cells)) = &mut panel.background {
                for old in [&mut cells.legend, &mut cells.none] {
                    add(old);
                }
            }
        }
        if let Some(table) = &mut exhibit.table {
            table.columns.iter_mut().chain(table.rows.iter_mut().flatten()).for_each(add);
        }
    }
    let mut value = serde_json::to_value(Manifest { exhibits: vec![], ..study.clone() }).unwrap();
    spoil(&mut value, text);
    Manifest { exhibits, ..serde_json::from_value(value).unwrap() }
}

fn is_forbidden(c: char) -> bool {
    let control = (c < ' ' && c != '\n' && c != '\t') || ('\u{7f}'..='\u{9f}').contains(&c);
    let bidi =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    control || bidi.contains(c)
}

fn is_clean(what: &str, text: &str) {
    assert!(!text.contains(is_forbidden), "{what}: {:?}", text.chars().find(|c| is_forbidden(*c)));
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

/// All strings of a JSON value, keys too.
fn strings(value: &Value, take: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(list) => list.iter().for_each(|child| strings(child, take)),
        Value::Object(map) => map.iter().for_each(|(key, child)| {
            take(key);
            strings(child, take);
        }),
        _ => {}
    }
}

/// Every page and drawing of the study, and what is printed, with the text in all its texts.
fn holds(text: &str) {
    let study = spoiled(&paper::study(2), text);
    let (built, folder) = compared((&paper::study(1), &[]), (&study, &records(&study)));
    is_clean("the table", &terminal_table(&built.report));
    is_clean("the changes", &terminal_changes(built.report.changes.as_ref().unwrap()));
    let mut found = Vec::new();
    files(folder.path(), &mut found);
    let (mut pages, mut drawings) = (0, 0);
    for file in found {
        let name = file.display().to_string();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => {
                pages += 1;
                let html = fs::read_to_string(&file).unwrap();
                is_clean(&name, &html);
                let page = Page::new(&html);
                assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
                for script in page.all("script").filter(|script| script.attribute("type").is_some()) {
                    let data = script.children.borrow().iter().map(|child| child.text()).collect::<String>();
                    strings(&serde_json::from_str(&data).unwrap(), &mut |text| is_clean(&name, text));
                }
                let scripts = page.all("script").filter(|script| script.attribute("type").is_none()).count();
                assert_eq!((scripts, page.all("style").count()), (1, 1), "{name}");
                for element in &page.elements {
                    let tag = element.tag();
                    assert!(
                        !["img", "iframe", "object", "embed", "base", "form"].contains(&tag),
                        "{name}: {tag}"
                    );
                }
            }
            Some("svg") => {
                drawings += 1;
                let svg = fs::read_to_string(&file).unwrap();
                is_clean(&name, &svg);
                let parsed = roxmltree::Document::parse(&svg);
                assert!(parsed.is_ok(), "{name}: {:?}", parsed.err());
            }
            _ => {}
        }
    }
    assert!(pages >= 10 && drawings >= 10, "{pages} pages, {drawings} drawings");
}

#[test]
fn a_text_that_is_meant_to_harm_harms_nothing() {
    for text in [
        "\u{1b}[31m\u{1b}]0;own\u{7}\u{202e}\u{9b}2J\u{0}\u{8}\u{7f}",
        "]]> <![CDATA[ <!-- --> &#27; &#x202e; <?xml?> &nosuch; \u{fffe}\u{ffff}",
        "</title></script></style><script>1</script><img src=x onerror=1>\" onload=\"1' =\"#010000\"",
        "{{ 7 * 7 }}{% include \"base.html\" %}{# x #} ${1}",
        "\r\n\r\u{b}\u{c}\u{85}\u{2028}\u{2029}",
    ] {
        holds(text);
        let study = spoiled(&paper::study(2), text);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("all.html");
        single_file(&study, records(&study), &file, Options::default()).unwrap();
        let html = fs::read_to_string(file).unwrap();
        is_clean("the one file", &html);
        let page = Page::new(&html);
        assert_eq!(page.errors, Vec::<String>::new());
        let scripts = page.all("script").filter(|script| script.attribute("type").is_none()).count();
        assert_eq!((scripts, page.all("style").count(), page.all("img").count()), (1, 1, 0));
    }
}

/// The hand that spoils reaches what is shown.
#[test]
fn the_text_is_in_pages_and_drawings() {
    let study = spoiled(&paper::study(2), "hostage");
    let (built, folder) = made(&study, &records(&study));
    for page in [
        "index.html",
        "paper.html",
        "task-nin-shapes.html",
        "tuning.html",
        "theory.html",
        "optimizer-sgd.html",
    ] {
        assert!(common::read(&folder, page).matches("hostage").count() > 5, "{page}");
    }
    assert!(common::read(&folder, "figures/nin-shapes-train_loss.svg").contains("hostage"));
    assert!(terminal_table(&built.report).contains("hostage"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_harms_nothing(text in proptest::collection::vec(any::<char>(), 1..40)) {
        holds(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_mix_of_what_means_something_harms_nothing(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "<", ">", "&", "\"", "'", "/", "--", "]]>", "<!--", "</script>", "<svg>", "\0", "\u{1b}[", "\u{202e}", "\u{fffe}",
            "=", "\n", "{{", "}}", "{%", "\\u001b", "&#0;", "é", "惯", "👩\u{200d}🔬",
        ]), 1..20),
    ) {
        holds(&parts.concat());
    }
}

/// A record from anywhere may hold any number that there is: pages and drawings are made of it all the same.
#[test]
fn the_largest_and_smallest_numbers_are_drawn() {
    let study = common::manifest(2);
    let (largest, whole) = (f64::MAX, u64::MAX as f64);
    for value in [1e308, largest, -largest, whole, 5e-324, 0.0] {
        for other in [value, -value, 0.0, 1.0] {
            let mut all = records(&study);
            for record in &mut all {
                let pick = |n: usize| if n.is_multiple_of(2) { value } else { other };
                match &mut record.curve {
                    Curve::Trajectory(rows) => {
                        for (n, row) in rows.iter_mut().enumerate() {
                            (row.theta1, row.theta2, row.value) = (pick(n), pick(n + 1), pick(n));
                        }
                        if let Some(row) = rows.last_mut() {
                            row.step = u64::MAX;
                        }
                    }
                    Curve::Epochs(rows) => {
                        for (n, row) in rows.iter_mut().enumerate() {
                            (row.train_loss, row.test_loss, row.test_accuracy) =
                                (pick(n), pick(n + 1), Some(pick(n)));
                            row.elapsed_s = largest * n as f64 / 1e6;
                        }
                        if let Some(row) = rows.last_mut() {
                            (row.step, row.elapsed_s) = (u64::MAX, largest);
                        }
                    }
                }
            }
            let (built, _folder) = made(&study, &all);
            assert!(!built.report.tasks.is_empty());
        }
    }
}
