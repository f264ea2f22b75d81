//! What figures show and what stands beside them: views, read-outs, tables, marks for the page's script.

#![allow(clippy::unwrap_used)]

mod common;

use common::{entry, made, manifest, read, record, records, specification, timing};
use records::{Curve, Manifest, PlannedRun, Record, TaskKind};
use reports::Built;
use reports::drawing::{Along, CurvesPlot, Figure, Plot, Spacing};
use serde_json::Value;
use std::collections::BTreeSet;

/// The first group of the first task: training loss, then test accuracy.
fn learning(built: &Built) -> &[Figure] {
    &built.report.tasks[0].figures[0].figures
}

fn curves(figure: &Figure) -> &CurvesPlot {
    match &figure.plot {
        Plot::Curves(plot) => plot,
        _ => panic!("{} is no figure of curves", figure.name),
    }
}

fn view(figure: &Figure, x: Along, y: Spacing) -> &Figure {
    &figure.other_views.iter().find(|v| (v.x, v.y) == (x, y)).unwrap().figure
}

fn edit_epochs(record: &mut Record, edit: impl Fn(&mut records::EpochRow)) {
    if let Curve::Epochs(rows) = &mut record.curve {
        rows.iter_mut().for_each(edit);
    }
}

/// The fixture takes 125 steps for an epoch, of 28 ms each: 3.5 s.
#[test]
fn curves_against_epochs_steps_and_seconds() {
    let study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    let loss = &learning(&built)[0];
    assert_eq!((loss.x, loss.y), (Some(Along::Epoch), Some(Spacing::Log)));
    let labels: Vec<&str> = loss.other_views.iter().map(|v| v.label.as_str()).collect();
    let expected = [
        "against steps, logarithmic",
        "against seconds, logarithmic",
        "against epochs, linear",
        "against steps, linear",
        "against seconds, linear",
    ];
    assert_eq!(labels, expected);
    assert_eq!(loss.others, "The same against steps and seconds, and on a linear axis");
    assert_eq!(learning(&built)[1].others, "The same against steps and seconds");

    let (steps, seconds) =
        (view(loss, Along::Step, Spacing::Log), view(loss, Along::Second, Spacing::Linear));
    assert_eq!((curves(steps).x.high, curves(seconds).x.high), (1500.0, 42.0));
    let sgd = |figure| &curves(figure).series[0];
    // After four epochs; the wobble of SGD's five runs there is 4, 1, 3, 0 and 2 times 0.004, and the loss
    // 2.302 e^(−0.64) (1 + 4 · wobble) = 1.2138271 · 1.032.
    assert_eq!(sgd(steps).mean[4][0], 500.0);
    assert_eq!(sgd(seconds).mean[4], [14.0, 1.2527]);
    assert!((sgd(steps).mean[4][1] - 1.2527_f64.log10()).abs() < 1e-4);
    // The run that diverged is drawn as far as it went: 4 epochs, and ends in a dot.
    let diverged = &sgd(seconds).runs[4];
    assert_eq!((diverged.repetition, diverged.diverged, diverged.points[4][0]), (4, true, 14.0));
    assert_eq!(diverged.points.len(), 5);
    assert!(!sgd(seconds).runs[0].diverged);
}

