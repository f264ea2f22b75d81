//! Two entries beside each other: what the page holds for it, and what the lists choose in Chromium.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use ::records::{Curve, Record};
use chromium::{Chromium, Page};
use common::{given, made, manifest, records};
use reports::{Options, single_file};
use seen::*;
use serde_json::{Value, json};

/// Accuracies after the last epoch by seed, of the entry whose runs begin so.
fn last(all: &[Record], entry: &str) -> Vec<(u64, f64)> {
    let own = all.iter().filter(|r| r.specification.task == "nin-shapes" && r.id.starts_with(entry));
    own.filter_map(|r| match &r.curve {
        Curve::Epochs(rows) if rows.len() == 13 => {
            Some((r.specification.repetition, 100.0 * rows[12].test_accuracy.unwrap()))
        }
        _ => None,
    })
    .collect()
}

/// The differences of the seeds that both have after the last epoch.
fn differences(all: &[Record], one: &str, other: &str) -> Vec<f64> {
    let other = last(all, other);
    let of = |seed: u64| other.iter().find(|(own, _)| *own == seed).map(|(_, value)| *value);
    last(all, one).into_iter().filter_map(|(seed, value)| Some(value - of(seed)?)).collect()
}

fn said(page: &Page) -> String {
    page.text("document.querySelector('[data-pair] p[aria-live]').innerText")
}

fn signed(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if value > 0.0 { format!("+{text}") } else { format!("\u{2212}{text}") }
}

#[test]
fn the_first_pair_is_drawn_without_the_script() {
    let study = manifest(5);
    let (built, _folder) = made(&study, &records(&study));
    let pairs = built.report.tasks[0].pairs.as_ref().unwrap();
    // The best against the reference, which is the first entry; or, if that is the best, the next.
    let best = built.report.tasks[0]
        .entries
        .iter()
        .max_by(|a, b| a.estimate.mean.unwrap_or(0.0).total_cmp(&b.estimate.mean.unwrap_or(0.0)));
    assert_eq!(pairs.first[0], best.unwrap().key);
    let reports::drawing::Plot::Curves(plot) = &pairs.figure.plot else { panic!() };
    assert_eq!(pairs.first[1], "sgd");
    // One run of SGD ends in epoch 4. By the study's formulas INNA has 0.1 + 0.625 (1 − e^−1.512) = 0.58721 there and SGD
    // 0.1 + 0.52 (1 − e^−0.896) = 0.40774; what is added differs by −1.6, 0.4, 0.4, 0.4 and 0.4 points, which are 0 on average and
    // have a standard error of 0.4: 17.947 ± 2.776 · 0.4.
    let (end, bounds) = (plot.series[0].mean.last().unwrap(), plot.series[0].band.last().unwrap());
    assert!((end[1] - 17.947).abs() < 0.002 && end[0] == 4.0, "{end:?}");
    assert!((bounds[1] - 16.837).abs() < 0.003 && (bounds[2] - 19.057).abs() < 0.003, "{bounds:?}");
    assert!(built.report.tasks[1].pairs.is_none(), "a function has no accuracy");
}

