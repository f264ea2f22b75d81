//! The pages of a paper: its figures against the published ones, and the pages as they are.

#![allow(clippy::unwrap_used)]

mod common;

use common::given::given;
use common::paper::study;
use common::{made, read, records, words};
use records::*;
use reports::drawing::Plot;
use serde_json::json;
use std::fs;

/// Our SGD ends at 10^−0.5 on average, 0.05 above a published band of −0.6 ± 0.05; INNA's accuracy of 0.52 lies
/// inside 0.5 ± 0.1. Published goes on to epoch 20 and ours ends at 10.
#[test]
fn inside_and_outside_the_published_band() {
    let loss = 10_f64.powf(-0.5);
    let (mut study, records) = given(&[
        ("sgd", &[loss; 2], &[0.52; 2]),
        ("inna", &[1.0; 2], &[0.52; 2]),
        ("adam", &[2.0; 2], &[0.3; 2]),
    ]);
    let template = common::paper::study(1);
    study.tasks[0].paper = template.tasks[0].paper.clone();
    study.tasks[0].selections = template.tasks[0].selections.clone();
    study.figures = template.figures.clone();
    for curve in &mut study.tasks[0].paper {
        let (value, half) = if curve.metric == "test_accuracy" { (0.5, 0.1) } else { (-0.6, 0.05) };
        curve.y.iter_mut().for_each(|y| *y = value);
        curve.band = curve.y.iter().map(|y| [y - half, y + half]).collect();
    }
    let (built, folder) = made(&study, &records);
    let figure = &built.report.paper.as_ref().unwrap().figures[0];
    assert_eq!((figure.panels.len(), figure.columns), (2, 1));
    assert_eq!(figure.left_out, ["MNIST is not in this study"]);
    let [training, test] = &figure.panels[..] else { panic!() };
    let sgd = &training.lines[0];
    assert_eq!((sgd.end.as_deref(), sgd.n, sgd.end_epoch), (Some("\u{2212}0.500"), 2, Some(10)));
    let published = sgd.published.as_ref().unwrap();
    assert_eq!(
        (published.epoch, published.inside, published.value.as_str()),
        (10, Some(false), "\u{2212}0.600")
    );
    assert!((published.distance.unwrap() - 0.05).abs() < 1e-12);
    assert_eq!(published.verdict.as_deref(), Some("0.050 above"));
    assert_eq!(published.share.as_deref(), Some("0 %"));
    // Another budget: numbers and the reason, no verdict.
    let adam = training.lines[1].published.as_ref().unwrap();
    assert_eq!((adam.verdict.as_ref(), adam.inside, adam.share.as_ref()), (None, None, None));
    assert_eq!(adam.incomparable.as_deref(), Some("another budget: 200 epochs"));
    // The lowest training loss is SGD's, so the selection is SGD; its accuracy 0.52 is inside.
    let best = &test.lines[2];
    assert_eq!((best.label.as_str(), best.chosen.as_deref()), ("best INNA", Some("sgd")));
    let published = best.published.as_ref().unwrap();
    assert_eq!((published.inside, published.verdict.as_deref()), (Some(true), Some("inside")));
    // Accuracy 0.1 + 0.042 k is in [0.4, 0.6] for k = 8, 9, 10.
    assert_eq!(published.share.as_deref(), Some("30 %"));
    assert_eq!(published.band, Some(["40.00".to_string(), "60.00".to_string()]));
    let Plot::Chart(chart) = &training.figure.plot else { panic!() };
    assert_eq!((chart.x.high, chart.y.low, chart.y.high), (10.0, -1.1, 0.4));
    assert!(chart.lines.iter().flat_map(|l| &l.pieces).flatten().all(|p| p[0] <= 10.0));
    let page = read(&folder, "paper.html");
    assert!(page.contains("Not comparable with the published lines: another budget: 200 epochs"));
    assert!(page.contains("<title>training loss of Shapes against epochs</title>"));
}

#[test]
fn a_selection_says_what_it_chose_from() {
    let full = study(5);
    let (built, folder) = made(&full, &records(&full));
    let selection = &built.report.paper.as_ref().unwrap().selections[0];
    // At epoch 12 the losses are 2.302 exp(−0.16 · 12) and exp(−0.27 · 12), times 1 + 4 wobble.
    assert_eq!(selection.chosen.as_deref(), Some("INNA (0.5, 0.1)"));
    let shown: Vec<(u64, u64, bool)> =
        selection.candidates.iter().map(|c| (c.n, c.diverged, c.chosen)).collect();
    // Four runs of SGD and the one that diverged.
    assert_eq!(shown, [(5, 1, false), (5, 0, true)]);
    assert!(read(&folder, "paper.html").contains("here INNA (0.5, 0.1), chosen by result"));
    let (built, _folder) = made(&full, &[]);
    assert_eq!(built.report.paper.as_ref().unwrap().selections[0].chosen, None);
}