/// A step of SGD takes 28 ms and one of INNA 40: after four epochs of 125 steps that is 14 and 20 s, however long the runs took.
#[test]
fn seconds_are_steps_at_their_measured_time() {
    let mut study = manifest(2);
    study.timings = vec![timing(&study.tasks[0], "cpu", &[("sgd", 28.0), ("adam", 30.0), ("inna", 40.0)])];
    let mut records = records(&study);
    for record in records.iter_mut().filter(|r| r.specification.repetition == 1) {
        edit_epochs(record, |row| row.elapsed_s *= 3.0);
    }
    let (built, _folder) = made(&study, &records);
    let accuracy = &learning(&built)[1];
    let plot = curves(view(accuracy, Along::Second, Spacing::Linear));
    let of = |key: &str| plot.series.iter().find(|s| s.stroke.entry.as_deref() == Some(key)).unwrap();
    let inna = of("inna");
    assert_eq!((of("sgd").mean[4][0], inna.mean[4][0], inna.band[4][0]), (14.0, 20.0, 20.0));
    assert_eq!((inna.runs[0].points[4][0], inna.runs[1].points[4][0]), (20.0, 20.0));
    // Twelve epochs of INNA.
    assert_eq!(plot.x.high, 60.0);
    let readout = accuracy.readout.as_ref().unwrap();
    let inna = readout.series.iter().find(|s| s.entry == "inna").unwrap();
    assert_eq!((inna.epoch[4], inna.step[4], inna.second[4], inna.n[4]), (4.0, 500.0, 20.0, 2));
    let caption = &built.report.tasks[0].figures[0].caption;
    let how = "times the time of one, median of 7 rounds on Some CPU (cpu, 2 threads), 2026-11-25.";
    assert!(caption.contains(how), "{caption}");
}

/// One of three entries was not timed: then there are no seconds, however long the runs took.
#[test]
fn without_the_times_of_all_that_is_drawn_there_are_no_seconds() {
    let mut study = manifest(2);
    for timings in [vec![], vec![timing(&study.tasks[0], "cpu", &[("sgd", 28.0), ("inna", 40.0)])]] {
        study.timings = timings;
        let (built, folder) = made(&study, &records(&study));
        let loss = &learning(&built)[0];
        assert_eq!(loss.others, "The same against steps, and on a linear axis");
        assert!(loss.other_views.iter().all(|v| v.x != Along::Second));
        let readout = loss.readout.as_ref().unwrap();
        assert_eq!(readout.x.second, None);
        assert!(readout.series.iter().all(|s| s.second.is_empty()));
        // One of SGD's runs diverged after four epochs, and the mean ends there.
        assert_eq!(readout.series.iter().map(|s| s.step.len()).collect::<Vec<_>>(), [5, 13, 13]);
        assert!(!built.report.tasks[0].figures[0].caption.contains("Seconds of"));
        assert!(!read(&folder, "task-nin-shapes.html").contains("data-x=\"second\""));
    }
}

/// All start at 2.302 but for a factor of up to 1.064 (a wobble of 0.016): the axis ends at 1.1 · 2.449 = 2.69.
#[test]
fn a_linear_axis_ends_above_the_start_and_says_what_it_cuts() {
    let study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    assert!(learning(&built)[0].other_views.iter().all(|v| !v.note.contains("above")));
    let mut records = records(&study);
    edit_epochs(&mut records[0], |row| {
        if row.epoch == 3 {
            row.train_loss = 50.0;
        }
    });
    let (built, _folder) = made(&study, &records);
    let loss = &learning(&built)[0];
    let note = &loss.other_views[2].note;
    assert_eq!(note, "Against epochs, linear; what lies above 2.69 runs along the upper edge");
    let plot = curves(&loss.other_views[2].figure);
    assert_eq!(plot.y.low, 0.0);
    assert!((plot.y.high - 1.1 * 2.302 * 1.064).abs() < 1e-9, "{}", plot.y.high);
    assert_eq!(plot.series[0].runs[0].points[3], [3.0, 2.6943]);
    // Eight decades hold it on the other axis.
    assert!(loss.other_views[0].note == "Against steps, logarithmic");
    let caption = &built.report.tasks[0].figures[0].caption;
    assert!(
        caption.contains("On the linear axis of the training loss, what lies above 2.69 runs"),
        "{caption}"
    );
}

/// Everything inside `<script type="application/json" class="readout">`, read as JSON.
fn readouts(html: &str) -> Vec<Value> {
    let scripts = html.split("<script type=\"application/json\" class=\"readout\">").skip(1);
    scripts.map(|s| serde_json::from_str(s.split("</script>").next().unwrap()).unwrap()).collect()
}