#[test]
fn any_two_entries_are_chosen_and_kept_in_the_address() {
    let study = manifest(6);
    let all = records(&study);
    let (_, folder) = made(&study, &all);
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#pair=adam,inna");
    let found = differences(&all, "adam", "inna");
    assert_eq!(found.len(), 5, "the sixth run of Adam is missing");
    let mean = found.iter().sum::<f64>() / 5.0;
    let variance = found.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 4.0;
    // 2.776: the quantile of Student's t with four degrees of freedom in any table.
    let half = 2.776 * (variance / 5.0).sqrt();
    let won = found.iter().filter(|d| **d > 0.0).count();
    assert_eq!(
        said(&page),
        format!(
            "After epoch 12: Adam is {} points [{}, {}] from INNA (0.5, 0.1), and ahead in {won} of 5 pairs.",
            signed(mean),
            signed(mean - half),
            signed(mean + half)
        )
    );
    // The line ends where the sentence says, in the axes that are drawn.
    let end = page.value(
        "(() => { const svg = [...document.querySelectorAll('[data-pair] svg[data-frame]')].find(s => s.checkVisibility()); \
         const [, top, , bottom] = svg.dataset.frame.split(' ').map(Number); const [low, high] = svg.dataset.y.split(' ').map(Number); \
         const line = svg.querySelector('polyline[data-entry=adam]'); const p = line.points[line.points.length - 1]; \
         return low + (bottom - p.y) / (bottom - top) * (high - low); })()",
    );
    assert!((end.as_f64().unwrap() - mean).abs() < 0.05 * mean.abs().max(1.0), "{end} {mean}");
    // The other way round, by the list.
    page.value(
        "(() => { const lists = document.querySelectorAll('[data-pair] select'); \
         for (const [list, key] of [[lists[0], 'inna'], [lists[1], 'adam']]) { list.value = key; list.dispatchEvent(new Event('change')); } })()",
    );
    assert!(said(&page).starts_with(&format!("After epoch 12: INNA (0.5, 0.1) is {} points", signed(-mean))));
    assert_eq!(fragment(&page), "#pair=inna,adam");
    page.reload();
    assert!(said(&page).contains("INNA (0.5, 0.1) is"), "{}", said(&page));
    let title = page.text("document.querySelector('[data-pair] .asks').innerText");
    assert_eq!(title, "INNA (0.5, 0.1) minus Adam: who is ahead when?");
    // What is hidden elsewhere is seen where it is one of the pair, chosen or the first.
    for (address, key) in [("#hide=adam&pair=adam,inna", "adam"), ("#hide=inna", "inna")] {
        page.open(&folder.path().join(TASK), address);
        let lines = format!("[...document.querySelectorAll('[data-pair] polyline[data-entry={key}]')]");
        assert_eq!(page.value(&format!("{lines}.some(line => line.checkVisibility())")), true, "{address}");
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// The epoch, of twelve, at which the line that is seen ends, to the half.
const END: &str = "(() => { const svg = [...document.querySelectorAll('[data-pair] svg[data-frame]')].find(s => s.checkVisibility()); \
     const [left, , right] = svg.dataset.frame.split(' ').map(Number); const line = svg.querySelector('polyline[data-entry]'); \
     const p = line.points[line.points.length - 1]; return Math.round(24 * (p.x - left) / (right - left)) / 2; })()";

/// SGD has 50 % in both runs, the second of which ends in epoch 4; INNA 40 % and 70 %. Together they say +5 points; the first pair alone,
/// which goes on, would say −10.
#[test]
fn a_run_that_diverges_ends_the_comparison() {
    let study = manifest(2);
    let mut all = records(&study);
    for record in all.iter_mut().filter(|record| record.specification.task == "nin-shapes") {
        let accuracy = match (record.specification.optimizer.name.as_str(), record.specification.repetition) {
            ("sgd", _) => 0.5,
            ("inna", 0) => 0.4,
            ("inna", _) => 0.7,
            _ => 0.3,
        };
        if let Curve::Epochs(rows) = &mut record.curve {
            rows.iter_mut().for_each(|row| row.test_accuracy = Some(accuracy));
        }
    }
    let (built, folder) = made(&study, &all);
    let pairs = built.report.tasks[0].pairs.as_ref().unwrap();
    assert_eq!(pairs.first, ["inna", "sgd"]);
    let reports::drawing::Plot::Curves(plot) = &pairs.figure.plot else { panic!() };
    assert_eq!(plot.series[0].mean, [[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]]);
    assert!(plot.series[0].band.is_empty(), "two pairs have no interval");
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let end = "After epoch 4, the last at which all 2 pairs have a value";
    assert_eq!(
        said(&page),
        format!("{end}: INNA (0.5, 0.1) is +5.00 points from SGD, and ahead in 1 of 2 pairs.")
    );
    // The script draws the other way round, and as far.
    page.open(&folder.path().join(TASK), "#pair=sgd,inna");
    assert_eq!(
        said(&page),
        format!("{end}: SGD is \u{2212}5.00 points from INNA (0.5, 0.1), and ahead in 1 of 2 pairs.")
    );
    assert_eq!(page.value(END), 4.0);
    // The only run of Adam is whole, and so is that of SGD with its seed.
    page.open(&folder.path().join(TASK), "#pair=sgd,adam");
    assert_eq!(said(&page), "After epoch 12: SGD is +20.00 points from Adam, and ahead in 1 of 1 pairs.");
    assert_eq!(page.value(END), 12.0);
    is_silent(&page);
}

/// What the lists say, task by task.
fn chosen(page: &Page) -> Value {
    page.value(
        "[...document.querySelectorAll('[data-pair]')].map(place => \
         [...place.querySelectorAll('select')].map(list => list.value).join(' '))",
    )
}

#[test]
fn in_one_file_every_task_keeps_its_own_pair() {
    let values: [(&str, &[f64], &[f64]); 3] =
        [("a", &[1.0], &[0.3]), ("b", &[1.0], &[0.5]), ("c", &[1.0], &[0.4])];
    let (study, all) = given::thrice(&values, false);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    single_file(&study, all, &file, Options::default()).unwrap();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let address = "#pair=task-nin-shapes:a:c,task-third:c:b";
    page.open(&file, address);
    // The best against the reference where nothing is chosen.
    assert_eq!(chosen(&page), json!(["a c", "b a", "c b"]));
    assert_eq!(fragment(&page), address);
    page.value(
        "(() => { const list = document.querySelectorAll('[data-pair]')[1].querySelectorAll('select')[1]; \
         list.value = 'c'; list.dispatchEvent(new Event('change')); })()",
    );
    assert_eq!(fragment(&page), "#pair=task-nin-shapes:a:c,task-second:b:c,task-third:c:b");
    page.reload();
    assert_eq!(chosen(&page), json!(["a c", "b c", "c b"]));
    is_silent(&page);
}