#[test]
fn the_new_pages_in_words() {
    let full = study(5);
    let (built, folder) = made(&full, &records(&full));
    insta::assert_snapshot!("paper", words(&read(&folder, "paper.html")));
    insta::assert_snapshot!("tuning", words(&read(&folder, "tuning.html")));
    insta::assert_snapshot!("theory", words(&read(&folder, "theory.html")));
    insta::assert_snapshot!("a_heat_map", read(&folder, "figures/theory-stability-1.svg"));
    let counts = built.report.paper.as_ref().unwrap().counts;
    assert_eq!(
        (counts.supported, counts.contradicted, counts.undecided, counts.not_run),
        // Valley holds; training does here, and CIFAR-100 is not here; four pairs decide nothing about the equivalence; MNIST is not here. The reverse:
        // five runs of one side above all of the other's, one of them without a size: p = 2/252.
        (1, 1, 2, 1)
    );
    assert_eq!(counts.supported_here, 1);
}

#[test]
fn every_page_carries_the_label_and_leads_to_the_others() {
    let full = study(5);
    let (built, folder) = made(&full, &records(&full));
    let order = [
        "index.html",
        "paper.html",
        "task-nin-shapes.html",
        "task-toy.html",
        "comparisons.html",
        "optimizer-adam.html",
        "optimizer-inna.html",
        "optimizer-sgd.html",
        "tuning.html",
        "theory.html",
        "method.html",
        "provenance.html",
    ];
    let mut pages = 0;
    for (path, size) in built.files.iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "html")) {
        pages += 1;
        let html = fs::read_to_string(path).unwrap();
        assert!(html.contains("A small version: one small task"), "{}", path.display());
        let navigation = &html[html.find("<nav").unwrap()..html.find("</nav>").unwrap()];
        let places: Vec<usize> =
            order.iter().map(|p| navigation.find(&format!("href=\"{p}\"")).unwrap()).collect();
        assert!(places.is_sorted(), "{navigation}");
        assert!(*size < 700_000, "{} has {size} bytes", path.display());
        assert!(!html.contains("//") || !html.contains("src=\""), "{}", path.display());
        for (at, _) in html.match_indices("href=\"") {
            let target = html[at + 6..].split('"').next().unwrap();
            let exists = match target.strip_prefix('#') {
                Some(id) => html.contains(&format!("id=\"{id}\"")),
                None => folder.path().join(target.split('#').next().unwrap()).is_file(),
            };
            assert!(exists, "{target} is not there");
        }
    }
    // The runs of both tasks, which the page of each leads to.
    assert_eq!(pages, order.len() + 2);
    let terminal = reports::terminal_table(&built.report);
    assert!(terminal.starts_with("A small version"), "{terminal}");
    assert!(terminal.contains("Claims: 1 supported, 1 contradicted, 2 undecided, 1 not run."));
    assert!(terminal.contains("Every task here supports 1 of the undecided"), "{terminal}");
    assert!(terminal.contains("Next: inna-bench run inna-2021/fig3 (with"));
    // A nested name of a study is a name like any other.
    let index = read(&folder, "index.html");
    let commands = ["run", "report"].map(|verb| format!("inna-bench {verb} inna-2021&#x2f;fig3"));
    assert!(index.contains(&format!("<pre><code>{}</code></pre>", commands.join("\n"))));
    assert!(index.contains("<b class=\"done\">1</b> supported"));
    assert!(index.contains("Every task here supports 1 of the undecided"));
    // A study without these has none of the pages.
    let plain = common::manifest(2);
    let (_, folder) = made(&plain, &records(&plain));
    for page in ["paper.html", "tuning.html", "theory.html"] {
        assert!(!folder.path().join(page).exists() && !read(&folder, "index.html").contains(page));
    }
}

/// The options that made a rehearsal short are not in the manifest: a command without them would train in full.
#[test]
fn a_rehearsal_prints_no_command() {
    let mut full = study(5);
    full.label = Some("A rehearsal, not a result: at most 1 epoch.".into());
    full.rehearsal = true;
    for records in [records(&full), vec![]] {
        let (built, folder) = made(&full, &records);
        for page in ["index.html", "task-nin-shapes.html", "provenance.html"] {
            let html = read(&folder, page);
            for verb in ["tune", "run", "report", "verify"] {
                assert!(!html.contains(&format!("inna-bench {verb}")), "{page}: {verb}");
            }
            let said = html.contains("with the same --task, --seeds, --epochs and --per-class as before");
            assert!(said || (page.starts_with("task") && !records.is_empty()), "{page}");
        }
        let terminal = reports::terminal_table(&built.report);
        assert!(!terminal.contains("inna-bench"), "{terminal}");
        assert!(
            terminal.contains("Next: run and report inna-2021/fig3 with the same --task, --seeds, --epochs")
        );
    }
    // Nothing to search for, nothing to tune.
    full.rehearsal = false;
    full.tasks[0].tuning = None;
    let (built, folder) = made(&full, &[]);
    assert_eq!(built.report.commands.make, ["inna-bench run inna-2021/fig3"]);
    assert!(read(&folder, "task-toy.html").contains("inna-bench run inna-2021&#x2f;fig3\ninna-bench report"));
}