#[test]
fn a_page_has_the_numbers_behind_its_lines() {
    let study = manifest(5);
    let (_, folder) = made(&study, &records(&study));
    let readouts = readouts(&read(&folder, "task-nin-shapes.html"));
    assert_eq!(readouts.len(), 2);
    assert_eq!(readouts[0]["y"], "training loss, nats");
    assert_eq!(readouts[0]["x"]["second"], "seconds of training");
    let sgd = &readouts[0]["series"][0];
    assert_eq!((sgd["entry"].as_str(), sgd["label"].as_str()), (Some("sgd"), Some("SGD")));
    // 1.2138271 times 1.032 in the mean, 1 and 1.064 at the ends, to four digits.
    for (key, value) in
        [("epoch", 4.0), ("step", 500.0), ("second", 14.0), ("mean", 1.253), ("low", 1.214), ("high", 1.292)]
    {
        assert_eq!(sgd[key][4].as_f64(), Some(value), "{key}");
        // One of its runs diverged after four epochs, and the mean ends there.
        assert_eq!(sgd[key].as_array().unwrap().len(), 5);
    }
    assert_eq!(sgd["n"][4], 5);
    assert_eq!(readouts[0]["series"][2]["epoch"].as_array().unwrap().len(), 13);
    // A function's value along its steps.
    let toy = self::readouts(&read(&folder, "task-toy.html"));
    assert_eq!((toy[0]["y"].as_str(), toy[0]["x"].as_object().unwrap().len()), (Some("J(θ)"), 1));
    assert_eq!(toy[0]["series"][0]["step"][88], 88_000.0);
    // On the overview figures are alone.
    assert!(self::readouts(&read(&folder, "index.html")).is_empty());
    assert!(!read(&folder, "index.html").contains("class=\"other-views\""));
}

#[test]
fn a_name_cannot_end_the_script() {
    let mut study = manifest(5);
    let evil = "</script><script>alert(\"&\")</script><!--";
    study.tasks[0].entries[0].title = evil.into();
    study.tasks[0].entries[0].key = "</script>".into();
    let card = study.tasks[0].entries[0].clone();
    for run in study.runs.iter_mut().filter(|r| r.entry == "sgd") {
        run.entry = card.key.clone();
        run.id = specification("nin-shapes", &card, run.repetition).id().unwrap();
    }
    let (_, folder) = made(&study, &records(&study));
    let html = read(&folder, "task-nin-shapes.html");
    assert!(!html.contains("<script>alert") && !html.contains("<!--"));
    assert!(html.contains("\\u003c/script\\u003e\\u003cscript\\u003ealert(\\\"\\u0026\\\")"));
    assert_eq!(readouts(&html)[0]["series"][0]["label"], evil);
    assert!(html.contains("<li data-entry=\"&lt;"));
    assert!(read(&folder, "figures/nin-shapes-train_loss.svg").contains("data-entry=\"&lt;/script&gt;\""));
}

/// Values of an attribute, in order.
fn attributes<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    text.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn shapes_and_labels_say_whose_they_are() {
    let study = manifest(5);
    let (_, folder) = made(&study, &records(&study));
    let svg = read(&folder, "figures/nin-shapes-test_accuracy.svg");
    // Per entry: a band, a mean, five runs (Adam four), a leader, a label; a dot at SGD's diverged run; how many runs there
    // are, of SGD and Adam.
    for (key, shapes) in [("sgd", 11), ("adam", 9), ("inna", 9)] {
        assert_eq!(svg.matches(&format!("data-entry=\"{key}\"")).count(), shapes, "{key}");
    }
    assert!(svg.contains("data-entry=\"inna\">\nINNA (0.5, 0.1)\n</text>"));
    // Grid, axes and their texts are nobody's.
    assert!(
        !svg.split("class=\"muted\"").skip(1).any(|s| s.split('>').next().unwrap().contains("data-entry"))
    );
    let strip = read(&folder, "figures/nin-shapes-final.svg");
    // A label, an interval of three strokes, five dots, a mean; Adam's four runs have no interval.
    for (key, shapes) in [("sgd", 10), ("adam", 6), ("inna", 10)] {
        assert_eq!(strip.matches(&format!("data-entry=\"{key}\"")).count(), shapes, "{key}");
    }
    let html = read(&folder, "task-nin-shapes.html");
    let legend =
        html.split("<ul class=\"legend\" data-legend").nth(1).unwrap().split("</ul>").next().unwrap();
    assert_eq!(attributes(legend, "data-entry"), ["sgd", "adam", "inna"]);
    assert_eq!(attributes(legend, "stroke"), ["#cc3399", "#e69f00", "#0072b2"]);
    let trajectory = read(&folder, "figures/toy-inna-a.svg");
    assert_eq!(attributes(&trajectory, "data-entry"), ["inna-a"]);
}

