//! Two entries beside each other: what the page holds for it, and what the lists choose in Chromium.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use common::{made, manifest, records};
use records::{Curve, Record};
use seen::*;

/// Accuracies after the last epoch by seed, of the entry whose runs begin so.
fn last(all: &[Record], entry: &str) -> Vec<(u64, f64)> {
    let own = all.iter().filter(|r| r.specification.task == "nin-shapes" && r.id.starts_with(entry));
    own.filter_map(|r| match &r.curve {
        Curve::Epochs(rows) if rows.len() == 13 => {
            Some((r.specification.repetition, 100.0 * rows[12].test_accuracy))
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
    let all = records(&study);
    // The best against the reference, which is the first entry; or, if that is the best, the next.
    let best = built.report.tasks[0]
        .entries
        .iter()
        .max_by(|a, b| a.estimate.mean.unwrap_or(0.0).total_cmp(&b.estimate.mean.unwrap_or(0.0)));
    assert_eq!(pairs.first[0], best.unwrap().key);
    let reports::drawing::Plot::Curves(plot) = &pairs.figure.plot else { panic!() };
    let end = plot.series[0].mean.last().unwrap();
    let found = differences(&all, &pairs.first[0], &pairs.first[1]);
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    assert!((end[1] - mean).abs() < 0.002 && end[0] == 12.0, "{end:?} {mean}");
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
    assert_eq!(page.complaints(), Vec::<String>::new());
}