/// Ours ends at epoch 10.
#[test]
fn published_lines_that_start_later_and_quantities_that_are_not_published() {
    let (mut study, records) = given(&[("sgd", &[1.0; 2], &[0.5; 2]), ("adam", &[1.0; 2], &[0.5; 2])]);
    let template = common::paper::study(1);
    study.tasks[0].paper = template.tasks[0].paper.clone();
    study.figures = template.figures.clone();
    let sgd = &mut study.tasks[0].paper[0];
    sgd.x = sgd.x.iter().map(|x| x + 15.0).collect();
    study.figures[0].panels[2].metric = "test_loss".into();
    let (built, folder) = made(&study, &records);
    let [training, test] = &built.report.paper.as_ref().unwrap().figures[0].panels[..] else { panic!() };
    let shown: Vec<_> =
        training.lines.iter().map(|l| (l.published.as_ref().map(|p| p.epoch), l.published_from)).collect();
    assert_eq!(shown[..2], [(None, Some(15)), (Some(10), None)]);
    // The published training loss is no test loss.
    assert!(test.lines.iter().all(|l| l.published.is_none() && l.published_from.is_none()));
    let page = read(&folder, "paper.html");
    assert!(page.contains("published only from epoch 15 on") && page.contains("nothing published"));
}

#[test]
fn the_same_bytes_twice() {
    let full = study(5);
    let mut all = records(&full);
    let (one, first) = made(&full, &all);
    all.reverse();
    let (two, second) = made(&full, &all);
    assert_eq!(one.report, two.report);
    for (path, _) in &one.files {
        let name = path.strip_prefix(first.path()).unwrap();
        assert_eq!(
            fs::read(path).unwrap(),
            fs::read(second.path().join(name)).unwrap(),
            "{}",
            name.display()
        );
    }
}

#[test]
fn text_of_a_paper_stays_text() {
    let mut full = study(5);
    let evil = || "<img src=x onerror=alert(1)>\"'&".to_string();
    full.label = Some(evil());
    full.choices[0] = Choice { key: evil(), value: json!(evil()), reason: evil() };
    let task = &mut full.tasks[0];
    task.choices[0] = Choice { key: evil(), value: json!({"a": evil()}), reason: evil() };
    task.paper.iter_mut().for_each(|c| {
        c.source = evil();
        c.incomparable = Some(evil());
    });
    task.selections[0].name = evil();
    let tuning = task.tuning.as_mut().unwrap();
    tuning.criterion = evil();
    tuning.searches[0].hyper = evil();
    tuning.searches[0].entry = evil();
    let figure = &mut full.figures[0];
    figure.title = evil();
    figure.caption = evil();
    figure.name = evil();
    for panel in &mut figure.panels {
        panel.title = evil();
        for line in &mut panel.lines {
            line.title = Some(evil());
            line.colour = Some("red\"/><script>".into());
            line.dash = Some(evil());
        }
    }
    figure.panels[1].task = evil();
    let claims = full.claims.as_mut().unwrap();
    claims.source = evil();
    claims.errata[0] = Erratum { place: evil(), printed: evil(), found: evil() };
    for claim in &mut claims.claims {
        claim.name = evil();
        claim.statement = evil();
        claim.section = evil();
        claim.figure = evil();
        claim.tasks.push(evil());
        claim.comparisons[0].than = evil();
    }
    for exhibit in &mut full.exhibits {
        exhibit.name = evil();
        exhibit.title = evil();
        exhibit.method = vec![evil()];
        exhibit.source = evil();
        exhibit.findings = vec![Finding { text: evil(), holds: Some(true) }];
        exhibit.table = Some(ExhibitTable { columns: vec![evil()], rows: vec![vec![evil()]] });
        for panel in &mut exhibit.panels {
            panel.title = evil();
            panel.description = evil();
            panel.x.label = evil();
            panel.y.label = evil();
            if let Some(Background::Cells(cells)) = &mut panel.background {
                cells.legend = evil();
                cells.none = evil();
            }
            for line in &mut panel.lines {
                line.label = evil();
                line.colour = "red\"/><script>".into();
                line.dash = evil();
            }
        }
    }
    let (built, _folder) = made(&full, &records(&full));
    let shown = |path: &std::path::Path| path.extension().is_some_and(|e| e == "html" || e == "svg");
    for (path, _) in built.files.iter().filter(|(p, _)| shown(p)) {
        let html = fs::read_to_string(path).unwrap();
        assert!(!html.contains("<img") && !common::runs_scripts(&html), "{}", path.display());
        assert!(!html.contains("red\"/>"), "{}", path.display());
    }
}