/// The plotting area of a figure 500 by 330 pixels, drawn in quarters: 28 below the top, 46 above the bottom; to the
/// left 18 and thirteen times the 3 · 0.66 + 0.32 of "0.05", to the right 36 and thirteen times the 9.12 of "n = 5, 1 diverged".
#[test]
fn axes_can_be_found_again() {
    let study = manifest(5);
    let (built, folder) = made(&study, &records(&study));
    let svg = read(&folder, "figures/nin-shapes-train_loss.svg");
    assert_eq!(attributes(&svg, "data-frame"), ["192 112 1382 1136"]);
    let y = &curves(&learning(&built)[0]).y;
    assert_eq!(attributes(&svg, "data-x"), ["0 12"]);
    assert_eq!(attributes(&svg, "data-y"), [format!("{} {}", y.low, y.high)]);
    assert_eq!(attributes(&svg, "data-y-scale"), ["log"]);
    let accuracy = read(&folder, "figures/nin-shapes-test_accuracy.svg");
    assert_eq!(attributes(&accuracy, "data-y-scale"), ["linear"]);
    assert!(attributes(&read(&folder, "figures/nin-shapes-final.svg"), "data-frame").is_empty());
    let html = read(&folder, "task-nin-shapes.html");
    for drawn in ["epoch\" data-y=\"log", "second\" data-y=\"linear\" data-label=\"against seconds, linear"] {
        assert!(html.contains(&format!("<div class=\"scroll view\" data-x=\"{drawn}\"")), "{drawn}");
    }
}

#[test]
fn every_figure_has_its_table() {
    let study = manifest(5);
    let (built, folder) = made(&study, &records(&study));
    let files = |extension: &str| -> BTreeSet<String> {
        let inside = built.files.iter().filter(|(p, _)| p.parent().unwrap().ends_with("figures"));
        let of_kind = inside.filter(|(p, _)| p.extension().is_some_and(|e| e == extension));
        of_kind.map(|(p, _)| p.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(files("svg"), files("csv"));
    // Of the images: two curves, the strip, a pair, the ladder; of the toy: five trajectories and two sets of values; the
    // profile, and two challengers.
    assert_eq!(files("svg").len(), 5 + 5 + 2 + 1 + 2);
    let table = read(&folder, "figures/nin-shapes-train_loss.csv");
    // Means of 13 rows, that of SGD of 5; runs: four of 13 and one of 5 rows, four of 13, five of 13.
    assert_eq!(table.lines().count(), 1 + 2 * 13 + 5 + 4 * 13 + 5 + 4 * 13 + 5 * 13);
    assert!(table.starts_with("entry,label,line,repetition,epoch,step,second,value,low,high,n\n"));
    assert!(table.contains("\nsgd,SGD,mean,,4,500,14,1.25267,1.21383,1.29151,5\n"), "{table}");
    assert!(table.contains("\nsgd,SGD,run,3,4,500,14,1.21383,,,\n"));
    assert!(table.contains("\ninna,\"INNA (0.5, 0.1)\",mean,,0,0,0,"));
    // The published curve of the toy is ours plus 0.001 in the logarithm, every third point of it.
    let toy = read(&folder, "figures/toy-values.csv");
    assert_eq!(toy.lines().filter(|l| l.contains(",published,")).count(), 30);
    // Its spiral starts at (1 + 2 cos 2.9, 1 + sin 2.9) = (−0.941916, 1.239249): 100 · 0.297333² + 1.941916.
    assert!(toy.contains("\ninna-a,\"INNA (0.3, 0.01)\",mean,,,0,,10.7826,,,\n"), "{toy}");
    let strip = read(&folder, "figures/nin-shapes-final.csv");
    assert!(strip.contains("\nsgd,SGD,1,59.26"), "{strip}");
    assert!(strip.lines().any(|l| l.starts_with("sgd,SGD,5,0,")), "{strip}");
}

#[test]
fn names_in_a_page_are_its_own() {
    let study = manifest(5);
    let (built, folder) = made(&study, &records(&study));
    let pages = built.files.iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "html"));
    for (path, _) in pages {
        let html = read(&folder, path.file_name().unwrap().to_str().unwrap());
        let ids = attributes(&html, "id");
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{}: {ids:?}", path.display());
    }
    let html = read(&folder, "task-nin-shapes.html");
    let figures: Vec<_> =
        attributes(&html, "id").into_iter().filter(|id| id.starts_with("figure-")).collect();
    let names = ["train_loss", "test_accuracy", "final", "pair"].map(|name| format!("nin-shapes-{name}"));
    let names = names.into_iter().chain(["targets-nin-shapes".into()]);
    assert_eq!(figures, names.map(|name| format!("figure-{name}")).collect::<Vec<_>>());
}

/// Twelve entries, ten seeds, two hundred epochs.
fn large() -> (Manifest, Vec<Record>) {
    let mut study = manifest(0);
    study.tasks.truncate(1);
    if let TaskKind::Training { epochs, .. } = &mut study.tasks[0].kind {
        *epochs = 200;
    }
    study.tasks[0].entries = (0..12)
        .map(|k| entry(&format!("optimizer-{k}"), &format!("Optimizer ({k}, 0.1)"), "#0072b2", "solid", None))
        .collect();
    let mut records = Vec::new();
    for (k, e) in study.tasks[0].entries.clone().iter().enumerate() {
        for repetition in 0..10 {
            let rows = (0..=200).map(|epoch| {
                // A loss that goes up and down all the time, as real ones do.
                let noise =
                    f64::from((epoch * 7919 + 104_729 * (repetition as u32 + 10 * k as u32)) % 997) / 997.0;
                records::EpochRow {
                    epoch,
                    step: 1563 * u64::from(epoch),
                    elapsed_s: 97.131_7 * f64::from(epoch) * (1.0 + 0.01 * noise),
                    learning_rate: Some(0.1),
                    train_loss_running: None,
                    train_loss: (2.3 + noise) * (-0.02 * f64::from(epoch)).exp() + 1e-4 * noise,
                    validation_loss: None,
                    validation_accuracy: None,
                    test_loss: 1.0,
                    test_accuracy: Some(0.5 + 0.4 * noise),
                }
            });
            let record = record("nin-shapes", e, repetition, false, Curve::Epochs(rows.collect()));
            let (task, entry) = (common::name("nin-shapes"), e.key.clone());
            study.runs.push(PlannedRun { id: record.id.clone(), task, entry, repetition });
            records.push(record);
        }
    }
    (study, records)
}

#[test]
fn a_large_page_stays_below_two_megabytes() {
    let (study, records) = large();
    let (built, folder) = made(&study, &records);
    for figure in learning(&built) {
        let views = figure.other_views.iter().map(|v| &v.figure).chain([figure]);
        for view in views {
            let runs = curves(view).series.iter().flat_map(|s| &s.runs);
            let points: usize = runs.map(|r| r.points.len()).sum();
            assert!(points > 6000 && points <= 12_000, "{}: {points}", view.name);
        }
        let readout = figure.readout.as_ref().unwrap();
        assert!(readout.series.iter().all(|s| s.mean.len() <= 200 && s.epoch.last() == Some(&200.0)));
    }
    let page = read(&folder, "task-nin-shapes.html").len();
    assert!(page > 500_000 && page < 1_700_000, "{page} bytes");
    let report = read(&folder, "report.json").len();
    assert!(report < 4_000_000, "{report} bytes");
}
